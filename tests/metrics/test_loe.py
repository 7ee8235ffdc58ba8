"""Lightness order error against plain double loops."""

import numpy as np
import pytest
from scipy import ndimage

from nightlift.metrics import loe as module
from nightlift.metrics.loe import loe


def plain_loe(output, source, step, local_maximum=False):
    planes = []
    for picture in (output, source):
        plane = picture.max(axis=2)
        if local_maximum:
            plane = ndimage.maximum_filter(plane, 15, mode="mirror")
        rows = range(step - 1, plane.shape[0], step)
        columns = range(step - 1, plane.shape[1], step)
        planes.append([plane[y, x].item() for y in rows for x in columns])
    after, before = planes
    changed = 0
    for now, was in zip(after, before, strict=True):
        changed += sum(
            (now >= other) != (was >= older) for other, older in zip(after, before, strict=True)
        )
    return changed / len(after)


@pytest.mark.parametrize("local_maximum", [False, True])
def test_agrees_with_a_double_loop(small_pictures, kind, local_maximum, monkeypatch):
    output, source = (p[:24, :37] for p in small_pictures[kind])
    monkeypatch.setattr(module, "BLOCK", 1000)
    expected = plain_loe(output, source, 1, local_maximum)
    assert expected > 0
    assert loe(output, source, data_range=255, local_maximum=local_maximum) == expected


@pytest.mark.parametrize(("shape", "step"), [((205, 60), 1), ((205, 299), 4), ((100, 130), 2)])
def test_samples_every_kth_row_and_column(large_pictures, shape, step):
    output, source = (p[: shape[0], : shape[1]] for p in large_pictures["photo"])
    rows, columns = slice(step - 1, None, step), slice(step - 1, None, step)
    after, before = (p.max(axis=2)[rows, columns].ravel() for p in (output, source))
    assert len(after) == (shape[0] // step) * (shape[1] // step)
    changed = sum(
        np.count_nonzero((after[i] >= after) != (before[i] >= before)) for i in range(len(after))
    )
    assert loe(output, source, data_range=255) == changed / len(after)


def test_floats_of_many_levels_agree_with_the_loop(small_pictures):
    random = np.random.default_rng(5)
    output, source = random.random((2, 20, 21, 3)).astype(np.float32)
    assert loe(output, source, data_range=1.0) == plain_loe(output, source, 1)


def test_an_order_that_is_kept_is_no_error(small_pictures):
    source = small_pictures["photo"][1]
    assert loe(source // 2 + 100, source // 2, data_range=255) == 0
    brighter = (source / 255) ** 0.4
    assert loe(brighter, source / 255, data_range=1.0) == 0


def test_a_negative_is_wrong_in_every_pair_of_different_lightness():
    source = np.arange(30, dtype=np.uint8).reshape(5, 6, 1).repeat(3, axis=2)
    assert loe(255 - source, source, data_range=255) == 29
