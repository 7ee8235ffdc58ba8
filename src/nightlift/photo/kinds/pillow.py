"""Pillow images: every mode that holds a photo comes back as the same mode, with its info."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from nightlift.errors import UsageError
from nightlift.photo import cmyk, pillow_images
from nightlift.photo import exif as exif_blocks
from nightlift.photo.channels import Channels, joined, split, to_8_bits
from nightlift.photo.kinds import arrays
from nightlift.photo.kinds.codes import from_codes, to_codes
from nightlift.photo.kinds.taken import Taken
from nightlift.photo.photo import Format, Photo
from nightlift.photo.reading import checked

if TYPE_CHECKING:
    from PIL.Image import Image
else:
    Image: TypeAlias = Any

PLAIN = ("L", "LA", "RGB", "RGBA")
DEEP = ("I;16", "I;16L", "I;16B", "I;16N", "I", "F")
INKS: dict[str, cmyk.Ink] = {"CMYK": "cmyk", "LAB": "lab"}
CONVERTED = {"YCbCr": "RGB", "HSV": "RGB", "RGBX": "RGB", "RGBa": "RGBA", "La": "LA", "PA": "RGBA"}
"""Modes that are taken by way of another one."""

FORMATS: dict[str | None, Format] = {
    name.upper(): name for name in ("jpeg", "png", "tiff", "webp", "avif", "bmp")
}


def take(image: Image, white: float | None) -> Taken:
    """The photo in an image, its orientation and profile with it; see `taken.take`."""
    _check(image)
    if white is not None and image.mode not in DEEP:
        raise UsageError(f"a PIL image of mode {image.mode!r} has a white of its own: 255")
    pillow_images.load(image, image.format or "image")
    pixels, alpha, mode = _channels(image, white)
    block = image.info.get("exif")
    exif = (block.removeprefix(b"Exif\0\0") or None) if isinstance(block, bytes) else None
    photo = Photo(
        pixels,
        alpha,
        mode,
        orientation=_orientation(image),
        icc=image.info.get("icc_profile") or None,
        exif=exif,
        xmp=image.info.get("xmp") or None,
        resolution=pillow_images.resolution_of(image) or exif_blocks.resolution(exif),
        format=FORMATS.get(image.format, "png"),
    )

    def back(photos: Sequence[Photo]) -> Image:
        made = _back(image, white)(photos[0])
        made.info = dict(image.info)
        if image.mode == "P":
            made.info.pop("transparency", None)  # it is in the new palette
        return made

    return Taken((checked(photo),), back, copied=image.copy)


def image_of(photo: Photo) -> Image:
    """A photo as a Pillow image in stored order: L, LA, RGB or RGBA, or I;16 for deep gray.

    Pillow holds no color of more than 8 bits: it is rounded. EXIF, XMP, ICC profile and
    resolution go into the image's `info`.
    """
    import PIL.Image

    deep = photo.mode == "gray" and photo.alpha is None and photo.pixels.dtype == np.uint16
    pixels = photo.pixels if deep else to_8_bits(photo.pixels)
    alpha = None if photo.alpha is None else to_8_bits(photo.alpha)
    image = PIL.Image.fromarray(joined(pixels, alpha, photo.mode))
    image.info.update(_info(photo))
    return image


def _info(photo: Photo) -> dict[str, Any]:
    exif = photo.exif
    if exif is None and photo.orientation != 1:
        exif = exif_blocks.minimal(photo.orientation)
    told = {
        "exif": exif and b"Exif\0\0" + exif,
        "xmp": photo.xmp,
        "icc_profile": photo.icc if photo.mode in ("rgb", "gray") else None,
        "dpi": photo.resolution,
    }
    return {name: value for name, value in told.items() if value is not None}


def _check(image: Image) -> None:
    known = (*PLAIN, *DEEP, *INKS, *CONVERTED, "P")
    if image.mode not in known:
        raise UsageError(
            f"expected a photo, got a PIL image of mode {image.mode!r}: "
            "image.convert('L') or image.convert('RGB') makes one of it"
        )
    if 0 in image.size:
        raise UsageError(f"expected a photo, got an empty PIL image of size {image.size}")
    if image.mode in ("L", "RGB") and "transparency" in image.info:
        raise UsageError(
            "one color of this PIL image is marked as transparent, which enhancing would change: "
            "image.convert('LA') or image.convert('RGBA') makes it alpha"
        )


def _orientation(image: Image) -> int:
    value = image.getexif().get(0x0112, 1)
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _channels(image: Image, white: float | None) -> Channels:
    """Pixels, alpha and mode of a checked image."""
    if image.mode in DEEP:
        array = np.array(image)
        if image.mode == "I":
            array = _of_16_bits(array)
        return split(to_codes(array, white))
    if image.mode in INKS:
        ink = INKS[image.mode]
        icc = image.info.get("icc_profile") or None
        served = icc if cmyk.serves(icc, ink) else None
        return Channels(cmyk.to_srgb(image, ink, served), None, ink)
    if image.mode == "P":
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    elif image.mode in CONVERTED:
        image = image.convert(CONVERTED[image.mode])
    return split(np.array(image))


def _of_16_bits(array: arrays.Array) -> arrays.Array:
    """Mode I holds 32 bits, of which photos use 16."""
    low, high = int(array.min()), int(array.max())
    if low < 0 or high > 65535:
        raise UsageError(
            f"expected 16 bits in a PIL image of mode 'I', got numbers from {low} to {high}: "
            "bring them to 0 to 65535"
        )
    return array.astype(np.uint16)


def _back(like: Image, white: float | None) -> Callable[[Photo], Image]:
    """How a photo becomes an image of the same mode."""
    import PIL.Image

    def plain(photo: Photo) -> Image:
        return PIL.Image.fromarray(joined(photo.pixels, photo.alpha, photo.mode))

    def deep(photo: Photo) -> Image:
        gray = joined(photo.pixels, None, "gray")
        wide = {"I": "<i4", "F": "<f4", "I;16B": ">u2"}.get(like.mode, "<u2")
        kind = np.dtype(np.float32) if like.mode == "F" else np.dtype(np.uint16)
        raw = from_codes(gray, kind, white).astype(wide).tobytes()
        return PIL.Image.frombytes(like.mode, like.size, raw)

    def of_inks(photo: Photo) -> Image:
        ink = INKS[like.mode]
        served = photo.icc if cmyk.serves(photo.icc, ink) else None
        made: Image = cmyk.from_srgb(photo.pixels, ink, served, np.asarray(like))
        return made

    def palette(photo: Photo) -> Image:
        ways = PIL.Image.Quantize
        method = ways.MEDIANCUT if photo.alpha is None else ways.FASTOCTREE
        return plain(photo).quantize(256, method, dither=PIL.Image.Dither.NONE)

    if like.mode == "P":
        return palette
    if like.mode in INKS:
        return of_inks
    if like.mode in DEEP:
        return deep
    return plain if like.mode in PLAIN else lambda photo: plain(photo).convert(like.mode)
