"""What is seen of a photo: the whole of it or a part, and what an edit makes of that."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeAlias

import cv2
import numpy as np

from nightlift.edit import Edit
from nightlift.errors import UsageError
from nightlift.photo import (
    LongSide,
    Mode,
    OwnSize,
    Photo,
    Pixels,
    encode,
    from_floats,
    small_copy,
    turn,
    upright_sides,
)

Region: TypeAlias = tuple[int, int, int, int]
"""Left, top, width and height of a part of the upright photo, in pixels of its full size."""

WHOLE_PIXELS = 1_000_000
"""Up to this many pixels the result itself is shown smaller; above, the same is done to a copy."""

QUALITY = 90


def smaller(photo: Photo, long_side: int) -> Photo:
    """The photo with a long side of at most `long_side` pixels, as float32 in its own RGB.

    Stored order, orientation and profile stay, so that an adjustment acts as on the photo.
    """
    bare = replace(photo, icc=None, orientation=1)
    return replace(photo, pixels=small_copy(bare, LongSide(long_side)), alpha=None)


def previewed(photo: Photo, small: Photo, edit: Edit, threads: int | None = None) -> Photo:
    """What the edit makes of `photo`, shown on `small`, which `smaller` made of it.

    A photo of up to a million pixels, or one that is painted, is edited whole and shrunk; for a
    larger one the edit acts on `small`.
    """
    if edit.painting is not None or photo.height * photo.width <= WHOLE_PIXELS:
        return smaller(edit.apply(photo, threads=threads), max(small.height, small.width))
    return edit.smaller(photo.width / small.width).apply(small, threads=threads)


def part(photo: Photo, region: Region, edit: Edit, threads: int | None = None) -> Photo:
    """A region of the edited photo, in stored order: pixel by pixel what the whole would have.

    Only the rows that it depends on are edited, unless the photo is painted. Raises UsageError
    for a region outside the photo.
    """
    columns, rows = _stored(photo, region)
    if edit.painting is not None and edit.amount:
        edited = edit.apply(photo, threads=threads).pixels[rows]
    else:
        edited = _edited_rows(photo, rows, edit, threads)
    return replace(photo, pixels=np.ascontiguousarray(edited[:, columns]), alpha=None)


def _edited_rows(photo: Photo, rows: slice, edit: Edit, threads: int | None) -> Pixels:
    application = edit.on(photo, threads)
    first = max(0, rows.start - application.halo)
    last = min(photo.height, rows.stop + application.halo)
    lifted = application.lifted(photo.pixels[first:last].copy(), first)
    return application.denoised([lifted], first, rows.start, rows.stop)


def _stored(photo: Photo, region: Region) -> tuple[slice, slice]:
    """The columns and rows of the stored photo that hold a region of the upright one."""
    left, top, width, height = region
    tall, wide = upright_sides(photo)
    if min(left, top) < 0 or min(width, height) < 1 or left + width > wide or top + height > tall:
        raise UsageError(
            f"expected a region within the photo of {wide} x {tall} pixels, "
            f"got {width} x {height} at {left},{top}"
        )
    shape = photo.pixels.shape[:2]
    down = np.broadcast_to(np.arange(shape[0])[:, None], shape)
    across = np.broadcast_to(np.arange(shape[1]), shape)
    down, across = turn(down, photo.orientation), turn(across, photo.orientation)
    corners = [(top, left), (top + height - 1, left + width - 1)]
    found_rows = sorted(int(down[corner]) for corner in corners)
    found_columns = sorted(int(across[corner]) for corner in corners)
    return slice(found_columns[0], found_columns[1] + 1), slice(found_rows[0], found_rows[1] + 1)


def for_screen(small: Photo) -> Photo:
    """Upright, in sRGB, at 8 bits and without metadata: what every browser shows alike."""
    pixels = from_floats(small_copy(small, OwnSize()), np.dtype(np.uint8))
    mode: Mode = "gray" if small.mode == "gray" else "rgb"
    return Photo(pixels, mode=mode, format="jpeg", subsampling="444")


def as_jpeg(small: Photo) -> bytes:
    """A JPEG file of `for_screen`."""
    return encode(for_screen(small), quality=QUALITY)


def as_png(small: Photo) -> bytes:
    """A PNG file of `for_screen`, quickly rather than tightly packed."""
    pixels = cv2.cvtColor(for_screen(small).pixels, cv2.COLOR_RGB2BGR)
    return cv2.imencode(".png", pixels, [cv2.IMWRITE_PNG_COMPRESSION, 1])[1].tobytes()
