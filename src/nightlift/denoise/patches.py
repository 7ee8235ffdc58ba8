"""Patches of a photo at fixed places, at full size: noise is measured on them.

A small copy averages noise away; patches keep it, and strips can collect the same ones.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nightlift.photo import Pixels, check_pixels

SIDE = 64
"""Of a patch, in pixels; less where the photo is smaller."""

MOST_DOWN, MOST_ACROSS = 8, 12
"""Patches along a photo's height and width, at most."""

_BLOCK = 8
"""Of a JPEG. Patches begin in the middle of one, since what a block of its own holds was rounded
to few values."""


def patch_places(height: int, width: int) -> list[tuple[int, int]]:
    """Top and left of each patch of a photo, evenly spread, rows first."""
    tops = _starts(height, MOST_DOWN)
    lefts = _starts(width, MOST_ACROSS)
    return [(top, left) for top in tops for left in lefts]


class PatchSampler:
    """Collects the patches of a photo from its strips.

    Args:
        height: Rows of the photo.
        width: Columns of the photo.
        dtype: Of its pixels.
    """

    def __init__(self, height: int, width: int, dtype: np.dtype[np.generic]) -> None:
        self._places = patch_places(height, width)
        self._size = min(SIDE, height), min(SIDE, width)
        self.patches: Pixels = np.empty((len(self._places), *self._size, 3), dtype)

    def add(self, rows: Pixels, top: int) -> None:
        """Take what is needed of some rows; strips may come in any order and from several threads.

        Args:
            rows: (h, W, 3) in stored order.
            top: Which row of the photo is the first of them.
        """
        check_pixels(rows)
        for number, first, last, left in self._within(top, top + len(rows)):
            start = self._places[number][0]
            columns = slice(left, left + self._size[1])
            self.patches[number, first - start : last - start] = rows[
                first - top : last - top, columns
            ]

    def _within(self, top: int, bottom: int) -> Iterator[tuple[int, int, int, int]]:
        """Number, first and last row, and left of each patch that has rows in `top` to `bottom`."""
        for number, (start, left) in enumerate(self._places):
            first, last = max(start, top), min(start + self._size[0], bottom)
            if first < last:
                yield number, first, last, left


def _starts(length: int, most: int) -> list[int]:
    """Where patches begin along a side."""
    size = min(SIDE, length)
    count = min(most, max(1, (length - _BLOCK // 2) // SIDE))
    room = length - size
    even = [round(room * (2 * i + 1) / (2 * count)) for i in range(count)]
    return [max(0, start - (start - _BLOCK // 2) % _BLOCK) if start else 0 for start in even]
