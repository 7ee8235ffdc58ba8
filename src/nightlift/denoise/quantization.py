"""What rounding may hide: to the depth of a file, and of a JPEG's frequencies."""

from __future__ import annotations

from typing import Any

import numpy as np

from nightlift.denoise.noise import BANDS, SCALES, Values, members
from nightlift.photo import Photo

ROUNDING = 1 / np.sqrt(12)
"""Standard deviation of rounding, in steps."""


def rounding(dtype: np.dtype[Any]) -> float:
    """The deviation of rounding to the depth of a file, from 0 to 1."""
    return 0.0 if dtype == np.float32 else float(ROUNDING / np.iinfo(dtype).max)


_ROUNDED = ((0.7, 0.8, 0.8, 0.0), (1.0, 1.5, 1.5, 1.5))
"""What rounding pixels may hide of a coefficient of luma and of chroma at each scale, in steps: a
smooth shade without noise becomes contours one step apart, whose largest coefficient is 3.6."""


_BLOCKS = (0.35, 0.4)
"""Shares of what the blocks of a JPEG may hide of luma and of chroma that count: wholly, grass,
gravel and flowers become smooth with them, and raters preferred the blocks."""


_DITHERED = (0.3, 0.6)
"""Noise in steps from which rounding shows less, and from which it does not show at all."""


_LOST, _MOST_LOST = 0.05, 1.3
"""What the flattest windows of a JPEG lack of its noise for each step of rounding over that noise,
and the correction for it at most: fitted to white noise at qualities of 75 to 95."""


def restored(deviations: Values, photo: Photo, component: int) -> Values:
    """Deviations, from 0 to 1, as they are told by windows that JPEG did not make flat."""
    if len(photo.quantization) <= component:
        return deviations
    steps = middle_step(photo, component) / np.maximum(deviations, rounding(np.dtype(np.uint8)))
    return np.asarray(deviations * np.minimum(1 + _LOST * steps, _MOST_LOST))


def middle_step(photo: Photo, component: int = 0) -> float:
    """What a JPEG rounds the middle bands to, in the mean, from 0 to 1; 0 for other files."""
    if len(photo.quantization) <= component:
        return 0.0
    table = np.reshape(photo.quantization[component], 64)
    return float(table[members()[1] | members()[2]].mean() / 255)


def hidden(photo: Photo, usual: list[float]) -> list[Values]:
    """By scale and band, what rounding to the file's depth and to JPEG may hide of a coefficient.

    `usual` is the noise of luma and chroma. JPEG's chroma, Cb and Cr, becomes errors of about the
    same size in ours. What finer frequencies may have lost is not smoothed away: texture is there.
    """
    step = rounding(photo.pixels.dtype) / ROUNDING
    found: list[Values] = []
    for noise, rounded in zip(usual, _ROUNDED, strict=True):
        least, most = (step * edge for edge in _DITHERED)
        shown = np.clip((most - noise) / (most - least), 0, 1) if step else 0.0
        found.append(np.outer(rounded, np.full(len(BANDS), step * shown)))
    if photo.quantization:
        tables = photo.quantization[0], photo.quantization[min(1, len(photo.quantization) - 1)]
        halved = 0 if photo.subsampling in ("444", None) else 1
        steps = _steps(tables[0], 0), _steps(tables[1], halved)
        for component, share in enumerate(_BLOCKS):
            found[component] = np.maximum(found[component], share * steps[component])
    return found


def _steps(table: tuple[int, ...], halved: int) -> Values:
    """By scale and band, for a component that is stored `halved` times at half the size.

    Where blocks of means that are a step off meet, edges of an eighth of a step are seen: half a
    step in the coefficients of a window across them. Scales at which blocks are smaller average
    them away.
    """
    steps = np.reshape(table, (8, 8)) / 255 / 2
    scales = np.arange(SCALES) - halved
    edges = steps[0, 0] / 2.0 ** np.maximum(scales - 0.5, 0)
    return np.outer(edges, np.ones(len(BANDS)))
