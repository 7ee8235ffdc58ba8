"""HEIC, read through libheif (extra `heic`); rotation is in the container and already applied."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from nightlift.errors import MissingExtraError, ReadError
from nightlift.photo import apple_terms, boxes, cicp, xmp
from nightlift.photo import exif as exif_blocks
from nightlift.photo.channels import split
from nightlift.photo.formats import check_size
from nightlift.photo.metadata import GAIN_MAP
from nightlift.photo.photo import Photo, Pixels
from nightlift.photo.pillow_images import decoding

if TYPE_CHECKING:
    from nightlift.photo.gain_map import GainMap

_GAIN_MAP = "urn:com:apple:photo:2020:aux:hdrgainmap"


def decode(data: bytes) -> Photo:
    """Read the primary picture of a HEIC file: 8 bits, or uint16 for 10 and 12 bits."""
    image = opened(data)
    check_size(*image.size)
    with decoding("HEIC"):
        channels = split(np.asarray(image))
    packet = _text(image.info.get("xmp"))
    icc, notices = cicp.profile(*cicp.in_boxes(data))
    if image.info.get("icc_profile"):
        icc, notices = image.info["icc_profile"], ()
    exif = _exif(image)
    kept = _gain_map(image, exif, channels.pixels)
    if kept is None and (xmp.has_gain_map(packet) or boxes.has_gain_map(data)):
        notices = (*notices, GAIN_MAP)
    if lost := boxes.left_out(data):
        notices = (*notices, f"left out: {', '.join(lost)}")
    return Photo(
        *channels,
        icc=icc,
        exif=exif,
        xmp=_xmp(packet),
        format="heic",
        gain_map=kept,
        notices=notices,
    )


def _gain_map(image: Any, exif: bytes | None, pixels: Pixels) -> GainMap | None:
    """Apple's gain map, which results in JPEG can hold; None where there is none to be kept."""
    found = image.info.get("aux", {}).get(_GAIN_MAP)
    terms = apple_terms.by_note(exif)
    if not found or terms is None:
        return None
    try:
        with decoding("HEIC"):
            map = image.get_aux_image(found[0])
            check_size(*map.size)
            codes = np.asarray(map)
    except ReadError:
        return None
    upright = codes.shape[0] >= codes.shape[1], pixels.shape[0] >= pixels.shape[1]
    if codes.ndim != 2 or codes.dtype != np.uint8 or upright[0] != upright[1]:
        return None
    from nightlift.photo import gain_map

    return gain_map.of_apple(codes[..., np.newaxis], terms, pixels)


def opened(data: bytes) -> Any:
    """The file as pi_heif opens it, without decoding; ReadError where it has no picture."""
    try:
        import pi_heif
    except ImportError:
        raise MissingExtraError("reading HEIC", "heic") from None
    if not boxes.items_are_text(data):
        raise ReadError("this HEIC is damaged: the kind of one of its items is not text")
    with decoding("HEIC"):
        image = pi_heif.open_heif(data, convert_hdr_to_8bit=False)
        if not len(image):
            raise ReadError("this HEIC holds no picture; it may be a part of another file")
    return image


def _exif(image: Any) -> bytes | None:
    """The block, told that its photo stands upright: the rotation box has been applied."""
    block = (image.info.get("exif") or b"").removeprefix(b"Exif\0\0")
    if not exif_blocks.is_sound(block):
        return None
    return exif_blocks.with_size(exif_blocks.with_orientation(block, 1), *image.size)


def _text(packet: bytes | None) -> bytes | None:
    return packet.rstrip(b"\0") or None if packet else None


def _xmp(packet: bytes | None) -> bytes | None:
    if packet is None or not xmp.is_sound(packet):
        return packet
    return xmp.with_orientation(xmp.without_extras(packet), 1)
