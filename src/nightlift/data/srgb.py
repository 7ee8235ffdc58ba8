"""Pictures as linear light and back, in float32: what models of darkness compute in."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nightlift.errors import UsageError
from nightlift.photo import LUMA as LUMA_WEIGHTS
from nightlift.photo import Floats, Pixels, check_pixels

LUMA = np.array(LUMA_WEIGHTS, np.float32)


def decode(codes: NDArray[np.floating[Any]]) -> Floats:
    """Code values of sRGB to linear light (IEC 61966-2-1)."""
    power = ((np.maximum(codes, 0.04045) + 0.055) / 1.055) ** 2.4
    return np.where(codes <= 0.04045, codes / 12.92, power).astype(np.float32)


def encode(light: Floats) -> Floats:
    """Linear light to code values of sRGB (IEC 61966-2-1).

    Args:
        light: float32 from 0 up, of any shape; 1 is white.

    Returns:
        float32 from 0 up, 1 for white.
    """
    power = np.float32(1.055) * np.maximum(light, np.float32(0.0031308)) ** np.float32(1 / 2.4)
    return np.where(light <= 0.0031308, np.float32(12.92) * light, power - np.float32(0.055))


def linear(picture: Pixels) -> Floats:
    """Linear light of a picture.

    Args:
        picture: (H, W, 3) uint8, or float32 in [0, 1].

    Returns:
        (H, W, 3) float32 in [0, 1].
    """
    floats = as_floats(picture)
    if picture.dtype == np.uint8:
        light: Floats = decode(np.arange(256) / 255.0)[picture]
        return light
    return decode(floats)


def as_floats(picture: Pixels) -> Floats:
    """An (H, W, 3) picture as float32 in [0, 1]; raises UsageError for other types."""
    check_pixels(picture)
    if picture.dtype == np.uint8:
        return picture.astype(np.float32) * np.float32(1 / 255)
    if picture.dtype == np.float32:
        return picture
    raise UsageError(f"expected a picture of uint8 or float32, got {picture.dtype}")


def as_type(floats: Floats, dtype: np.dtype[Any]) -> Pixels:
    """Floats in [0, 1] as they are, or rounded to uint8."""
    if dtype == np.float32:
        return floats
    return (floats * np.float32(255) + np.float32(0.5)).astype(np.uint8)


def bent(codes: Floats, contrast: float) -> Floats:
    """Code values with their tones bent about the middle, x + contrast x (1 - x) (2 x - 1).

    Args:
        codes: float32 in [0, 1], of any shape.
        contrast: 0 leaves them as they are.

    Returns:
        float32 in [0, 1].
    """
    if contrast == 0:
        return codes
    curved: Floats = codes + np.float32(contrast) * codes * (1 - codes) * (2 * codes - 1)
    return np.clip(curved, 0.0, 1.0)


def through_jpeg(picture: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    """The picture after a JPEG of this quality, chroma at half of its size."""
    import cv2

    flags = [int(cv2.IMWRITE_JPEG_QUALITY), quality]
    _, coded = cv2.imencode(".jpg", np.ascontiguousarray(picture[..., ::-1]), flags)
    decoded = np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)
    return np.ascontiguousarray(decoded[..., ::-1])
