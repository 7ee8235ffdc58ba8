"""Photo: pixels, and everything that travels with them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nightlift.errors import UsageError

Pixels: TypeAlias = NDArray[Any]
"""(H, W, 3) RGB: uint8 and uint16 over their whole range, float32 in [0, 1]."""

Floats: TypeAlias = NDArray[np.float32]

Mode: TypeAlias = Literal["rgb", "gray", "cmyk", "lab"]
Format: TypeAlias = Literal["jpeg", "png", "tiff", "webp", "avif", "bmp", "heic", "raw"]

PIXEL_TYPES = (np.dtype(np.uint8), np.dtype(np.uint16), np.dtype(np.float32))


def check_pixels(pixels: Pixels) -> None:
    """Raise UsageError unless `pixels` is an (H, W, 3) array of uint8, uint16 or float32."""
    if pixels.ndim != 3 or pixels.shape[2] != 3 or 0 in pixels.shape:
        raise UsageError(f"expected pixels of shape (H, W, 3), got {pixels.shape}")
    if pixels.dtype not in PIXEL_TYPES:
        raise UsageError(f"expected uint8, uint16 or float32 pixels, got {pixels.dtype}")


@dataclass(frozen=True, eq=False)
class Photo:
    r"""A photograph in its own terms: stored order, the file's own RGB, its own depth.

    `pixels` is (H, W, 3) uint8, uint16 or float32 in [0, 1]; `alpha` (H, W) of the same type.
    Modes other than `rgb` say how the file stores color: `gray` pixels hold the gray value three
    times; `cmyk` and `lab` pixels are sRGB, and `icc` is the profile of the way back.
    `orientation` is the EXIF tag (1–8) of pixels in stored order; `exif` the TIFF block without
    its `Exif\0\0` prefix; `xmp` the whole packet; `iptc` Photoshop resource blocks (`8BIM`);
    `resolution` dots per inch along width and height. `subsampling` is a JPEG's or AVIF's, such as
    `420`; `lossless` says that a format which may lose something did not; `quantization` are the
    tables that a JPEG's components were rounded by, each 64 steps of 8 bits, rows first. `notices`
    are sentences about what could not be kept.
    """

    pixels: Pixels
    alpha: Pixels | None = None
    mode: Mode = "rgb"
    orientation: int = 1
    icc: bytes | None = None
    exif: bytes | None = None
    xmp: bytes | None = None
    iptc: bytes | None = None
    resolution: tuple[float, float] | None = None
    format: Format = "png"
    subsampling: str | None = None
    lossless: bool = False
    quantization: tuple[tuple[int, ...], ...] = ()
    notices: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_pixels(self.pixels)

    @property
    def height(self) -> int:
        """Rows, in stored order."""
        return int(self.pixels.shape[0])

    @property
    def width(self) -> int:
        """Columns, in stored order."""
        return int(self.pixels.shape[1])

    def with_pixels(self, pixels: Pixels) -> Photo:
        """The same photograph with other pixels of the same shape and type."""
        if pixels.shape != self.pixels.shape or pixels.dtype != self.pixels.dtype:
            raise UsageError(
                f"expected pixels {self.pixels.shape} {self.pixels.dtype}, "
                f"got {pixels.shape} {pixels.dtype}"
            )
        return replace(self, pixels=pixels)
