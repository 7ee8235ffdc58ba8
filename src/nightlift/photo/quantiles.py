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
    """
    last = values.size - 1
    places = [share * last for share in shares]
    pairs = [(int(at), min(int(at) + 1, last)) for at in places]
    ordered = np.partition(values, [place for pair in pairs for place in pair], axis=None)
    found = []
    for at, pair in zip(places, pairs, strict=True):
        low, high = (float(ordered[place]) for place in pair)
        part = at - int(at)
        near = low + (high - low) * part if part < 0.5 else high - (high - low) * (1 - part)
        found.append(near)
    return found
