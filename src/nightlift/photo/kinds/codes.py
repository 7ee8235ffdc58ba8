"""Numbers that stand for light, in any type and up to any white: to pixels' own and back."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nightlift.arguments import number
from nightlift.errors import UsageError
from nightlift.photo.photo import Pixels

Array = NDArray[Any]

OVERSHOOT = 1e-3
"""As a share of white: so far beyond black and white, floats are clipped without a word."""

MOST_WHITE = 1e30
"""For floats; more would leave float32."""

WHITES = (1, 255, 1023, 4095, 16383, 65535)
"""What white usually is."""


def to_codes(array: Array, white: float | None = None) -> Pixels:
    """Numbers from 0 to `white` as pixels; see `taken.take`.

    Args:
        array: Integers or floats of any shape.
        white: What stands for white; None: 1 for floats, the largest number of the type for
            integers.

    Returns:
        uint8, uint16 or float32; the array itself where nothing is to be changed.

    Raises:
        UsageError: The type is another, or numbers are not finite or outside 0 to `white`.
    """
    top = white_of(array.dtype, white)
    if array.dtype.kind == "f":
        low, high = float(array.min()), float(array.max())
        check_range(low, high, top, "array")
        return _floats(array, top, clip=low < 0 or high > top)
    native = array.astype(array.dtype.newbyteorder("="), copy=False)
    most = np.iinfo(native.dtype).max
    if top == most:
        return native
    check_range(float(native.min()), float(native.max()), top, "array", overshoot=0.0)
    return _divided(native, top)


def from_codes(pixels: Pixels, dtype: np.dtype[Any], white: float | None = None) -> Array:
    """The way back: pixels as numbers of this type from 0 to `white`."""
    top = white_of(dtype, white)
    if dtype.kind == "f":
        return (pixels if top == 1 else pixels * dtype.type(top)).astype(dtype, copy=False)
    if pixels.dtype.kind == "f":
        pixels = pixels * np.float32(top) + np.float32(0.5)
    return pixels.astype(dtype, copy=False)


def white_of(dtype: np.dtype[Any], white: float | None) -> float:
    """The value that stands for white; UsageError for a type or a white that cannot be."""
    if dtype.kind == "f":
        top = 1.0 if white is None else number(white, "a white", 0, MOST_WHITE)
        if top == 0:
            raise UsageError("expected a white above 0, got 0")
        return top
    if dtype.kind != "u" or dtype.itemsize > 2:
        raise UsageError(
            f"expected pixels of uint8, uint16 or floats, got {dtype}: "
            "array.astype(numpy.uint8) converts numbers from 0 to 255"
        )
    most = int(np.iinfo(dtype).max)
    if white is None:
        return most
    return number(white, f"a white for {dtype}", 1, most)


def check_range(
    low: float, high: float, top: float, name: str, overshoot: float = OVERSHOOT
) -> None:
    """Check that numbers are finite and within 0 to white; the sentence has the remedy.

    Args:
        low: The least of the numbers.
        high: The greatest.
        top: What stands for white.
        name: What holds them, such as "array".
        overshoot: How far beyond the range they may go, as a share of `top`.

    Raises:
        UsageError: They are not.
    """
    if not (np.isfinite(low) and np.isfinite(high)):
        raise UsageError(
            f"expected finite numbers, the {name} holds NaN or infinity: "
            f"replace them (numpy.nan_to_num or torch.nan_to_num)"
        )
    if high > top * (1 + overshoot):
        usual = next((white for white in WHITES if white >= high), round(high))
        raise UsageError(
            f"expected numbers from 0 to {top:g}, the {name} goes up to {high:g}: "
            f"say what is white (such as white={usual}), or clip what is beyond it"
        )
    if low < -top * overshoot:
        raise UsageError(
            f"expected numbers from 0 to {top:g}, the {name} goes down to {low:g}: "
            f"bring it to that range, such as (x + 1) / 2 from -1 to 1, or clip what is below 0"
        )


def _floats(array: Array, top: float, clip: bool) -> Pixels:
    floats = array.astype(np.float32, copy=False) if top == 1 else _divided(array, top)
    return np.asarray(floats.clip(0, 1)) if clip else floats


def _divided(array: Array, top: float) -> Pixels:
    wide = np.promote_types(array.dtype, np.float32)
    return np.asarray(np.divide(array, wide.type(top), dtype=wide), np.float32)
