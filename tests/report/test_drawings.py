"""What estimates look like, and that pictures fit into the room they are given."""

from __future__ import annotations

import base64

import numpy as np
import pytest

from nightlift.adjust.bilateral_grid import BilateralGrid
from nightlift.adjust.chain import Chain
from nightlift.adjust.curve_map import CurveMap
from nightlift.adjust.hue import HueKept
from nightlift.adjust.tone_table import ToneTable
from nightlift.report import gallery as galleries
from nightlift.report.drawings import BAND, DRAW, attention, beside, drawings
from nightlift.report.gallery import Shown, gallery
from tests.reference import synth

SMALL = (synth.image(160, 240, 3) * 0.3).astype(np.float32)


def table(gamma: float) -> ToneTable:
    curve = (np.arange(256, dtype=np.float32) / 255) ** np.float32(gamma)
    return ToneTable(np.repeat(curve[:, None], 3, 1))


def divide() -> BilateralGrid:
    cells = np.zeros((2, 2, 2, 3, 4), np.float32)
    cells[..., 3] = (0.25, 0.5, 0.75)
    return BilateralGrid(cells, "divide")


def curve_map(steps: int = 8) -> CurveMap:
    maps = np.linspace(-0.9, -0.1, steps, dtype=np.float32)[:, None, None, None]
    return CurveMap(np.tile(maps, (1, 4, 6, 3)), steps)


EXAMPLES = [
    table(0.5),
    curve_map(),
    divide(),
    HueKept(table(0.5)),
    Chain([table(0.5), divide()]),
]


@pytest.mark.parametrize("adjustment", EXAMPLES, ids=lambda one: one.kind)
def test_every_kind_has_its_drawing(adjustment) -> None:
    drawn = drawings(adjustment, SMALL)
    assert drawn
    for one in drawn:
        assert one.pixels.shape == (160 + BAND, 240, 3)
        assert one.pixels.dtype == np.uint8
        assert one.pixels.std() > 5


def test_the_table_names_every_kind() -> None:
    assert {type(one) for one in EXAMPLES} == set(DRAW)


def test_the_illumination_is_what_divides() -> None:
    (drawn,) = drawings(divide(), SMALL)
    assert drawn.title == "illumination"
    assert tuple(drawn.pixels[80, 120]) == (64, 128, 191)


def test_a_step_that_brightens_more_is_lighter() -> None:
    (drawn,) = drawings(curve_map(), SMALL)
    first, last = drawn.pixels[20, 20].astype(int), drawn.pixels[100, 220].astype(int)
    assert first.sum() > last.sum() + 200


def test_a_link_is_drawn_for_what_the_links_before_it_made() -> None:
    affine = BilateralGrid(np.tile(np.eye(3, 4, dtype=np.float32) * 2, (2, 2, 2, 1, 1)))
    chained = drawings(Chain([table(0.4), affine]), SMALL)
    alone = drawings(affine, table(0.4).evaluate(SMALL, 0, len(SMALL)))
    assert np.array_equal(chained[1].pixels, alone[0].pixels)
    assert beside(chained).shape[1] == 2 * 240 + 2


def test_attention_is_darkness() -> None:
    half = np.zeros((100, 300, 3), np.float32)
    half[:, 150:] = 1
    drawn = attention(half).pixels
    assert drawn[50, 10].sum() > drawn[50, 290].sum() + 200


def test_pictures_are_scaled_alike_until_they_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(galleries, "LARGEST_FILE", 40_000)
    random = np.random.default_rng(0)
    noise = [random.integers(0, 256, (300, 400, 3), dtype=np.uint8) for _ in range(3)]
    made = gallery([Shown("a", noise)], 1)
    assert sum(len(blob.data) for blob in made.blobs) <= 30_000
    width, height = made.photos[0]["size"]
    assert width / height == pytest.approx(4 / 3, abs=0.03)
    assert made.photos[0]["full"] == [400, 300]
    assert gallery([Shown("a", noise)], 1, full=True).photos[0]["size"] == (400, 300)


def test_histograms_count_every_pixel_of_the_photo() -> None:
    flat = np.full((10, 10, 3), (0, 128, 255), np.uint8)
    flat[:5] = (16, 128, 255)
    (photo,) = gallery([Shown("a", [flat])], 1).photos
    bins = np.frombuffer(base64.b64decode(photo["histograms"][0]), np.uint8).reshape(3, 64)
    assert bins[0, 0] == bins[0, 4] == 128
    assert bins[1, 32] == 255
    assert bins[2, 63] == 255
    assert photo["clipped"][0] == [0.5, 1.0]
