"""Camera RAW, developed plainly by LibRaw (extra `raw`): as-shot white, no brightening, 16 bits."""

from __future__ import annotations

import io
from typing import Any

from nightlift.errors import MissingExtraError
from nightlift.photo import exif as exif_blocks
from nightlift.photo import jpeg_segments, tiff_tags, xmp
from nightlift.photo.formats import check_size
from nightlift.photo.photo import Photo
from nightlift.photo.pillow_images import decoding

_SRGB_TONE = (2.4, 12.92)
"""LibRaw's power and toe slope that make sRGB's tone curve."""


def decode(data: bytes) -> Photo:
    """Read a RAW file as an upright uint16 sRGB photo; the EXIF comes along where it is found."""
    try:
        import rawpy
    except ImportError:
        raise MissingExtraError("reading camera RAW", "raw") from None
    with decoding("RAW"), rawpy.imread(io.BytesIO(data)) as raw:
        check_size(raw.sizes.width, raw.sizes.height)
        pixels = raw.postprocess(
            use_camera_wb=True, no_auto_bright=True, output_bps=16, gamma=_SRGB_TONE
        )
        exif, packet = _metadata(data, raw)
    if exif is not None:
        exif = exif_blocks.with_orientation(exif, 1)
        exif = exif_blocks.with_size(exif, pixels.shape[1], pixels.shape[0])
    if packet and xmp.is_sound(packet):
        packet = xmp.with_orientation(packet, 1)
    return Photo(pixels, exif=exif, xmp=packet, format="raw")


def measure(data: bytes) -> tuple[int, int, int]:
    """Height, width (upright) and bytes a pixel of what `decode` gives, without developing."""
    try:
        import rawpy
    except ImportError:
        raise MissingExtraError("reading camera RAW", "raw") from None
    with decoding("RAW"), rawpy.imread(io.BytesIO(data)) as raw:
        sizes = raw.sizes
        swapped = sizes.flip in (5, 6)
        height, width = (sizes.width, sizes.height) if swapped else (sizes.height, sizes.width)
    return height, width, 6


def _metadata(data: bytes, raw: Any) -> tuple[bytes | None, bytes | None]:
    """EXIF and XMP of a TIFF-based RAW, else the EXIF of its preview."""
    if data[:4] in (b"II*\0", b"MM\0*"):
        try:
            tiff = tiff_tags.Tiff(data)
            entries = tiff.directory(tiff.first)
            packet = entries.get(tiff_tags.XMP)
            return tiff_tags.exif_of(tiff, entries), packet.data if packet else None
        except ValueError:
            return None, None
    return _preview_exif(raw), None


def _preview_exif(raw: Any) -> bytes | None:
    import rawpy

    try:
        preview = raw.extract_thumb()
    except rawpy.LibRawError:
        return None
    if preview.format != rawpy.ThumbFormat.JPEG:
        return None
    exif = jpeg_segments.parse(preview.data).exif
    return exif if exif is not None and exif_blocks.is_sound(exif) else None
