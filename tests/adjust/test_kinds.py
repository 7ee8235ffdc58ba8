"""What every kind of adjustment must do, on every instruction set."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from nightlift.adjust import differentiable, kernels
from nightlift.adjust.adjustment import Adjustment
from nightlift.adjust.bilateral_grid import BilateralGrid
from nightlift.adjust.chain import Chain
from nightlift.adjust.curve_map import CurveMap
from nightlift.adjust.develop import Develop
from nightlift.adjust.hue import HueKept
from nightlift.adjust.light_grid import LightGrid
from nightlift.adjust.lut3d import Lut3D
from nightlift.adjust.scaled import Scaled
from nightlift.adjust.tone_table import ToneTable
from nightlift.photo.orientation import turn_back
from nightlift.photo.photo import Photo
from tests.adjust.examples import (
    EXAMPLES,
    F32,
    IDENTITIES,
    SIZES,
    TYPES,
    constant_grid,
    difference,
    picture,
    tolerance,
)

SETS = kernels.instruction_sets()
FAST = [name for name in SETS if name != "numpy"]

each_kind = pytest.mark.parametrize("name", EXAMPLES)
each_set = pytest.mark.parametrize("isa", SETS)
each_fast_set = pytest.mark.parametrize("isa", FAST)


def applied(isa: str, adjustment: Adjustment, x: np.ndarray, strength: float = 1.0) -> np.ndarray:
    with kernels.using(isa):
        return adjustment.apply(x, strength)


def twin(adjustment: Adjustment, x: torch.Tensor) -> torch.Tensor:
    """The PyTorch twin of any adjustment, from (1, 3, H, W) to the same."""
    if isinstance(adjustment, Chain):
        for link in adjustment.adjustments:
            x = twin(link, x)
        return x
    if isinstance(adjustment, Scaled):
        return (x + adjustment.strength * (twin(adjustment.adjustment, x) - x)).clamp(0, 1)
    if isinstance(adjustment, Develop):
        arrays = [torch.tensor(each) for each in (adjustment.curve, adjustment.balance)]
        return differentiable.develop(x, *arrays, adjustment.saturation)
    if isinstance(adjustment, HueKept):
        return differentiable.keep_hue(x, twin(adjustment.adjustment, x))
    if isinstance(adjustment, ToneTable):
        return differentiable.tone_table(x, torch.tensor(adjustment.values)[None])
    if isinstance(adjustment, Lut3D):
        cube = torch.tensor(adjustment.cube).permute(3, 0, 1, 2)[None]
        curves = None if adjustment.curves is None else torch.tensor(adjustment.curves)[None]
        return differentiable.lut3d(x, cube, curves)
    if isinstance(adjustment, CurveMap):
        maps = torch.tensor(adjustment.maps).permute(0, 3, 1, 2).flatten(0, 1)[None]
        return differentiable.curve_map(x, maps, adjustment.steps, adjustment.alignment)
    if isinstance(adjustment, LightGrid):
        gains = torch.tensor(adjustment.gains).permute(2, 0, 1)[None]
        color, black = torch.tensor([[adjustment.color], [adjustment.black]])
        return differentiable.light_grid(x, gains, color, black)
    assert isinstance(adjustment, BilateralGrid)
    cells = torch.tensor(adjustment.cells).flatten(3).permute(3, 2, 0, 1)[None]
    if adjustment.guide is None:
        guide = differentiable.luma_guide(x)
    else:
        g = adjustment.guide
        arrays = [torch.tensor(a) for a in (g.w1, g.b1, g.w2)]
        guide = differentiable.pointwise_guide(x, *arrays, torch.tensor(g.b2))
    return differentiable.bilateral_slice(x, cells, guide, adjustment.mode)


def test_compiled_kernels_offer_the_baseline() -> None:
    if not kernels.compiled():
        pytest.skip("nightlift was installed without a C++ compiler: NumPy only")
    assert SETS[:2] == ("numpy", "baseline")


@each_kind
@each_fast_set
def test_fast_twin_is_the_definition(name: str, isa: str) -> None:
    adjustment = EXAMPLES[name]()
    for dtype in TYPES:
        for size in SIZES:
            x = picture(*size, dtype)
            for strength in (1.0, 1.3):
                wanted = applied("numpy", adjustment, x, strength)
                got = applied(isa, adjustment, x, strength)
                assert got.dtype == x.dtype
                assert difference(got, wanted) <= tolerance(dtype), (dtype, size, strength)


@each_kind
def test_pytorch_twin_is_the_definition(name: str) -> None:
    adjustment = EXAMPLES[name]()
    for size in SIZES:
        x = picture(*size, "float32").clip(0, 1)
        got = twin(adjustment, torch.tensor(x).permute(2, 0, 1)[None])[0].permute(1, 2, 0)
        assert difference(got.numpy(), adjustment.evaluate(x, 0, len(x))) <= 2e-5, size


@each_kind
@each_set
def test_strips_are_the_whole(name: str, isa: str) -> None:
    adjustment = EXAMPLES[name]()
    for dtype in TYPES:
        x = picture(61, 283, dtype)
        for strength in (1.0, 0.7):
            whole = applied(isa, adjustment, x, strength)
            strips = np.empty_like(x)
            with kernels.using(isa):
                for top, bottom in ((0, 1), (1, 30), (30, 31), (31, 61)):
                    rows, out = x[top:bottom], strips[top:bottom]
                    adjustment.apply_rows(rows, out, top, len(x), strength)
            assert np.array_equal(whole, strips), (dtype, strength)


@each_kind
@each_set
def test_neighbors_change_nothing(name: str, isa: str) -> None:
    # Kernels may take a shorter way where neighbors are alike; it leads to the same bits.
    adjustment = EXAMPLES[name]()
    for dtype in TYPES:
        alike = np.sort(picture(20, 530, dtype), axis=1)
        other = np.where(np.arange(530)[:, None] % 5 < 3, alike, picture(20, 530, dtype, seed=1))
        same = (alike == other).all(axis=2)
        one, two = applied(isa, adjustment, alike), applied(isa, adjustment, other)
        assert np.array_equal(one[same], two[same]), dtype


def test_tone_tables_are_the_same_by_table_and_by_pixel() -> None:
    # Large photos go through a table of all values, small ones do not.
    x = picture(260, 700, "uint16")
    for isa in FAST:
        for name in ("tone table", "chain of tables"):
            whole = applied(isa, EXAMPLES[name](), x)
            assert np.array_equal(whole[:3], applied(isa, EXAMPLES[name](), x[:3]))
            assert difference(whole, applied("numpy", EXAMPLES[name](), x)) <= 1


@each_kind
@each_set
def test_threads_change_nothing(name: str, isa: str) -> None:
    adjustment = EXAMPLES[name]()
    x = picture(150, 270, "uint16")
    with kernels.using(isa):
        one = adjustment.apply(x, 0.8, threads=1)
        for threads in (2, 3, 500):
            assert np.array_equal(one, adjustment.apply(x, 0.8, threads=threads))


@each_kind
@each_set
def test_strength(name: str, isa: str) -> None:
    adjustment = EXAMPLES[name]()
    for dtype in TYPES:
        x = picture(13, 140, dtype)
        assert np.array_equal(applied(isa, adjustment, x, 0.0), x)
        before = x.clip(0, 1) if dtype == "float32" else x.astype(np.float64)
        most = 1.0 if dtype == "float32" else float(np.iinfo(dtype).max)
        full = applied(isa, adjustment, x, 1.0).astype(np.float64)
        for strength in (0.25, 0.9, 1.4):
            wanted = (before + strength * (full - before)).clip(0, most)
            got = applied(isa, adjustment, x, strength)
            # Both ends are rounded: half a level each, stretched by the strength.
            assert difference(got, wanted) <= (1e-6 if dtype == "float32" else 1.3), strength


@each_kind
def test_strength_1_is_unblended(name: str) -> None:
    adjustment = EXAMPLES[name]()
    x = picture(13, 29, "float32").clip(0, 1)
    assert np.array_equal(applied("numpy", adjustment, x), adjustment.evaluate(x, 0, 13))


@pytest.mark.parametrize("name", IDENTITIES)
@each_set
def test_identities_change_nothing(name: str, isa: str) -> None:
    for dtype in TYPES:
        for strength in (1.0, 0.3):
            x = picture(15, 290, dtype).clip(0, None)
            got = applied(isa, IDENTITIES[name](), x, strength)
            if dtype == "float32":
                assert difference(got, x.clip(0, 1)) <= 1e-6
            else:
                assert np.array_equal(got, x)


@each_set
def test_every_value_of_a_tone_table(isa: str) -> None:
    adjustment = EXAMPLES["tone table"]()
    assert isinstance(adjustment, ToneTable)
    x = np.arange(256, dtype=np.uint8)[:, None, None].repeat(3, 2).repeat(2, 1)
    wanted = np.floor(adjustment.values.clip(0, 1).astype(np.float64) * 255 + 0.5)
    assert difference(applied(isa, adjustment, x)[:, 0], wanted) == 0


@each_kind
@pytest.mark.parametrize("orientation", range(1, 9))
def test_turned_photo_is_the_turned_result(name: str, orientation: int) -> None:
    adjustment = EXAMPLES[name]()
    upright = picture(31, 45, "uint16")
    stored = np.ascontiguousarray(turn_back(upright, orientation))
    wanted = turn_back(adjustment.apply(upright), orientation)
    got = adjustment.apply(Photo(stored, orientation=orientation)).pixels
    assert difference(got, wanted) <= 1


@each_set
def test_float_photos_beyond_their_range(isa: str) -> None:
    bright = constant_grid(np.array([[2.0, 0, 0, 0.1]] * 3), "affine")
    x = np.array([np.nan, -np.inf, -3, 0, 0.2, 1, 7, np.inf, -0.0], F32)
    x = x[None, :, None].repeat(3, 2)
    got = applied(isa, bright, x)[0, :, 0]
    assert np.allclose(got, [0.1, 0.1, 0.1, 0.1, 0.5, 1, 1, 1, 0.1], atol=1e-6)
    half = applied(isa, bright, x, 0.5)[0, :, 0]
    assert np.allclose(half, [0.05, 0.05, 0.05, 0.05, 0.35, 1, 1, 1, 0.05], atol=1e-6)
    assert applied(isa, bright, x, 0.0).tobytes() == x.tobytes()


@each_set
@settings(derandomize=True, max_examples=40, deadline=None)
@given(
    name=st.sampled_from(sorted(EXAMPLES)),
    size=st.tuples(st.integers(1, 24), st.integers(1, 600)),
    dtype=st.sampled_from(TYPES),
    strength=st.floats(0, 1.5),
)
def test_any_size(isa: str, name: str, size: tuple[int, int], dtype: str, strength: float) -> None:
    adjustment = EXAMPLES[name]()
    x = picture(*size, dtype, seed=size[1])
    wanted = applied("numpy", adjustment, x, strength)
    got = applied(isa, adjustment, x, strength)
    assert difference(got, wanted) <= tolerance(dtype)
    if dtype == "float32" and strength > 0:
        assert got.min() >= 0
        assert got.max() <= 1
