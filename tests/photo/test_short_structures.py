"""Boxes and directories that end too soon, or point before the file: found by fuzzing."""

from __future__ import annotations

import struct

import pytest

from nightlift.photo import exif, places, xmp
from nightlift.photo.boxes import has_gain_map, left_out
from nightlift.photo.tiff_tags import Tiff


def box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(body), kind) + body


@pytest.mark.parametrize("items", [b"", bytes(6) + box(b"infe", b"")], ids=["list", "item"])
def test_items_that_end_too_soon_are_none(items: bytes) -> None:
    data = box(b"ftyp", b"avif") + box(b"abcd", b"") + box(b"meta", bytes(4) + box(b"iinf", items))
    assert left_out(data) == ("a box abcd",)
    assert not has_gain_map(data)


def test_a_directory_before_the_file_is_none() -> None:
    signed, ifd = 9, 8
    entry = struct.pack("<HHIi", 330, signed, 1, -10)
    data = b"II*\0" + struct.pack("<I", ifd) + struct.pack("<H", 1) + entry + b"\1\0" * 20
    tiff = Tiff(data)
    pointer = tiff.directory(ifd)[330]
    assert tiff.numbers(pointer) == (-10,)
    assert tiff.inner(pointer) == {}


def test_an_orientation_of_many_values_never_overwrites_the_header() -> None:
    entry = struct.pack("<HHII", 0x0112, 3, 3, 6)
    block = b"II*\0" + struct.pack("<IH", 8, 1) + entry + bytes(8)
    for value in (1, 6):
        changed = exif.with_orientation(block, value)
        assert changed[:4] == b"II*\0"
        assert exif.orientation(changed) == value


def test_a_packet_whose_root_is_unwanted_is_left_empty() -> None:
    place = b"<exif:GPSLatitude>3</exif:GPSLatitude>"
    extra = b'<h:GainMapMax xmlns:h="%b">3</h:GainMapMax>' % xmp.GAIN_MAP.encode()
    for left in (places.xmp_without(place), xmp.without_extras(extra)):
        assert left == xmp.EMPTY
        assert xmp.is_sound(xmp.with_orientation(left, 1))
