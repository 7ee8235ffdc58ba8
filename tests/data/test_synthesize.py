"""Darkness: darker, reproducible, in range, with the noise that the model says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from nightlift.data.synthesize import (
    DarkExposure,
    Dimming,
    darken_physical,
    darken_smnet,
    dim,
    draw_dimming,
    draw_exposure,
    expose,
)
from nightlift.errors import UsageError

from .conftest import draw

DARKEN = {"smnet": darken_smnet, "physical": darken_physical}
CLEAN = DarkExposure(stops=-2.0, shot=0.0, read=0.0, red=1.0, blue=1.0)


def linear(codes: np.ndarray) -> np.ndarray:
    """sRGB to light, written plainly from IEC 61966-2-1."""
    codes = np.asarray(codes, float)
    return np.where(codes <= 0.04045, codes / 12.92, ((codes + 0.055) / 1.055) ** 2.4)


@pytest.mark.parametrize("style", DARKEN)
@pytest.mark.parametrize("seed", range(8))
def test_darker_reproducible_and_in_range(style: str, seed: int) -> None:
    bright = draw(seed)
    kept = bright.copy()
    dark = DARKEN[style](np.random.default_rng(seed), bright)
    assert dark.mean() < 0.8 * bright.mean()
    assert (dark.shape, dark.dtype) == (bright.shape, np.uint8)
    assert np.array_equal(dark, DARKEN[style](np.random.default_rng(seed), bright))
    assert not np.array_equal(dark, DARKEN[style](np.random.default_rng(seed + 1), bright))
    assert np.array_equal(bright, kept)


@pytest.mark.parametrize("style", DARKEN)
def test_floats_give_floats(style: str) -> None:
    bright = draw(3)
    floats = DARKEN[style](np.random.default_rng(1), bright.astype(np.float32) / 255)
    codes = DARKEN[style](np.random.default_rng(1), bright)
    assert floats.dtype == np.float32
    assert 0 <= floats.min() <= floats.max() <= 1
    assert np.abs(floats * 255 - codes).max() <= 1.01


def test_other_types_are_refused() -> None:
    with pytest.raises(UsageError, match="uint8 or float32"):
        darken_smnet(np.random.default_rng(0), np.zeros((2, 2, 3), np.uint16))
    with pytest.raises(UsageError, match=r"\(H, W, 3\)"):
        darken_physical(np.random.default_rng(0), np.zeros((2, 2), np.uint8))


def test_dimming_is_the_formula() -> None:
    x = draw(5).astype(np.float64) / 255
    gray = x @ (0.299, 0.587, 0.114)
    colored = gray[..., None] + 0.8 * (x - gray[..., None])
    contrasted = gray.mean() + 0.9 * (colored - gray.mean())
    expected = 0.7 * (0.95 * contrasted) ** 2.2
    found = dim(x.astype(np.float32), Dimming(0.8, 0.9, 0.95, 0.7, 2.2))
    assert np.abs(found - expected).max() < 1e-5
    same = dim(draw(5), Dimming(1, 1, 1, 1, 1))
    assert np.array_equal(same, draw(5))


def test_drawn_parameters_fill_their_ranges() -> None:
    rng = np.random.default_rng(0)
    drawn = [draw_dimming(rng) for _ in range(500)]
    for name, low, high in [
        ("color", 0.7, 1.0),
        ("contrast", 0.7, 1.0),
        ("alpha", 0.9, 1.0),
        ("beta", 0.5, 1.0),
        ("gamma", 1.5, 5.0),
    ]:
        values = np.array([getattr(one, name) for one in drawn])
        margin = 0.05 * (high - low)
        assert low <= values.min() < low + margin
        assert high - margin < values.max() <= high


def test_drawn_exposures_are_sensible() -> None:
    rng = np.random.default_rng(0)
    drawn = [draw_exposure(rng) for _ in range(500)]
    assert -5 <= min(one.stops for one in drawn) < -4.8
    assert -1.2 < max(one.stops for one in drawn) <= -1
    assert all(1e-4 <= one.shot <= 0.012 and 0 < one.read < 1e-3 for one in drawn)
    assert all(0.8 <= gain <= 1.25 for one in drawn for gain in (one.red, one.blue))
    qualities = [one.jpeg for one in drawn if one.jpeg is not None]
    assert 200 < len(qualities) < 300
    assert (min(qualities), max(qualities)) == (70, 95)
    assert draw_exposure(rng, (-3, -3), jpeg_share=0).stops == -3
    with pytest.raises(UsageError, match="stops"):
        draw_exposure(rng, (-1, 1))


def test_exposure_acts_on_light() -> None:
    bright = np.arange(256, dtype=np.uint8).reshape(16, 16, 1).repeat(3, axis=2)
    dark = expose(np.random.default_rng(0), bright, CLEAN)
    expected = linear(bright / 255) / 4
    step = 0.5 / 255
    low, high = linear(dark / 255 - step), linear(dark / 255 + step)
    assert ((low - 1e-6 <= expected) & (expected <= high + 1e-6)).all()


def test_headroom_brightens_what_a_good_photo_clips() -> None:
    bright = np.full((4, 4, 3), 60, np.uint8)
    bright[0] = 255
    plain = expose(np.random.default_rng(0), bright, CLEAN)
    shining = expose(np.random.default_rng(0), bright, replace(CLEAN, headroom=1.0))
    assert (shining[1:] == plain[1:]).all()
    assert abs(linear(shining[0, 0, 0] / 255) - 2 * linear(plain[0, 0, 0] / 255)) < 0.005
    drawn = [draw_exposure(np.random.default_rng(seed), highlights=0.5) for seed in range(200)]
    assert 70 < sum(exposure.headroom > 0 for exposure in drawn) < 130
    assert draw_exposure(np.random.default_rng(0)).headroom == 0


def test_contrast_bends_tones_about_their_middle() -> None:
    gray = np.array([0, 64, 128, 192, 255], np.uint8)[None, :, None].repeat(3, axis=2)
    light = replace(CLEAN, stops=0.0)
    hard = expose(np.random.default_rng(0), gray, replace(light, contrast=0.6))
    codes = gray / 255
    bent = codes + 0.6 * codes * (1 - codes) * (2 * codes - 1)
    np.testing.assert_allclose(hard / 255, bent, atol=1 / 255)
    drawn = [draw_exposure(np.random.default_rng(seed), tones=0.5) for seed in range(200)]
    bends = [exposure.contrast for exposure in drawn if exposure.contrast]
    assert 70 < len(bends) < 130
    assert -0.3 <= min(bends) < 0 < max(bends) <= 0.6


def test_noise_is_scaled() -> None:
    loud, quiet = (draw_exposure(np.random.default_rng(0), grain=share) for share in (1.0, 0.25))
    assert quiet == replace(loud, shot=loud.shot / 16, read=loud.read / 16)


def test_white_balance_scales_red_and_blue() -> None:
    bright = np.full((8, 8, 3), 200, np.uint8)
    dark = expose(np.random.default_rng(0), bright, replace(CLEAN, red=1.2, blue=0.85))
    light = linear(dark[0, 0] / 255)
    assert light[0] / light[1] == pytest.approx(1.2, rel=0.02)
    assert light[2] / light[1] == pytest.approx(0.85, rel=0.02)


@pytest.mark.parametrize("level", [120, 200, 255])
def test_noise_has_the_variance_of_the_model(level: int) -> None:
    bright = np.full((200, 300, 3), level, np.uint8)
    exposure = replace(CLEAN, stops=-1.0, shot=2e-3, read=1e-5)
    dark = expose(np.random.default_rng(0), bright, exposure)
    light = linear(dark / 255)
    mean = linear(np.array(level / 255)) / 2
    assert light.mean() == pytest.approx(float(mean), rel=0.01)
    assert light.var() == pytest.approx(float(2e-3 * mean + 1e-5), rel=0.05)


def test_a_jpeg_leaves_its_marks() -> None:
    bright = draw(2)
    plain = expose(np.random.default_rng(0), bright, CLEAN)
    coded = expose(np.random.default_rng(0), bright, replace(CLEAN, jpeg=70))
    assert not np.array_equal(plain, coded)
    assert np.abs(plain.astype(int) - coded).mean() < 4
    assert np.abs(plain.mean(axis=(0, 1)) - coded.mean(axis=(0, 1))).max() < 2


def test_a_dark_exposure_without_grain_has_no_noise() -> None:
    flat = np.full((32, 32, 3), 128, np.uint8)
    rng = np.random.default_rng(14)
    dark = darken_physical(rng, flat, (-3.0, -3.0), grain=0.0)
    assert (dark == dark[:1, :1]).all() and dark.max() < 64
