"""The fine denoiser: strips, what it leaves, what it adds to the fast one."""

import numpy as np
import onnxruntime
import pytest

from nightlift.adjust.light_grid import LightGrid
from nightlift.denoise import Denoiser, measure, slopes
from nightlift.denoise.fine import NETWORK, TILE_ROWS, FineDenoiser
from nightlift.errors import UsageError
from nightlift.metrics.signal_to_noise import psnr
from nightlift.metrics.structural_similarity import ssim
from nightlift.photo.photo import Photo
from tests.denoise.pictures import power, rounded, scene

F32 = np.float32
LIFT = power(0.45)


def dark(clean, deviation=0.006, seed=0):
    random = np.random.default_rng(seed)
    return rounded(clean ** (1 / 0.45) + deviation * random.normal(size=clean.shape))


def fine(pixels, adjustment=LIFT, amount=1.0, **photo):
    return FineDenoiser(Denoiser(measure(Photo(pixels, **photo)), slopes(adjustment)), amount)


def test_the_network_is_small():
    import onnx

    model = onnx.load(NETWORK)
    assert NETWORK.stat().st_size < 700_000
    assert sum(int(np.prod(weight.dims)) for weight in model.graph.initializer) < 300_000
    inputs = {port.name for port in onnxruntime.InferenceSession(str(NETWORK)).get_inputs()}
    assert inputs == {"lifted", "fast", "noise"}


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("step", [256, 190])
def test_strips_give_the_whole(dtype, step):
    before = dark(scene(700, 130))
    lifted = LIFT.apply(before.astype(F32) / 255)
    scale = 1 if dtype == np.float32 else np.iinfo(dtype).max
    pixels = (lifted * scale).astype(dtype)
    one = fine(before)
    whole = one.apply(pixels)
    for top in range(0, 700, step):
        bottom = min(top + step, 700)
        first, end = max(0, top - one.halo), min(700, bottom + one.halo)
        part = one.apply_rows([pixels[first:end]], first, top, bottom, 700)
        assert np.array_equal(part, whole[top:bottom])


def test_tiles_leave_no_seams():
    """A photo of one tile, and the same one in the middle of many, away from the border."""
    before = dark(scene(3 * TILE_ROWS, 700))
    lifted = LIFT.apply(before)
    one = fine(before)
    whole = one.apply(lifted).astype(int)
    moved = one.apply(np.ascontiguousarray(lifted[64:])).astype(int)
    inside = slice(256, -200)
    assert np.abs(whole[64:][inside] - moved[inside]).max() <= 1


def test_nothing_is_touched_where_nothing_is_lifted():
    before = dark(scene(150, 203))
    assert np.array_equal(fine(before, power(1.0)).apply(before), before)
    assert np.array_equal(fine(before, amount=0.0).apply(before), before)
    gains = np.zeros((16, 16, 4), F32)
    gains[:, 9:] = 3.0
    grid = LightGrid(gains)
    wide = dark(scene(256, 512))
    lifted = grid.apply(wide)
    still = int(8 / 15 * 511) // 4 * 4
    assert np.array_equal(fine(wide, grid).apply(lifted)[:, :still], wide[:, :still])


def test_gray_stays_gray():
    gray = np.repeat(dark(scene(150, 210)[..., :1]), 3, axis=2)
    result = fine(gray, mode="gray").apply(LIFT.apply(gray))
    assert np.array_equal(result[..., 0], result[..., 1])
    assert np.array_equal(result[..., 0], result[..., 2])


@pytest.mark.parametrize("size", [(1, 1), (5, 30), (31, 6), (257, 513)])
def test_any_size(size):
    before = dark(scene(*size))
    assert fine(before).apply(LIFT.apply(before)).shape == before.shape


@pytest.mark.parametrize("seed", [0, 1])
def test_noise_goes_and_the_picture_stays(seed):
    clean = scene(300, 400, seed)
    before, wanted = dark(clean, seed=seed), rounded(clean)
    lifted = LIFT.apply(before)
    fast = Denoiser(measure(Photo(before)), slopes(LIFT)).apply(lifted)
    result = fine(before).apply(lifted)
    assert psnr(result, wanted, data_range=255) > psnr(lifted, wanted, data_range=255) + 5
    assert ssim(result, wanted, data_range=255) > ssim(fast, wanted, data_range=255) - 0.01
    assert np.any(result != fast)


def test_amount_is_checked():
    with pytest.raises(UsageError, match="amount from 0 to 1"):
        fine(dark(scene(64, 64)), amount=-0.1)
