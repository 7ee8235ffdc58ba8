"""Lightness order error: how far an enhancement turns dark over bright."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from nightlift.metrics.picture import Values, checked_pair
from nightlift.photo import Pixels

SHORT_SIDE = 50
REACH = 7
BLOCK = 2**22
"""Comparisons made at a time."""


def loe(output: Pixels, source: Pixels, *, data_range: float, local_maximum: bool = False) -> float:
    """Mean number of sampled pixels whose order of lightness with a sampled pixel changed.

    Wang, Zheng, Hu and Li 2013, against `source`, the photo before enhancement, not a reference:
    lightness is the largest of R, G and B; every k-th row and column is sampled unfiltered,
    k = max(floor(min(h, w) / 50), 1): r = 50 / min(h, w) of the paper, in whole steps.
    `local_maximum` first takes the maximum over 15x15 pixels, which the circulated MATLAB program
    does and the paper does not say. Pictures are (H, W, 3); from 0 to the number of samples,
    lower is better. Raises UsageError for pictures that `checked_pair` refuses.
    """
    pair = checked_pair(output, source, data_range)
    seen, known = (_samples(picture, local_maximum) for picture in pair)
    rows = max(BLOCK // seen.size, 1)
    changed = 0
    for start in range(0, seen.size, rows):
        block = slice(start, start + rows)
        now = seen[block, None] >= seen
        changed += int(np.count_nonzero(now != (known[block, None] >= known)))
    return changed / seen.size


def _samples(picture: Values, local_maximum: bool) -> NDArray[Any]:
    """Ranks of the sampled lightness: small integers, which compare many times faster."""
    lightness = picture.max(axis=2)
    if local_maximum:
        window = np.ones((2 * REACH + 1, 2 * REACH + 1), np.uint8)
        lightness = np.asarray(cv2.dilate(lightness, window), np.float64)
    step = max(min(lightness.shape) // SHORT_SIDE, 1)
    sampled = lightness[step - 1 :: step, step - 1 :: step].ravel()
    levels, ranks = np.unique(sampled, return_inverse=True)
    return ranks.astype(np.min_scalar_type(len(levels)))
