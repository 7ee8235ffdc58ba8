"""CMYK and Lab: to sRGB when read, back through the same profile when written, at 8 bits."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nightlift.photo import icc as profiles
from nightlift.photo.color import transform

Bytes: TypeAlias = NDArray[np.uint8]
Ink: TypeAlias = Literal["cmyk", "lab"]
_ROUNDING, _FEW = 6, 0.001
"""Levels that the way to 8-bit sRGB and back may cost; a share of pixels that nobody sees."""

_PILLOW: dict[Ink, str] = {"cmyk": "CMYK", "lab": "LAB"}


def serves(icc: bytes | None, ink: Ink) -> bool:
    """Whether an embedded profile is one of this color space and can be gone through."""
    space = {"cmyk": "CMYK", "lab": "Lab"}[ink]
    return (
        icc is not None
        and profiles.parse(icc).space == space
        and profiles.serves(icc, _PILLOW[ink])
    )


def to_srgb(image: Any, ink: Ink, icc: bytes | None) -> Bytes:
    """A Pillow image of mode CMYK or LAB as (H, W, 3) sRGB.

    Without a profile, CMYK is taken as R = (1 - C)(1 - K) and so on, Lab as CIELAB at D50.
    """
    if icc is None and ink == "cmyk":
        return np.array(image.convert("RGB"))
    return np.array(transform(icc, _PILLOW[ink], back=False)(image))


def from_srgb(pixels: Bytes, ink: Ink, icc: bytes | None, before: Bytes | None = None) -> Any:
    """(H, W, 3) sRGB as a Pillow image of mode CMYK or LAB: the way back of `to_srgb`.

    Pixels that did not change since `before` keep its very inks (H, W, 3 or 4). Elsewhere it is
    the profile's choice which mixture of inks makes a color.
    """
    from PIL import Image

    image = Image.fromarray(np.ascontiguousarray(pixels))
    plain = icc is None and ink == "cmyk"
    made = image.convert("CMYK") if plain else transform(icc, _PILLOW[ink], back=True)(image)
    if before is None or before.shape[:2] != pixels.shape[:2]:
        return made
    same = (to_srgb(_image(before, ink), ink, icc) == pixels).all(axis=2)
    return _image(np.where(same[..., np.newaxis], before, np.asarray(made)), ink)


def _image(inks: Bytes, ink: Ink) -> Any:
    from PIL import Image

    return Image.frombytes(_PILLOW[ink], inks.shape[1::-1], inks.tobytes())


def clips(image: Any, pixels: Bytes, ink: Ink, icc: bytes | None) -> bool:
    """Whether sRGB pixels have lost colors of the image they were made of: some do not go back."""
    there, back = (np.asarray(each, np.int16) for each in (image, from_srgb(pixels, ink, icc)))
    return float((np.abs(there - back).max(axis=2) > _ROUNDING).mean()) > _FEW
