"""Measured noise against noise that was put there."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nightlift.adjust import kernels
from nightlift.denoise import flattest as definition
from nightlift.denoise import kernel
from nightlift.denoise.measurement import measure, noise_of
from nightlift.denoise.noise import KNOTS, knots
from nightlift.denoise.patches import SIDE, PatchSampler, patch_places
from nightlift.photo.photo import Photo
from tests.denoise.pictures import as_jpeg, demosaiced, luma_of, rounded, scene

COMPILED = [name for name in kernels.instruction_sets() if name != "numpy"]

LEVELS = slice(4, 13)
"""Knots that the scene has: 0.07 to 0.64."""


def deviation_at(level):
    """Of noise, in encoded values: more in the dark."""
    return 0.010 + 0.012 * (1 - level)


def white_of(values, seed=0):
    random = np.random.default_rng(seed)
    return values + random.normal(size=values.shape) * deviation_at(values)


def bands(differences, radius=(2.3, 6.1)):
    """The deviation of transformed windows of 8 x 8 within a band, of known noise."""
    from scipy.fft import dctn

    height, width = (side // 8 * 8 for side in differences.shape)
    windows = differences[:height, :width].reshape(height // 8, 8, width // 8, 8).swapaxes(1, 2)
    found = dctn(windows, axes=(2, 3), norm="ortho")
    y, x = np.mgrid[0:8, 0:8]
    inside = (np.hypot(y, x) > radius[0]) & (np.hypot(y, x) <= radius[1])
    return found[..., inside]


def told(noise, component="luma"):
    """By knot, the deviation of coefficients of the second and third band, of the first scale."""
    spectrum = np.asarray(getattr(noise, component + "_spectrum"))[0]
    counts = np.array([8, 20]) / 28
    return np.asarray(getattr(noise, component)) * np.sqrt(counts @ spectrum[1:3] ** 2)


def true_by_level(difference, luma):
    """By knot, what `told` should be."""
    coefficients = bands(difference)
    height, width = (side // 8 * 8 for side in luma.shape)
    means = luma[:height, :width].reshape(height // 8, 8, width // 8, 8).mean((1, 3))
    out = np.full(KNOTS, np.nan)
    middles = (knots()[1:] + knots()[:-1]) / 2
    nearest = np.searchsorted(middles, means)
    for knot in range(KNOTS):
        if np.count_nonzero(nearest == knot) >= 40:
            out[knot] = np.sqrt((coefficients[nearest == knot] ** 2).mean())
    return out


def check(noise, difference, luma, tolerance=0.2):
    wanted = true_by_level(difference, luma)
    known = np.isfinite(wanted)
    known[:3] = known[-2:] = False
    assert known.sum() >= 5
    ratio = told(noise)[known] / wanted[known]
    assert np.all(np.abs(ratio - 1) < tolerance), np.round(ratio, 2)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_white_noise_by_brightness(dtype):
    clean = scene(512, 768)
    noisy = np.clip(white_of(clean), 0, 1)
    if dtype == np.float32:
        pixels = noisy.astype(dtype)
    else:
        pixels = (noisy * np.iinfo(dtype).max + 0.5).astype(dtype)
    check(measure(Photo(pixels)), luma_of(noisy - clean), luma_of(clean))


def test_noise_of_a_mosaic():
    clean = scene(512, 768)
    noisy = demosaiced(clean, deviation_at(luma_of(clean)))
    difference = noisy - demosaiced(clean, np.zeros(1))
    check(measure(Photo(rounded(noisy))), luma_of(difference), luma_of(clean))


@pytest.mark.parametrize(("quality", "tolerance"), [(75, 0.3), (85, 0.2), (95, 0.2)])
def test_what_jpeg_leaves_of_noise(quality, tolerance):
    """Noise in a JPEG is what it shows, less than what was there before."""
    clean = scene(512, 768)
    photo = as_jpeg(rounded(white_of(clean)), quality)
    check(measure(photo), luma_of(photo.pixels / 255 - clean), luma_of(clean), tolerance)


def test_noise_is_followed_over_scales():
    clean = np.full((512, 512, 3), 0.4)
    noise = measure(Photo(rounded(white_of(clean))))
    table = np.asarray(noise.luma_spectrum)
    assert np.allclose(table[1, 1] / table[0, 1], 0.5, atol=0.12)
    assert np.allclose(table[2, 1] / table[1, 1], 0.5, atol=0.15)


def test_texture_of_some_brightnesses_is_no_noise():
    clean = scene(512, 768)
    y, x = np.mgrid[0:512, 0:768]
    weave = 0.06 * np.sin(x * 1.3) * np.sin(y * 1.1) * ((x > 300) & (x < 480))
    plain = measure(Photo(rounded(white_of(clean))))
    woven = measure(Photo(rounded(white_of(clean + weave[..., None]))))
    assert np.all(told(woven)[LEVELS] < 1.7 * told(plain)[LEVELS])


def test_noise_is_no_less_than_rounding():
    flat = measure(Photo(np.full((200, 300, 3), 40, np.uint8)))
    assert min(flat.luma) == pytest.approx(1 / np.sqrt(12) / 255)
    assert min(flat.pixel_deviation()[0]) >= 0.9 / np.sqrt(12) / 255
    fine = measure(Photo(np.full((200, 300, 3), 10000, np.uint16)))
    assert min(fine.luma) == pytest.approx(1 / np.sqrt(12) / 65535)


def test_jpeg_tables_tell_what_is_hidden():
    pixels = rounded(scene(128, 128))
    coarse, fine = (measure(as_jpeg(pixels, quality)) for quality in (50, 95))
    assert np.all(np.asarray(coarse.luma_hidden)[0] > 3 * np.asarray(fine.luma_hidden)[0])
    # Blocks of chroma of half the size are twice as large.
    luma, chroma = (np.asarray(table) for table in (coarse.luma_hidden, coarse.chroma_hidden))
    assert np.allclose(chroma[1, 0] / chroma[0, 0], 1)
    assert np.all(luma[1] < 0.8 * luma[0])
    assert coarse.halved_chroma and not measure(as_jpeg(pixels, 50, "444")).halved_chroma
    assert not coarse.scaled(2.0).halved_chroma
    assert np.all(np.asarray(measure(Photo(pixels)).luma_hidden) <= 1 / 255)


def test_gray_has_no_noise_of_color():
    gray = np.repeat(rounded(white_of(scene(200, 300)[..., :1])), 3, axis=2)
    noise = measure(Photo(gray, mode="gray"))
    assert max(noise.chroma) == pytest.approx(1 / np.sqrt(12) / 255)


def test_black_level_rises_with_noise():
    dark = np.full((256, 256, 3), 0.02)
    random = np.random.default_rng(1)
    levels = [
        measure(Photo(rounded(dark + random.normal(size=dark.shape) * s))).black_level()
        for s in (0.002, 0.006, 0.02)
    ]
    assert levels[0] < levels[1] < levels[2] < 0.1
    assert 0 <= levels[0] < 0.01


def test_what_is_twice_its_noise_is_lifted_nearly_whole():
    dark = np.full((256, 256, 3), 0.06)
    gray = np.random.default_rng(1).normal(size=(256, 256, 1)) * 0.02
    black = measure(Photo(rounded(dark + gray))).black_level()
    assert black == pytest.approx(0.02, rel=0.2)
    assert 0.04**2 / (0.04**2 + black**2) > 0.7


@pytest.mark.parametrize(("step", "least", "most"), [(1, 0, 0.002), (10, 0.007, 0.012)])
def test_what_the_blocks_of_a_jpeg_hide_is_held_back(step, least, most):
    dark = np.full((256, 256, 3), 2, np.uint8)
    photo = Photo(dark, format="jpeg", quantization=((step,) * 64,) * 2)
    assert least <= measure(photo).black_level() <= most


def test_a_smaller_copy_has_less_noise():
    import cv2

    clean = scene(1024, 1024)
    noisy = demosaiced(clean, deviation_at(luma_of(clean)))
    noise = measure(Photo(rounded(noisy)))
    small = cv2.resize(
        noisy - demosaiced(clean, np.zeros(1)), None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA
    )
    clean_small = cv2.resize(clean, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    check(noise.scaled(2.0), luma_of(small), luma_of(clean_small), 0.3)
    assert noise.scaled(1.0) == noise
    assert noise.scaled(64.0).luma_spectrum[0][1] < noise.luma_spectrum[-1][1]


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 3000), st.integers(1, 3000))
def test_patches_lie_within_the_photo(height, width):
    places = patch_places(height, width)
    tall, wide = min(SIDE, height), min(SIDE, width)
    assert all(0 <= top <= height - tall and 0 <= left <= width - wide for top, left in places)
    assert len(set(places)) == len(places) <= 96


def test_strips_collect_the_same_patches():
    pixels = rounded(white_of(scene(700, 500)))
    photo = Photo(pixels)
    sampler = PatchSampler(700, 500, pixels.dtype)
    for top in (300, 0, 500, 100, 400, 200, 600):
        sampler.add(pixels[top : top + 100], top)
    assert noise_of(sampler.patches, photo) == measure(photo)


@pytest.mark.parametrize("size", [(1, 1), (5, 300), (300, 7), (8, 8), (20, 30)])
def test_small_photos_have_noise_too(size):
    noise = measure(Photo(rounded(white_of(scene(*size)))))
    assert np.all(np.isfinite(noise.luma)) and min(noise.luma) > 0
    assert np.isclose(sum(noise.shares), 1)


STEPS = 8, 8, 4, 2


@pytest.mark.parametrize("isa", COMPILED)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("size", [(512, 700), (64, 64), (9, 40), (37, 300)])
def test_the_twin_finds_the_same_windows(isa, dtype, size):
    values = np.clip(white_of(scene(*size)), 0, 1)
    scale = 1 if dtype == np.float32 else np.iinfo(dtype).max
    pixels = (values * scale).astype(dtype)
    sampler = PatchSampler(*size, pixels.dtype)
    sampler.add(pixels, 0)
    wanted = definition.flattest(sampler.patches, STEPS, 8, 48, 0.12)
    with kernels.using(isa):
        found = kernel.flattest(sampler.patches, STEPS, 8, 48, 0.12)
    assert len(found) == len(wanted) > 0
    for (levels, squares), (true_levels, true_squares) in zip(found, wanted, strict=True):
        assert np.array_equal(levels, true_levels)
        assert np.all(true_squares[:, :, 1] > 0)
        assert np.allclose(squares, true_squares, rtol=1e-4, atol=1e-12)


@pytest.mark.parametrize("isa", COMPILED)
def test_the_twin_takes_what_is_no_number(isa):
    pixels = np.full((70, 70, 3), 0.5, np.float32)
    pixels[0, :3] = np.nan, np.inf, -np.inf
    photo = Photo(pixels)
    with kernels.using("numpy"):
        wanted = measure(photo)
    with kernels.using(isa):
        assert np.allclose(measure(photo).luma, wanted.luma, rtol=1e-4)


def test_the_twin_refuses_what_does_not_fit():
    patches = np.zeros((2, 64, 64, 3), np.uint8)
    if not COMPILED:
        pytest.skip("the compiled kernels are not installed")
    with pytest.raises(ValueError, match="eight windows"):
        kernel.flattest(patches, (4,), 8, 48, 0.12)
    with pytest.raises(ValueError, match="pixels side by side"):
        kernel.flattest(np.zeros((2, 65, 64, 3), np.uint8), STEPS, 8, 48, 0.12)


def test_shares_are_of_the_nearest_knots():
    random = np.random.default_rng(0)
    pixels = rounded(random.uniform(0, 1, (64, 64, 1)) ** 2 * np.ones(3))
    luma = luma_of(pixels[::4, ::4]) / 255
    nearest = np.abs(luma[..., None] - knots()).argmin(-1)
    counts = np.bincount(nearest.ravel(), minlength=KNOTS)
    assert np.allclose(measure(Photo(pixels)).shares, counts / counts.sum())
