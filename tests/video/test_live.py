"""A camera's frames: estimated now and then, smoothed, and the same numbers as the edit's own."""

from __future__ import annotations

import copy
import itertools
from typing import Any

import numpy as np
import pytest
from PIL import Image

import nightlift
from nightlift.adjust.adjustment import Adjustment
from nightlift.edit.edit import Edit
from nightlift.errors import NightliftError, UsageError
from nightlift.metrics.likeness import thumbnail

RNG = np.random.default_rng(2)
SCENE = RNG.uniform(0.4, 1.0, (18, 32, 3)).repeat(8, 0).repeat(8, 1)


def frame(light: float = 40.0, scene: np.ndarray = SCENE) -> np.ndarray:
    return (light * scene).astype(np.uint8)


class Counting(nightlift.Enhancer):
    """Tells how often it estimated."""

    count = 0

    def estimate(self, *args: object, **settings: object) -> Edit:  # type: ignore[override]
        self.count += 1
        return super().estimate(*args, **settings)  # type: ignore[arg-type]


def values(edit: Edit | None) -> np.ndarray:
    assert edit is not None
    assert isinstance(edit.adjustment, Adjustment)
    return np.asarray(edit.adjustment.parameters()["values"])


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.float32])
def test_a_still_scene_gets_what_the_enhancer_gives(kind: type) -> None:
    top = 1 if kind is np.float32 else np.iinfo(kind).max
    still = (frame() / 255 * top).astype(kind)
    before = still.copy()
    lift = nightlift.Enhancer("gamma")
    live = nightlift.Live(lift, every=3)
    for _ in range(7):
        result = live(still)
        assert result.dtype == still.dtype
        assert np.array_equal(result, lift(still))
    assert np.array_equal(still, before)


def test_memory_is_used_again_or_is_yours() -> None:
    live = nightlift.Live(nightlift.Enhancer("gamma"))
    first = live(frame())
    assert live(frame(30)) is first
    mine = np.empty_like(first)
    assert live(frame(), mine) is mine
    with pytest.raises(UsageError, match="expected out"):
        live(frame(), mine[:-1])


def test_bgr_is_rgb_reversed() -> None:
    lift = nightlift.Enhancer("glenet-global-open")
    seen = frame()
    plain = nightlift.Live(lift)(seen).copy()
    reversed_ = nightlift.Live(lift, bgr=True)(np.ascontiguousarray(seen[..., ::-1]))
    assert np.array_equal(reversed_[..., ::-1], plain)


def test_estimates_come_every_so_often_and_changes_settle() -> None:
    lift = Counting("adaptive-gamma")
    live = nightlift.Live(lift, every=5, smooth=20)
    live(frame(100))
    start = values(live.edit).copy()
    end = values(nightlift.Enhancer("adaptive-gamma").estimate(frame(125)))
    distances = []
    for _ in range(40):
        live(frame(125))  # a quarter more light is no cut
        distances.append(np.abs(values(live.edit) - end).max())
    assert lift.count == 1 + 40 // 5
    assert np.abs(start - end).max() > 0.01
    assert distances[0] > 0.9 * np.abs(start - end).max(), "the estimate is not due yet"
    assert all(later <= now + 1e-7 for now, later in itertools.pairwise(distances))
    assert distances[4 + 20] < 0.1 * distances[0]


def test_another_scene_is_estimated_at_once() -> None:
    lift = Counting("gamma")
    live = nightlift.Live(lift, every=1000, smooth=1000)
    live(frame(100))
    other = frame(100, SCENE[::-1, ::-1])
    assert np.array_equal(live(other), nightlift.Enhancer("gamma")(other))
    brighter = frame(250, SCENE[::-1, ::-1])
    assert np.array_equal(live(brighter), nightlift.Enhancer("gamma")(brighter))
    smaller = brighter[:100]
    assert np.array_equal(live(smaller), nightlift.Enhancer("gamma")(smaller))
    assert lift.count == 4


def test_without_smoothing_the_last_estimate_counts() -> None:
    live = nightlift.Live(nightlift.Enhancer("gamma"), every=1, smooth=0)
    for light in (40, 42, 47):
        assert np.array_equal(live(frame(light)), nightlift.Enhancer("gamma")(frame(light)))


def test_painters_give_what_comes_near() -> None:
    live = nightlift.Live(nightlift.Enhancer("clahe"))
    assert live(frame()).mean() > frame().mean()
    assert live.edit is not None
    assert live.edit.painting is None


def test_frames_and_numbers_that_cannot_be() -> None:
    wrong_numbers = ({"every": 0}, {"every": 2.5}, {"smooth": -1}, {"smooth": np.nan})
    for wrong in (*wrong_numbers, {"strength": "1"}, {"strength": np.nan}, {"threads": 0}):
        with pytest.raises(UsageError, match=r"expected .* got"):
            nightlift.Live(**wrong)
    with pytest.raises(UsageError, match=r"such as nightlift\.Enhancer\('lime'\), got 'natural'"):
        nightlift.Live("natural")  # type: ignore[arg-type]
    live = nightlift.Live(nightlift.Enhancer("gamma"))
    batch = np.zeros((2, 4, 4, 3), np.uint8)
    for frame in (np.full((4, 4, 3), 200, np.float32), batch, "gone.jpg", None):
        with pytest.raises(NightliftError):
            live(frame)


def test_frames_of_other_kinds_come_back_as_they_are() -> None:
    """A gray array, one with alpha, a PIL image and a tensor get what the same pixels get."""
    torch = pytest.importorskip("torch")
    pixels = frame(3)
    expected = nightlift.Live(nightlift.Enhancer("gamma"))(pixels).copy()
    alpha = np.concatenate([pixels, pixels[..., :1]], axis=2)

    def edited(given: Any) -> Any:
        before = copy.deepcopy(given)
        result = nightlift.Live(nightlift.Enhancer("gamma"))(given)
        assert type(result) is type(given)
        assert np.array_equal(np.asarray(before), np.asarray(given))
        return np.asarray(result)

    assert np.array_equal(edited(Image.fromarray(pixels)), expected)
    assert np.array_equal(
        edited(torch.from_numpy(pixels).movedim(-1, 0)), expected.transpose(2, 0, 1)
    )
    assert np.array_equal(edited(alpha)[..., :3], expected)
    assert np.array_equal(edited(alpha)[..., 3], alpha[..., 3])
    assert edited(pixels[..., 0]).shape == pixels.shape[:2]


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.float32])
def test_thumbnails_are_luma_of_any_type(kind: type) -> None:
    top = 1 if kind is np.float32 else np.iinfo(kind).max
    flat = np.full((48, 64, 3), 90 / 255 * top).astype(kind)
    assert thumbnail(flat) == pytest.approx(np.full((18, 32), 90.0), abs=1)
