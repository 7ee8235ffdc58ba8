"""HDR gain maps (Ultra HDR, ISO 21496-1, Apple's), and what becomes of them in a lifted photo.

A map says by how many stops each place of an HDR screen is brighter than the base picture. Where
an edit has brightened the base by so many stops itself, these are taken off the map, down to no
gain: the HDR picture keeps its highlights, and is nowhere darker than the lifted one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import simplejpeg

from nightlift.photo import gain_terms, jpeg_segments, mpf, places, xmp
from nightlift.photo import icc as profiles
from nightlift.photo.apple_terms import AppleTerms
from nightlift.photo.channels import from_floats, to_8_bits
from nightlift.photo.formats import check_size
from nightlift.photo.gain_terms import GainTerms
from nightlift.photo.orientation import transposes, turn
from nightlift.photo.photo import Floats, Pixels

if TYPE_CHECKING:
    from nightlift.photo.photo import Photo

QUALITY = 95
"""Of maps that are encoded again."""

_LUMA = np.array([0.2126, 0.7152, 0.0722])
_APP0, _APP1, _APP2, _APP15, _COM = 0xE0, 0xE1, 0xE2, 0xEF, 0xFE

_DIRECTORY = (
    b'<rdf:Description xmlns:rdf="%b" rdf:about="" xmlns:hdrgm="%b" xmlns:Container="%b"'
    b' xmlns:Item="%b" hdrgm:Version="1.0"><Container:Directory><rdf:Seq>'
    b'<rdf:li rdf:parseType="Resource">'
    b'<Container:Item Item:Semantic="Primary" Item:Mime="image/jpeg"/></rdf:li>'
    b'<rdf:li rdf:parseType="Resource">'
    b'<Container:Item Item:Semantic="GainMap" Item:Mime="image/jpeg" Item:Length="%d"/></rdf:li>'
    b"</rdf:Seq></Container:Directory></rdf:Description>"
)

_APPLE = (
    b'<rdf:Description xmlns:rdf="%b" rdf:about="" xmlns:HDRGainMap="%b"'
    b' xmlns:apdi="http://ns.apple.com/pixeldatainfo/1.0/" HDRGainMap:HDRGainMapVersion="65536"'
    b' apdi:NativeFormat="1278226488" apdi:StoredFormat="1278226488"'
    b' apdi:AuxiliaryImageType="urn:com:apple:photo:2020:aux:hdrgainmap"/>'
)
"""The formats are “L008”: one channel of 8 bits."""


@dataclass(frozen=True, eq=False)
class GainMap:
    """A gain map and the base picture that it was made for.

    `picture` is the map's own JPEG file, `terms` what its values mean. `before` is the base at
    the map's size, (h, w, 3) uint8 in the photo's RGB, and `size` the base's height and width.
    `iso` is the body of the segment of ISO 21496-1 in the base's file; `announced` whether its
    XMP tells of the map. `orientation` is the turn (see `Photo`) that the base has got since;
    `bare` leaves out what the map's file may tell of a place.
    """

    picture: bytes
    terms: GainTerms | AppleTerms
    before: Pixels
    size: tuple[int, int]
    iso: bytes | None = None
    announced: bool = True
    orientation: int = 1
    bare: bool = False

    def fits(self, photo: Photo) -> bool:
        """Whether the photo still has the base's size."""
        return self.size == photo.pixels.shape[:2]

    def turned(self, orientation: int) -> GainMap:
        """The map of the photo turned upright from this orientation."""
        size = self.size[::-1] if transposes(orientation) else self.size
        before = np.ascontiguousarray(turn(self.before, orientation))
        return replace(self, before=before, size=size, orientation=orientation)

    def fitted(self, photo: Photo) -> bytes:
        """The map's file for the photo as it is now: the very bytes where nothing has changed."""
        codes = _codes(self.picture)
        turned = turn(codes, self.orientation)
        after = _smaller(photo.pixels, turned.shape[:2])
        gains = self.terms.gains(turned.astype(np.float32) / np.float32(255))
        stops = _stops(self.before, after, photo.icc, self.terms.offset, turned.shape[2])
        left = np.minimum(gains, np.maximum(gains - np.maximum(stops, 0), 0))
        fitted = from_floats(self.terms.values(left), np.dtype(np.uint8))
        fitted = np.where(stops > 0, fitted, turned)
        if self.orientation == 1 and np.array_equal(fitted, codes):
            head, end = _head(self.picture, self.bare)
            return head + self.picture[end:]
        return _with_picture(self.picture, np.ascontiguousarray(fitted), self.bare)


def read(
    data: bytes, pixels: Pixels, exif: bytes | None, *, announced: bool, iso: bytes | None
) -> GainMap | None:
    """The gain map in a JPEG file whose base picture is `pixels`; None where there is none.

    None, too, for damaged ones.
    """
    for picture in mpf.pictures(data):
        terms = gain_terms.read(picture, exif)
        if terms is None:
            continue
        try:
            height, width, *_ = simplejpeg.decode_jpeg_header(picture, strict=False)
            check_size(width, height)
            shape = _codes(picture).shape
        except (ValueError, KeyError, OSError):
            return None
        if terms.channels == 3 and shape[2] == 1:
            return None
        before = _smaller(pixels, shape[:2])
        announced = announced and isinstance(terms, GainTerms)
        return GainMap(picture, terms, before, pixels.shape[:2], iso, announced)
    return None


