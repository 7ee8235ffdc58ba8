"""Slopes of adjustments against what calculus says."""

import numpy as np
import pytest

from nightlift.adjust.bilateral_grid import BilateralGrid
from nightlift.adjust.light_grid import LightGrid
from nightlift.adjust.tone_table import ToneTable
from nightlift.denoise.slope_map import LEVELS, PLACES, levels, slopes
from tests.denoise.pictures import power

F32 = np.float32
MIDDLE = slice(4, LEVELS - 2)


def slope(found):
    """(h, w, LEVELS): by differences between neighboring levels."""
    return np.gradient(found.curve, levels(), axis=-1)


@pytest.mark.parametrize("exponent", [0.4, 0.7, 1.6])
def test_powers(exponent):
    found = slopes(power(exponent))
    assert found.curve.shape == (1, 1, LEVELS)
    # Below, straight lines between the table's knots are all there is of a power.
    assert np.allclose(found.curve[0, 0, 4:], levels()[4:] ** exponent, atol=2e-3)
    wanted = exponent * levels()[MIDDLE] ** (exponent - 1)
    assert np.allclose(slope(found)[0, 0, MIDDLE], wanted, rtol=0.06)
    # One channel bent at a time: color differences see the slope as well.
    assert np.allclose(found.chroma[0, 0, 8:-2], wanted[4:], rtol=0.06)


def test_strength_blends():
    found = slopes(power(0.5), 0.5)
    wanted = 0.5 * levels() + 0.5 * levels() ** 0.5
    assert np.allclose(found.curve[0, 0, 4:], wanted[4:], atol=2e-3)


def test_the_identity_has_slope_one():
    found = slopes(ToneTable(np.repeat(np.linspace(0, 1, 256, dtype=F32)[:, None], 3, axis=1)))
    assert np.allclose(slope(found), 1, atol=1e-3)
    assert np.allclose(found.chroma, 1, atol=1e-3)


def test_light_grids():
    """Slope of G m / (1 + (G - 1) m): G / (1 + (G - 1) m)²; color differences grow by t / m."""
    gains = np.zeros((2, 3, 4), F32)
    gains[:, 2] = 2.0
    found = slopes(LightGrid(gains))
    assert found.curve.shape == (PLACES, PLACES, LEVELS)
    assert np.allclose(slope(found)[:, 0], 1, atol=1e-3)
    m = levels()[MIDDLE]
    assert np.allclose(slope(found)[5, -1, MIDDLE], 4 / (1 + 3 * m) ** 2, rtol=0.06)
    low = slice(6, 12)
    assert np.allclose(found.chroma[5, -1, low], 4 / (1 + 3 * levels()[low]), rtol=0.12)


def test_grids_by_place():
    cells = np.zeros((1, 2, 2, 3, 4), F32)
    cells[0, 0, ..., 3] = 1.0
    cells[0, 1, ..., 3] = 0.25
    found = slopes(BilateralGrid(cells, "divide"))
    dark = slice(1, 8)
    assert np.allclose(slope(found)[:, 0, dark], 1, atol=1e-2)
    assert np.allclose(slope(found)[:, -1, dark], 4, rtol=2e-2)


@pytest.mark.parametrize("level", [6, 12, 20])
def test_noise_after_a_curve(level):
    noise = np.full(LEVELS, 0.01, F32)
    found = slopes(power(0.45)).spread(noise)[0, 0, level]
    random = np.random.default_rng(0)
    values = np.clip(levels()[level] + 0.01 * random.normal(size=200_000), 0, 1) ** 0.45
    assert found == pytest.approx(values.std(), rel=0.1)
