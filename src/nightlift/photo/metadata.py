"""What travels with a photo into a file: brought up to date, and stripped where asked."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from nightlift.photo import exif as exif_blocks
from nightlift.photo import exif_tree, jpeg_segments, places, xmp
from nightlift.photo import icc as profiles
from nightlift.photo.formats import TargetFormat, target_format
from nightlift.photo.orientation import transposes
from nightlift.photo.photo import Format, Photo

if TYPE_CHECKING:
    from nightlift.photo.gain_map import GainMap

Strip: TypeAlias = Literal["none", "gps", "all"]
"""`gps`: without the place, in EXIF, XMP or IPTC, and without the maker's note, which may tell it;
`all`: without EXIF, XMP and IPTC. The ICC profile always stays."""

DAMAGED_EXIF = "the EXIF is damaged and was left out"
DAMAGED_XMP = "the XMP is damaged and was left out"
GAIN_MAP = "the HDR gain map was left out"
COMMENT = "Comment"
_TOO_LONG = "the EXIF is longer than a JPEG can hold: maker's note and long values were left out"
_LOSSY_PROFILE = "lossy JXL may keep the color profile as numbers, which mean the same colors"
_EIGHT_BITS = ("jpeg", "webp", "avif", "bmp")
_MOST_EXIF_IN_JPEG = jpeg_segments.LIMIT - len(jpeg_segments.EXIF)
_WITHOUT_DOTS = ("webp", "avif", "jxl")
"""What tells dots per inch in its EXIF alone."""

_UPRIGHT = ("bmp", "jxl")
"""What is written without a tag that readers would turn it by."""

_WITH_IPTC = ("jpeg", "tiff", "png")


GainMaps: TypeAlias = Literal["keep", "drop"]
"""`keep`: an HDR gain map is fitted to the result, where that is a JPEG of the same size and
metadata is not stripped; `drop`: it is left out, and that is told."""


class Traveling(NamedTuple):
    """The metadata as one file shall hold it; `orientation` is that of the written pixels."""

    orientation: int
    icc: bytes | None
    exif: bytes | None
    xmp: bytes | None
    iptc: bytes | None
    resolution: tuple[float, float] | None
    texts: tuple[tuple[str, str], ...] = ()
    gain_map: GainMap | None = None


def bakes(photo: Photo, format: Format, upright: bool) -> bool:
    """Whether the pixels are turned upright for writing."""
    return photo.orientation != 1 and (upright or format in _UPRIGHT)


def lossless_jxl(photo: Photo, icc: bytes | None, quality: int) -> bool:
    """Whether a JPEG XL is written without loss.

    So is one that was read so, and one whose profile cannot be told as numbers: lossy pictures
    have colors of their own, which decoders turn into those that the numbers say.
    """
    told = icc is None or profiles.parse(icc).kind == "matrix"
    return quality == 100 or not told or (photo.format == "jxl" and photo.lossless)


def stored_as_inks(photo: Photo, format: Format) -> bool:
    """Whether a CMYK or Lab photo goes back to its own color space."""
    formats = {"cmyk": ("jpeg", "tiff"), "lab": ("tiff",)}
    return format in formats.get(photo.mode, ())


def traveling(
    photo: Photo, format: Format, upright: bool, strip: Strip, gain_map: GainMaps = "keep"
) -> Traveling:
    """The photo's metadata for a file of some format.

    Args:
        photo: The photo.
        format: The file's format.
        upright: Whether the pixels are to be turned upright.
        strip: What is left out.
        gain_map: What becomes of an HDR gain map.

    Returns:
        The metadata, of which each block fits the format.
    """
    baked = bakes(photo, format, upright)
    orientation = 1 if baked else photo.orientation
    turned = baked and transposes(photo.orientation)
    resolution = photo.resolution
    if resolution is not None and not all(0.01 <= dots <= 100_000 for dots in resolution):
        resolution = None  # no printer's, and no file could hold it
    if resolution is not None and turned:
        resolution = resolution[::-1]
    kept = strip != "all"
    size = (photo.height, photo.width) if turned else (photo.width, photo.height)
    exif = _exif(photo.exif if kept else None, orientation, size, strip)
    if exif is None and resolution is not None and format in _WITHOUT_DOTS:
        exif = exif_blocks.minimal(orientation, resolution)
    if format == "jpeg" and exif is not None and not _fits_jpeg(exif):
        exif = exif_tree.fitted(exif, _MOST_EXIF_IN_JPEG) or _bare(orientation)
    iptc = _iptc(photo.iptc, strip) if format in _WITH_IPTC else None
    return Traveling(
        orientation,
        photo.icc if _icc_fits(photo, format) else None,
        exif,
        _xmp(photo.xmp, baked, size, strip) if kept and photo.xmp else None,
        iptc,
        resolution,
        _texts(photo, format, strip),
        _gain_map(photo, format, strip, gain_map, baked),
    )


def _gain_map(
    photo: Photo, format: Format, strip: Strip, wanted: GainMaps, baked: bool
) -> GainMap | None:
    """The gain map that is kept, as it is turned, or None."""
    found = photo.gain_map
    if wanted == "drop" or found is None or not found.fits(photo):
        return None
    if format != "jpeg" or strip == "all":
        return None
    if found.terms.noted and not _keeps_note(photo.exif, strip):
        return None
    found = found.turned(photo.orientation) if baked else found
    return replace(found, bare=strip == "gps")


def _keeps_note(exif: bytes | None, strip: Strip) -> bool:
    """Whether a JPEG gets the maker's note, which may tell how much a gain map adds."""
    kept = _kept_exif(exif, strip)
    return strip == "none" and kept is not None and _fits_jpeg(kept)


