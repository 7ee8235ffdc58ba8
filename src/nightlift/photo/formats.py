"""Which file formats there are, recognized by their first bytes, never by a name."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

from nightlift.errors import ReadError, UsageError
from nightlift.photo.file_bytes import FileBytes
from nightlift.photo.photo import Format

TargetFormat: TypeAlias = Literal[
    "same", "jpg", "jpeg", "png", "tiff", "webp", "avif", "jxl", "bmp"
]
"""What a photo can be written as; `same` is the photo's own, HEIC as JPEG, RAW as TIFF."""

EXTENSIONS: dict[str, Format] = {
    ".jpg": "jpeg",
    ".jpeg": "jpeg",
    ".jpe": "jpeg",
    ".jfif": "jpeg",
    ".png": "png",
    ".tif": "tiff",
    ".tiff": "tiff",
    ".webp": "webp",
    ".avif": "avif",
    ".jxl": "jxl",
    ".bmp": "bmp",
    ".dib": "bmp",
}
"""The formats that can be written, by file name extension; the first of a format is its usual."""

HEIC_NAMES = frozenset({".heic", ".heif", ".hif"})
RAW_NAMES = frozenset({".3fr", ".arw", ".cr2", ".cr3", ".crw", ".dcr", ".dng", ".erf", ".fff"})
RAW_NAMES |= {".iiq", ".kdc", ".mef", ".mos", ".mrw", ".nef", ".nrw", ".orf", ".pef", ".raf"}
RAW_NAMES |= {".raw", ".rw2", ".rwl", ".sr2", ".srf", ".srw", ".x3f"}
PHOTO_NAMES = frozenset(EXTENSIONS) | HEIC_NAMES | RAW_NAMES
"""File name extensions that promise a photo: for finding photos in folders only."""

MAX_PIXELS = 1_000_000_000
"""The most pixels a photo may have; checked in the header, before anything is decoded."""

SUPPORTED = "JPEG, PNG, TIFF, WebP, AVIF, JPEG XL, BMP, HEIC or a camera's RAW"

_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_OTHERS = {
    b"GIF8": "a GIF",
    b"%PDF": "a PDF document",
    b"%!PS": "a PostScript document",
    b"PK\x03\x04": "a ZIP archive or an office document",
    b"\x1f\x8b": "a gzip archive",
    b"Rar!": "a RAR archive",
    b"7z\xbc\xaf": "a 7-Zip archive",
    b"8BPS": "a Photoshop document",
    b"\x00\x00\x00\x0cjP  ": "a JPEG 2000 picture",
    b"\xff\x4f\xff\x51": "a JPEG 2000 picture",
    b"\x1aE\xdf\xa3": "a Matroska or WebM video",
    b"\x00\x00\x01\x00": "an icon",
    b"v/1\x01": "an OpenEXR picture",
    b"#?RADIANCE": "a Radiance HDR picture",
}


def sniff(head: bytes) -> Format | None:
    """The format that a file's beginning tells; TIFF-based RAW is told as TIFF.

    Args:
        head: At least the first 64 bytes of the file.

    Returns:
        The format; None: none of ours.
    """
    if head[:3] == b"\xff\xd8\xff":
        return "jpeg"
    if head[:8] == b"\x89PNG\r\n\x1a\n":
        return "png"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if head[:2] == b"\xff\n" or head[:12] == b"\0\0\0\x0cJXL \r\n\x87\n":
        return "jxl"
    if head[:2] == b"BM" and len(head) > 18 and head[6:10] == b"\0\0\0\0":
        return "bmp"
    if head[4:8] == b"ftyp":
        return _sniff_boxes(head)
    if head[:4] in (b"IIRO", b"IIRS", b"MMOR", b"IIU\0", b"FOVb", b"\0MRM", b"FUJI"):
        return "raw"
    if head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return "raw" if head[8:10] == b"CR" else "tiff"
    return None


def _sniff_boxes(head: bytes) -> Format | None:
    """By the brands of an ISO base media file: the major one, then the compatible ones."""
    length = min(int.from_bytes(head[:4], "big"), len(head))
    brands = [head[8:12], *(head[at : at + 4] for at in range(16, length - 3, 4))]
    if brands[0] == b"crx ":
        return "raw"
    if b"avif" in brands or brands[0] == b"avis":
        return "avif"
    return "heic" if brands[0] in _HEIC_BRANDS else None


def recognize(data: bytes | FileBytes) -> Format:
    """The format of a file's bytes, RAW told from TIFF.

    Args:
        data: The whole file.

    Returns:
        The format.

    Raises:
        ReadError: It is empty, or none of ours.
    """
    if not data:
        raise ReadError("the file is empty; expected a photo")
    found = sniff(data[:64])
    if found is None:
        raise ReadError(f"this is {_name_other(data[:1024])}; expected a photo: {SUPPORTED}")
    if found == "tiff":
        from nightlift.photo.tiff_tags import is_raw

        return "raw" if is_raw(data) else "tiff"
    return found


def _name_other(head: bytes) -> str:
    for magic, name in _OTHERS.items():
        if head.startswith(magic):
            return name
    if head[4:8] == b"ftyp":
        return "a video or a picture of an unknown kind"
    if head[:4] == b"RIFF":
        return "a sound or a video"
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if b"<svg" in text:
        return "an SVG drawing"
    if text.startswith((b"<!doctype html", b"<html")):
        return "a web page (HTML)"
    if all(byte >= 32 or byte in b"\t\r\n" for byte in head):
        return "a text file"
    return "not a picture that can be recognized"


def target_format(source: Format, wanted: TargetFormat | Format = "same") -> Format:
    """What a photo is written as.

    Args:
        source: The photo's own format.
        wanted: The format that is asked for; "same": the photo's, JPEG for HEIC and TIFF for RAW.

    Returns:
        A format that can be written.

    Raises:
        UsageError: It cannot be written.
    """
    if wanted == "jpg":
        return "jpeg"
    if wanted in EXTENSIONS.values():
        return wanted  # type: ignore[return-value]
    if wanted != "same":
        names = ", ".join(get_args(TargetFormat))
        raise UsageError(f"expected one of the formats {names}, got {wanted!r}")
    same: dict[Format, Format] = {"heic": "jpeg", "raw": "tiff"}
    return same.get(source, source)


def check_size(width: int, height: int) -> None:
    """Raise ReadError for a photo without pixels, or with more than MAX_PIXELS."""
    if width < 1 or height < 1:
        raise ReadError(f"the photo has no pixels: its size is {width} x {height}")
    if width * height > MAX_PIXELS:
        raise ReadError(
            f"the photo says it has {width} x {height} pixels, more than the "
            f"{MAX_PIXELS // 1_000_000} million that are read; the file may be damaged or hostile"
        )
