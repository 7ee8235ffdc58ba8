"""Averaging and refusing."""

from collections.abc import Callable

import numpy as np
import pytest

from nightlift.adjust.adjustment import Adjustment
from nightlift.adjust.bilateral_grid import BilateralGrid, PointwiseGuide
from nightlift.adjust.chain import Chain
from nightlift.adjust.curve_map import CurveMap
from nightlift.adjust.hue import HueKept
from nightlift.adjust.light_grid import LightGrid
from nightlift.adjust.storage import average
from nightlift.adjust.tone_table import ToneTable
from nightlift.errors import AdjustmentError
from tests.adjust.examples import EXAMPLES, F32, curves, floats, grid, guide, light, tone

each_kind = pytest.mark.parametrize("name", EXAMPLES)


@each_kind
def test_average_of_one_and_of_equals_is_itself(name: str) -> None:
    one = EXAMPLES[name]()
    for mean in (average([one]), average([one, one, one], [1, 2, 0])):
        for key, values in one.parameters().items():
            assert np.allclose(mean.parameters()[key], values, rtol=0, atol=1e-7)


def test_average_of_light_grids() -> None:
    a, b = light(3, 4, 8, 0.2, 0.0), light(3, 4, 8, 0.8, 0.04)
    mean = average([a, b], [3, 1])
    assert isinstance(mean, LightGrid)
    assert np.allclose(mean.gains, 0.75 * a.gains + 0.25 * b.gains, atol=1e-6)
    assert (mean.color, mean.black) == pytest.approx((0.35, 0.01), abs=1e-6)


def test_average_is_of_parameters() -> None:
    a, b = tone(1), tone(9)
    mean = average([a, b], [3, 1])
    assert isinstance(mean, ToneTable)
    assert np.allclose(mean.values, 0.75 * a.values + 0.25 * b.values, atol=1e-7)
    chains = [Chain([a, curves(2, 2, 3, 3, "corners")]), Chain([b, curves(2, 2, 3, 3, "corners")])]
    both = average(chains)
    assert isinstance(both, Chain)
    assert np.allclose(both.parameters()["0.values"], (a.values + b.values) / 2, atol=1e-7)


@pytest.mark.parametrize(
    "others",
    [
        [tone(1), grid(3, 3, 8)],
        [grid(3, 3, 8), grid(3, 4, 8)],
        [grid(3, 3, 8), grid(3, 3, 8, "divide")],
        [grid(3, 3, 8), grid(3, 3, 8, "affine", guide(3, 1.0))],
        [grid(3, 3, 8, "affine", guide(3, 2.0)), grid(3, 3, 8, "affine", guide(3, 1.0))],
        [curves(2, 2, 3, 3, "corners"), curves(2, 2, 3, 3, "half-pixel")],
        [light(3, 3, 8), light(3, 3, 7)],
        [tone(1), HueKept(tone(1))],
        [HueKept(tone(1)), HueKept(grid(3, 3, 8))],
        [Chain([tone(1)]), Chain([tone(1), tone(1)])],
        [],
    ],
)
def test_average_of_unlike(others: list[Adjustment]) -> None:
    with pytest.raises(AdjustmentError, match="to average, got"):
        average(others)


@pytest.mark.parametrize("weights", [[1], [1, -1], [0, 0], [1, float("nan")], [1, float("inf")]])
def test_average_with_wrong_weights(weights: list[float]) -> None:
    with pytest.raises(AdjustmentError, match="expected 2 weights"):
        average([tone(1), tone(2)], weights)


TABLE = np.zeros((256, 3), F32)
MAPS = np.zeros((2, 3, 3, 3), F32)
CELLS = np.zeros((2, 2, 4, 3, 4), F32)
NAN = CELLS + np.float32(np.nan)
MALFORMED: dict[str, Callable[[], object]] = {
    "knots": lambda: ToneTable(TABLE[:255]),
    "channels": lambda: ToneTable(TABLE[:, :1]),
    "float64": lambda: ToneTable(TABLE.astype(np.float64)),
    "a list": lambda: ToneTable([[0.0]]),  # type: ignore[arg-type]
    "infinite": lambda: ToneTable(TABLE + np.float32(np.inf)),
    "steps 0": lambda: CurveMap(MAPS, 0),
    "steps 17": lambda: CurveMap(MAPS[:1], 17),
    "steps and maps": lambda: CurveMap(MAPS, 3),
    "no rows": lambda: CurveMap(MAPS[:, :0], 2),
    "alignment": lambda: CurveMap(MAPS, 2, "center"),  # type: ignore[arg-type]
    "parameters": lambda: CurveMap(MAPS + F32(1.5), 2),
    "more steps": lambda: CurveMap(MAPS, 2).with_steps(3),
    "no steps": lambda: CurveMap(MAPS, 2).with_steps(0),
    "one bin": lambda: BilateralGrid(CELLS[:, :, :1]),
    "65 bins": lambda: BilateralGrid(np.zeros((1, 1, 65, 3, 4), F32)),
    "cells": lambda: BilateralGrid(CELLS[..., :3]),
    "cell values": lambda: BilateralGrid(NAN),
    "huge": lambda: BilateralGrid(CELLS + F32(2e6)),
    "mode": lambda: BilateralGrid(CELLS, "multiply"),  # type: ignore[arg-type]
    "w1": lambda: PointwiseGuide(floats(1, 0, 1, 3, 4), *[floats(1, 0, 1, 3)] * 2, 0.0),
    "b1": lambda: PointwiseGuide(floats(1, 0, 1, 3, 3), *[floats(1, 0, 1, 4)] * 2, 0.0),
    "b2": lambda: PointwiseGuide(floats(1, 0, 1, 3, 3), *[floats(1, 0, 1, 3)] * 2, float("nan")),
    "gains": lambda: LightGrid(CELLS[..., 0]),
    "gains of one bin": lambda: LightGrid(CELLS[:, :, :1, 0, 0]),
    "gains of 9 stops": lambda: LightGrid(CELLS[..., 0, 0] - F32(9)),
    "color": lambda: LightGrid(CELLS[..., 0, 0], 1.1),
    "no color": lambda: LightGrid(CELLS[..., 0, 0], float("nan")),
    "black": lambda: LightGrid(CELLS[..., 0, 0], 1.0, 1.0),
    "hue of nothing": lambda: HueKept(TABLE),  # type: ignore[arg-type]
    "empty chain": lambda: Chain([]),
    "no adjustment": lambda: Chain([1]),  # type: ignore[list-item]
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_adjustments(name: str) -> None:
    with pytest.raises(AdjustmentError, match=r"expected .* got"):
        MALFORMED[name]()


def test_parameters_cannot_be_changed() -> None:
    table = tone(1)
    with pytest.raises(ValueError, match="read-only"):
        table.values[0, 0] = 3


def test_slightly_rounded_maps_are_clipped() -> None:
    assert CurveMap(MAPS + F32(1.0005), 2).maps.max() == 1


def test_chains_are_opened_out() -> None:
    chain = Chain([tone(1), Chain([tone(2), tone(3)])])
    assert [link.kind for link in chain.adjustments] == ["tone_table"] * 3