def _iptc(iptc: bytes | None, strip: Strip) -> bytes | None:
    if iptc is None or strip == "all":
        return None
    return places.iptc_without(iptc) if strip == "gps" else iptc


def _texts(photo: Photo, format: Format, strip: Strip) -> tuple[tuple[str, str], ...]:
    """The texts that the format can keep, none that names a place where it is to go."""
    return tuple(
        (keyword, text)
        for keyword, text in photo.texts
        if (format == "png" or (format == "jpeg" and keyword == COMMENT))
        and strip != "all"
        and not (strip == "gps" and places.is_named_by(keyword.rpartition(":")[2]))
    )


def _exif(
    exif: bytes | None, orientation: int, size: tuple[int, int], strip: Strip
) -> bytes | None:
    exif = _kept_exif(exif, strip)
    if exif is None:
        return _bare(orientation)
    return exif_blocks.with_orientation(exif_blocks.with_size(exif, *size), orientation)


def _bare(orientation: int) -> bytes | None:
    """EXIF where there is nothing else to say."""
    return exif_blocks.minimal(orientation) if orientation != 1 else None


def _kept_exif(exif: bytes | None, strip: Strip) -> bytes | None:
    if exif is None or not exif_blocks.is_sound(exif):
        return None
    return places.exif_without(exif) if strip == "gps" else exif_blocks.without_thumbnail(exif)


def _xmp(packet: bytes, baked: bool, size: tuple[int, int], strip: Strip) -> bytes | None:
    """The packet brought up to date; None where it is damaged. Only turned pixels are upright."""
    try:
        if strip == "gps":
            packet = places.xmp_without(packet)
        if baked:
            packet = xmp.with_orientation(packet, 1)
        return xmp.with_size(packet, *size)
    except ValueError:
        return None


def _fits_jpeg(exif: bytes) -> bool:
    return len(exif) <= _MOST_EXIF_IN_JPEG


def _icc_fits(photo: Photo, format: Format) -> bool:
    """Whether the profile describes what is written: inks as inks, gray where there is gray."""
    too_long = format == "jpeg" and len(photo.icc or b"") > jpeg_segments.MOST_ICC
    if photo.icc is None or format == "bmp" or too_long:
        return False
    if photo.mode in ("cmyk", "lab"):
        return stored_as_inks(photo, format)
    profile = profiles.parse(photo.icc)
    if profile.space == "GRAY":
        kept = photo.mode == "gray" and photo.alpha is None and format == "jxl"
        return kept or format not in ("webp", "avif", "jxl")
    return format != "jxl" or profile.kind in ("matrix", "table")


