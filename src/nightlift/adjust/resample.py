"""Where a pixel lies between the cells of a small array: the conventions, written once."""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Alignment: TypeAlias = Literal["half-pixel", "corners"]
Axis: TypeAlias = tuple[NDArray[np.int32], NDArray[np.float32]]
"""For each pixel the cell before it and the fraction of the way to the next one."""


def axis(pixels: int, cells: int, alignment: Alignment, start: int = 0, count: int = -1) -> Axis:
    """The places of pixels `start` to `start + count` (-1: all) of `pixels` among `cells`.

    corners: pixel 0 lies on cell 0 and the last pixel on the last cell (align_corners=True).
    half-pixel: pixel and cell edges coincide, and the outermost cells reach to the edge.
    """
    at = np.arange(start, pixels if count < 0 else start + count, dtype=np.float64)
    if alignment == "corners":
        at *= (cells - 1) / max(pixels - 1, 1)
    else:
        at = (at + 0.5) * (cells / pixels) - 0.5
    at = np.clip(at, 0.0, cells - 1.0)
    index = np.minimum(at.astype(np.int32), max(cells - 2, 0)).astype(np.int32)
    return index, (at - index).astype(np.float32)
