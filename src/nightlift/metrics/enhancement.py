"""What a lift does to hues, highlights, shadows and noise, against the photo it was made from.

Pictures are (H, W, 3) sRGB; parts of a picture are those of the photo, by its luma.
"""

from __future__ import annotations

import cv2
import numpy as np

from nightlift.metrics.delta_e import lab
from nightlift.metrics.picture import Values, checked_pair, luma
from nightlift.photo import Pixels

COLORED = 10.0
"""Chroma above which a color has a hue to speak of, in CIELCh."""

BRIGHT = 90.0
DARK_FIFTH = 20.0
DARK_THIRD = 100 / 3
"""Percentiles of luma."""

LEAST_SPREAD = 12.0**-0.5 / 255
"""Deviation of rounding to 8 bits, in [0, 1]: a photo's noise is never taken for less."""


def hue_drift(output: Pixels, source: Pixels, *, data_range: float) -> float:
    """The mean absolute change of hue, where both chromas are above 10 (CIELCh); lower is better.

    Args:
        output: (H, W, 3) sRGB, in [0, data_range].
        source: The photo that it was made of.
        data_range: What stands for white: 255, 65535 or 1.

    Returns:
        Degrees, 0 to 180; 0 where nothing is colored in both.

    Raises:
        UsageError: The pictures are refused by `checked_pair`.
    """
    after, before = (lab(one / data_range) for one in checked_pair(output, source, data_range))
    colored = (_chroma(after) > COLORED) & (_chroma(before) > COLORED)
    if not colored.any():
        return 0.0
    turn = _hue(after)[colored] - _hue(before)[colored]
    return float(np.abs((turn + 180) % 360 - 180).mean())


def highlights_kept(output: Pixels, source: Pixels, *, data_range: float) -> float:
    """The deviation of luma in the photo's brightest tenth over what it was; 1 where equal.

    Args:
        output: (H, W, 3), in [0, data_range].
        source: The photo that it was made of.
        data_range: What stands for white: 255, 65535 or 1.

    Returns:
        From 0 up.

    Raises:
        UsageError: The pictures are refused by `checked_pair`.
    """
    after, before = (luma(one) / data_range for one in checked_pair(output, source, data_range))
    bright = before >= np.percentile(before, BRIGHT)
    return float((after[bright].std() + LEAST_SPREAD) / (before[bright].std() + LEAST_SPREAD))


def lifted_shadows(output: Pixels, source: Pixels, *, data_range: float) -> float:
    """The mean L* of the photo's darkest third, in the output.

    Args:
        output: (H, W, 3) sRGB, in [0, data_range].
        source: The photo that it was made of.
        data_range: What stands for white: 255, 65535 or 1.

    Returns:
        0 black to 100 white.

    Raises:
        UsageError: The pictures are refused by `checked_pair`.
    """
    after, before = checked_pair(output, source, data_range)
    gray = luma(before)
    dark = gray <= np.percentile(gray, DARK_THIRD)
    return float(lab(after[dark] / data_range)[:, 0].mean())


def speckle(output: Pixels, source: Pixels, *, data_range: float) -> float:
    """The spread of fine detail in the photo's darkest fifth over what its gain explains.

    Detail is luma less its mean over 3 by 3 pixels, its spread the deviation; what the gain
    explains is the photo's own spread times the ratio of mean luma.

    Args:
        output: (H, W, 3), in [0, data_range].
        source: The photo that it was made of.
        data_range: What stands for white: 255, 65535 or 1.

    Returns:
        From 0 up: 1 for a plain gain, less where noise is held down.

    Raises:
        UsageError: The pictures are refused by `checked_pair`.
    """
    after, before = (luma(one) / data_range for one in checked_pair(output, source, data_range))
    dark = before <= np.percentile(before, DARK_FIFTH)
    gain = (after[dark].mean() + LEAST_SPREAD) / (before[dark].mean() + LEAST_SPREAD)
    spread, own = (_detail(one)[dark].std() for one in (after, before))
    return float(spread / (gain * max(own, LEAST_SPREAD)))


def _chroma(color: Values) -> Values:
    return np.hypot(color[..., 1], color[..., 2])


def _hue(color: Values) -> Values:
    return np.degrees(np.arctan2(color[..., 2], color[..., 1]))


def _detail(gray: Values) -> Values:
    return np.asarray(gray - cv2.blur(gray, (3, 3)), np.float64)
