"""Photos of any size, padded by reflection piece by piece."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nightlift.edit.engine import Engine
from nightlift.edit.tiles import run_padded
from nightlift.models.released import parse, stamp
from tests.onnx_graphs import PASSPORT, random_convolution
from tests.reference import synth


@pytest.mark.parametrize("sides", [(1, 1), (3, 40), (64, 80), (75, 101), (200, 33)])
@pytest.mark.parametrize("halo", [None, 1, 16])
def test_padding_is_numpys_reflection_around_the_photo(
    sides: tuple[int, int], halo: int | None
) -> None:
    passport = PASSPORT._replace(kind="picture", steps=None, multiple=16, halo=halo)
    engine = Engine(parse(stamp(random_convolution(), passport), Path("m.onnx")), threads=1)
    photo = synth.image(*sides, 1)
    found = np.full((3, *sides), np.nan, np.float32)
    pieces = run_padded(
        engine,
        lambda top, bottom, left, right: photo[top:bottom, left:right],
        *sides,
        halo=halo,
        multiple=16,
        tile=32,
    )
    for (rows, columns), output in pieces:
        assert np.isnan(found[:, rows, columns]).all()
        found[:, rows, columns] = output
    around = [(-side % 16 // 2, -side % 16 - -side % 16 // 2) for side in sides]
    padded = np.pad(photo, (*around, (0, 0)), mode="reflect")
    (top, _), (left, _) = around
    expected = engine.run(padded)[:, top : top + sides[0], left : left + sides[1]]
    np.testing.assert_array_equal(found, expected)
