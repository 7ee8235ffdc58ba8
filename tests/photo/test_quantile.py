"""Quantiles against NumPy's own."""

import numpy as np
import pytest

from nightlift.photo.quantile import quantiles


@pytest.mark.parametrize("count", [1, 2, 3, 100, 999, 43776])
@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_they_are_numpys(count: int, kind: type) -> None:
    rng = np.random.default_rng(count)
    shares = (0.0, 0.25, 0.3, 0.5, 0.9, 0.99, 1.0)
    for _ in range(20):
        values = rng.random(count).astype(kind)
        # NumPy takes the difference of two neighbors in their own precision.
        step = 0.0 if kind is np.float64 else 1e-7
        assert np.abs(quantiles(values, shares) - np.quantile(values, shares)).max() <= step
