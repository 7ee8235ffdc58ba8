"""The exposure gate: how much of an enhancement a photo needs."""

from __future__ import annotations

import numpy as np

from nightlift.errors import UsageError
from nightlift.photo.photo import Floats

SHARE = 0.2
"""The brightest share of the photo that is looked at."""

BRIGHT = 0.6
"""Luma from which a place counts as lit; more light does not count more."""

DARK = 0.23
"""Brightness of that share up to which a photo gets the whole enhancement."""

LIT = 0.5
"""Brightness of that share from which a photo is left alone."""


def gate(small: Floats) -> float:
    """How much of the enhancement a photo needs: 1 underexposed, 0 well exposed, fading between.

    `small` is the small copy, (h, w, 3) float32 sRGB in [0, 1]. The rule: take the brightest
    fifth of the copy by luma, let nothing in it count for more than 0.6, and average. Up to
    0.23 the answer is 1, from 0.5 on it is 0, with a smooth step between. Looking at the
    brightest fifth leaves low-key photos alone, a lit subject before a dark background; the cap
    keeps a few lamps from making a night scene well lit. A darker photo never gets less.
    Raises UsageError unless `small` is (h, w, 3).
    """
    if small.ndim != 3 or small.shape[2] != 3 or 0 in small.shape:
        raise UsageError(f"expected a small copy of shape (h, w, 3), got {small.shape}")
    luma = (small @ np.array([0.299, 0.587, 0.114], np.float32)).ravel()
    rest = min(int(luma.size * (1 - SHARE)), luma.size - 1)
    brightest = np.partition(luma, rest)[rest:]
    brightness = float(np.minimum(brightest, BRIGHT).mean(dtype=np.float64))
    place = min(max((brightness - DARK) / (LIT - DARK), 0.0), 1.0)
    return 1.0 - place * place * (3.0 - 2.0 * place)
