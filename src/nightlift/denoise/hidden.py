"""What rounding may hide: to the depth of a file, and of a JPEG's frequencies."""

from __future__ import annotations

from typing import Any

import numpy as np

from nightlift.denoise.noise import BANDS, SCALES, Values
from nightlift.photo.photo import Photo

ROUNDING = 1 / np.sqrt(12)
"""Standard deviation of rounding, in steps."""


def rounding(dtype: np.dtype[Any]) -> float:
    """The deviation of rounding to the depth of a file, from 0 to 1."""
    return 0.0 if dtype == np.float32 else float(ROUNDING / np.iinfo(dtype).max)


_ROUNDED = ((0.7, 0.8, 0.8, 0.0), (1.5, 3.0, 3.5, 3.5))
"""What rounding pixels may hide of a coefficient of luma and of chroma at each scale, in steps: a
smooth shade without noise becomes contours one step apart, whose largest coefficient is 3.6."""


_DITHERED = (0.3, 0.6)
"""Noise in steps from which rounding shows less, and from which it does not show at all."""


def hidden(photo: Photo, usual: list[float]) -> list[Values]:
    """By scale and band, what rounding to the file's depth and to JPEG may hide of a coefficient.

    `usual` is the noise of luma and chroma. Of JPEG it is half a step; its chroma, Cb and Cr,
    becomes errors of about the same size in ours.
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
        found = [np.maximum(*both) for both in zip(found, steps, strict=True)]
    return found


def _steps(table: tuple[int, ...], halved: int) -> Values:
    """Half the steps of a table whose component is stored `halved` times at half the size."""
    steps = np.reshape(table, (8, 8)) / 255 / 2
    out = np.empty((SCALES, len(BANDS)))
    for scale in range(SCALES):
        octaves = scale - halved
        at = np.asarray(BANDS) / np.sqrt(2) / 2.0**octaves
        inside = at <= 7.5
        values = np.array([_bilinear(steps, min(place, 7.0)) for place in at])
        out[scale] = np.where(inside, values * 2.0**-octaves, 0)
    return out


def _bilinear(steps: Values, at: float) -> float:
    """The step at frequency `at` both ways."""
    low = min(int(at), 6)
    part = at - low
    row = steps[low] * (1 - part) + steps[low + 1] * part
    return float(row[low] * (1 - part) + row[low + 1] * part)
