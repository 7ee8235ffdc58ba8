"""A photo in any kind of hands: taken as Photos, given back as what it came as."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

import numpy as np

from nightlift.errors import UsageError
from nightlift.photo.photo import Photo

Kind = TypeVar("Kind")
"""Any other kind that is taken: Photo, NumPy array, PIL.Image.Image, torch.Tensor."""

EXPECTED = (
    "expected a photo as a file's name, bytes, an open file, a PIL image, a NumPy array, a PyTorch "
    "tensor or a Photo"
)


class Taken(NamedTuple):
    """Photos, and how the same kind of thing that they came in is made of them again.

    `owned`: whether their pixels are copies, which may be overwritten. `batch`: whether they came
    as one array or tensor of several. `copied` makes a copy of what came, where its way to Photos
    and back is not exact; None: it is.
    """

    photos: tuple[Photo, ...]
    back: Callable[[Sequence[Photo]], Any]
    owned: bool = True
    batch: bool = False
    copied: Callable[[], Any] | None = None

    def one(self, purpose: str) -> Photo:
        """The only photo.

        Args:
            purpose: What it is needed for, as the sentence has it: "to encode".

        Returns:
            The photo.

        Raises:
            UsageError: A batch came.
        """
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
            (N, C, H, W), with 1 (gray), 3 (RGB) or 4 (RGB and alpha) channels, and arrays also with
            2 (gray and alpha).
        bgr: Whether an array's or a tensor's colors are in the order of OpenCV.
        white: The value that stands for white in an array, a tensor or a PIL image of mode I, I;16
            or F; None: 1 for floats, the largest number of the type for integers.

    Returns:
        The photos, and the way back to the kind of thing that came.

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
    if bgr:
        raise UsageError("bgr is for arrays and tensors: others tell the order of their colors")
    if _is_a(given, "PIL.Image", "Image"):
        from nightlift.photo.kinds import pillow

        return pillow.take(given, white)  # type: ignore[arg-type]
    if white is not None:
        raise UsageError("white is for arrays and tensors: files and Photos tell it themselves")
    if isinstance(given, Photo):
        _check_floats(given)
        return Taken((given,), lambda photos: photos[0], owned=False)
    return Taken((_read(given),), lambda photos: photos[0])


def _check_floats(photo: Photo) -> None:
    """Raise UsageError for a photo made of floats beyond 0 and 1; files never give such."""
    if photo.pixels.dtype == np.float32:
        from nightlift.photo.kinds.codes import OVERSHOOT

        low, high = float(photo.pixels.min()), float(photo.pixels.max())
        if not -OVERSHOOT <= low <= high <= 1 + OVERSHOOT:
            raise UsageError(
                f"expected a Photo of floats from 0 to 1, its pixels go from {low:g} to {high:g}: "
                "divide them by what is white, and replace NaN (numpy.nan_to_num)"
            )


def is_tensor(given: object) -> bool:
    """Whether something is a PyTorch tensor; PyTorch is not imported for the question.

    Args:
        given: Anything.

    Returns:
        True for tensors.
    """
    return _is_a(given, "torch", "Tensor")


def _is_a(given: object, module: str, name: str) -> bool:
    """Whether it is of a class whose module somebody must have imported to make one."""
    kind = getattr(sys.modules.get(module), name, None)
    return kind is not None and isinstance(given, kind)


def _read(given: object) -> Photo:
    from nightlift.photo.reading import read

    named = isinstance(given, (str, os.PathLike, bytes, bytearray, memoryview))
    if named or callable(getattr(given, "read", None)):
        return read(given, threads=None)  # type: ignore[arg-type]
    name = type(given).__name__
    if isinstance(given, (list, tuple)):
        raise UsageError(f"{EXPECTED}, got a {name}: take its photos one after the other")
    arrays = ("__array__", "__array_interface__", "__dlpack__")
    hint = "; numpy.asarray makes an array of it" if any(hasattr(given, a) for a in arrays) else ""
    raise UsageError(f"{EXPECTED}, got {name}{hint}")
