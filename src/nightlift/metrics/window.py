"""Windows, laid only where they fit whole."""

from __future__ import annotations

import cv2
import numpy as np

from nightlift.metrics.picture import Values


def gaussian(size: int, sigma: float) -> Values:
    """A Gaussian of `size` taps that sum to 1; its outer product is the window in the plane."""
    taps: Values = np.exp(-0.5 * ((np.arange(size) - (size - 1) / 2) / sigma) ** 2)
    taps /= taps.sum()
    return taps


def uniform(size: int) -> Values:
    """`size` equal taps that sum to 1."""
    return np.full(size, 1 / size)


def filter_inside(plane: Values, taps: Values) -> Values:
    """`plane` (h, w) weighted by an odd window wherever it fits whole: (h - n + 1, w - n + 1)."""
    margin = len(taps) // 2
    height, width = plane.shape
    whole = cv2.sepFilter2D(plane, cv2.CV_64F, taps, taps)
    inside: Values = np.asarray(
        whole[margin : height - margin, margin : width - margin], np.float64
    )
    return inside
