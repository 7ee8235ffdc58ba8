"""Channels and depths: from what decoders give to a photo's pixels, and to what encoders take."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nightlift.photo.photo import Mode, Pixels

LUMA: tuple[float, float, float] = (0.299, 0.587, 0.114)
"""Weights of red, green and blue in luma (ITU-R BT.601)."""

CLIPPED = "values outside 0 to 1 were clipped"
"""What is told of floats that `clean_floats` changed."""


class Channels(NamedTuple):
    """Pixels (H, W, 3), alpha (H, W) or None, and whether the file held gray or color."""

    pixels: Pixels
    alpha: Pixels | None
    mode: Mode


def split(array: NDArray[Any]) -> Channels:
    """(H, W) or (H, W, 1–4): gray, gray and alpha, RGB or RGB and alpha, as owned arrays."""
    if array.ndim == 2:
        array = array[..., np.newaxis]
    count = array.shape[2]
    alpha = np.array(array[..., -1], order="C") if count in (2, 4) else None
    if count <= 2:
        return Channels(np.repeat(array[..., :1], 3, axis=2), alpha, "gray")
    if count == 3 and array.flags.c_contiguous and array.flags.writeable and array.base is None:
        return Channels(array, None, "rgb")
    return Channels(np.array(array[..., :3], order="C"), alpha, "rgb")


def joined(pixels: Pixels, alpha: Pixels | None, mode: Mode) -> NDArray[Any]:
    """The inverse of `split`: (H, W), (H, W, 2), (H, W, 3) or (H, W, 4), contiguous."""
    if mode == "gray":
        gray = gray_of(pixels)
        return gray if alpha is None else np.stack([gray, alpha], axis=2)
    if alpha is None:
        return np.ascontiguousarray(pixels)
    return np.concatenate([pixels, alpha[..., np.newaxis]], axis=2)


def gray_of(pixels: Pixels) -> Pixels:
    """One channel of three: itself where all agree, else their luma (ITU-R BT.601).

    Args:
        pixels: (H, W, 3) uint8, uint16 or float32.

    Returns:
        (H, W) of the same type.
    """
    import cv2

    first = pixels[..., 0]
    if np.array_equal(first, pixels[..., 1]) and np.array_equal(first, pixels[..., 2]):
        return np.ascontiguousarray(first)
    gray: Pixels = cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2GRAY)
    return gray


def to_8_bits(array: NDArray[Any]) -> NDArray[np.uint8]:
    """uint16 or float32 in [0, 1] to the nearest of 256 levels; uint8 as it is."""
    if array.dtype == np.uint8:
        return array
    return _rounded(array, np.dtype(np.uint8), 255 / _top(array.dtype))


def to_16_bits(array: NDArray[Any]) -> NDArray[np.uint16]:
    """uint8 or float32 in [0, 1] to the nearest of 65536 levels; uint16 as it is."""
    if array.dtype == np.uint16:
        return array
    return _rounded(array, np.dtype(np.uint16), 65535 / _top(array.dtype))


def _top(dtype: np.dtype[Any]) -> float:
    return 1.0 if dtype.kind == "f" else float(np.iinfo(dtype).max)


def _rounded(array: NDArray[Any], dtype: np.dtype[Any], scale: float) -> NDArray[Any]:
    """Scaled and rounded in strips of rows, so that no full float copy exists."""
    out = np.empty(array.shape, dtype)
    rows = max(1, (1 << 20) // max(1, array[0].size))
    for top in range(0, array.shape[0], rows):
        # float64 keeps the product of a 16-bit code exact enough to round to the nearest.
        strip = array[top : top + rows].astype(np.float64) * scale + 0.5
        out[top : top + rows] = np.clip(strip, 0, np.iinfo(dtype).max)
    return out


def from_floats(values: NDArray[Any], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Numbers as pixels, the one way of rounding: floor(v · max + 0.5) for integers.

    Args:
        values: Floats in [0, 1], of any shape.
        dtype: uint8, uint16 or float32.

    Returns:
        Pixels of that type; `values` itself where it is float32 already.
    """
    if dtype == np.float32:
        return values.astype(np.float32, copy=False)
    # Truncation is floor, since nothing here is negative.
    return (values * np.float32(np.iinfo(dtype).max) + np.float32(0.5)).astype(dtype)


def clean_floats(array: NDArray[Any]) -> tuple[NDArray[np.float32], bool]:
    """float32 in [0, 1], what is no number as 0; and whether anything had to be changed."""
    floats = array.astype(np.float32, copy=False)
    low, high = floats.min(), floats.max()
    if low >= 0.0 and high <= 1.0:
        return floats, False
    return np.clip(np.nan_to_num(floats, nan=0.0), 0.0, 1.0), True
