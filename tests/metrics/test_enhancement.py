"""What a lift does, on pictures whose answer is known."""

from __future__ import annotations

import colorsys

import numpy as np
import pytest
from skimage.color import lab2rgb, rgb2lab

from nightlift.errors import UsageError
from nightlift.metrics.enhancement import highlights_kept, hue_drift, lifted_shadows, speckle
from nightlift.photo.photo import Pixels
from tests.reference import synth

MEASURES = (hue_drift, highlights_kept, lifted_shadows, speckle)


def photo(seed: int = 1) -> Pixels:
    return synth.image(40, 60, seed).astype(np.float64)


def lch(light: float, chroma: float, degrees: float) -> Pixels:
    """A picture of one color, by scikit-image."""
    angle = np.radians(degrees)
    color = np.array([light, chroma * np.cos(angle), chroma * np.sin(angle)])
    return np.tile(lab2rgb(color), (8, 8, 1))


@pytest.mark.parametrize("turn", [0, 7, -25, 170])
@pytest.mark.parametrize("hue", [30, 175, 355])
def test_hue_turns_by_what_it_was_turned_by(hue: float, turn: float) -> None:
    found = hue_drift(lch(60, 25, hue + turn), lch(50, 30, hue), data_range=1)
    assert found == pytest.approx(abs(turn), abs=0.05)


def test_gray_has_no_hue() -> None:
    gray, red = np.full((8, 8, 3), 0.4), np.tile((0.8, 0.1, 0.1), (8, 8, 1))
    assert hue_drift(gray, red, data_range=1) == hue_drift(red, gray, data_range=1) == 0
    half = np.concatenate((gray, red))
    turned = np.concatenate((red, np.tile(colorsys.hsv_to_rgb(0.1, 0.875, 0.8), (8, 8, 1))))
    assert hue_drift(turned, half, data_range=1) == pytest.approx(
        hue_drift(turned[8:], half[8:], data_range=1)
    )


def test_a_photo_that_stays_is_kept() -> None:
    same = photo()
    assert hue_drift(same, same, data_range=1) == 0
    assert highlights_kept(same, same, data_range=1) == 1
    assert speckle(same, same, data_range=1) == pytest.approx(1)


def test_highlights_are_those_of_the_photo() -> None:
    source = np.repeat(np.linspace(0, 1, 1000).reshape(20, 50)[..., None], 3, axis=2)
    flat = np.where(source > 0.89, 0.9 + (source - 0.9) / 2, source)
    assert highlights_kept(flat, source, data_range=1) == pytest.approx(0.5, abs=0.02)
    dark = np.where(source < 0.5, source / 4, source)
    assert highlights_kept(dark, source, data_range=1) == 1


def test_shadows_are_the_darkest_third() -> None:
    source = np.repeat(np.linspace(0, 1, 900).reshape(30, 30)[..., None], 3, axis=2)
    lifted = np.where(source <= 1 / 3, 0.25, 1.0)
    expected = rgb2lab(np.full((1, 1, 3), 0.25))[0, 0, 0]
    assert lifted_shadows(lifted, source, data_range=1) == pytest.approx(expected, abs=0.01)
    assert lifted_shadows(source, source, data_range=1) < expected


def test_speckle_is_what_the_gain_does_not_explain() -> None:
    noise = np.random.default_rng(0).normal(0, 0.01, (40, 40, 1))
    ramp = np.linspace(0.05, 0.2, 40)[:, None, None]
    source = np.repeat(ramp + noise, 3, axis=2).clip(0, 1)
    assert speckle(3 * source, source, data_range=1) == pytest.approx(1, abs=0.05)
    smooth = np.repeat(np.broadcast_to(3 * ramp, (40, 40, 1)), 3, axis=2)
    assert speckle(smooth, source, data_range=1) < 0.1
    loud = np.repeat(3 * ramp + 6 * noise, 3, axis=2).clip(0, 1)
    assert speckle(loud, source, data_range=1) > 1.6


def test_8_bits_and_floats_agree() -> None:
    source = np.rint(255 * photo()).astype(np.uint8)
    output = np.rint(255 * photo() ** 0.6).astype(np.uint8)
    for measure in MEASURES:
        floats = measure(output / 255, source / 255, data_range=1)
        assert measure(output, source, data_range=255) == pytest.approx(floats)


@pytest.mark.parametrize("measure", MEASURES)
def test_pictures_of_two_sizes_are_refused(measure: object) -> None:
    assert callable(measure)
    with pytest.raises(UsageError, match="one shape"):
        measure(photo(), photo()[:20], data_range=1)
