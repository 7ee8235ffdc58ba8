"""Quantiles as NumPy defines them, without what its own function imports.

The first call of `numpy.percentile` or `numpy.quantile` imports NumPy's masked arrays, which takes
as long as reading a photo; and it sorts several times as much.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


def quantiles(values: NDArray[Any], shares: Sequence[float]) -> list[float]:
    """What so many of the values do not exceed, linear between two of them.

    Args:
        values: Finite numbers, at least one, of any shape.
        shares: From 0 to 1.

    Returns:
        One value for each share.
    """
    last = values.size - 1
    at = np.asarray(shares) * last
    below = at.astype(np.intp)
    above = np.minimum(below + 1, last)
    ordered = np.partition(values, np.concatenate([below, above]), axis=None)
    low, high = ordered[below].astype(np.float64), ordered[above].astype(np.float64)
    part = at - below
    near = np.where(part < 0.5, low + (high - low) * part, high - (high - low) * (1 - part))
    return [*map(float, near)]
