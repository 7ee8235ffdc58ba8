"""Hue kept after what adjustments make of the channels."""

import colorsys

import numpy as np
import pytest
import torch

from nightlift.adjust import differentiable, kernels
from nightlift.adjust.chain import Chain
from nightlift.adjust.hue import HueKept, keep_hue
from nightlift.adjust.tone_table import ToneTable
from tests.adjust.examples import F32, grid, picture, tone

each_set = pytest.mark.parametrize("isa", kernels.instruction_sets())


def floats(seed: int) -> np.ndarray:
    """Random colors, many of them with equal channels."""
    values = picture(20, 40, "float32", seed).clip(0, 1)
    return np.where(picture(20, 40, "uint8", seed + 1) < 100, np.round(values * 4) / 4, values)


def by_loops(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """The definition, a pixel at a time in double precision."""
    out = after.astype(np.float64)
    for x, y, kept in zip(*(a.reshape(-1, 3) for a in (before, after, out)), strict=True):
        least, middle, greatest = sorted(float(v) for v in x)
        if least == greatest:
            continue
        low = min(float(v) for u, v in zip(x, y, strict=True) if u == least)
        high = max(float(v) for u, v in zip(x, y, strict=True) if u == greatest)
        low, high = sorted((low, high))
        between = low + (middle - least) / (greatest - least) * (high - low)
        ends = {least: low, greatest: high}
        kept[:] = [ends.get(float(v), between) for v in x]
    return out


def test_definition_against_plain_loops() -> None:
    before, after = floats(1), floats(3)
    assert np.abs(keep_hue(before, after) - by_loops(before, after)).max() <= 2e-7


def curve(values: np.ndarray) -> ToneTable:
    return ToneTable(np.repeat(values.astype(F32)[:, None], 3, axis=1))


@each_set
def test_one_curve_for_all_channels_turns_no_hue(isa: str) -> None:
    adjustment = curve(np.linspace(0, 1, 256) ** 0.4)
    x = picture(9, 300, "float32").clip(0, 1)
    with kernels.using(isa):
        plain, kept = adjustment.apply(x), HueKept(adjustment).apply(x)
    # Least and greatest are those of the curve, so that brightness and saturation stay.
    assert np.abs(plain.max(axis=2) - kept.max(axis=2)).max() <= 1e-6
    assert np.abs(plain.min(axis=2) - kept.min(axis=2)).max() <= 1e-6
    for before, after in zip(x.reshape(-1, 3)[::5], kept.reshape(-1, 3)[::5], strict=True):
        turn = abs(colorsys.rgb_to_hsv(*before)[0] - colorsys.rgb_to_hsv(*after)[0])
        assert min(turn, 1 - turn) * float(after.max() - after.min()) <= 1e-6


@each_set
def test_a_negative_keeps_the_order_of_the_channels(isa: str) -> None:
    x = np.array([[[0.1, 0.3, 0.6]]], F32)
    with kernels.using(isa):
        kept = HueKept(curve(1 - np.linspace(0, 1, 256) ** 2)).apply(x)
    assert np.allclose(kept, [[[0.64, 0.64 + 0.4 * 0.35, 0.99]]], atol=1e-4)


@each_set
def test_gray_is_what_the_adjustment_makes_of_it(isa: str) -> None:
    x = np.linspace(0, 1, 500, dtype=F32)[None, :, None].repeat(3, 2)
    with kernels.using(isa):
        assert np.array_equal(HueKept(tone(1)).apply(x), tone(1).apply(x))


@each_set
def test_channels_may_change_places(isa: str) -> None:
    x = floats(5)
    table = curve(np.linspace(0, 1, 256) ** 0.4)
    with kernels.using(isa):
        kept = HueKept(table).apply(x)
        for order in ([2, 0, 1], [1, 0, 2]):
            swapped = HueKept(table).apply(np.ascontiguousarray(x[..., order]))
            assert np.array_equal(swapped, kept[..., order])


@each_set
def test_the_hue_is_the_one_before_all_that_is_kept(isa: str) -> None:
    first, second, third = tone(1), grid(3, 4, 8), tone(2)
    x = picture(9, 300, "float32").clip(0, 1)
    with kernels.using(isa):
        one, two = first.apply(x), second.apply(first.apply(x))
        for chain, wanted in (
            (Chain([first, HueKept(second), third]), third.apply(keep_hue(one, two))),
            (HueKept(Chain([first, second, third])), keep_hue(x, third.apply(two))),
            (
                HueKept(Chain([first, HueKept(second), third])),
                keep_hue(x, third.apply(keep_hue(one, two))),
            ),
        ):
            # Where an earlier result is all but gray, rounding decides which channel is which.
            off = np.abs(chain.apply(x) - wanted).max(axis=2)
            assert np.quantile(off, 0.99) <= 1e-5


def test_kept_twice_is_kept_once() -> None:
    once = HueKept(tone(1))
    assert HueKept(once).adjustment is once.adjustment
    x, y = floats(1), floats(3)
    assert np.abs(keep_hue(x, keep_hue(x, y)) - keep_hue(x, y)).max() <= 1e-6


def test_gradients_flow() -> None:
    generator = torch.Generator().manual_seed(3)
    x, y = torch.rand(2, 2, 3, 4, 5, dtype=torch.float64, generator=generator)
    x, y = (t.mul(0.9).add(0.05).requires_grad_() for t in (x, y))
    assert torch.autograd.gradcheck(differentiable.keep_hue, (x, y), fast_mode=True)
    gray = torch.full((1, 3, 1, 1), 0.5, requires_grad=True)
    kept = differentiable.keep_hue(gray, gray.sqrt())
    assert torch.autograd.grad(kept.sum(), gray)[0].isfinite().all()
