"""Where a photo was taken: EXIF, XMP and IPTC without what may tell it.

What tells a place: EXIF 2.32, section 4.6.6 (GPS); IPTC photo metadata standard 2023.2 (city,
sublocation, province or state, country, locations shown and created) and its IIM records;
Photoshop's schema; W3C's geo vocabulary; Darwin Core; and whatever makers call a latitude, a
longitude, an altitude or GPS. A photographer's own address (CreatorContactInfo) is none.
"""

from __future__ import annotations

import struct

from nightlift.photo import exif_tree, photoshop, tiff_tags, xmp
from nightlift.photo.exif import GPS_IFD, MAKER_NOTE
from nightlift.photo.xml_nodes import Node

_GOOGLE_IMAGE = "http://ns.google.com/photos/1.0/image/"
_GEO = "http://www.w3.org/2003/01/geo/wgs84_pos#"
_PHOTOSHOP = "http://ns.adobe.com/photoshop/1.0/"
_PARTS = ("gps", "latitude", "longitude", "longtitude", "altitude", "geotag", "geoloc", "georef")
"""Parts of names; one drone maker writes “Longtitude”."""
_STARTS = ("location", "country", "sublocation", "coordinate", "geohash", "geocod", "geopos")
_NAMES = frozenset({"address", "city", "continent", "county", "coverage", "island", "islandgroup"})
_NAMES |= {"locality", "municipality", "place", "placename", "province", "provincestate", "street"}
_NAMES |= {"shotlocation", "stateprovince", "venue", "waterbody", "worldregion"}
_ONLY_THERE = frozenset({(_PHOTOSHOP, "State"), (_GOOGLE_IMAGE, "Data")})
"""The last is a whole picture, with its own metadata."""

_BLOBS = frozenset({MAKER_NOTE, 50740, tiff_tags.XMP, tiff_tags.IPTC, tiff_tags.PHOTOSHOP})
_HIDING = _BLOBS | tiff_tags.GEOTIFF | {42112} | {GPS_IFD}

_CITY, _SUBLOCATION, _PROVINCE, _COUNTRY_CODE, _COUNTRY = 90, 92, 95, 100, 101
_CONTENT_CODE, _CONTENT_NAME = 26, 27
_RECORDS = {_CITY, _SUBLOCATION, _PROVINCE, _COUNTRY_CODE, _COUNTRY, _CONTENT_CODE, _CONTENT_NAME}


def exif_without(exif: bytes) -> bytes | None:
    """The EXIF block written anew without GPS, maker's notes and other metadata inside of it.

    What a maker's note holds only its maker knows. Bytes that no entry names are not taken along.
    None where the block cannot be read.
    """
    try:
        order, tree = exif_tree.of_block(exif)
    except ValueError:
        return None
    return tiff_tags.serialize(order, exif_tree.without(tree, _HIDING))


def xmp_without(packet: bytes) -> bytes:
    """The packet without every property that tells a place; ValueError where it is damaged."""
    return xmp.without(packet, _tells_place)


def is_named_by(name: str) -> bool:
    """Whether a property of this name, without its prefix, tells a place."""
    name = name.lower()
    if name.startswith("ciadr"):  # the photographer's own
        return False
    return name in _NAMES or name.startswith(_STARTS) or any(part in name for part in _PARTS)


def _tells_place(node: Node) -> bool:
    return node.uri == _GEO or (node.uri, node.name) in _ONLY_THERE or is_named_by(node.name)


def iptc_without(blocks: bytes) -> bytes | None:
    """Photoshop resources without places: none in their IPTC, no EXIF, XMP or thumbnails."""
    kept = [
        photoshop.resource(number, _records_without(body) if number == photoshop.IPTC else body)
        for number, body in photoshop.resources(blocks)
        if number not in photoshop.COPIES
    ]
    return b"".join(kept) or None


def _records_without(records: bytes) -> bytes:
    """IIM data sets (IPTC-NAA IIM 4.2, chapter 1.6), up to the first that is damaged."""
    kept, position = [], 0
    while records[position : position + 1] == b"\x1c" and position + 5 <= len(records):
        record, number, length = struct.unpack_from(">BBH", records, position + 1)
        start = position + 5
        if length & 0x8000:  # then it says how many bytes the length takes
            wide = length & 0x7FFF
            if wide > 4:
                break
            length = int.from_bytes(records[start : start + wide], "big")
            start += wide
        if start + length > len(records):
            break
        if record != 2 or number not in _RECORDS:
            kept.append(records[position : start + length])
        position = start + length
    return b"".join(kept)
