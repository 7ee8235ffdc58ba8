"""Photo: pixels, and everything that travels with them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from os import PathLike
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nightlift.arguments import check_type, whole
from nightlift.errors import UsageError

if TYPE_CHECKING:
    from PIL.Image import Image

    from nightlift.photo.formats import TargetFormat
    from nightlift.photo.gain_map import GainMap

Pixels: TypeAlias = NDArray[Any]
"""(H, W, 3) RGB: uint8 and uint16 over their whole range, float32 in [0, 1]."""

Floats: TypeAlias = NDArray[np.float32]

File: TypeAlias = str | PathLike[str] | bytes | bytearray | memoryview | BinaryIO
"""A photo's file: its name, its content, or it itself, open for reading in binary."""

Mode: TypeAlias = Literal["rgb", "gray", "cmyk", "lab"]
Format: TypeAlias = Literal["jpeg", "png", "tiff", "webp", "avif", "jxl", "bmp", "heic", "raw"]

SHOWN = 800
"""The long side in pixels of what a notebook shows of a photo."""

PIXEL_TYPES = (np.dtype(np.uint8), np.dtype(np.uint16), np.dtype(np.float32))


def is_pixels(array: NDArray[Any]) -> bool:
    """Whether an array is (H, W, 3) uint8, uint16 or float32, and not empty.

    Args:
        array: Any array.

    Returns:
        True where `check_pixels` raises nothing.
    """
    shaped = array.ndim == 3 and array.shape[2] == 3 and 0 not in array.shape
    return shaped and array.dtype in PIXEL_TYPES


def check_pixels(pixels: Pixels) -> None:
    """Check that an array is (H, W, 3) uint8, uint16 or float32, and not empty.

    Args:
        pixels: Anything.

    Raises:
        UsageError: It is not.
    """
    check_type(pixels, np.ndarray, "pixels as a NumPy array")
    if pixels.ndim != 3 or pixels.shape[2] != 3 or 0 in pixels.shape:
        raise UsageError(f"expected pixels of shape (H, W, 3), got {pixels.shape}")
    if pixels.dtype not in PIXEL_TYPES:
        raise UsageError(f"expected uint8, uint16 or float32 pixels, got {pixels.dtype}")


@dataclass(frozen=True, eq=False, repr=False)
class Photo:
    r"""A photograph in its own terms: stored order, the file's own RGB, its own depth.

    `pixels` is (H, W, 3) uint8, uint16 or float32 in [0, 1]; `alpha` (H, W) of the same type.
    Modes other than `rgb` say how the file stores color: `gray` pixels hold the gray value three
    times; `cmyk` and `lab` pixels are sRGB, `icc` is the profile of the way back, and `inks` are
    the (H, W, 4 or 3) numbers of the file, which pixels that are not changed go back to.
    `gain_map` is what an HDR screen adds, fitted to the pixels when a JPEG is written.
    `orientation` is the EXIF tag (1–8) of pixels in stored order; `exif` the TIFF block without
    its `Exif\0\0` prefix; `xmp` the whole packet; `iptc` Photoshop resource blocks (`8BIM`);
    `texts` those of a PNG by keyword, or the comments of a JPEG under the keyword `Comment`;
    `resolution` dots per inch along width and height. `subsampling` is a JPEG's or AVIF's, such as
    `420`; `lossless` says that a format which may lose something did not, or that a TIFF was packed
    (LZW, ZIP and the like), as it is then written too; `quantization` are the
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
    texts: tuple[tuple[str, str], ...] = ()
    resolution: tuple[float, float] | None = None
    format: Format = "png"
    subsampling: str | None = None
    lossless: bool = False
    quantization: tuple[tuple[int, ...], ...] = ()
    notices: tuple[str, ...] = ()
    inks: NDArray[np.uint8] | None = None
    gain_map: GainMap | None = None

    def __post_init__(self) -> None:
        check_pixels(self.pixels)
        whole(self.orientation, "an orientation", 1, 8)
        if self.alpha is not None:
            check_type(self.alpha, np.ndarray, "alpha as a NumPy array")
            wanted, came = self.pixels.shape[:2], self.alpha.shape
            if came != wanted or self.alpha.dtype != self.pixels.dtype:
                raise UsageError(
                    f"expected alpha of shape {wanted} in {self.pixels.dtype}, got {came} in "
                    f"{self.alpha.dtype}"
                )

    @property
    def height(self) -> int:
        """Rows, in stored order."""
        return int(self.pixels.shape[0])

    @property
    def width(self) -> int:
        """Columns, in stored order."""
        return int(self.pixels.shape[1])

    def with_pixels(self, pixels: Pixels) -> Photo:
        """The same photograph with other pixels.

        Args:
            pixels: Of the same shape and type.

        Returns:
            A new photo that shares all else.

        Raises:
            UsageError: The shape or type is another.
        """
        if pixels.shape != self.pixels.shape or pixels.dtype != self.pixels.dtype:
            raise UsageError(
                f"expected pixels {self.pixels.shape} {self.pixels.dtype}, "
                f"got {pixels.shape} {pixels.dtype}"
            )
        return replace(self, pixels=pixels)

    def to_pil(self) -> Image:
        """The photo as a PIL image, in stored order, with its metadata in `info`.

        Returns:
            An image of mode L, LA, RGB or RGBA, or I;16 for gray of 16 bits. PIL holds no color
            of more than 8 bits: it is rounded.
        """
        from nightlift.photo.kinds.pillow import image_of

        return image_of(self)

    def to_bytes(
        self, format: TargetFormat | Format = "same", *, quality: int = 92, upright: bool = False
    ) -> bytes:
        """The photo as a file; see `nightlift.encode`.

        Args:
            format: "same": the photo's own.
            quality: 1 to 100, for formats that lose.
            upright: Whether pixels are turned upright, rather than the tag kept.

        Returns:
            The file's bytes.
        """
        from nightlift.photo.writing import encode

        return encode(self, format=format, quality=quality, upright=upright)

    def _repr_png_(self) -> bytes:
        """What a notebook shows: a small copy, upright, in sRGB."""
        from nightlift.photo.channels import to_8_bits
        from nightlift.photo.proxy import LongSide, small_copy

        return Photo(to_8_bits(small_copy(self, LongSide(SHOWN)))).to_bytes("png")

    def __repr__(self) -> str:
        """One line."""
        known = [
            f"orientation {self.orientation}" if self.orientation != 1 else "",
            "gain map" if self.gain_map is not None else "",
            "alpha" if self.alpha is not None else "",
            *(name for name in ("icc", "exif", "xmp", "iptc") if getattr(self, name)),
            f"{len(self.notices)} notices" if self.notices else "",
        ]
        more = "".join(f", {one}" for one in known if one)
        size = f"{self.width} x {self.height}"
        return f"<Photo {size} {self.mode} {self.pixels.dtype}, {self.format}{more}>"
