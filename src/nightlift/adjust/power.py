"""Powers: tone tables that bring a photo to a mean brightness, alone or before its curves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

from nightlift.adjust.chain import Chain
from nightlift.adjust.curve_map import CurveMap
from nightlift.adjust.tone_table import KNOTS, ToneTable
from nightlift.photo import LUMA, Floats

LEVELS = 1024
"""Histogram bins in which the small copy is seen."""

HALVINGS = 30
"""Of the interval that the exponent is sought in."""

STEEPEST = 0.2
"""The least power that comes before curves: a smaller one lifts little but noise."""


def power_table(exponent: float) -> ToneTable:
    """The curve x ^ exponent for all three channels.

    Args:
        exponent: Above 0; below 1 brightens.

    Returns:
        A tone table.
    """
    curve = np.linspace(0, 1, KNOTS) ** exponent
    return ToneTable(np.repeat(curve[:, None], 3, axis=1).astype(np.float32))


def power_to(small: Floats, target: float, least: float, most: float) -> float:
    """The exponent that brings the mean luma of a small copy to a target.

    Args:
        small: (h, w, 3) float32 sRGB in [0, 1].
        target: Mean luma, between 0 and 1.
        least: The smallest exponent to be given.
        most: The greatest.

    Returns:
        An exponent from `least` to `most`.
    """
    shares = _luma_shares(small)
    levels = (np.arange(LEVELS) + 0.5) / LEVELS
    low, high = least, most
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        if float(shares @ levels**middle) > target:
            low = middle
        else:
            high = middle
    return high


@dataclass(frozen=True)
class Power:
    """The power that a photo takes before its curves, from `STEEPEST` to 1: none at all."""

    exponent: float

    @classmethod
    def to(cls, small: Floats, target: float) -> Self:
        """The power that brings a small copy up to a brightness; see `power_to`.

        Args:
            small: (h, w, 3) float32 sRGB in [0, 1].
            target: The mean luma to come to, between 0 and 1.

        Returns:
            The power; nothing is ever darkened.
        """
        return cls(power_to(small, target, STEEPEST, 1.0))

    @cached_property
    def table(self) -> ToneTable:
        """The power as a tone table."""
        return power_table(self.exponent)

    def of(self, rows: Floats) -> Floats:
        """Rows after the power alone.

        Args:
            rows: (h, W, 3) float32 in [0, 1].

        Returns:
            The same shape and range.
        """
        return self.table.evaluate(rows, 0, len(rows))

    @property
    def share(self) -> float:
        """By what the curves' maps are multiplied: 0 where nothing was lifted, 1 from a half on."""
        return min(1.0, 2 * (1 - self.exponent))

    def then(self, curves: CurveMap) -> Chain:
        """The power and then its share of the curves.

        Args:
            curves: What a network says of the picture after the power.

        Returns:
            Both as one adjustment.
        """
        maps = np.float32(self.share) * curves.maps
        return Chain((self.table, replace(curves, maps=maps)))


def _luma_shares(small: Floats) -> NDArray[np.float64]:
    """(LEVELS,): how much of mean luma each level of R, G and B stands for; the sum is 1."""
    shares = np.zeros(LEVELS)
    at = np.minimum((small * np.float32(LEVELS)).astype(np.intp), LEVELS - 1)
    for channel, weight in enumerate(np.array(LUMA, np.float32)):
        shares += weight * np.bincount(at[..., channel].ravel(), minlength=LEVELS)
    return np.asarray(shares / shares.sum())
