"""TIFF as it is read: 8 bits and CMYK and Lab by Pillow, deeper ones by OpenCV or tifffile."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from nightlift.errors import ReadError
from nightlift.photo import cmyk, opencv_images, photoshop, pillow_images, tiff_packed, tiff_tags
from nightlift.photo import exif as exif_blocks
from nightlift.photo.channels import CLIPPED, Channels, clean_floats, split
from nightlift.photo.file_bytes import FileBytes
from nightlift.photo.formats import check_size
from nightlift.photo.photo import Photo
from nightlift.photo.tiff_tags import Tiff, Value

_WHITE_IS_ZERO, _RGB, _PALETTE, _CMYK, _YCBCR, _LAB = 0, 2, 3, 5, 6, 8
_UNSIGNED, _FLOAT = 1, 3
_NONE, _OLD_JPEG = 1, 6
_EXTRA_SAMPLES = 338
_CLIPPED = "colors of LAB that sRGB does not have are clipped, but where a TIFF stays unchanged"
_UNKNOWN_CHANNEL = "a channel that is neither color nor transparency was left out"
Notices = tuple[str, ...]


@dataclass(frozen=True)
class TiffLayout:
    """How the first picture of a TIFF file is stored (TIFF 6.0, sections 4–6, 18–21)."""

    width: int
    height: int
    bits: int
    samples: int
    kind: int
    photometric: int
    planar: bool
    extra: tuple[int, ...]
    orientation: int
    compression: int

    @property
    def deep(self) -> bool:
        """Whether a sample has more than 8 bits."""
        return self.bits > 8

    @property
    def unknown(self) -> bool:
        """Whether the channel after the colors is told to be no alpha, such as infrared."""
        return self.samples in (2, 4) and self.extra[:1] == (0,)

    @property
    def spare(self) -> int:
        """How many channels are neither color nor transparency."""
        colors = {_RGB: 3, _CMYK: 4, _YCBCR: 3, _LAB: 3}.get(self.photometric, 1)
        beyond = max(0, self.samples - colors)
        return beyond - int(beyond > 0 and self.extra[:1] != (0,))

    @property
    def inks_with_alpha(self) -> bool:
        """Whether it is CMYK with transparency."""
        return self.photometric == _CMYK and self.samples == 5 and self.extra[:1] in ((1,), (2,))

    @property
    def suits_opencv(self) -> bool:
        """Whether OpenCV decodes it as it is: it errs at planes, two samples and half floats."""
        deepest = 32 if opencv_images.reads_whole_32() else 16
        whole = self.kind == _UNSIGNED and self.bits in (16, deepest)
        floats = self.kind == _FLOAT and self.bits in (32, 64)
        return (whole or floats) and self.samples in (1, 3, 4) and not self.planar


def decode(data: bytes) -> Photo:
    """Read the first picture of a TIFF file; ReadError where it is damaged or of an odd kind."""
    tiff, entries, layout = _opened(data)
    check_size(layout.width, layout.height)
    _check_strips(tiff, entries, layout)
    exif = tiff_tags.exif_of(tiff, entries)  # also refuses what would fill a decoder's memory
    pages = tiff.pages()
    stored = _as_stored(data, tiff, entries, layout)
    icc = entries[tiff_tags.ICC].data if tiff_tags.ICC in entries else None
    if layout.photometric in (_CMYK, _LAB):
        photo = _decode_inks(stored, layout, icc)
    else:
        packed = layout.bits in tiff_packed.DEPTHS and layout.kind == _UNSIGNED
        deep = _decode_packed(tiff, entries, layout) if packed else None
        channels, notices = _decode(stored, layout, deep)
        photo = Photo(*channels, icc=icc, notices=notices)
    if layout.spare:
        photo = replace(photo, notices=(*photo.notices, _UNKNOWN_CHANNEL))
    if pages > 1:
        only = f"only the first of {pages} pictures in the file was read"
        photo = replace(photo, notices=(*photo.notices, only))
    if lost := tiff_tags.left_out(entries):
        photo = replace(photo, notices=(*photo.notices, f"left out: {', '.join(lost)}"))
    return _with_metadata(replace(photo, exif=exif), tiff, entries, layout)


def measure(data: bytes | FileBytes) -> tuple[int, int, int]:
    """Height, width and bytes a pixel of what `decode` gives, from the directories alone."""
    layout = _opened(data)[2]
    alpha = layout.samples in (2, 4) and not layout.unknown
    channels = 4 if alpha or layout.photometric == _PALETTE else 3
    if layout.photometric in (_CMYK, _LAB):
        return layout.height, layout.width, channels + min(layout.samples, 4)  # and the inks
    depth = 1 if layout.bits <= 8 else 4 if layout.kind == _FLOAT else 2
    return layout.height, layout.width, channels * depth


def _opened(data: bytes | FileBytes) -> tuple[Tiff, dict[int, Value], TiffLayout]:
    try:
        tiff = Tiff(data)
        entries = tiff.directory(tiff.first)
        return tiff, entries, _layout(tiff, entries)
    except ValueError as error:
        raise ReadError(f"the TIFF is damaged or cut off: {error}") from error


def _layout(tiff: Tiff, entries: dict[int, Value]) -> TiffLayout:
    def number(tag: int, default: int) -> int:
        return (tiff.numbers(entries.get(tag)) or (default,))[0]

    bits = tiff.numbers(entries.get(258)) or (1,)
    orientation = number(exif_blocks.ORIENTATION, 1)
    return TiffLayout(
        width=number(256, 0),
        height=number(257, 0),
        bits=bits[0] if len(set(bits)) == 1 else 0,
        samples=number(277, 1),
        kind=number(339, _UNSIGNED),
        photometric=number(tiff_tags.PHOTOMETRIC, 1),
        planar=number(284, 1) == 2 and number(277, 1) > 1,
        extra=tiff.numbers(entries.get(_EXTRA_SAMPLES)),
        orientation=orientation if 1 <= orientation <= 8 else 1,
        compression=number(259, _NONE),
    )


def _check_strips(tiff: Tiff, entries: dict[int, Value], layout: TiffLayout) -> None:
    """Raise ReadError where strips or tiles are missing: decoders leave black where they were."""

    def numbers(tag: int) -> tuple[int, ...]:
        return tiff.numbers(entries.get(tag))

    tiled = 324 in entries
    offsets, lengths = (numbers(324), numbers(325)) if tiled else (numbers(273), numbers(279))
    wide, high = ((numbers(tag) or (0,))[0] for tag in (322, 323))
    if not tiled:
        wide, high = layout.width, min((numbers(278) or (layout.height,))[0], layout.height)
    needed = -(-layout.width // max(1, wide)) * -(-layout.height // max(1, high))
    needed *= layout.samples if layout.planar else 1
    if layout.compression == _NONE:
        lengths = ()  # follow from the picture's size, and are wrong in some files
    present = sum(0 < offset < len(tiff.data) for offset in offsets[:needed])
    present -= sum(length == 0 for length in lengths[:needed])
    if present < needed and layout.compression != _OLD_JPEG:
        missing = f"{needed - present} of the {needed} parts of its picture are missing"
        raise ReadError(f"the TIFF is damaged or cut off: {missing}")


def _as_stored(data: bytes, tiff: Tiff, entries: dict[int, Value], layout: TiffLayout) -> bytes:
    """The file without its orientation: Pillow and OpenCV turn by themselves, some versions.

    And, for Pillow's sake, with a fifth channel of CMYK that is called nothing, not transparency.
    """
    changes = {exif_blocks.ORIENTATION: 1} if layout.orientation != 1 else {}
    if layout.inks_with_alpha:
        changes[_EXTRA_SAMPLES] = 0
    if not changes:
        return data
    changed = bytearray(data)
    for tag, number in changes.items():
        size = entries[tag].length // entries[tag].count
        order: Literal["little", "big"] = "little" if tiff.order == "<" else "big"
        changed[entries[tag].at : entries[tag].at + size] = number.to_bytes(size, order)
    return bytes(changed)


def _decode_packed(tiff: Tiff, entries: dict[int, Value], layout: TiffLayout) -> NDArray[Any]:
    _check_channels(layout)
    shape = layout.height, layout.width, layout.samples
    array = tiff_packed.decode(tiff, entries, shape, layout.bits, layout.planar)
    return array[..., 0] if layout.samples == 1 else array


def _decode(
    data: bytes, layout: TiffLayout, deep: NDArray[Any] | None = None
) -> tuple[Channels, Notices]:
    """Gray and RGB of any depth, those of `deep` where it is given."""
    if not layout.deep and layout.bits > 0 and layout.kind == _UNSIGNED:
        image = pillow_images.load(pillow_images.open_image(data, "TIFF"), "TIFF")
        channels = pillow_images.channels_of(image)
        return channels._replace(alpha=None) if layout.unknown else channels, ()
    array, notices = _known_depth(_decode_deep(data, layout) if deep is None else deep)
    if layout.photometric == _WHITE_IS_ZERO:
        array = (1 if array.dtype == np.float32 else 65535) - array
    if layout.extra[:1] == (1,) and array.ndim == 3 and array.shape[2] in (2, 4):
        array = _unmultiplied(array)
    if layout.unknown and array.ndim == 3:
        array = np.ascontiguousarray(array[..., :-1])
    return split(array), notices


def _check_channels(layout: TiffLayout) -> None:
    """Raise ReadError for what is neither gray nor RGB."""
    if layout.photometric not in (0, 1, _RGB) or layout.samples > 4:
        raise ReadError(
            f"this TIFF stores {layout.samples} channels of {layout.bits} bits in a way that is "
            "not read (photometric interpretation "
            f"{layout.photometric}); save it as RGB with 8 or 16 bits"
        )


def _decode_deep(data: bytes, layout: TiffLayout) -> NDArray[Any]:
    _check_channels(layout)
    if layout.suits_opencv:
        return opencv_images.decode(data, "TIFF")
    return _by_tifffile(data, layout)


def _by_tifffile(data: bytes, layout: TiffLayout) -> NDArray[Any]:
    with pillow_images.decoding("TIFF"):
        import tifffile

        array: NDArray[Any] = tifffile.imread(io.BytesIO(data), key=0)
    return np.moveaxis(array, 0, -1) if layout.planar else array


def _known_depth(array: NDArray[Any]) -> tuple[NDArray[Any], Notices]:
    """uint16 or float32 in [0, 1], with a notice for what that costs."""
    if array.dtype == np.uint16:
        return array, ()
    if array.dtype == np.uint32:
        return (array >> 16).astype(np.uint16), ("32-bit whole numbers were read as 16 bits",)
    if array.dtype not in (np.float16, np.float32, np.float64):
        raise ReadError(
            f"this TIFF stores {array.dtype} values; expected 8 or 16 bits or floats in [0, 1]"
        )
    notices: Notices = ()
    if array.dtype == np.float64:
        notices = ("64-bit floats were read as 32-bit floats",)
    floats, changed = clean_floats(array)
    if changed:
        notices += (CLIPPED,)
    return floats, notices


def _unmultiplied(array: NDArray[Any]) -> NDArray[Any]:
    """Colors that were stored multiplied by alpha (ExtraSamples 1), divided by it again."""
    top = 1.0 if array.dtype == np.float32 else 65535.0
    alpha = array[..., -1:].astype(np.float64)
    color = array[..., :-1] * (top / np.maximum(alpha, top / 65535 / 2))
    color = np.clip(color if top == 1.0 else np.round(color), 0, top)
    return np.concatenate([color.astype(array.dtype), array[..., -1:]], axis=2)


def _decode_inks(data: bytes, layout: TiffLayout, icc: bytes | None) -> Photo:
    """CMYK and Lab as sRGB, the profile kept for the way back."""
    ink: cmyk.Ink = "cmyk" if layout.photometric == _CMYK else "lab"
    if ink == "lab" and layout.bits == 16:
        image = _lab_of(_by_tifffile(data, layout))
    else:
        image = pillow_images.load(pillow_images.open_image(data, "TIFF"), "TIFF")
    if image.mode != ink.upper():
        raise ReadError(f"this TIFF stores {ink.upper()} in a way that is not read; save it as RGB")
    fits = cmyk.serves(icc, ink)
    notices: Notices = (f"{ink.upper()} with 16 bits was read with 8",) if layout.deep else ()
    if layout.inks_with_alpha:
        notices += ("the transparency of CMYK was left out",)
    if icc is not None and not fits:
        notices += (f"the color profile is not one for {ink.upper()} and was left out",)
    with pillow_images.decoding("TIFF"):
        pixels = cmyk.to_srgb(image, ink, icc if fits else None)
        if ink == "lab" and cmyk.clips(image, pixels, ink, icc if fits else None):
            notices += (_CLIPPED,)
    inks = np.asarray(image)
    return Photo(pixels, mode=ink, icc=icc if fits else None, notices=notices, inks=inks)


def _lab_of(array: NDArray[Any]) -> Any:
    """Lab of 16 bits as Pillow's of 8: L from 0, a and b signed (TIFF 6.0, section 23)."""
    from PIL import Image

    if array.ndim != 3 or array.shape[2] != 3 or array.dtype.itemsize != 2:
        raise ReadError("this TIFF stores LAB in a way that is not read; save it as RGB")
    lightness = (array[..., 0].astype(np.uint16).astype(np.uint32) * 255 + 32767) // 65535
    colors = np.clip((array[..., 1:].astype(np.int16).astype(np.int32) + 128) >> 8, -128, 127)
    eight = np.dstack([lightness.astype(np.uint8), colors.astype(np.int8).view(np.uint8)])
    return Image.frombytes("LAB", eight.shape[1::-1], eight.tobytes())


def _with_metadata(
    photo: Photo, tiff: Tiff, entries: dict[int, Value], layout: TiffLayout
) -> Photo:
    def blob(tag: int) -> bytes | None:
        return entries[tag].data if tag in entries else None

    iptc, bare = blob(tiff_tags.PHOTOSHOP), blob(tiff_tags.IPTC)
    if bare is not None and photoshop.iptc_of(iptc or b"") is None:
        iptc = photoshop.from_iptc(bare) + (iptc or b"")
    place: tiff_tags.Tree = {
        tag: entries[tag] for tag in (0x011A, 0x011B, 0x0128) if tag in entries
    }
    dots = exif_blocks.resolution(tiff_tags.serialize(tiff.order, place))
    return replace(
        photo,
        orientation=layout.orientation,
        xmp=blob(tiff_tags.XMP),
        iptc=iptc,
        resolution=dots,
        format="tiff",
        lossless=layout.compression != _NONE,
    )