def losses(
    photo: Photo,
    format: TargetFormat | Format = "same",
    *,
    quality: int = 92,
    strip: Strip = "none",
    gain_map: GainMaps = "keep",
) -> tuple[str, ...]:
    """What a file of some format cannot keep of a photo.

    Args:
        photo: The photo.
        format: The format that would be written.
        quality: 1 to 100, as for writing.
        strip: What is left out on purpose, and is no loss.
        gain_map: What becomes of an HDR gain map.

    Returns:
        A sentence each; empty where all is kept.
    """
    target = target_format(photo.format, format)
    name = target.upper()
    kept_map = _gain_map(photo, target, strip, gain_map, False)
    checks = [
        (photo.gain_map is not None and kept_map is None, GAIN_MAP),
        (photo.alpha is not None and target in ("jpeg", "bmp"), f"{name} keeps no transparency"),
        (photo.pixels.dtype != "uint8" and target in _EIGHT_BITS, f"{name} keeps 8 bits only"),
        (
            target == photo.format == "avif" and photo.lossless,
            "AVIF is written with a little loss, and was without: PNG keeps every pixel",
        ),
        (photo.pixels.dtype == "float32" and target == "png", "PNG keeps 16 bits, not floats"),
        (
            photo.mode in ("cmyk", "lab") and not stored_as_inks(photo, target),
            f"{name} keeps no {photo.mode.upper()}: the photo is written as sRGB",
        ),
        (
            photo.mode in ("rgb", "gray")
            and photo.icc is not None
            and not _icc_fits(photo, target),
            f"{name} does not keep this color profile",
        ),
        (_loses_profile_itself(photo, target, quality), _LOSSY_PROFILE),
    ]
    return tuple(sentence for lost, sentence in checks if lost) + _lost_metadata(
        photo, target, strip
    )


def _loses_profile_itself(photo: Photo, target: Format, quality: int) -> bool:
    """Whether a profile's colors are kept as numbers, and not the profile."""
    if target != "jxl" or photo.icc is None or not _icc_fits(photo, target):
        return False
    return not lossless_jxl(photo, photo.icc, quality)


def _lost_texts(photo: Photo, target: Format) -> str:
    kept = _texts(photo, target, "none")
    names = {word for word, _ in photo.texts if word not in {keyword for keyword, _ in kept}}
    printable = ("".join(filter(str.isprintable, name)) for name in sorted(names))
    return f"{target.upper()} keeps no texts such as {', '.join(islice(printable, 4))}"


def _loses_dots(photo: Photo, target: Format, exif: bytes | None) -> bool:
    told = exif is None or exif_blocks.resolution(exif) is not None
    return photo.resolution is not None and target in _WITHOUT_DOTS and not told


def _lost_metadata(photo: Photo, target: Format, strip: Strip) -> tuple[str, ...]:
    if strip == "all":
        return ()
    name = target.upper()
    exif = photo.exif
    sound = exif is not None and exif_blocks.is_sound(exif)
    kept = _kept_exif(exif, strip)
    too_long = not _fits_jpeg(kept or b"")
    noted = sound and strip == "gps" and exif_blocks.has_maker_note(exif or b"")
    checks = [
        (noted, "the maker's note was left out: it may tell the place"),
        (target == "bmp" and bool(exif or photo.xmp), "BMP keeps no EXIF and no XMP"),
        (exif is not None and kept is None, DAMAGED_EXIF),
        (photo.xmp is not None and not xmp.is_sound(photo.xmp), DAMAGED_XMP),
        (target == "jpeg" and too_long, _TOO_LONG),
        (photo.iptc is not None and target not in _WITH_IPTC, f"{name} keeps no IPTC"),
        (_loses_dots(photo, target, kept), f"{name} keeps no dots per inch beside this EXIF"),
        (len(_texts(photo, target, "none")) < len(photo.texts), _lost_texts(photo, target)),
    ]
    return tuple(sentence for lost, sentence in checks if lost)
