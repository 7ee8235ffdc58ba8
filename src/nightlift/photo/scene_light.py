"""Radiance (`.hdr`) and OpenEXR pictures: light itself, which references hold and no photo does.

Values are linear light of sRGB's primaries, 1 what an SDR screen shows as white, and go beyond it.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nightlift.errors import MissingExtraError, ReadError
from nightlift.photo import opencv_images
from nightlift.photo.formats import check_size
from nightlift.photo.header import failures, named
from nightlift.photo.photo import Floats
from nightlift.photo.pillow_images import decoding

LIGHT_NAMES = frozenset({".hdr", ".exr"})
"""File name extensions that promise light: for finding references in folders only."""

_RADIANCE, _EXR = (b"#?RADIANCE", b"#?RGBE"), b"v/1\x01"
_HEADER = 1 << 16
"""Bytes within which a Radiance header ends."""
_SIZE = re.compile(rb"-Y (\d{1,9}) \+X (\d{1,9})")
_PRIMARIES = (0.64, 0.33, 0.30, 0.60, 0.15, 0.06, 0.3127, 0.3290)
"""x and y of red, green, blue and white (ITU-R BT.709, which are sRGB's)."""
_NEAR = 0.002
_OTHERS = "its colors are not those of sRGB (ITU-R BT.709); convert it to these primaries"


def is_light(path: Path) -> bool:
    """Whether a file is a Radiance or OpenEXR picture, by how it begins.

    Args:
        path: The file.

    Returns:
        False, too, for what cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(16).startswith((*_RADIANCE, _EXR))
    except OSError:
        return False


def read_light(path: Path) -> Floats:
    """The light of a Radiance or OpenEXR picture, as it is stored.

    What is below zero, as colors that sRGB does not have, is black.

    Args:
        path: The file.

    Returns:
        (H, W, 3) float32, linear, 1 what an SDR screen shows as white.

    Raises:
        ReadError: It cannot be read, is none of these, holds values that are no numbers, or has
            other primaries than sRGB's; the sentence names the file.
        MissingExtraError: OpenEXR without its extra.
    """
    with named(path):
        with failures():
            data = path.read_bytes()
        if data.startswith(_EXR):
            light = _exr(path)
        elif data.startswith(_RADIANCE):
            light = _radiance(data)
        else:
            raise ReadError("expected a Radiance HDR or OpenEXR picture")
        if not np.isfinite(light).all():
            raise ReadError("it holds values that are no finite numbers; replace them")
    found: Floats = np.maximum(light, np.float32(0))
    return found


def _radiance(data: bytes) -> NDArray[Any]:
    header, end, rest = data[:_HEADER].partition(b"\n\n")
    size = _SIZE.match(rest) if end else None
    if size is None:
        raise ReadError(
            "the Radiance HDR picture is damaged, or its rows are not stored from the top, from "
            "left to right; save it so"
        )
    for line in header.splitlines():
        if line.startswith(b"FORMAT=") and line != b"FORMAT=32-bit_rle_rgbe":
            raise ReadError("it stores XYZ; save it as RGB (FORMAT=32-bit_rle_rgbe)")
        if line.startswith(b"PRIMARIES="):
            _check_primaries(line.partition(b"=")[2].split())
    check_size(int(size[2]), int(size[1]))
    return opencv_images.decode(data, "Radiance HDR picture")


def _check_primaries(numbers: Any) -> None:
    """Raise ReadError for primaries other than sRGB's."""
    try:
        found = np.array([float(number) for number in numbers])
        same = bool(np.abs(found - _PRIMARIES).max() <= _NEAR)
    except ValueError:
        same = False
    if not same:
        raise ReadError(_OTHERS)


def _exr(path: Path) -> NDArray[Any]:
    try:
        import OpenImageIO
    except ImportError:
        raise MissingExtraError("OpenEXR", "jxl") from None
    library: Any = OpenImageIO
    with decoding("OpenEXR"):
        reader = library.ImageInput.open(str(path))
        library.geterror()  # what it says is for programmers, and would be printed
        if reader is None:
            raise ValueError
        spec = reader.spec()
        places = _places(spec)
        array: Any = reader.read_image(library.FLOAT)
        reader.geterror()
        reader.close()
        if array is None or array.shape[:2] != (spec.height, spec.width):
            raise ValueError
    return np.ascontiguousarray(array[..., places])


def _places(spec: Any) -> list[int]:
    """Where red, green and blue are among the channels; ReadError where it is of an odd kind."""
    check_size(spec.width, spec.height)
    window = spec.x, spec.y, spec.width, spec.height
    if window != (spec.full_x, spec.full_y, spec.full_width, spec.full_height):
        raise ReadError("its data window is not its display window; save the whole picture")
    if spec.deep:
        raise ReadError("it holds samples at several depths; save a flat picture")
    names = [str(name) for name in spec.channelnames]
    wanted = ["Y"] * 3 if "Y" in names and "R" not in names else ["R", "G", "B"]
    if missing := set(wanted) - set(names):
        raise ReadError(f"it has no channel {min(missing)}; expected R, G and B, or Y")
    told = spec.getattribute("chromaticities")
    if told is not None:
        _check_primaries(told)
    return [names.index(name) for name in wanted]
