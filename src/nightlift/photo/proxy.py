"""The small copy: what a network sees of a photo, upright and in sRGB.

Pixel centers lie at half-integers: pixel i of n covers [i / n, (i + 1) / n) of the photo.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias, assert_never, get_args

import numpy as np
from numpy.typing import NDArray

from nightlift.errors import UsageError
from nightlift.photo import color
from nightlift.photo.orientation import transposes, turn
from nightlift.photo.photo import Floats, Photo, Pixels

Resize: TypeAlias = Literal["area", "linear", "linear-rounded"]
"""`area`: the mean over each small pixel's area, from a strided sample of the photo.
`linear`: bilinear at half-pixel centers without antialiasing, as some published code does with
floats; `linear-rounded`: the same in OpenCV's arithmetic, rounded to the photo's own depth."""

OVERSAMPLING = 3
"""The fewest samples that the strided pick leaves for each small pixel, along each side."""


@dataclass(frozen=True)
class FixedSize:
    """Exactly this size of the upright copy, whatever the photo's shape."""

    height: int
    width: int

    def __post_init__(self) -> None:
        _check("a height", self.height)
        _check("a width", self.width)


@dataclass(frozen=True)
class LongSide:
    """A long side of at most `pixels`, the aspect kept; a smaller photo is seen whole."""

    pixels: int

    def __post_init__(self) -> None:
        _check("a long side", self.pixels)


@dataclass(frozen=True)
class Divisor:
    """Each side divided by `number` and rounded down, at least 1."""

    number: int

    def __post_init__(self) -> None:
        _check("a divisor", self.number)


@dataclass(frozen=True)
class OwnSize:
    """The photo's own size: a float copy of the whole photo, 12 bytes a pixel."""


Indices: TypeAlias = NDArray[np.intp]

SizeRule: TypeAlias = FixedSize | LongSide | Divisor | OwnSize


class SmallCopy(NamedTuple):
    """How a small copy is made: its size, and the way of resizing."""

    size: SizeRule
    resize: Resize = "area"

    def of(self, photo: Photo) -> Floats:
        """The small copy of a photo; see `small_copy`.

        Args:
            photo: The photo.

        Returns:
            (h, w, 3) float32 in [0, 1], upright, sRGB.
        """
        return small_copy(photo, self.size, self.resize)


