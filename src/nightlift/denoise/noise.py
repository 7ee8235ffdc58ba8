"""What is known of a photo's noise, by brightness and scale."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import Any, NamedTuple, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nightlift.photo import Floats

SCALES = 4
"""Scales that noise is known for: the photo's own, and means over 2 × 2, 4 × 4, 8 × 8 pixels."""

BANDS = (1.5, 3.2, 5.0, 7.5)
"""Frequencies that noise is told for: distances from the constant one in a transformed window."""

_EDGES = (0.5, 2.3, 4.1, 6.1, 10.0)

KNOTS = 16
"""Levels that noise is told for, denser in the dark: squares of even steps from 0 to 1."""

BLACK = 1.0
"""Deviations of luma's noise that a level has where half of a lift is held back.

Denoising follows the lift, so little is held. Settled on half `a` of LOL's validation pairs, and by
looking at 12 dark photos: 1 loses nothing that is seen against 0, 2.5 makes black patches."""

HELD, FREE = 2.5, 0.75 / 255
"""What a JPEG's blocks hide beyond `FREE` is held back `HELD` times, as noise is: its black blocks
are not lifted. Settled by looking at half `a` of the exposures: twice as much loses what can be
seen, nothing shows blocks; plain PSNR is within 0.02 dB."""


Table: TypeAlias = tuple[tuple[float, ...], ...]
"""By scale and band."""


Values: TypeAlias = NDArray[np.floating[Any]]


class Noise(NamedTuple):
    """Standard deviations of a photo's noise, in encoded values from 0 to 1.

    `luma` and `chroma` are those at `KNOTS` levels of brightness (`knots()`); `luma_spectrum` and
    `chroma_spectrum` what they are multiplied by at each scale in each of `BANDS`: deviations of
    the coefficients of an orthonormal transform. `luma_hidden` and `chroma_hidden` are what
    rounding, to the file's depth and by JPEG, may have hidden of a coefficient. `shares` tells how
    much of the photo has each level; `halved_chroma` that its file has chroma of half the size
    both ways.
    """

    luma: tuple[float, ...]
    chroma: tuple[float, ...]
    luma_spectrum: Table
    chroma_spectrum: Table
    luma_hidden: Table
    chroma_hidden: Table
    shares: tuple[float, ...]
    halved_chroma: bool = False

    def scaled(self, factor: float) -> Self:
        """The noise of a smaller copy.

        Args:
            factor: How many times the copy is smaller along each side, from 1 up.

        Returns:
            The noise.
        """
        octaves = float(np.log2(max(factor, 1.0)))
        return self._replace(
            luma_spectrum=_shifted(self.luma_spectrum, octaves),
            chroma_spectrum=_shifted(self.chroma_spectrum, octaves),
            luma_hidden=_shifted(self.luma_hidden, octaves),
            chroma_hidden=_shifted(self.chroma_hidden, octaves),
            halved_chroma=self.halved_chroma and octaves < 0.5,
        )

    def pixel_deviation(self) -> tuple[Floats, Floats]:
        """Luma's and chroma's deviation of single pixels.

        Returns:
            Two arrays, (levels,) float32 each, in [0, 1].
        """
        counts = np.array([np.count_nonzero(members) for members in members()])
        deviations = []
        for levels, table in ((self.luma, self.luma_spectrum), (self.chroma, self.chroma_spectrum)):
            power = counts @ np.square(table[0]) / counts.sum()
            deviations.append(np.asarray(levels, np.float32) * np.float32(np.sqrt(power)))
        return deviations[0], deviations[1]

    def at(self, luma: Floats) -> Floats:
        """Luma's deviation of single pixels of some brightness.

        Args:
            luma: Of any shape, in [0, 1].

        Returns:
            Of the same shape, in [0, 1].
        """
        return np.asarray(np.interp(luma, knots(), self.pixel_deviation()[0]), np.float32)

    def black_level(self) -> float:
        """The level at which a lift is to be held back by half.

        It is where the brightest of three channels is `BLACK` deviations of luma's noise, or what a
        JPEG's blocks hide there.

        Returns:
            0 to 1; 0 where there is no noise.
        """
        levels = knots()
        blocks = HELD * max(max(self.luma_hidden[0]) - FREE, 0.0)
        noise = np.maximum(BLACK * self.pixel_deviation()[0], np.float32(blocks))
        above = np.flatnonzero(levels >= noise)
        if not len(above):
            return float(levels[-1])
        first = int(above[0])
        if first == 0:
            return 0.0
        low, high = first - 1, first
        gap = noise[low] - levels[low], levels[high] - noise[high]
        return float(levels[low] + (levels[high] - levels[low]) * gap[0] / (gap[0] + gap[1]))


def knots() -> Floats:
    """The levels, from 0 to 1, that noise is told for."""
    return np.asarray(np.linspace(0, 1, KNOTS) ** 2, np.float32)


@cache
def members() -> NDArray[np.bool_]:
    """(bands, 64): which coefficients are in each band."""
    y, x = np.mgrid[0:8, 0:8]
    radius = np.hypot(y, x).ravel()
    return np.array([(radius > low) & (radius <= high) for low, high in pairwise(_EDGES)])


def _shifted(table: Table, octaves: float) -> Table:
    """For a copy that is so many octaves smaller; each scale beyond the last is half of it."""
    values = np.asarray(table)
    more = np.concatenate([values, values[-1] / 2.0 ** np.arange(1, 9)[:, None]])
    at = np.arange(len(values)) + octaves
    low = np.minimum(at.astype(int), len(more) - 2)
    part = np.clip(at - low, 0, 1)[:, None]
    shifted: Table = tuples(more[low] * (1 - part) + more[low + 1] * part)
    return shifted


def tuples(values: Any) -> Any:
    """Lists and arrays of one or two dimensions as tuples of plain numbers, the rest as it is."""
    if isinstance(values, bool):
        return values
    plain = np.asarray(values, np.float64).tolist()
    if isinstance(plain, float):
        return plain
    return tuple([tuple(row) if isinstance(row, list) else row for row in plain])
