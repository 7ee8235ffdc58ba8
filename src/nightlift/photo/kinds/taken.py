"""A photo in any kind of hands: taken as Photos, given back as what it came as."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias, TypeVar

import numpy as np

from nightlift.errors import UsageError
from nightlift.photo.photo import Photo

File: TypeAlias = str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO
"""A photo's file: its name, its content, or it itself, open for reading in binary."""

Kind = TypeVar("Kind")
"""Any other kind that is taken: Photo, NumPy array, PIL.Image.Image, torch.Tensor."""

EXPECTED = (
    "expected a photo as a file's name, bytes, an open file, a PIL image, a NumPy array, a PyTorch "
    "tensor or a Photo"
)


@dataclass(frozen=True)
class Taken:
    """Photos, and how the same kind of thing that they came in is made of them again.

    `owned`: whether their pixels are copies, which may be overwritten. `batch`: whether they came
    as one array or tensor of several.
    """

    photos: tuple[Photo, ...]
    back: Callable[[Sequence[Photo]], Any]
    owned: bool = True
    batch: bool = False

    def one(self, purpose: str) -> Photo:
        """The only photo; UsageError where a batch came for a `purpose` that takes one."""
        if self.batch:
            raise UsageError(
                f"expected one photo {purpose}, got a batch of {len(self.photos)}: "
                "take one after the other"
            )
        return self.photos[0]


def take(given: object, *, bgr: bool = False, white: float | None = None) -> Taken:
    """Photos of whatever holds them.

    Args:
        given: See `EXPECTED`; arrays are (H, W), (H, W, C) or (N, H, W, C), tensors (C, H, W) or
            (N, C, H, W), with 1 (gray), 3 (RGB) or 4 (RGB and alpha) channels, and arrays also
            with 2 (gray and alpha).
        bgr: Whether an array's or a tensor's colors are in the order of OpenCV.
        white: The value that stands for white in an array or a tensor; None: 1 for floats, the
            largest number of the type for integers.

    Raises:
        UsageError: What came is of no such kind, shape, type or range.
        ReadError: A file cannot be read.
    """
    if isinstance(given, np.ndarray):
        from nightlift.photo.kinds import arrays

        return arrays.take(given, bgr, white)
    if is_tensor(given):
        from nightlift.photo.kinds import tensors

        return tensors.take(given, bgr, white)
    if bgr or white is not None:
        raise UsageError("bgr and white are for arrays and tensors: others tell it themselves")
    if isinstance(given, Photo):
        return Taken((given,), lambda photos: photos[0], owned=False)
    if _is_a(given, "PIL.Image", "Image"):
        from nightlift.photo.kinds import pillow

        return pillow.take(given)  # type: ignore[arg-type]
    return Taken((_read(given),), lambda photos: photos[0])


def is_tensor(given: object) -> bool:
    """Whether it is a PyTorch tensor; PyTorch is not imported for the question."""
    return _is_a(given, "torch", "Tensor")


def _is_a(given: object, module: str, name: str) -> bool:
    """Whether it is of a class whose module somebody must have imported to make one."""
    kind = getattr(sys.modules.get(module), name, None)
    return kind is not None and isinstance(given, kind)


def _read(given: object) -> Photo:
    from nightlift.photo.read import read

    if isinstance(given, (str, os.PathLike)):
        return read(Path(given), threads=None)
    if isinstance(given, (bytes, bytearray, memoryview)):
        return read(bytes(given), threads=None)
    if isinstance(given, io.TextIOBase):
        raise UsageError("the file is open as text; open it with mode 'rb'")
    if callable(getattr(given, "read", None)):
        return read(given, threads=None)  # type: ignore[arg-type]
    name = type(given).__name__
    if isinstance(given, (list, tuple)):
        raise UsageError(f"{EXPECTED}, got a {name}: take its photos one after the other")
    raise UsageError(f"{EXPECTED}, got {name}; numpy.asarray makes an array of most others")
