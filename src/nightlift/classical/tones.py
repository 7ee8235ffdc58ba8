"""Tone curves from statistics: gamma, adaptive gamma and histogram equalization."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nightlift.adjust import KNOTS, ToneTable, power_table, power_to
from nightlift.errors import UsageError
from nightlift.photo import LUMA, Floats

GAMMA = 0.4

TARGET = 0.4
"""Mean luma that adaptive gamma aims at."""

STRONGEST_LIFT = 0.3
STRONGEST_DARKENING = 3.0
"""Exponents that adaptive gamma does not go beyond; steeper curves show the steps of 8 bits."""

_LUMA = np.array(LUMA, np.float32)


def gamma(exponent: float = GAMMA) -> ToneTable:
    """The curve x ^ exponent; raises UsageError unless the exponent is above 0."""
    if not exponent > 0:
        raise UsageError(f"expected a gamma above 0, got {exponent}")
    return power_table(exponent)


def adaptive_gamma(small: Floats, target: float = TARGET, *, darken: bool = False) -> ToneTable:
    """The gamma curve that brings the mean luma of the small copy to `target`.

    `small` is (h, w, 3) float32 sRGB in [0, 1]. A photo above the target is left as it is unless
    `darken` is set; the exponent stays from 0.3 to 1, or to 3. Raises UsageError unless
    0 < target < 1.
    """
    if not 0 < target < 1:
        raise UsageError(f"expected a target mean between 0 and 1, got {target}")
    most = STRONGEST_DARKENING if darken else 1.0
    return power_table(power_to(small, target, STRONGEST_LIFT, most))


def equalize(small: Floats) -> ToneTable:
    """Histogram equalization of luma, one table for the three channels.

    `small` is (h, w, 3) float32 sRGB in [0, 1]. Its darkest luma goes to 0, its lightest to 1,
    and what lies between is spread evenly (Gonzalez and Woods, "Digital Image Processing"). A
    copy of one luma changes nothing.
    """
    luma = np.rint(small @ _LUMA * np.float32(KNOTS - 1)).astype(np.intp)
    counts = np.bincount(luma.ravel(), minlength=KNOTS)
    below = np.cumsum(counts)
    darkest = counts[np.flatnonzero(counts)[0]]
    if darkest == below[-1]:
        return gamma(1.0)
    return _common(np.maximum(below - darkest, 0) / (below[-1] - darkest))


def _common(curve: NDArray[np.float64]) -> ToneTable:
    return ToneTable(np.repeat(curve[:, None], 3, axis=1).astype(np.float32))
