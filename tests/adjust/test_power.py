"""Powers that bring a photo to a brightness: alone, and before curves."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nightlift.adjust.curve_map import CurveMap
from nightlift.adjust.power import GENTLEST, TOE, Power, power_table

LUMA = [0.299, 0.587, 0.114]


def picture(seed: int, level: float) -> np.ndarray:
    random = np.random.default_rng(seed)
    return (level * random.beta(1.2, 2.0, (24, 32, 3))).astype(np.float32)


@given(st.floats(GENTLEST, 1), st.sampled_from([0.0, TOE]))
@settings(derandomize=True, max_examples=30, deadline=None)
def test_black_and_white_stay_and_nothing_falls(exponent, toe):
    curve = power_table(exponent, toe).values
    assert np.array_equal(curve[[0, -1]], [[0] * 3, [1] * 3])
    assert (np.diff(curve, axis=0) > 0).all()


def test_without_a_toe_it_is_the_power():
    np.testing.assert_allclose(power_table(0.3).values[:, 1], np.linspace(0, 1, 256) ** 0.3, 1e-6)


def test_a_toe_bounds_how_far_the_first_level_is_lifted():
    dark = picture(3, 0.15)
    power = Power.to(dark, 0.42)
    assert power.gentle < power.exponent < 0.4
    assert power.table.values[1, 0] < 0.7 * power_table(power.exponent).values[1, 0]


@given(st.integers(0, 1000), st.floats(0.05, 1.0))
@settings(derandomize=True, max_examples=30, deadline=None)
def test_the_mean_is_brought_to_the_target_but_never_down(seed, level):
    small = picture(seed, level)
    power = Power.to(small, 0.42)
    mean = (power.of(small) @ LUMA).mean()
    if power.exponent == 1:
        assert (small @ LUMA).mean() > 0.419
    elif power.gentle > GENTLEST + 1e-6:
        assert mean == pytest.approx(0.42, abs=0.02)  # dark levels share bins
    else:
        assert mean < 0.42


def test_curves_count_the_less_the_less_was_lifted():
    curves = CurveMap(np.full((2, 3, 4, 3), 0.5, np.float32), 2)
    for exponent, share in ((1.0, 0.0), (0.75, 0.5), (0.5, 1.0), (0.2, 1.0)):
        table, measured = Power(exponent, exponent).then(curves).adjustments
        assert table.kind == "tone_table"
        np.testing.assert_allclose(measured.maps, share * curves.maps, rtol=1e-6)
