"""What is told of a photo that is too dark to come out well, whatever lifts it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nightlift.adjust import Adjustment
from nightlift.edit.gate import SEEN, luma
from nightlift.photo import Floats, quantiles

if TYPE_CHECKING:
    from nightlift.denoise import Noise

DARKEST = 5 / 255
"""Luma of nine tenths of the places, at most, of a photo that is too dark to be saved."""

STEP = 1 / 255
"""From one level of an 8-bit photo to the next."""

BLACK = STEP / 4
"""Luma up to which a place is black, and stays so: it has no steps to show."""

SEEN_STEPS = 4.0
"""Levels of the result that one of the photo becomes, above which a step between them is seen."""

DITHERED = 0.6
"""Noise in levels from which it hides the steps."""

DIM = 1 / SEEN_STEPS
"""Median luma of photos that are not dark: nobody expects steps there, so none are looked for."""

STEPPED = 0.5
"""Share of the places whose steps are seen, above which a photo is said to show them. Settled by
looking: three photos of a phone have 0.54 to 0.67, good ones at most 0.44 (but for one that comes
out in plateaus indeed, of an eclipse), and 8 of LOL's 485 more."""


def notices(small: Floats, adjustment: Adjustment | None, noise: Noise | None) -> tuple[str, ...]:
    """What the user is to be told of the dark of a photo.

    `small` is a small copy, (h, w, 3) float32 in sRGB; `adjustment` what lifts it, None: it is
    painted; `noise` that of a photo of 8 bits, None: it has more of them, or nobody measured.
    """
    every = max(SEEN, max(small.shape[:2]) // 128)
    seen = np.ascontiguousarray(small[::every, ::every])
    middle, bright = quantiles(luma(small), (0.5, 0.9))
    if bright < DARKEST:
        return ("too dark to save: most of what a lift shows of it is noise",)
    if middle > DIM or adjustment is None or noise is None:
        return ()
    if share_of_steps(seen, adjustment, noise) <= STEPPED:
        return ()
    return ("very dark: steps between its few levels may show",)


def share_of_steps(seen: Floats, adjustment: Adjustment, noise: Noise) -> float:
    """The share of places, 0 to 1, where a lift shows the steps from level to level."""
    next_level = np.minimum(seen + np.float32(STEP), np.float32(1))
    low, high = (luma(np.asarray(adjustment.apply(each, threads=1))) for each in (seen, next_level))
    before = luma(seen)
    shown = (high - low > SEEN_STEPS * STEP) & (noise.at(before) < DITHERED * STEP)
    return float((shown & (before > BLACK)).mean())
