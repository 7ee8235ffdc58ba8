"""What every metric asks of a picture, and the gray that several measure on."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from nightlift.errors import UsageError
from nightlift.photo import LUMA, Pixels

Values: TypeAlias = NDArray[np.float64]


def checked(picture: Pixels, data_range: float, side: int = 1, *, bounded: bool = True) -> Values:
    """The picture as (H, W, 3) float64 in [0, data_range], or from 0 up where it is not `bounded`.

    Raises UsageError unless it is (H, W, 3) uint8 with `data_range` 255, or floats within
    these bounds, and both its sides are at least `side` pixels.
    """
    if picture.ndim != 3 or picture.shape[2] != 3 or 0 in picture.shape:
        raise UsageError(f"expected a picture of shape (H, W, 3), got {picture.shape}")
    if min(picture.shape[:2]) < side:
        raise UsageError(
            f"this metric needs a picture of at least {side}x{side} pixels, "
            f"got {picture.shape[1]}x{picture.shape[0]}; leave it out or name other metrics"
        )
    if picture.dtype == np.uint8:
        if data_range != 255:
            raise UsageError(f"8-bit pictures have a data range of 255, got {data_range}")
        return picture.astype(np.float64)
    if picture.dtype.kind != "f":
        raise UsageError(
            f"expected a picture of uint8 or floats, got {picture.dtype}: "
            "convert it to floats and give its data range"
        )
    return _checked_floats(picture, data_range, data_range if bounded else np.finfo(float).max)


def _checked_floats(picture: Pixels, data_range: float, most: float) -> Values:
    if not 0 < data_range < np.inf:
        raise UsageError(f"expected a positive, finite data range, got {data_range}")
    low, high = float(picture.min()), float(picture.max())
    if not (low >= 0 and high <= most):
        raise UsageError(
            f"expected values in [0, {most:g}], got [{low}, {high}]: "
            "clip the picture, or give the data range it has"
        )
    return picture.astype(np.float64)


def checked_pair(
    output: Pixels, other: Pixels, data_range: float, side: int = 1, *, bounded: bool = True
) -> tuple[Values, Values]:
    """Both pictures as float64; raises UsageError as `checked` does, or where shapes differ."""
    if output.shape != other.shape:
        raise UsageError(
            f"expected two pictures of one shape, got {output.shape} and {other.shape}; "
            "nothing is resized here: compare pictures of the same size"
        )
    return (
        checked(output, data_range, side, bounded=bounded),
        checked(other, data_range, side, bounded=bounded),
    )


def luma(picture: Values) -> Values:
    """BT.601 luma (H, W) of an (H, W, 3) RGB picture, in its own range, unrounded."""
    gray: Values = picture @ np.array(LUMA)
    return gray


def mean_matched(
    output: Pixels, reference: Pixels, data_range: float, side: int = 1
) -> tuple[Values, Values]:
    """The output times mean(luma(reference)) / mean(luma(output)), clipped, and the reference."""
    seen, wanted = checked_pair(output, reference, data_range, side)
    mean = float(luma(seen).mean())
    if mean > 0:
        seen = np.clip(seen * (float(luma(wanted).mean()) / mean), 0, data_range)
    return seen, wanted
