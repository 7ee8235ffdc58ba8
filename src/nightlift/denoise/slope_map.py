"""How steep an adjustment is at each place and brightness: what it makes of small differences.

Noise becomes noise × slope. Adjustments are independent of resolution, so a picture of a few
places, all of one gray, shows the adjustment's curve at each of them.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np

from nightlift.adjust import Adjustment
from nightlift.denoise.definition import luma_and_chroma
from nightlift.photo import Floats

PLACES = 16
"""Along each side of the grid."""

LEVELS = 33
"""Brightnesses, denser in the dark: squares of even steps from 0 to 1."""

_TINT = np.float32(1 / 128)
"""By how much red is more than the rest where color differences are followed."""

_SPREAD = np.array([-1.5, -0.75, 0.0, 0.75, 1.5], np.float32)
"""Deviations at which a curve is looked at to see what it makes of noise."""


class SlopeMap(NamedTuple):
    """An adjustment's curve of gray and its slopes, in the order of the pixels it was told for.

    `curve` is (h, w, LEVELS): the luma that gray of `levels()` becomes at each place (first and
    last place on the first and last pixel); `chroma` (h, w, LEVELS): what small color differences
    are multiplied by.
    """

    curve: Floats
    chroma: Floats

    def spread(self, deviations: Floats) -> Floats:
        """(h, w, LEVELS): the deviation that noise of luma has after the curve.

        Args:
            deviations: (LEVELS,) before it, at `levels()`.
        """
        weights = np.exp(-(_SPREAD**2) / 2)
        weights /= weights.sum()
        after = self._at(levels() + _SPREAD[:, None] * deviations)
        # Neither here nor below NumPy's product: it wakes threads that wait for more by spinning.
        mean = np.einsum("i,i...->...", weights, after)
        # The five places have four fifths of the variance of the normal distribution.
        share = float(weights @ _SPREAD**2)
        squares = np.einsum("i,i...->...", weights, (after - mean) ** 2)
        return np.asarray(np.sqrt(squares / share), np.float32)

    def _at(self, brightness: Floats) -> Floats:
        """(n, h, w, LEVELS): the curve at each of n brightnesses for each level, (n, LEVELS)."""
        known = np.clip(brightness, 0, 1).ravel()
        low = np.minimum((np.sqrt(known) * (LEVELS - 1)).astype(int), LEVELS - 2)
        grid = levels()
        part = np.asarray((known - grid[low]) / (grid[low + 1] - grid[low]), np.float32)
        curves = self.curve.reshape(-1, LEVELS)
        found = curves[:, low] * (1 - part) + curves[:, low + 1] * part
        shape = (*self.curve.shape[:2], *brightness.shape)
        return np.asarray(np.moveaxis(found.reshape(shape), 2, 0), np.float32)


@cache
def levels() -> Floats:
    """The brightnesses, from 0 to 1, that slopes are told for; not to be written to."""
    brightnesses = np.asarray(np.linspace(0, 1, LEVELS) ** 2, np.float32)
    brightnesses.flags.writeable = False
    return brightnesses


def slopes(adjustment: Adjustment, strength: float = 1.0) -> SlopeMap:
    """How much an adjustment lifts noise, by place and brightness.

    Args:
        adjustment: In the order of the pixels that are to be denoised (`Adjustment.oriented`).
        strength: 0 to 1.5.

    Returns:
        The slopes.
    """
    tint = np.array([_TINT, 0, 0], np.float32)
    grays = np.broadcast_to(levels()[:, None, None, None], (LEVELS, PLACES, PLACES, 3))
    pictures = np.concatenate([grays, np.minimum(grays + tint, 1)])
    plain, tinted = np.split(luma_and_chroma(adjustment.apply_each(pictures, strength)), 2, axis=1)
    curve = np.ascontiguousarray(np.moveaxis(plain[0], 0, -1))
    chroma = np.moveaxis(_size(tinted - plain), 0, -1) / _size(luma_and_chroma(tint))
    chroma[..., -1] = chroma[..., -2]
    return _fewest(SlopeMap(curve, chroma))


def _size(planes: Floats) -> Floats:
    return np.asarray(np.hypot(planes[1], planes[2]), np.float32)


def _fewest(slopes: SlopeMap) -> SlopeMap:
    """One place where all are alike."""
    first = slopes.curve[:1, :1], slopes.chroma[:1, :1]
    alike = all(
        bool(np.all(some == one))
        for some, one in zip((slopes.curve, slopes.chroma), first, strict=True)
    )
    return SlopeMap(*first) if alike else slopes
