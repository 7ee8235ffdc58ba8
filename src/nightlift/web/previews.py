"""Photos small enough to look at: the photo itself, and what a method makes of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from nightlift.edit.edit import Edit
from nightlift.photo.photo import Mode, Photo
from nightlift.photo.proxy import LongSide, OwnSize, small_copy
from nightlift.photo.write import encode

WHOLE_PIXELS = 1_000_000
"""Up to this many pixels the result itself is shown smaller; above, the same is done to a copy."""

QUALITY = 90


def smaller(photo: Photo, long_side: int) -> Photo:
    """The photo with a long side of at most `long_side` pixels, as float32 in its own RGB.

    Stored order, orientation and profile stay, so that an adjustment acts as on the photo.
    """
    bare = replace(photo, icc=None, orientation=1)
    return replace(photo, pixels=small_copy(bare, LongSide(long_side)), alpha=None)


def previewed(photo: Photo, small: Photo, edit: Edit) -> Photo:
    """What the edit makes of `photo`, shown on `small`, which `smaller` made of it.

    A photo of up to a million pixels, or one that is painted, is edited whole and shrunk; for a
    larger one the edit acts on `small`.
    """
    if edit.painting is not None or photo.height * photo.width <= WHOLE_PIXELS:
        return smaller(edit.apply(photo), max(small.height, small.width))
    return edit.smaller(photo.width / small.width).apply(small)


def for_screen(small: Photo) -> Photo:
    """Upright, in sRGB, at 8 bits and without metadata: what every browser shows alike."""
    pixels = np.floor(small_copy(small, OwnSize()) * 255 + 0.5).astype(np.uint8)
    mode: Mode = "gray" if small.mode == "gray" else "rgb"
    return Photo(pixels, mode=mode, format="jpeg", subsampling="444")


def as_jpeg(small: Photo) -> bytes:
    """A JPEG file of `for_screen`."""
    return encode(for_screen(small), quality=QUALITY)
