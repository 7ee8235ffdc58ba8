"""Chroma denoise: what it smooths, what it must not touch, and strips against the whole."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nightlift import restore
from nightlift.classical import tones
from nightlift.errors import UsageError
from nightlift.photo.proxy import LongSide, small_copy
from nightlift.photo.read import read
from nightlift.restore import denoise_chroma, gain_map

LUMA = np.array([0.299, 0.587, 0.114])
CHROMA = np.array([[0.5, -0.418688, -0.081312], [-0.168736, -0.331264, 0.5]])


def luma_of(pixels):
    return pixels.astype(float) @ LUMA


def chroma_of(pixels):
    return pixels.astype(float) @ CHROMA.T


def noisy(height=96, width=128, sigma=8.0, seed=0):
    """Two colors side by side, mid-gray luma, with noise; and the same without noise."""
    clean = np.empty((height, width, 3))
    clean[:, : width // 2] = (150, 110, 90)
    clean[:, width // 2 :] = (60, 120, 150)
    noise = np.random.default_rng(seed).normal(0, sigma, clean.shape)
    return np.rint(clean + noise).clip(0, 255).astype(np.uint8), clean


def as_type(pixels, dtype):
    if dtype == np.float32:
        return pixels.astype(np.float32) / 255
    return pixels.astype(dtype) * (np.iinfo(dtype).max // 255)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_noise_goes_and_luma_and_edges_stay(dtype):
    pixels, clean = noisy()
    scale = 1.0 if dtype == np.uint8 else 257.0 if dtype == np.uint16 else 1 / 255
    result = denoise_chroma(as_type(pixels, dtype), 8.0)
    assert result.dtype == dtype
    after = result / scale
    before_error = ((chroma_of(pixels) - chroma_of(clean)) ** 2).mean()
    assert ((chroma_of(after) - chroma_of(clean)) ** 2).mean() < 0.25 * before_error
    assert np.abs(luma_of(after) - luma_of(pixels)).max() < 1.0
    contrast = chroma_of(after)[:, 65:67].mean((0, 1)) - chroma_of(after)[:, 61:63].mean((0, 1))
    wanted = chroma_of(clean)[0, -1] - chroma_of(clean)[0, 0]
    assert np.abs(contrast - wanted).max() < 0.1 * np.abs(wanted).max()


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_nothing_happens_without_amount_or_without_gain(dtype):
    pixels = as_type(noisy()[0], dtype)
    for result in (
        denoise_chroma(pixels, 8.0, 0.0),
        denoise_chroma(pixels, 1.0),
        denoise_chroma(pixels, np.full((3, 4), 0.7, np.float32)),
    ):
        assert np.array_equal(result, pixels)
        assert not np.shares_memory(result, pixels)


def test_places_that_were_not_brightened_are_untouched():
    pixels, _ = noisy()
    gain = np.ones((12, 16), np.float32)
    gain[:, 10:] = 8
    result = denoise_chroma(pixels, gain)
    assert np.array_equal(result[:, :72], pixels[:, :72])
    assert chroma_of(result[:, 96:]).std(0).mean() < 0.5 * chroma_of(pixels[:, 96:]).std(0).mean()


def test_strong_colors_do_not_bleed():
    pixels = np.full((80, 80, 3), 90, np.uint8)
    pixels[30:50, 30:50] = (230, 20, 30)
    result = denoise_chroma(pixels, 6.0).astype(int)
    assert np.abs(result - pixels).max() <= 4
    assert np.array_equal(result[36:44, 36:44], pixels[36:44, 36:44])


@given(st.integers(0, 99), st.floats(1.0, 30.0), st.floats(0.0, 1.0))
@settings(derandomize=True, max_examples=20, deadline=None)
def test_no_color_moves_further_than_the_noise_explains(seed, gain, amount):
    random = np.random.default_rng(seed)
    pixels = random.integers(60, 190, (24, 20, 3), np.uint8)
    some = chroma_of(denoise_chroma(pixels, gain, amount)) - chroma_of(pixels)
    all_of_it = chroma_of(denoise_chroma(pixels, gain)) - chroma_of(pixels)
    assert np.hypot(*np.moveaxis(all_of_it, 2, 0)).max() < 4 * 1.5 * (gain - 1) + 1.5
    assert np.abs(some - amount * all_of_it).max() < 1.5


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("fine", [10**9, 0])
@pytest.mark.parametrize("shape", [(131, 97), (65, 140), (66, 31)])
def test_strips_and_threads_are_the_whole(dtype, fine, shape, monkeypatch):
    pixels = as_type(noisy(*shape)[0], dtype)
    gain = np.linspace(1, 12, 60, dtype=np.float32).reshape(6, 10)
    monkeypatch.setattr(restore, "FINE_PIXELS", fine)
    monkeypatch.setattr(restore, "COARSE_SIDE", 25)
    monkeypatch.setattr(restore, "STRIP_ROWS", 10_000)
    whole = denoise_chroma(pixels, gain, threads=1)
    assert not np.array_equal(whole, pixels)
    step = 1e-5 if dtype == np.float32 else 1
    for rows in (2, 16, 64):
        monkeypatch.setattr(restore, "STRIP_ROWS", rows)
        strips = denoise_chroma(pixels, gain, threads=3)
        assert np.abs(strips.astype(float) - whole).max() <= step


@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (50, 1), (2, 3), (3000, 2)])
@pytest.mark.parametrize("fine", [10**9, 0])
def test_odd_shapes_work(shape, fine, monkeypatch):
    monkeypatch.setattr(restore, "FINE_PIXELS", fine)
    pixels = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)
    result = denoise_chroma(pixels, 5.0)
    assert result.shape == pixels.shape
    flat = np.full((*shape, 3), 77, np.uint8)
    assert np.array_equal(denoise_chroma(flat, 20.0), flat)


def test_large_photos_are_handled_two_by_two_and_still_smooth():
    height, width = 1600, 2600
    pixels, clean = noisy(height, width, sigma=6.0)
    result = denoise_chroma(pixels, 8.0)
    # What is finer than two pixels stays, as in a JPEG; blotches go.
    down = [
        cv2.resize(p, (width // 4, height // 4), interpolation=cv2.INTER_AREA)
        for p in (pixels, result)
    ]
    goal = cv2.resize(clean, (width // 4, height // 4), interpolation=cv2.INTER_AREA)
    before, after = (((chroma_of(picture) - chroma_of(goal)) ** 2).mean() for picture in down)
    assert after < 0.4 * before
    assert np.abs(luma_of(result) - luma_of(pixels)).max() <= 1.0


def test_a_view_is_denoised_like_its_copy():
    pixels = noisy()[0].swapaxes(0, 1)[::-1]
    kept = pixels.copy()
    assert np.array_equal(denoise_chroma(pixels, 8.0), denoise_chroma(kept, 8.0))
    assert np.array_equal(pixels, kept)


def test_a_turned_gain_map_is_used_as_it_stands():
    pixels = noisy()[0]
    gain = np.linspace(1, 12, 60, dtype=np.float32).reshape(6, 10)
    view = np.ascontiguousarray(gain.T[::-1])[::-1].T
    assert np.array_equal(denoise_chroma(pixels, view), denoise_chroma(pixels, gain))


def test_gray_stays_gray():
    gray = np.repeat(noisy()[0][..., :1], 3, axis=2)
    assert np.array_equal(denoise_chroma(gray, 9.0), gray)


def test_the_gain_is_the_ratio_of_luma():
    before = np.full((9, 9, 3), 0.1, np.float32)
    after = before.copy()
    after[:, 5:] = 0.4
    gain = gain_map(before, after)
    assert gain.shape == (9, 9)
    assert gain[0, 0] == pytest.approx(1, abs=1e-5)
    assert gain[0, 8] == pytest.approx((0.4 + 1 / 255) / (0.1 + 1 / 255), rel=1e-4)


def test_what_does_not_fit_is_refused():
    pixels = noisy()[0]
    for amount in (-0.1, 1.1, float("nan")):
        with pytest.raises(UsageError, match="from 0 to 1"):
            denoise_chroma(pixels, 2.0, amount)
    with pytest.raises(UsageError, match="one size"):
        gain_map(np.zeros((4, 4, 3), np.float32), np.zeros((4, 5, 3), np.float32))
    with pytest.raises(UsageError, match="shape"):
        denoise_chroma(pixels[..., 0], 2.0)


@pytest.mark.shared
def test_real_dark_photos_lose_most_of_their_color_noise(shared):
    """Where the bright reference is flat, chroma variance falls to less than a third."""
    before, after = [], []
    for name in ("2", "47", "103", "157"):
        dark = read(shared / "data" / "lol" / "low" / f"{name}.jpg")
        bright = chroma_of(read(shared / "data" / "lol" / "high" / f"{name}.jpg").pixels)
        small = small_copy(dark, LongSide(300))
        table = tones.adaptive_gamma(small)
        lifted = table.apply(dark.pixels)
        result = denoise_chroma(lifted, gain_map(small, table.apply(small)))
        fine = [
            plane - cv2.blur(plane, (15, 15))
            for plane in (bright, chroma_of(lifted), chroma_of(result))
        ]
        flat = np.abs(fine[0]).max(axis=2) < 2
        before.append((fine[1][flat] ** 2).mean())
        after.append((fine[2][flat] ** 2).mean())
    assert np.mean(after) < np.mean(before) / 3
