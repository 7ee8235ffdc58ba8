"""The exposure gate: how much of an enhancement a photo needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from nightlift.adjust.adjustment import Adjustment
from nightlift.adjust.bilateral_grid import LUMA
from nightlift.errors import UsageError
from nightlift.photo.photo import Floats
from nightlift.photo.quantiles import quantiles

LEAST = 0.01
"""Added to what is looked at before its logarithm is taken: black is finite."""

OFFSET = -22.7415
WEIGHTS = (
    *(2.4077, -0.7141, -2.7033, 17.6682, -4.6333, 5.0804),
    *(-4.2603, 0.9165, 2.0465, -10.0781, 0.2245, -12.0303),
)
"""Of the logit of being underexposed, for each number of `appearance`.

Fitted to well-exposed photos and the same darkened: `benchmarks/gate.py`.
"""

UNSURE = -2.5, -1.5
"""Logits between which what an unsure photo may get rises from nothing to all that is safe."""

SURE = 0.75, 2.25
"""Logits between which it rises to the whole enhancement."""

SAFE = 7.5
"""Mean CIEDE2000 by which a photo that may be fine is changed at most."""

SEEN = 2
"""Every so many-th row and column of the small copy tell how much it would change."""

GRAY, BRIGHT = 0.42, 0.55
"""Mean luma from which the enhancement fades, and from which there is none: no photo whose places
are lit is underexposed, even one without highlights, such as of fog."""

Said: TypeAlias = Callable[[], Adjustment]
"""What a method would do, asked only where it matters."""


HELD = 0.95
"""A factor below which a photo is said to be held back; nobody sees what is missing above."""

HARDLY = 0.02
"""A factor below which a photo is said to be left alone."""

DARKEST = 5 / 255
"""Luma of nine tenths of the places, at most, of a photo that is too dark to be saved."""


def gated(small: Floats, said: Said) -> tuple[float, tuple[str, ...]]:
    """How much of an enhancement a photo needs, and what the user is to be told about it.

    See `gate`; sentences are parts of a photo's line.
    """
    factor = gate(small, said)
    luma = small @ np.array(LUMA, np.float32)
    bright = float(luma.mean(dtype=np.float64)) > GRAY
    if factor < HARDLY:
        why = "it is bright enough" if bright else "it looks well exposed, or dark on purpose"
        return factor, (f"left alone: {why} (auto=False lifts it all the same)",)
    if factor < HELD:
        why = "it is bright already" if bright else "it looks dark on purpose"
        told = f"held back to {100 * factor:.0f} %: {why} (auto=False lifts it wholly)"
        return factor, (told,)
    if quantiles(luma, (0.9,))[0] < DARKEST:
        return factor, ("too dark to save: most of what a lift shows of it is noise",)
    return factor, ()


def gate(small: Floats, said: Said) -> float:
    """How much of the enhancement a photo needs: 1 underexposed, 0 well exposed, fading between.

    `small` is the small copy, (h, w, 3) float32 sRGB in [0, 1]. A logistic model looks at six
    numbers and their logarithms (`appearance`): how bright the photo is, and how its brightest
    places, its colors and its middle tones stand to that. A photo that is dark on purpose has
    highlights and colors which an underexposed one lacks. Where that does not tell for sure, the
    photo may change, but by no more than `SAFE`. A photo that is bright on the whole is left
    alone in any case. Raises UsageError unless `small` is (h, w, 3).
    """
    if small.ndim != 3 or small.shape[2] != 3 or 0 in small.shape:
        raise UsageError(f"expected a small copy of shape (h, w, 3), got {small.shape}")
    seen = appearance(small)
    logit = OFFSET + float(seen @ np.array(WEIGHTS))
    dim = 1 - _step(float(seen[0]), GRAY, BRIGHT)
    sure, perhaps = _step(logit, *SURE), _step(logit, *UNSURE)
    if dim and sure < perhaps:
        sure = max(sure, min(perhaps, _safe_share(small, said())))
    return min(sure, dim)


def _safe_share(small: Floats, adjustment: Adjustment) -> float:
    """The share of the adjustment that changes the small copy by `SAFE`, at most 1.

    Differences grow nearly as the share does: two proportional steps come near enough.
    """
    from nightlift.metrics.delta_e import delta_e_2000

    change = adjustment.evaluate(small, 0, len(small)) - small
    before, change = small[::SEEN, ::SEEN], change[::SEEN, ::SEEN]
    share = 1.0
    for _ in range(2):
        after = np.clip(before + np.float32(share) * change, 0.0, 1.0)
        found = delta_e_2000(after, before, data_range=1)
        share *= SAFE / max(found, share * SAFE)
    return share


def _step(value: float, low: float, high: float) -> float:
    """0 up to `low`, 1 from `high`, smooth between."""
    place = min(max((value - low) / (high - low), 0.0), 1.0)
    return place * place * (3.0 - 2.0 * place)


def appearance(small: Floats) -> NDArray[np.float64]:
    """Six numbers of a small copy (h, w, 3) in [0, 1], then their logarithms: (12,).

    Mean luma; luma that a half, nine tenths and 99 % of the places do not exceed; mean chroma,
    the distance of the largest channel to the smallest; and the brightest channel of all.
    """
    luma = small @ np.array(LUMA, np.float32)
    # Channel by channel is several times as fast as along the last axis.
    red, green, blue = (small[..., channel] for channel in range(3))
    brightest = np.maximum(np.maximum(red, green), blue)
    darkest = np.minimum(np.minimum(red, green), blue)
    numbers = np.array(
        [
            luma.mean(dtype=np.float64),
            *quantiles(luma, (0.5, 0.9, 0.99)),
            (brightest - darkest).mean(dtype=np.float64),
            brightest.max(),
        ]
    )
    return np.concatenate([numbers, np.log(numbers + LEAST)])
