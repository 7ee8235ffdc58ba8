"""Augmentation as pure functions of a generator and pictures.

Every function takes a tuple of (H, W, 3) pictures of one size (a photo, or a photo and its
target), does the same to each of them, and returns new arrays or views of the same type.
Lengths are in pixels.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import cv2
import numpy as np

from nightlift.errors import UsageError
from nightlift.photo import Pixels

Pictures: TypeAlias = tuple[Pixels, ...]
Step: TypeAlias = Callable[[np.random.Generator, Pictures], Pictures]


def _shape(pictures: Pictures) -> tuple[int, int]:
    """Height and width; raises UsageError unless all pictures share them."""
    shapes = {picture.shape[:2] for picture in pictures}
    if len(shapes) != 1:
        raise UsageError(f"expected pictures of one size, got {sorted(shapes)}")
    height, width = shapes.pop()
    return int(height), int(width)


def resize(pictures: Pictures, height: int, width: int) -> Pictures:
    """Resize to (height, width): by area where both sides shrink, else bilinearly."""
    own = _shape(pictures)
    if own == (height, width):
        return pictures
    shrinks = height <= own[0] and width <= own[1]
    how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return tuple(
        cv2.resize(np.ascontiguousarray(picture), (width, height), interpolation=how)
        for picture in pictures
    )


def crop(rng: np.random.Generator, pictures: Pictures, height: int, width: int) -> Pictures:
    """A window of (height, width) at a random place.

    A picture smaller than the window is enlarged just enough first, its aspect kept.
    """
    own = _shape(pictures)
    scale = max(height / own[0], width / own[1], 1.0)
    if scale > 1.0:
        grown = max(height, round(own[0] * scale)), max(width, round(own[1] * scale))
        pictures, own = resize(pictures, *grown), grown
    top = int(rng.integers(own[0] - height + 1))
    left = int(rng.integers(own[1] - width + 1))
    return tuple(picture[top : top + height, left : left + width] for picture in pictures)


def crop_share(
    rng: np.random.Generator, pictures: Pictures, low: float = 0.75, high: float = 0.95
) -> Pictures:
    """A window of a random share, `low` to `high`, of each side (0 < low <= high <= 1)."""
    if not 0 < low <= high <= 1:
        raise UsageError(f"expected shares with 0 < low <= high <= 1, got {low} and {high}")
    height, width = (max(1, round(side * rng.uniform(low, high))) for side in _shape(pictures))
    return crop(rng, pictures, height, width)


def resize_crop(
    rng: np.random.Generator,
    pictures: Pictures,
    height: int,
    width: int,
    *,
    full: tuple[int, int] = (400, 600),
    scale: tuple[float, float] = (1.0, 1.4),
) -> Pictures:
    """Resize to `full` (height, width) times a random factor of `scale`, then crop.

    The numbers are those of the published EnlightenGAN code (Jiang et al., 2021).
    """
    factor = rng.uniform(*scale)
    grown = resize(pictures, round(full[0] * factor), round(full[1] * factor))
    return crop(rng, grown, height, width)


def flip(rng: np.random.Generator, pictures: Pictures, probability: float = 0.5) -> Pictures:
    """Exchange left and right with this probability."""
    if rng.random() >= probability:
        return pictures
    return tuple(picture[:, ::-1] for picture in pictures)


def flip_upright(
    rng: np.random.Generator, pictures: Pictures, probability: float = 0.5
) -> Pictures:
    """Exchange top and bottom with this probability."""
    if rng.random() >= probability:
        return pictures
    return tuple(picture[::-1] for picture in pictures)


def half_turn(rng: np.random.Generator, pictures: Pictures, probability: float = 0.5) -> Pictures:
    """Turn by 180 degrees with this probability."""
    if rng.random() >= probability:
        return pictures
    return tuple(picture[::-1, ::-1] for picture in pictures)


def rotate(
    rng: np.random.Generator,
    pictures: Pictures,
    degrees: float = 15.0,
    probability: float = 1.0,
) -> Pictures:
    """Rotate about the center by a random angle within +-`degrees`, with this probability.

    Bilinear; what lies outside is the picture reflected at its border, so that no black corner
    teaches the network anything.
    """
    if rng.random() >= probability:
        return pictures
    height, width = _shape(pictures)
    center = (width - 1) / 2, (height - 1) / 2
    matrix = cv2.getRotationMatrix2D(center, float(rng.uniform(-degrees, degrees)), 1.0)
    return tuple(
        cv2.warpAffine(
            np.ascontiguousarray(picture),
            matrix,
            (width, height),
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REFLECT_101,
        )
        for picture in pictures
    )


def in_random_order(
    rng: np.random.Generator, pictures: Pictures, steps: Sequence[Step], probability: float = 1.0
) -> Pictures:
    """All `steps`, each once, in random order, with this probability; else nothing."""
    if rng.random() >= probability:
        return pictures
    for index in rng.permutation(len(steps)):
        pictures = steps[index](rng, pictures)
    return pictures


def crop_flip_rotate(rng: np.random.Generator, pictures: Pictures) -> Pictures:
    """With probability 0.9, in random order: crop (0.8), flip (0.5) and rotation (0.1).

    The augmentation of the DeepUPE and GLeNet seeds; crops are 75-95 % of each side, rotations
    within 15 degrees.
    """
    return in_random_order(rng, pictures, (_often_crop, flip, _seldom_rotate), 0.9)


def gray(pictures: Pictures) -> Pictures:
    """The same without colors: BT.601 luma in all three channels."""
    return tuple(
        cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
        for picture in pictures
    )


def _often_crop(rng: np.random.Generator, pictures: Pictures) -> Pictures:
    return crop_share(rng, pictures) if rng.random() < 0.8 else pictures


def _seldom_rotate(rng: np.random.Generator, pictures: Pictures) -> Pictures:
    return rotate(rng, pictures, probability=0.1)


def vary(
    rng: np.random.Generator,
    pictures: Pictures,
    low: float = 2.0,
    high: float = 4.0,
    probability: float = 0.5,
) -> Pictures:
    """Divide by a random number from `low` to `high` with this probability (EnlightenGAN).

    Give it what the generator sees, not the target; uint8 pictures are rounded.
    """
    if rng.random() >= probability:
        return pictures
    factor = np.float32(1.0 / rng.uniform(low, high))
    return tuple(
        np.rint(picture * factor).astype(picture.dtype)
        if picture.dtype.kind == "u"
        else (picture * factor).astype(picture.dtype)
        for picture in pictures
    )