def of_apple(codes: Pixels, terms: AppleTerms, pixels: Pixels) -> GainMap:
    """The gain map (h, w, 1) of a HEIC by Apple, as a JPEG holds it."""
    names = (name.encode() for name in (xmp.RDF, xmp.APPLE_GAIN_MAP))
    packet = xmp.with_description(None, _APPLE % tuple(names))
    head = b"\xff\xd8" + jpeg_segments.segment(_APP1, jpeg_segments.XMP, packet)
    picture = _with_picture(head, np.ascontiguousarray(codes), False)
    before = _smaller(pixels, codes.shape[:2])
    return GainMap(picture, terms, before, pixels.shape[:2], announced=False)


def _codes(picture: bytes) -> Pixels:
    """(h, w, 1) of a gray map, (h, w, 3) of one in color."""
    *_, space, _ = simplejpeg.decode_jpeg_header(picture, strict=False)
    codes: Pixels = simplejpeg.decode_jpeg(picture, colorspace="GRAY" if space == "Gray" else "RGB")
    return codes


def _smaller(pixels: Pixels, shape: tuple[int, ...]) -> Pixels:
    """(h, w, 3) uint8 at the map's size."""
    import cv2

    small: Pixels = cv2.resize(pixels, (shape[1], shape[0]), interpolation=cv2.INTER_AREA)
    return to_8_bits(small)


def _stops(
    before: Pixels, after: Pixels, icc: bytes | None, offset: Floats, channels: int
) -> Floats:
    """(h, w, channels): by how much the base has become brighter."""
    tables, luma = _light(icc)

    def light(codes: Pixels) -> Floats:
        linear = np.stack([tables[each][codes[..., each]] for each in range(3)], axis=2)
        return linear if channels == 3 else (linear @ luma)[..., np.newaxis]

    least = np.maximum(offset, np.float32(1e-4))
    stops = np.log2((light(after) + least) / (light(before) + least))
    return np.asarray(np.where(np.isfinite(stops), stops, 0), np.float32)


def _light(icc: bytes | None) -> tuple[Floats, Floats]:
    """Linear light of 8-bit codes, (3, 256), and what each channel adds to brightness."""
    profile = profiles.parse(icc) if icc is not None else None
    if profile is None or profile.curves is None or profile.primaries is None:
        from nightlift.photo.color import srgb_decode

        tables, luma = np.stack([srgb_decode(np.arange(256) / 255)] * 3), _LUMA
    else:
        tables, luma = profile.curves[:, ::257], profile.primaries[1]
    return tables.astype(np.float32), luma.astype(np.float32)


def _with_picture(file: bytes, codes: Pixels, bare: bool) -> bytes:
    """A map's file with other values."""
    gray = codes.shape[2] == 1
    encoded = simplejpeg.encode_jpeg(
        codes,
        quality=QUALITY,
        colorspace="GRAY" if gray else "RGB",
        colorsubsampling="Gray" if gray else "444",
    )
    picture, _ = jpeg_segments.picture_of(encoded)
    return _head(file, bare)[0] + bytes(picture)


def _head(file: bytes, bare: bool) -> tuple[bytes, int]:
    """A map's file up to its first table, and where that begins.

    Of the segments `bare` leaves those that readers of the map need.
    """
    parts, end = [file[:2]], 2
    for marker, start, stop in jpeg_segments.walk(file):
        if not _APP0 <= marker <= _APP15 and marker != _COM:
            break
        body, end = file[start:stop], stop
        if not bare or marker in (_APP0, _APP2):
            parts.append(file[start - 4 : stop])
        elif marker == _APP1 and body.startswith(jpeg_segments.XMP):
            packet = places.xmp_without(body[len(jpeg_segments.XMP) :])
            parts.append(jpeg_segments.segment(_APP1, jpeg_segments.XMP, packet))
    return b"".join(parts), end


def announcing(packet: bytes | None, length: int) -> bytes:
    """The packet, or a new one, telling of a map of so many bytes behind the picture."""
    names = (name.encode() for name in (xmp.RDF, xmp.GAIN_MAP, xmp.CONTAINER, xmp.ITEM))
    return xmp.with_description(packet, _DIRECTORY % (*names, length))


def joined(
    pieces: list[bytes | memoryview], second: bytes, iso: bytes | None
) -> list[bytes | memoryview]:
    """The pieces of a JPEG file, its start first, with a map behind it that it tells of."""
    start, *picture = pieces
    told = b"" if iso is None else jpeg_segments.segment(_APP2, b"", iso)
    before = len(start) + len(told)
    primary = before + sum(map(len, picture))
    return [start, told, mpf.index(before, primary, len(second)), *picture, second]
