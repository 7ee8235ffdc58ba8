"""The denoiser: its definition and its twin, strips, what it leaves, what it takes away."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nightlift.adjust import kernels
from nightlift.adjust.light_grid import LightGrid
from nightlift.denoise.definition import LEVELS, NOTHING, KernelPlan, denoised
from nightlift.denoise.denoiser import Denoiser, carried, grain, visible
from nightlift.denoise.kernel import run
from nightlift.denoise.measurement import measure
from nightlift.denoise.slope_map import slopes
from nightlift.errors import UsageError
from nightlift.metrics.signal_to_noise import psnr
from nightlift.metrics.structural_similarity import ssim
from nightlift.photo.photo import Photo
from tests.denoise.pictures import as_jpeg, demosaiced, luma_of, power, rounded, scene

F32 = np.float32
COMPILED = [name for name in kernels.instruction_sets() if name != "numpy"]
LIFT = power(0.45)


def plan(seed=0, scales=3, amount=1.0):
    random = np.random.default_rng(seed)
    noise = random.uniform(0.01, 0.05, (2, 3, 4, LEVELS)).astype(F32)
    weights = np.full((scales, 2, 8, 8), 0.03, F32) * random.uniform(0.5, 2, (1, 2, 8, 8))
    return KernelPlan(noise, weights.astype(F32), 0.35, 4.0, (0.7 * amount, amount))


def dark(clean, deviation=0.006, exponent=1 / 0.45, seed=0):
    """A scene darkened by the inverse of `LIFT`, with noise, of 8 bits."""
    random = np.random.default_rng(seed)
    return rounded(clean**exponent + deviation * random.normal(size=clean.shape))


def denoiser(pixels, adjustment=LIFT, amount=1.0, **photo):
    return Denoiser(measure(Photo(pixels, **photo)), slopes(adjustment), amount)


@pytest.mark.parametrize("isa", COMPILED)
@pytest.mark.parametrize(
    "size", [(40, 53), (73, 613), (25, 1101), (3, 200), (200, 3), (1, 1), (9, 7)]
)
def test_the_twin_does_what_the_definition_says(isa, size):
    pixels = np.random.default_rng(1).uniform(0.3, 0.5, (*size, 3)).astype(F32)
    out = np.empty_like(pixels)
    with kernels.using(isa):
        run(plan(), [pixels], 0, out, 0, size[0], 2)
    expected = denoised(pixels, plan())
    assert np.allclose(out, expected, atol=2e-6)
    if min(size) > 1:
        assert np.abs(expected - pixels).max() > 0.01
    part = plan()
    part.weights[0, 1] = part.weights[2, 0] = NOTHING
    with kernels.using(isa):
        run(part, [pixels], 0, out, 0, size[0], 2)
    assert np.allclose(out, denoised(pixels, part), atol=2e-6)


@pytest.mark.skipif(not COMPILED, reason="the compiled kernels are not installed")
@settings(max_examples=12, deadline=None)
@given(
    st.sampled_from([np.uint8, np.uint16, np.float32]),
    st.integers(200, 620),
    st.one_of(st.integers(1, 700), st.integers(900, 2100)),
    st.integers(16, 150),
    st.integers(1, 3),
)
def test_strips_and_threads_give_the_whole_bit_for_bit(dtype, height, width, step, threads):
    values = np.random.default_rng(height).uniform(0.2, 0.6, (height, width, 3))
    scale = 1 if dtype == np.float32 else np.iinfo(dtype).max
    pixels = (values * scale).astype(dtype)
    strips = denoiser(rounded(values**2))
    whole = strips.apply(pixels, threads=2)
    for top in range(0, height, step):
        bottom = min(top + step, height)
        first, end = max(0, top - strips.halo), min(height, bottom + strips.halo)
        part = strips.apply_rows([pixels[first:end]], first, top, bottom, height, threads=threads)
        assert np.array_equal(part, whole[top:bottom])


@pytest.mark.parametrize("isa", COMPILED)
def test_the_twin_leaves_what_has_no_noise(isa):
    """Noise of some places and levels alone: windows of all, of some, and of no noise."""
    some = plan()
    some.noise[:, :, 2:] = 0
    some.noise[..., LEVELS // 2 :] = 0
    pixels = np.random.default_rng(1).uniform(0.4, 0.6, (60, 400, 3)).astype(F32)
    pixels[:, 100:200] *= np.linspace(0.5, 1.5, 100, dtype=F32)[:, None]
    out = np.empty_like(pixels)
    with kernels.using(isa):
        run(some, [pixels], 0, out, 0, 60, 2)
    expected = denoised(pixels, some)
    assert np.allclose(out, expected, atol=2e-6)
    assert np.array_equal(out[:, 300:], pixels[:, 300:])
    assert np.abs(expected - pixels).max() > 0.01


def test_without_the_compiled_kernel_it_is_the_same():
    values = np.random.default_rng(3).uniform(0.2, 0.6, (330, 90, 3)).astype(F32)
    one = denoiser(rounded(values**2))
    whole = one.apply(values)
    with kernels.using("numpy"):
        assert np.allclose(one.apply(values), whole, atol=3e-6)
        part = one.apply_rows([values[41:200], values[200:310]], 41, 180, 181, 330)
    assert np.allclose(part, whole[180:181], atol=3e-6)


def test_no_row_beyond_the_halo_counts():
    values = np.random.default_rng(0).uniform(0.2, 0.6, (400, 120, 3)).astype(F32)
    one = denoiser(rounded(values**2))
    other = values.copy()
    other[: 200 - one.halo] = 1 - other[: 200 - one.halo]
    assert np.array_equal(one.apply(values)[200:], one.apply(other)[200:])


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_nothing_is_touched_where_nothing_is_lifted(dtype):
    values = dark(scene(200, 240)) / 255
    scale = 1 if dtype == np.float32 else np.iinfo(dtype).max
    pixels = (values * scale).astype(dtype)
    for gentle in (denoiser(rounded(values), power(1.0)), denoiser(rounded(values), amount=0.0)):
        result = gentle.apply(pixels)
        assert np.array_equal(result, pixels)
        assert not np.shares_memory(result, pixels)


def test_a_side_that_is_not_lifted_stays_bit_for_bit():
    gains = np.zeros((16, 16, 4), F32)
    gains[:, 9:] = 3.0
    grid = LightGrid(gains)
    before = dark(scene(256, 512))
    lifted = grid.apply(before)
    result = denoiser(before, grid).apply(lifted)
    still = int(8 / 15 * 511)
    assert np.array_equal(lifted[:, :still], before[:, :still])
    assert np.array_equal(result[:, :still], lifted[:, :still])
    assert np.mean(result[:, -100:] != lifted[:, -100:]) > 0.3


def test_gray_stays_gray():
    gray = np.repeat(dark(scene(150, 210)[..., :1]), 3, axis=2)
    result = denoiser(gray, mode="gray").apply(LIFT.apply(gray))
    assert np.array_equal(result[..., 0], result[..., 1])
    assert np.array_equal(result[..., 0], result[..., 2])
    assert np.any(result != LIFT.apply(gray))


@pytest.mark.parametrize(("kind", "times"), [("white", 4.5), ("mosaic", 3.3), ("jpeg", 2.7)])
def test_flat_patches_become_flat(kind, times):
    flat = np.full((256, 256, 3), 0.08)
    deviation = np.full((256, 256), 0.008)
    if kind == "mosaic":
        before = Photo(rounded(demosaiced(flat, deviation)))
    else:
        random = np.random.default_rng(0)
        pixels = rounded(flat + deviation[..., None] * random.normal(size=flat.shape))
        before = as_jpeg(pixels, 90) if kind == "jpeg" else Photo(pixels)
    lifted = LIFT.apply(before.pixels)
    result = Denoiser(measure(before), slopes(LIFT)).apply(lifted)
    assert result.astype(float).std((0, 1)).max() < lifted.astype(float).std((0, 1)).min() / times
    assert np.abs(result.mean((0, 1)) - lifted.mean((0, 1))).max() < 0.5


def test_steps_keep_their_height_and_width():
    clean = np.full((128, 256, 3), 0.35)
    clean[:, 128:] = (0.62, 0.6, 0.55)
    before = dark(clean)
    result = denoiser(before).apply(LIFT.apply(before)).astype(float)
    wanted = LIFT.apply(rounded(clean ** (1 / 0.45))).astype(float)
    across = result.mean(0) - wanted.mean(0)
    height = (wanted[0, -1] - wanted[0, 0]).max()
    assert np.abs(across).max() < 0.04 * height


@pytest.mark.parametrize("seed", [0, 1])
def test_noise_goes_and_the_picture_stays(seed):
    clean = scene(300, 400, seed)
    before = dark(clean, 0.006, seed=seed)
    lifted = LIFT.apply(before)
    result = denoiser(before).apply(lifted)
    wanted = rounded(clean)
    assert psnr(result, wanted, data_range=255) > psnr(lifted, wanted, data_range=255) + 5
    assert ssim(result, wanted, data_range=255) > ssim(lifted, wanted, data_range=255) + 0.2


def test_a_clean_photo_is_left_nearly_as_it_is():
    clean = rounded(scene(300, 400))
    lifted = power(0.8).apply(clean)
    gentle = denoiser(clean, power(0.8))
    assert psnr(gentle.apply(lifted), lifted, data_range=255) > 45
    assert not visible(measure(Photo(clean)), slopes(power(0.8)))


def test_noise_that_a_lift_shows_is_visible():
    before = dark(scene(300, 400))
    assert visible(measure(Photo(before)), slopes(LIFT))
    assert not visible(measure(Photo(before)), slopes(power(1.0)))


def test_noise_is_carried_by_the_slope():
    before = dark(scene(512, 512), 0.008)
    noise = measure(Photo(before))
    table = carried(noise, slopes(LIFT))
    assert table.shape == (2, 1, 1, LEVELS)
    level = 0.3
    after = np.interp(level**0.45, np.linspace(0, 1, LEVELS), table[0, 0, 0])
    gain = 0.45 * level**-0.55
    if gain > 1.25:
        told = np.interp(level, np.linspace(0, 1, 16) ** 2, noise.luma)
        assert after == pytest.approx(told * gain, rel=0.15)
    bright = np.interp(0.9, np.linspace(0, 1, LEVELS), table[0, 0, 0])
    assert bright == 0  # the curve is flat there: noise has become less


def test_blocks_of_a_jpeg_are_smoothed():
    y, x = np.mgrid[0:256, 0:256]
    shade = 0.03 + 0.05 * (x + 0.6 * y) / 400
    clean = np.repeat(shade[..., None], 3, axis=2)
    photo = as_jpeg(rounded(clean), 50)
    lifted = LIFT.apply(photo.pixels)
    result = Denoiser(measure(photo), slopes(LIFT)).apply(lifted)

    def jumps(pixels):
        luma = np.abs(np.diff(luma_of(pixels), axis=1))
        return luma[:, 7::8].mean()

    assert jumps(result) < 0.6 * jumps(lifted)


def test_amount_scales_the_change():
    before = dark(scene(128, 160)) / 255
    lifted = LIFT.apply(before.astype(F32))
    half, all_ = (denoiser(rounded(before), amount=a).apply(lifted) for a in (0.5, 1.0))
    assert np.allclose(half - lifted, (all_ - lifted) / 2, atol=1e-6)


def test_what_does_not_fit_is_refused():
    before = dark(scene(300, 64))
    one = denoiser(before)
    with pytest.raises(UsageError, match="rows 0 to 228 of 300, got 50 to 300"):
        one.apply_rows([before[50:]], 50, 60, 100, 300)
    with pytest.raises(UsageError, match="amount from 0 to 1"):
        denoiser(before, amount=1.5)
    with pytest.raises(UsageError, match="uint8, uint16 or float32"):
        one.apply(before.astype(float))


def test_grain_keeps_its_share_of_lumas_noise_and_none_of_chromas():
    photo = dark(scene(256, 256))
    noise, lifted = measure(Photo(photo)), LIFT.apply(photo)
    whole = Denoiser(noise, slopes(LIFT)).apply(lifted).astype(float)
    grained = Denoiser(noise, slopes(LIFT), grain=0.4).apply(lifted).astype(float)
    luma = np.array([0.25, 0.5, 0.25])
    taken = (lifted - whole) @ luma
    assert ((grained - whole) @ luma * taken).sum() == pytest.approx(
        0.4 * (taken * taken).sum(), rel=0.05
    )
    chroma = np.array([0.5, 0, -0.5])
    assert (
        np.abs((grained - whole) @ chroma).mean() < 0.1 * np.abs((lifted - whole) @ chroma).mean()
    )


@pytest.mark.parametrize("second, kept", [(1.0, 0.2), (1.325, 0.55), (1.9, 0.9)])
def test_what_has_the_spectrum_of_texture_stays(second, kept):
    noise = measure(Photo(dark(scene(128, 128))))
    first, _, third, last = noise.luma_spectrum[0]
    own = (first, second * third, third, last)
    like = noise._replace(
        luma_spectrum=(own, *noise.luma_spectrum[1:]),
        luma_hidden=tuple([(0.0,) * 4] * len(noise.luma_hidden)),
    )
    assert grain(like) == pytest.approx(kept, abs=0.01)
    blocks = like._replace(luma_hidden=tuple([(float(np.max(like.luma)),) * 4] * 4))
    assert 0 < grain(blocks) < 0.7 * kept


def test_black_specks_of_noise_do_not_stay():
    rng = np.random.default_rng(3)
    pixels = np.clip(rng.normal(0.3, 0.04, (64, 64, 1)), 0, 1).astype(F32).repeat(3, axis=2)
    black = rng.random((64, 64)) < 0.01
    pixels[black] = 0
    rising = 0.2 * np.minimum(np.linspace(0, 1, LEVELS), 0.3)  # none at black
    own = plan()._replace(noise=np.broadcast_to(rising, (2, 1, 1, LEVELS)).astype(F32))
    result = denoised(pixels, own)
    assert result[black].mean() > 0.05
    assert result[~black].std() < 0.6 * pixels[~black].std()
