"""NumPy arrays: gray, RGB and RGBA, of bytes, 16 bits or floats, one or a batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nightlift.errors import UsageError
from nightlift.photo.channels import gray_of, split
from nightlift.photo.kinds.codes import from_codes, to_codes
from nightlift.photo.kinds.taken import Taken
from nightlift.photo.photo import Photo, Pixels

Array = NDArray[Any]

CHANNELS = (1, 2, 3, 4)

MOST_CHANNELS = 16
"""Of pictures; a longer last axis is taken for a width."""


def take(array: Array, bgr: bool, white: float | None) -> Taken:
    """The photos in an array; see `taken.take`."""
    if isinstance(array, np.ma.MaskedArray):
        raise UsageError("expected an array without a mask: array.filled(0) makes one")
    array = np.asarray(array)
    check_shape(array)
    batch = array.ndim == 4
    codes = to_codes(array, white)
    each = tuple(codes) if batch else (codes,)
    photos = tuple(_photo(one, bgr) for one in each)
    owned = not np.may_share_memory(photos[0].pixels, array)

    def back(done: Sequence[Photo]) -> Array:
        given = tuple(array) if batch else (array,)
        arrays = [_array(*pair, bgr, white) for pair in zip(done, given, strict=True)]
        return np.stack(arrays).astype(array.dtype, copy=False) if batch else arrays[0]

    return Taken(photos, back, owned, batch, array.copy)


def check_shape(array: Array) -> None:
    """Raise UsageError unless it is (H, W), (H, W, C) or (N, H, W, C) with 1 to 4 channels."""
    shape = array.shape
    if 0 in shape:
        raise UsageError(f"expected a photo, got an empty array of shape {shape}")
    if array.ndim == 2 or (array.ndim in (3, 4) and shape[-1] in CHANNELS):
        return
    hint = ""
    if array.ndim in (3, 4) and shape[-3] in CHANNELS:
        axes = "(1, 2, 0)" if array.ndim == 3 else "(0, 2, 3, 1)"
        hint = f"; its channels come first: array.transpose{axes} puts them last"
    elif array.ndim == 3 and shape[-1] <= MOST_CHANNELS:
        hint = "; array[..., :3] are its first three"
    elif array.ndim == 3:
        hint = "; a batch of gray photos needs a last axis: array[..., None]"
    raise UsageError(
        f"expected an array of shape (H, W), (H, W, C) or (N, H, W, C) with 1 to 4 channels, "
        f"got {shape}{hint}"
    )


def _photo(codes: Pixels, bgr: bool) -> Photo:
    """One photo of checked codes; RGB pixels stay in their memory."""
    if codes.ndim == 3 and codes.shape[2] == 3 and not bgr:
        return Photo(codes)
    pixels, alpha, mode = split(codes)
    return Photo(swapped(pixels) if bgr else pixels, alpha, mode)


def swapped(pixels: Pixels) -> Pixels:
    """A copy with the first and the last of three channels exchanged."""
    import cv2

    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB))


def _array(photo: Photo, given: Array, bgr: bool, white: float | None) -> Array:
    """The pixels in the shape and type of the given array, whose alpha stays as it is."""
    count = 1 if given.ndim == 2 else given.shape[2]
    pixels = gray_of(photo.pixels) if count <= 2 else photo.pixels
    pixels = from_codes(swapped(pixels) if bgr and count > 2 else pixels, given.dtype, white)
    if count in (2, 4):
        colors = pixels if count == 4 else pixels[..., np.newaxis]
        return np.concatenate([colors, given[..., -1:]], axis=2)
    return np.ascontiguousarray(pixels.reshape(given.shape))
