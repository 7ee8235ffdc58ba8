"""Visual information fidelity in the pixel domain."""

from __future__ import annotations

import math

import numpy as np

from nightlift.metrics.picture import Values, checked_pair, luma
from nightlift.metrics.window import filter_inside, gaussian
from nightlift.photo import Pixels

SIDE = 41
WINDOWS = (17, 9, 5, 3)
NOISE = 2.0
"""Variance of the eye's noise, for values of 0 to 255."""
TINY = 1e-10


def vif(output: Pixels, reference: Pixels, *, data_range: float) -> float:
    """The share of the reference's information that the output keeps; 1 where equal.

    VIFp, the pixel-domain form of Sheikh and Bovik 2006: four scales, Gaussian windows of
    17, 9, 5 and 3 pixels with sigma a fifth of that, only where they fit whole, visual noise of
    variance 2, on unrounded BT.601 luma scaled to 0–255. Pictures are (H, W, 3), at least 41x41;
    from 0 up, above 1 where the output has more contrast, higher is better; NaN where the
    reference holds no information. Raises UsageError for pictures that `checked_pair` refuses.
    """
    pair = checked_pair(output, reference, data_range, SIDE)
    seen, wanted = (luma(picture) * (255 / data_range) for picture in pair)
    kept, whole = 0.0, 0.0
    for scale, size in enumerate(WINDOWS):
        taps = gaussian(size, size / 5)
        if scale:
            seen = filter_inside(seen, taps)[::2, ::2]
            wanted = filter_inside(wanted, taps)[::2, ::2]
        more_kept, more = _information(seen, wanted, taps)
        kept, whole = kept + more_kept, whole + more
    return kept / whole if whole > 0 else math.nan


def _information(seen: Values, wanted: Values, taps: Values) -> tuple[float, float]:
    """What reaches the eye through the distortion, and without it, at one scale."""
    mean_a, mean_b = filter_inside(seen, taps), filter_inside(wanted, taps)
    variance_a = np.maximum(filter_inside(seen * seen, taps) - mean_a * mean_a, 0)
    variance_b = np.maximum(filter_inside(wanted * wanted, taps) - mean_b * mean_b, 0)
    covariance = filter_inside(seen * wanted, taps) - mean_a * mean_b
    gain = covariance / (variance_b + TINY)
    rest = np.maximum(variance_a - gain * covariance, TINY)
    # A flat or inverted signal passes nothing on, whatever the rest is taken for.
    flat = variance_b < TINY
    gain = np.where(flat | (variance_a < TINY) | (gain < 0), 0, gain)
    variance_b = np.where(flat, 0, variance_b)
    kept = np.log1p(gain * gain * variance_b / (rest + NOISE)).sum()
    return float(kept), float(np.log1p(variance_b / NOISE).sum())