def copy_size(height: int, width: int, size: SizeRule) -> tuple[int, int]:
    """The size of a small copy.

    Args:
        height: Of the upright photo, in pixels.
        width: Likewise.
        size: The rule.

    Returns:
        Height and width, at least 1.
    """
    if isinstance(size, FixedSize):
        return size.height, size.width
    if isinstance(size, LongSide):
        scale = min(1.0, size.pixels / max(height, width))
        return max(1, round(height * scale)), max(1, round(width * scale))
    if isinstance(size, Divisor):
        return max(1, height // size.number), max(1, width // size.number)
    if isinstance(size, OwnSize):
        return height, width
    assert_never(size)


def small_copy(photo: Photo, size: SizeRule, resize: Resize = "area") -> Floats:
    """The photo as a network sees it: upright, in sRGB.

    Resizing comes first, in stored order and at the photo's own depth; only the small copy is
    turned and converted. `OwnSize` costs 12 bytes a pixel.

    Args:
        photo: The photo.
        size: How large the copy is.
        resize: How it is made smaller.

    Returns:
        (h, w, 3) float32 in [0, 1].

    Raises:
        UsageError: There is no such `resize`.
    """
    pixels = photo.pixels
    stored = _stored_size(photo, size)
    if resize == "area":
        small = _area(pixels, *stored)
    elif resize == "linear":
        small = _bilinear(pixels, *stored)
    elif resize == "linear-rounded":
        small = _linear(pixels, *stored)
    else:
        raise UsageError(f"expected one of {', '.join(get_args(Resize))}, got {resize!r}")
    return _seen(small, photo)


class StripSample:
    """What `small_copy` by area needs of a photo, gathered from its strips.

    Args:
        photo: Tells all but the pixels, of which only the shape and type count.
        size: That of the copy.
    """

    def __init__(self, photo: Photo, size: SizeRule) -> None:
        self._photo = photo
        self._size = _stored_size(photo, size)
        sides = zip((photo.height, photo.width), self._size, strict=True)
        self._rows, self._columns = (_picks(*both) for both in sides)
        shape = (len(self._rows), len(self._columns), 3)
        self._picked: Pixels = np.empty(shape, photo.pixels.dtype)

    def add(self, strip: Pixels, top: int) -> None:
        """Take what is needed of a strip; strips may come in any order and from several threads.

        Args:
            strip: (h, W, 3) in stored order.
            top: Which row of the photo is the first of it.
        """
        first, last = np.searchsorted(self._rows, (top, top + len(strip)))
        rows = self._rows[first:last] - top
        self._picked[first:last] = strip[rows[:, None], self._columns]

    def small(self) -> Floats:
        """The small copy, once all strips were added.

        Returns:
            (h, w, 3) float32 in [0, 1], as `small_copy` gives it.
        """
        return _seen(_shrunk(self._picked, *self._size), self._photo)


def _stored_size(photo: Photo, size: SizeRule) -> tuple[int, int]:
    """Height and width of the small copy in stored order."""
    height, width = copy_size(*upright_sides(photo), size)
    return (width, height) if transposes(photo.orientation) else (height, width)


def upright_sides(photo: Photo) -> tuple[int, int]:
    """The sides of a photo as it is seen.

    Args:
        photo: The photo.

    Returns:
        Height and width.
    """
    sides = (photo.height, photo.width)
    return sides[::-1] if transposes(photo.orientation) else sides


def _seen(small: Pixels, photo: Photo) -> Floats:
    """A small copy in stored order as a network sees it."""
    floats = _to_floats(turn(small, photo.orientation))
    return color.small_to_srgb(floats, photo.icc) if photo.mode == "rgb" else floats


def _area(pixels: Pixels, height: int, width: int) -> Pixels:
    """Shrink by area from a strided pick; enlarge bilinearly along a side that is too short."""
    return _shrunk(_strided(pixels, height, width), height, width)


def _shrunk(picked: Pixels, height: int, width: int) -> Pixels:
    import cv2

    inner = min(height, picked.shape[0]), min(width, picked.shape[1])
    if inner != picked.shape[:2]:
        picked = cv2.resize(picked, inner[::-1], interpolation=cv2.INTER_AREA)
    return _linear(picked, height, width)


def _strided(pixels: Pixels, height: int, width: int) -> Pixels:
    """Every n-th row and column, from the middle of each cell, at least 3 samples a small pixel."""
    import cv2

    down, across = _stride(pixels.shape[0], height), _stride(pixels.shape[1], width)
    if down == across == 1:
        return pixels
    rows, columns = pixels.shape[0] // down, pixels.shape[1] // across
    top, left = (pixels.shape[0] - rows * down) // 2, (pixels.shape[1] - columns * across) // 2
    cells = pixels[top : top + rows * down, left : left + columns * across]
    # Nearest of whole cells is a strided copy, several times as fast as NumPy's.
    picked: Pixels = cv2.resize(cells, (columns, rows), interpolation=cv2.INTER_NEAREST_EXACT)
    return picked


def _stride(side: int, small: int) -> int:
    return max(1, side // (OVERSAMPLING * small))


def _picks(side: int, small: int) -> Indices:
    """Which rows or columns `_strided` picks: the middle ones of whole cells."""
    stride = _stride(side, small)
    count = side // stride
    return np.arange(count) * stride + (side - count * stride) // 2 + stride // 2


def _linear(pixels: Pixels, height: int, width: int) -> Pixels:
    import cv2

    if pixels.shape[:2] == (height, width):
        return pixels
    resized: Pixels = cv2.resize(pixels, (width, height), interpolation=cv2.INTER_LINEAR)
    return resized


def _bilinear(pixels: Pixels, height: int, width: int) -> Pixels:
    """Bilinear in float32, from the four pixels around each place alone."""
    if pixels.shape[:2] == (height, width):
        return pixels
    tops, bottoms, down = _neighbors(pixels.shape[0], height)
    lefts, rights, across = _neighbors(pixels.shape[1], width)
    columns = np.concatenate([lefts, rights])
    scale = 1.0 if pixels.dtype == np.float32 else 1.0 / np.iinfo(pixels.dtype).max
    upper, lower = (
        pixels[rows][:, columns].astype(np.float32) * np.float32(scale) for rows in (tops, bottoms)
    )
    mixed = upper + down[:, None, None] * (lower - upper)
    left, right = mixed[:, :width], mixed[:, width:]
    return np.asarray(left + across[None, :, None] * (right - left), np.float32)


def _neighbors(side: int, small: int) -> tuple[Indices, Indices, Floats]:
    """For each small pixel's center: the pixels before and after it, and how far between."""
    at = np.clip((np.arange(small) + 0.5) * (side / small) - 0.5, 0, side - 1)
    before = at.astype(np.intp)
    return before, np.minimum(before + 1, side - 1), (at - before).astype(np.float32)


def _to_floats(pixels: Pixels) -> Floats:
    if pixels.dtype == np.float32:
        return np.array(pixels, dtype=np.float32, order="C")
    scale = np.float32(1.0 / np.iinfo(pixels.dtype).max)
    return np.multiply(pixels, scale, dtype=np.float32, order="C")


def _check(what: str, number: int) -> None:
    if number < 1:
        raise UsageError(f"expected {what} of at least 1 for the small copy, got {number}")
