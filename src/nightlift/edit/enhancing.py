"""One call that enhances a photo, by an enhancer that stays loaded."""

from __future__ import annotations

from collections.abc import Hashable
from functools import lru_cache
from pathlib import Path
from typing import Any, overload

from nightlift.edit.enhancer import Enhancer
from nightlift.photo import File, Kind, Photo


@overload
def enhance(
    photo: File,
    method: str | None = None,
    *,
    strength: float = 1.0,
    exact: bool = False,
    bgr: bool = False,
    white: float | None = None,
    **settings: Any,
) -> Photo: ...


@overload
def enhance(
    photo: Kind,
    method: str | None = None,
    *,
    strength: float = 1.0,
    exact: bool = False,
    bgr: bool = False,
    white: float | None = None,
    **settings: Any,
) -> Kind: ...


def enhance(
    photo: Any,
    method: str | None = None,
    *,
    strength: float = 1.0,
    exact: bool = False,
    bgr: bool = False,
    white: float | None = None,
    **settings: Any,
) -> Any:
    """A better photo, of the kind that came in; the enhancer stays loaded for the next one.

    Args:
        photo: A file (name, bytes, or open), which becomes a Photo; a Photo, PIL image, NumPy
            array or PyTorch tensor, one or a batch, which stays what it is: see docs/python.md.
        method: See `Enhancer`, as for all further settings.
        strength: 0 to 1.5; 0 is the photo bit for bit.
        exact: See `Enhancer.estimate`.
        bgr: Whether an array's colors are in the order of OpenCV.
        white: The value that stands for white in an array, such as 4095 for 12 bits.
        settings: Any other argument of `Enhancer`.

    Returns:
        What `Enhancer(method, **settings)` makes of it.

    Raises:
        ModelError: The model is missing, damaged, or not installed.
        ReadError: The file cannot be read.
        UsageError: The arguments do not fit each other or the photo.
    """
    if all(isinstance(value, Hashable) for value in settings.values()):
        enhancer = _cached(method, _stamp(settings.get("model")), **settings)
    else:
        enhancer = Enhancer(method, **settings)
    return enhancer(photo, strength, exact=exact, bgr=bgr, white=white)


@lru_cache(8)
def _cached(method: str | None, stamp: object, **settings: Any) -> Enhancer:
    return Enhancer(method, **settings)


def _stamp(model: object) -> object:
    """What tells a model's file from a later one of the same name."""
    try:
        status = Path(str(model)).stat()
    except (OSError, ValueError):
        return None  # there is no file: loading it will tell
    return status.st_mtime_ns, status.st_size
