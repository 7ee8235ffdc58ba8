"""Writing photos: whole files or none, with everything that traveled with the pixels."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import get_args

import numpy as np

from nightlift.arguments import file_name, whole
from nightlift.errors import UsageError, WriteError
from nightlift.photo.atomic import write_bytes
from nightlift.photo.formats import EXTENSIONS, HEIC_NAMES, RAW_NAMES, TargetFormat, target_format
from nightlift.photo.kinds.taken import Kind, take
from nightlift.photo.metadata import GainMaps, Strip, bakes, losses, traveling
from nightlift.photo.orientation import turn, turned_copy
from nightlift.photo.photo import File, Format, Photo
from nightlift.processor import cores

__all__ = ["GainMaps", "Strip", "encode", "losses", "write"]

_UNWRITABLE = HEIC_NAMES | RAW_NAMES | {".gif", ".jp2", ".svg", ".pdf", ".psd", ".exr"}


def write(
    photo: File | Kind,
    path: str | Path,
    *,
    format: TargetFormat | Format = "same",
    quality: int = 92,
    upright: bool = False,
    strip: Strip = "none",
    gain_map: GainMaps = "keep",
    overwrite: bool = False,
    threads: int | None = None,
    bgr: bool = False,
    white: float | None = None,
) -> Path:
    """Write a photo; the file appears whole or not at all.

    Args:
        photo: A Photo, or anything else that holds one photo, such as an array or a PIL image.
        path: Where to.
        format: `same` is the format that the path's extension names, or the photo's own where it
            names none (HEIC as JPEG, RAW as 16-bit TIFF).
        quality: 1 to 100, for JPEG, lossy WebP, AVIF and JPEG XL, which is lossless at 100.
        upright: Whether the pixels are turned, instead of keeping the orientation tag.
        strip: See `Strip`.
        gain_map: See `GainMaps`.
        overwrite: Whether an existing file may be replaced.
        threads: Processor threads that a large JPEG or a packed TIFF takes; None: all.
        bgr: Whether an array's colors are in the order of OpenCV.
        white: The value that stands for white in an array.

    Returns:
        The path. What the format cannot keep is told by `metadata.losses`.

    Raises:
        WriteError: The file exists already, or cannot be written.
        MissingExtraError: JPEG XL without its extra.
        UsageError: The arguments are wrong.
    """
    path = file_name(path, "the result")
    wanted = _by_name(path) if format == "same" else format
    taken = take(photo, bgr=bgr, white=white).one("to write")
    pieces = _pieces(taken, wanted, quality, upright, strip, gain_map, threads)
    write_bytes(path, pieces, overwrite)
    return path


def encode(
    photo: File | Kind,
    *,
    format: TargetFormat | Format = "same",
    quality: int = 92,
    upright: bool = False,
    strip: Strip = "none",
    gain_map: GainMaps = "keep",
    threads: int | None = None,
    bgr: bool = False,
    white: float | None = None,
) -> bytes:
    """The bytes of the file that `write` would write.

    Args:
        photo: A photo of any kind, see `nightlift.enhance`.
        format: "same": the photo's own, that of its file; PNG for arrays and tensors.
        quality: 1 to 100, for formats that lose.
        upright: Whether pixels are turned upright, rather than the tag kept.
        strip: What is left out of the metadata.
        gain_map: What becomes of an HDR gain map: "keep" or "drop".
        threads: Processor threads; None: all.
        bgr: Whether an array's colors are in the order of OpenCV.
        white: The value that stands for white in arrays and tensors; None: by their type.

    Returns:
        The file's bytes.
    """
    taken = take(photo, bgr=bgr, white=white).one("to encode")
    return b"".join(_pieces(taken, format, quality, upright, strip, gain_map, threads))


def _by_name(path: Path) -> TargetFormat | Format:
    suffix = path.suffix.lower()
    if suffix in _UNWRITABLE:
        names = ", ".join(EXTENSIONS)
        raise WriteError(f"files named {suffix} cannot be written; choose one of {names}")
    return EXTENSIONS.get(suffix, "same")


def _pieces(
    photo: Photo,
    wanted: TargetFormat | Format,
    quality: int,
    upright: bool,
    strip: Strip,
    gain_map: GainMaps,
    threads: int | None,
) -> list[bytes | memoryview]:
    check_choices(quality, strip, gain_map)
    format = target_format(photo.format, wanted)
    metadata = traveling(photo, format, upright, strip, gain_map)
    if bakes(photo, format, upright):
        photo = _baked(photo)
    threads = cores() if threads is None else threads
    if format == "jpeg":
        from nightlift.photo import jpeg

        return jpeg.encode(photo, metadata, quality, threads)
    if format == "png":
        from nightlift.photo import png

        return png.encode(photo, metadata)
    if format == "tiff":
        from nightlift.photo import tiff_write

        return tiff_write.encode(photo, metadata, threads)
    if format == "jxl":
        from nightlift.photo import jxl

        return jxl.encode(photo, metadata, quality)
    from nightlift.photo import pillow_formats

    return [*pillow_formats.encode(photo, format, metadata, quality)]


def _baked(photo: Photo) -> Photo:
    """The photo with its pixels upright."""
    alpha = photo.alpha
    if alpha is not None:
        alpha = np.ascontiguousarray(turn(alpha, photo.orientation))
    inks = photo.inks
    if inks is not None:
        inks = np.ascontiguousarray(turn(inks, photo.orientation))
    pixels = turned_copy(photo.pixels, photo.orientation)
    return replace(photo, pixels=pixels, alpha=alpha, inks=inks, orientation=1)


def check_writable(format: TargetFormat | Format) -> None:
    """Check that files of a format can be written, before the first one is.

    Args:
        format: The format that is asked for.

    Raises:
        MissingExtraError: It is JPEG XL, and its extra is not installed.
    """
    if format == "jxl":
        from nightlift.photo import jxl

        jxl.openimageio()


def check_choices(quality: int, strip: Strip, gain_map: GainMaps = "keep") -> None:
    """Check how a photo is to be written.

    Args:
        quality: Should be a whole number from 1 to 100.
        strip: Should be one of the ways to strip metadata.
        gain_map: Should be one of the ways to treat a gain map.

    Raises:
        UsageError: One of them is not.
    """
    whole(quality, "a quality", 1, 100)
    if strip not in get_args(Strip):
        raise UsageError(f"expected strip to be none, gps or all, got {strip!r}")
    if gain_map not in get_args(GainMaps):
        raise UsageError(f"expected gain_map to be keep or drop, got {gain_map!r}")
