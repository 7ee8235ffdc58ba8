"""Edits that stop after each step of their curves."""

from __future__ import annotations

import numpy as np
import pytest

from nightlift.adjust.chain import Chain
from nightlift.adjust.curve_map import CurveMap
from nightlift.adjust.hue import HueKept
from nightlift.adjust.power import power_table
from nightlift.edit.edit import Edit
from nightlift.edit.steps import each_step
from nightlift.errors import UsageError

PHOTO = np.random.default_rng(0).random((9, 7, 3), np.float32)


def by_hand(x: np.ndarray, maps: np.ndarray, steps: int) -> np.ndarray:
    """Eq. 4 of Guo et al. 2020, with maps of the photo's size."""
    for step in range(steps):
        a = maps[step % len(maps)]
        x = x + a * (x * x - x)
    return np.clip(x, 0, 1)


@pytest.mark.parametrize("shared", [False, True])
def test_each_stops_one_step_later(shared: bool) -> None:
    maps = np.random.default_rng(1).uniform(-1, 1, (1 if shared else 5, 9, 7, 3))
    curves = CurveMap(maps.astype(np.float32), 5)
    edits = each_step(Edit(curves, strength=1.0))
    assert len(edits) == 5
    for steps, edit in enumerate(edits, 1):
        np.testing.assert_allclose(edit.apply(PHOTO), by_hand(PHOTO, maps, steps), atol=2e-6)


def test_what_comes_before_and_after_is_part_of_each() -> None:
    maps = np.random.default_rng(1).uniform(-1, 0, (3, 9, 7, 3)).astype(np.float32)
    first = power_table(0.5)
    whole = HueKept(Chain([first, CurveMap(maps, 3)]))
    edits = each_step(Edit(whole, strength=0.5, method="mine"))
    assert edits[-1] == Edit(whole, strength=0.5, method="mine")
    one = HueKept(Chain([first, CurveMap(maps[:1], 1)]))
    assert edits[0] == Edit(one, strength=0.5, method="mine")


def test_other_edits_have_no_steps() -> None:
    with pytest.raises(UsageError, match="mine has no curve steps"):
        each_step(Edit(power_table(0.5), method="mine"))
