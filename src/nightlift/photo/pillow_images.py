"""Reading through Pillow: one place for its limits, its modes and its many exceptions."""

from __future__ import annotations

import io
import logging
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from nightlift.errors import ReadError
from nightlift.photo.channels import Channels, split
from nightlift.photo.formats import check_size

_INTERNAL = ("\n", "<", "OpenCV", "object at", "::")
"""What tells a programmer something and a photographer nothing."""

for _name in ("PIL", "tifffile"):  # what they log of damaged files, a sentence tells
    logging.getLogger(_name).addHandler(logging.NullHandler())

_LOCK = threading.Lock()
_limit: list[int | None] = []
"""Pillow's own limits, one for each block that now runs without."""


@contextmanager
def _without_limit() -> Iterator[None]:
    """Lift Pillow's limit of pixels, a module variable that warns: ours is checked instead."""
    from PIL import Image

    with _LOCK:
        _limit.append(_limit[0] if _limit else Image.MAX_IMAGE_PIXELS)
        Image.MAX_IMAGE_PIXELS = None
    try:
        yield
    finally:
        with _LOCK:
            limit = _limit.pop()
            if not _limit:
                Image.MAX_IMAGE_PIXELS = limit


@contextmanager
def _quiet() -> Iterator[None]:
    """Without Pillow's warnings: what is wrong with the metadata is told by ourselves."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def open_image(data: bytes, name: str) -> Any:
    """Open without decoding, and check the size; `name` is the format's, for the message."""
    from PIL import Image

    with decoding(name), _without_limit(), _quiet():
        image = Image.open(io.BytesIO(data), formats=[name])
    check_size(*image.size)
    return image


def load(image: Any, name: str) -> Any:
    """Decode an opened image; ReadError where it is damaged."""
    with decoding(name), _without_limit(), _quiet():
        image.load()
    return image


@contextmanager
def decoding(name: str) -> Iterator[None]:
    """Turn whatever a decoder raises into a ReadError; decoders raise nearly anything."""
    try:
        yield
    except ReadError:
        raise
    except MemoryError as error:
        raise ReadError(f"there is not enough memory for this {name}") from error
    except Exception as error:
        raise ReadError(_sentence(name, error)) from error


def _sentence(name: str, error: Exception) -> str:
    """What a decoder's words mean to whoever has the file."""
    reason = str(error).strip().rstrip(".")
    if "imagecodecs" in reason:  # tifffile's, which are not installed
        return f"this {name} is compressed in a way that is not read; save it with ZIP or without"
    if "cannot identify image" in reason or ("decoder" in reason and "not available" in reason):
        return f"the {name} is damaged or cut off, or stores its picture in a way that is not read"
    if not reason or any(mark in reason for mark in _INTERNAL):
        return f"the {name} is damaged or cut off"
    return f"the {name} is damaged or cut off: {reason}"


def channels_of(image: Any) -> Channels:
    """Pixels, alpha and mode of a decoded 8-bit image, palettes and 1 bit included."""
    with decoding(image.format or "picture"):
        return split(np.array(_plain(image)))


def _plain(image: Any) -> Any:
    """As gray or RGB of 8 bits, with alpha where there is any."""
    if image.mode in ("P", "PA"):
        return image.convert("RGBA" if image.has_transparency_data else "RGB")
    if image.mode == "1":
        return image.convert("L")
    if image.mode in ("L", "RGB") and image.has_transparency_data:
        return image.convert("LA" if image.mode == "L" else "RGBA")
    if image.mode in ("La", "RGBa"):
        return image.convert(image.mode[:-1] + "A")
    return image if image.mode in ("L", "LA", "RGB", "RGBA") else image.convert("RGB")


def resolution_of(image: Any) -> tuple[float, float] | None:
    """Pillow's dots per inch, None where they are missing or senseless."""
    dots = image.info.get("dpi")
    if dots is None or not all(float(value) > 0 for value in dots):
        return None
    return float(dots[0]), float(dots[1])
