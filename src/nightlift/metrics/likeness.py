"""How alike two pictures are in what is where, whatever their light: told by small thumbnails."""

from __future__ import annotations

import cv2
import numpy as np

from nightlift.adjust import to_floats
from nightlift.photo import Floats, Pixels

WIDE, HIGH = 32, 18
"""Blocks of a thumbnail."""

SAMPLES = 4
"""Samples of a block along each side; more would only cost time."""

BLUR = 1.0
"""Blocks that an edge may move between two pictures of one thing."""

NOISE = 2.0
"""Levels (of 255) of contrast that noise alone may give a block."""


def thumbnail(pixels: Pixels) -> Floats:
    """Luma of a picture in blurred blocks.

    Args:
        pixels: (H, W, 3) uint8, uint16 or float32, of either order of colors.

    Returns:
        (HIGH, WIDE) float32 from 0 to 255.
    """
    samples = (WIDE * SAMPLES, HIGH * SAMPLES)
    picked = to_floats(cv2.resize(pixels, samples, interpolation=cv2.INTER_NEAREST))
    gray = cv2.cvtColor(picked * np.float32(255), cv2.COLOR_RGB2GRAY)
    means = cv2.resize(gray, (WIDE, HIGH), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.GaussianBlur(means, (0, 0), BLUR))


def structure(one: Floats, other: Floats) -> float:
    """The structure term of SSIM (Wang et al. 2004) over two whole thumbnails.

    Args:
        one: (h, w), in [0, 255].
        other: The same shape.

    Returns:
        -1 to 1, 1 for the same structure.
    """
    deviation, other_deviation = one - one.mean(), other - other.mean()
    shared = float((deviation * other_deviation).mean())
    spread = float(np.sqrt((deviation**2).mean() * (other_deviation**2).mean()))
    return (shared + NOISE**2) / (spread + NOISE**2)
