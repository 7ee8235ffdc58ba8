"""Powers that bring a photo to a brightness: alone, and before curves."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nightlift.adjust.curve_map import CurveMap
from nightlift.adjust.power import STEEPEST, Power, power_table

LUMA = [0.299, 0.587, 0.114]


def picture(seed: int, level: float) -> np.ndarray:
    random = np.random.default_rng(seed)
    return (level * random.beta(1.2, 2.0, (24, 32, 3))).astype(np.float32)


@given(st.floats(STEEPEST, 1))
@settings(derandomize=True, max_examples=30, deadline=None)
def test_black_and_white_stay_and_nothing_falls(exponent):
    curve = power_table(exponent).values
    assert np.array_equal(curve[[0, -1]], [[0] * 3, [1] * 3])
    assert (np.diff(curve, axis=0) > 0).all()
    np.testing.assert_allclose(curve[:, 1], np.linspace(0, 1, 256) ** exponent, 1e-6)


@given(st.integers(0, 1000), st.floats(0.05, 1.0))
@settings(derandomize=True, max_examples=30, deadline=None)
def test_the_mean_is_brought_to_the_target_but_never_down(seed, level):
    small = picture(seed, level)
    power = Power.to(small, 0.42)
    mean = (power.of(small) @ LUMA).mean()
    if power.exponent == 1:
        assert (small @ LUMA).mean() > 0.419
    elif power.exponent > STEEPEST + 1e-6:
        assert mean == pytest.approx(0.42, abs=0.02)  # dark levels share bins
    else:
        assert mean < 0.42


def test_curves_count_the_less_the_less_was_lifted():
    curves = CurveMap(np.full((2, 3, 4, 3), 0.5, np.float32), 2)
    for exponent, share in ((1.0, 0.0), (0.75, 0.5), (0.5, 1.0), (0.2, 1.0)):
        table, measured = Power(exponent).then(curves).adjustments
        assert table.kind == "tone_table"
        np.testing.assert_allclose(measured.maps, share * curves.maps, rtol=1e-6)
