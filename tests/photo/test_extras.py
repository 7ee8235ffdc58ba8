"""Gain maps, motion photos and further pictures: dropped, announced, and gone from the XMP."""

import io
import mmap
import re
import struct
import tempfile
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import tifffile
from PIL import Image

from nightlift.errors import ReadError
from nightlift.photo import boxes, dimensions
from nightlift.photo.jpeg import outline
from nightlift.photo.photo import Photo
from nightlift.photo.reading import read
from nightlift.photo.writing import encode
from tests.photo.files import gradient, pillow_bytes, segment, with_segments, xmp_packet

FAULTS = Path(__file__).resolve().parents[1] / "faults" / "inputs"
JPEG = pillow_bytes(Image.fromarray(gradient()), "JPEG", quality=90)
SECOND = pillow_bytes(Image.fromarray(gradient(8, 8)), "JPEG")
XMP = b"http://ns.adobe.com/xap/1.0/\0"
MPF = segment(0xE2, b"MPF\0II*\0\x08\0\0\0")
ISO = segment(0xE2, b"urn:iso:std:iso:ts:21496:-1\0\0\0\0\0")
GAIN = 'xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/" hdrgm:Version="1.0"'
APPLE = (
    'xmlns:HDRGainMap="http://ns.apple.com/HDRGainMap/1.0/" HDRGainMap:HDRGainMapVersion="65536"'
)
MOTION = (
    'xmlns:GCamera="http://ns.google.com/photos/1.0/camera/" GCamera:MotionPhoto="1" '
    "GCamera:MotionPhotoVersion='1' GCamera:HdrPlus=\"kept\""
)
MICRO = (
    'xmlns:GCamera="http://ns.google.com/photos/1.0/camera/" GCamera:MicroVideo="1" '
    'GCamera:MicroVideoOffset="4711"'
)
DIRECTORY = (
    '<Container:Directory xmlns:Container="http://ns.google.com/photos/1.0/container/">'
    '<rdf:Seq><rdf:li rdf:parseType="Resource"><Container:Item/></rdf:li></rdf:Seq>'
    "</Container:Directory>"
)
VIDEO = struct.pack(">I4s4s", 24, b"ftyp", b"mp42") + bytes(500)


def packet_segment(packet):
    return segment(0xE1, XMP + packet)


CASES = {
    "gain map by MPF and XMP": (
        with_segments(JPEG, packet_segment(xmp_packet(DIRECTORY, GAIN)), MPF) + SECOND,
        ["gain map"],
    ),
    "gain map by ISO 21496": (with_segments(JPEG, ISO, MPF) + SECOND, ["gain map"]),
    "gain map that only the second picture names (Apple)": (
        with_segments(JPEG, MPF) + with_segments(SECOND, packet_segment(xmp_packet("", APPLE))),
        ["gain map"],
    ),
    "gain map that only the second picture names (ISO)": (
        with_segments(JPEG, MPF) + with_segments(SECOND, ISO),
        ["gain map"],
    ),
    "motion photo": (
        with_segments(JPEG, packet_segment(xmp_packet("", MOTION))) + VIDEO,
        ["video"],
    ),
    "micro video": (with_segments(JPEG, packet_segment(xmp_packet("", MICRO))) + VIDEO, ["video"]),
    "motion photo without XMP": (JPEG + VIDEO, ["video"]),
    "gain map and motion": (
        with_segments(JPEG, packet_segment(xmp_packet(DIRECTORY, f"{GAIN} {MOTION}")), MPF)
        + SECOND
        + VIDEO,
        ["gain map", "video"],
    ),
    "second picture": (with_segments(JPEG, MPF) + SECOND, ["further pictures"]),
    "second picture that nothing announces": (JPEG + SECOND, ["further pictures"]),
    "second picture behind padding": (JPEG + bytes(64) + SECOND, ["further pictures"]),
    "gain map that nothing announces": (JPEG + with_segments(SECOND, ISO), ["gain map"]),
    "unknown trailer": (JPEG + b"something else" * 10, ["140 bytes"]),
}


@pytest.mark.parametrize("case", CASES)
def test_extras_are_dropped_with_a_notice_each(case):
    data, words = CASES[case]
    photo = read(data)
    assert len(photo.notices) == len(words)
    for word, notice in zip(words, photo.notices, strict=True):
        assert word in notice

    written = encode(photo)
    assert written.endswith(b"\xff\xd9")
    assert written.count(b"\xff\xd8\xff") == 1
    for trace in (b"MPF\0", b"21496", b"hdrgm", b"MotionPhoto", b"MicroVideo", b"Directory"):
        assert trace not in written
    assert read(written).notices == ()
    if photo.xmp is not None:
        ElementTree.fromstring(read(written).xmp)
        assert b'dc:format="image/jpeg"' in written
    if case == "motion photo":
        assert b'GCamera:HdrPlus="kept"' in written


@pytest.mark.parametrize("at_once", [4096, 1 << 24])
def test_a_second_picture_of_a_mapped_file_is_found(at_once, monkeypatch):
    monkeypatch.setattr("nightlift.photo.jpeg_segments._AT_ONCE", at_once)
    large = encode(
        Photo(np.random.default_rng(1).integers(0, 255, (99, 99, 3), np.uint8)), format="jpeg"
    )
    for data, told in (
        (large, ()),
        (large + SECOND, ("the further pictures in the file were left out",)),
    ):
        with tempfile.TemporaryFile() as file:
            file.write(data)
            file.flush()
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            assert outline(mapped).notices == told
            assert mapped[:] == data


def test_padding_after_the_end_is_nothing():
    assert read(JPEG + bytes(100)).notices == ()
    assert read(JPEG).notices == ()


def test_xmp_without_extras_is_untouched():
    packet = xmp_packet("<dc:title>A night</dc:title>", 'tiff:Orientation="1"')
    photo = read(with_segments(JPEG, packet_segment(packet)))
    assert photo.xmp == packet
    assert read(encode(photo)).xmp == packet


def test_xmp_orientation_and_size_follow_the_pixels():
    inner = "<tiff:Orientation>6</tiff:Orientation><exif:PixelXDimension>56</exif:PixelXDimension>"
    from tests.photo.files import exif_block

    exif = segment(0xE1, b"Exif\0\0" + exif_block(6))
    photo = read(with_segments(JPEG, exif, packet_segment(xmp_packet(inner))))
    kept = read(encode(photo)).xmp
    assert b"Orientation>6<" in kept and b"Dimension>56<" in kept
    baked = read(encode(photo, upright=True)).xmp
    assert b"Orientation>1<" in baked and b"Dimension>40<" in baked


def test_an_orientation_told_in_xmp_alone_is_left_alone():
    """Viewers go by EXIF, and so do we; editors that go by XMP find what they found."""
    photo = read(FAULTS / "xmp-only-orientation.jpg")
    assert photo.orientation == 1
    for format in ("jpeg", "png"):
        assert read(encode(photo, format=format)).xmp == photo.xmp
    assert re.search(rb"Orientation\W+[2-8]", photo.xmp)


def test_xmp_places_are_stripped():
    inner = "<exif:GPSAltitude>301/10</exif:GPSAltitude><dc:title>A night</dc:title>"
    packet = xmp_packet(inner, 'exif:GPSLatitude="48,51.5N" exif:FNumber="28/10"')
    photo = read(with_segments(JPEG, packet_segment(packet)))
    stripped = read(encode(photo, strip="gps")).xmp
    assert b"GPS" not in stripped
    assert b"A night" in stripped and b"FNumber" in stripped
    assert b"GPSLatitude" in read(encode(photo)).xmp


def test_extended_xmp_is_joined_and_split_again():
    long = "x" * 90_000
    body = xmp_packet(f"<dc:description>{long}</dc:description>")
    guid = b"0123456789ABCDEF0123456789ABCDEF"
    main = xmp_packet(
        "", f'xmlns:n="http://ns.adobe.com/xmp/note/" n:HasExtendedXMP="{guid.decode()}"'
    )
    name = b"http://ns.adobe.com/xmp/extension/\0" + guid
    parts = [
        segment(0xE1, name + struct.pack(">II", len(body), at) + body[at : at + 60_000])
        for at in range(0, len(body), 60_000)
    ]
    photo = read(with_segments(JPEG, packet_segment(main), *reversed(parts)))
    assert long.encode() in photo.xmp and b"HasExtended" not in photo.xmp
    again = read(encode(photo))
    assert long.encode() in again.xmp
    assert xmp_text(again.xmp) == xmp_text(photo.xmp)
    assert long.encode() in read(encode(photo, format="png")).xmp


def xmp_text(packet):
    assert packet.count(b"<rdf:RDF") == 1
    text = re.sub(rb"\s+", b" ", packet)
    return sorted(each.text or "" for each in ElementTree.fromstring(text).iter() if each.text)


def test_iptc_survives_in_jpeg_and_tiff_without_its_thumbnail():
    def resource(number, body):
        return b"8BIM" + struct.pack(">HHI", number, 0, len(body)) + body + bytes(len(body) % 2)

    iptc, thumbnail = resource(0x0404, b"\x1c\x02\x78\0\5night"), resource(0x040C, b"old look")
    data = with_segments(JPEG, segment(0xED, b"Photoshop 3.0\0" + iptc + thumbnail))
    photo = read(data)
    for name in ("jpeg", "tiff"):
        written = encode(photo, format=name)
        assert read(written).iptc == iptc
        assert b"old look" not in written
    assert b"night" not in encode(photo, format="jpeg", strip="all")


@pytest.mark.parametrize("trailer", [b"", SECOND])
def test_stripping_everything_keeps_profile_and_orientation(trailer):
    from tests.photo.files import P3, SRGB_TONE, exif_block, matrix_profile

    profile = matrix_profile(P3, SRGB_TONE)
    segments = [segment(0xE1, b"Exif\0\0" + exif_block(6)), packet_segment(xmp_packet())]
    photo = read(with_segments(JPEG, *segments, segment(0xE2, b"ICC_PROFILE\0\1\1" + profile)))
    for name in ("jpeg", "png", "tiff", "webp", "avif"):
        written = encode(photo, format=name, strip="all")
        again = read(written)
        assert again.icc == profile
        assert again.orientation == 6
        assert again.xmp is None and again.iptc is None
        assert b"Lantern" not in written and b"dc:format" not in written
    assert np.array_equal(read(encode(photo, format="png", strip="all")).pixels, photo.pixels)


def test_segments_that_are_not_kept_are_named():
    parts = [
        segment(0xE1, b"FLIR\0\1\0\0"),
        segment(0xEB, b"JP\0\1\0\0\0\1....jumbc2pa"),
        segment(0xE7, b"whatever"),
        segment(0xEA, b"AROT\0\0"),
        segment(0xEE, b"Adobe\0d\0\0\0\0\1"),
    ]
    photo = read(with_segments(JPEG, *parts))
    assert photo.notices == ("left out: APP7, FLIR's thermal data, content credentials (C2PA)",)
    assert read(encode(photo)).notices == ()


GEOTIFF = (33550, 33922, 34735, 34736, 34737, 42113)


def test_the_place_of_a_map_is_kept_and_stripped_with_every_other():
    def told(data):
        with tifffile.TiffFile(io.BytesIO(data)) as file:
            return {
                tag: file.pages[0].tags[tag].value for tag in GEOTIFF if tag in file.pages[0].tags
            }

    photo = read(FAULTS / "geotiff.tif")
    before = told((FAULTS / "geotiff.tif").read_bytes())
    assert len(before) >= 3
    assert told(encode(photo)) == before
    assert told(encode(photo, strip="gps")) == {}


def test_a_tag_of_a_tiff_that_is_not_kept_is_named():
    file = io.BytesIO()
    extra = [(65000, "B", 3, b"abc", True), (42112, "s", 0, "<GDALMetadata/>", True)]
    tifffile.imwrite(file, np.zeros((8, 8, 3), np.uint8), extratags=extra, metadata=None)
    photo = read(file.getvalue())
    assert photo.notices == ("left out: GDAL's metadata, tag 65000",)
    assert read(encode(photo)).notices == ()


def test_a_description_of_several_pictures_is_not_kept():
    photo = read(FAULTS / "imagej-stack.tif")
    assert "left out: the description" in photo.notices
    assert b"ImageJ" not in encode(photo)


def box(kind, *parts):
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def item(kind):
    return box(b"infe", b"\2\0\0\0", struct.pack(">HH4s", 2, 0, kind), b"\0")


def test_a_gain_map_among_the_items_of_a_container_is_found():
    """ISO 21496-1 as HEIC and AVIF hold it, and Apple's, beside pictures that are none."""
    head = b"\0\0\0\0"
    items = box(b"iinf", head, b"\0\2", item(b"av01"), item(b"tmap"))
    urn = b"urn:com:apple:photo:2020:aux:hdrgainmap\0"
    apple = box(b"iprp", box(b"ipco", box(b"auxC", head, urn)))
    depth = box(b"iprp", box(b"ipco", box(b"auxC", head, b"urn:mpeg:hevc:2015:auxid:2\0")))
    other = box(b"iinf", head, b"\0\1", item(b"av01"))
    for inside, true in ((items, True), (apple, True), (depth + other, False)):
        data = box(b"ftyp", b"avif") + box(b"meta", head, inside)
        assert boxes.has_gain_map(data) == true
    assert boxes.left_out(box(b"meta", head, items, apple)) == ()


@pytest.mark.parametrize("true", [True, False])
def test_a_gain_map_of_an_avif_is_told(true, monkeypatch):
    data = pillow_bytes(Image.fromarray(gradient()), "AVIF")
    monkeypatch.setattr(boxes, "has_gain_map", lambda found: found == data and true)
    assert any("gain map" in notice for notice in read(data).notices) == true


def test_a_heic_whose_item_is_called_by_no_text_is_refused(tmp_path):
    """pi_heif would end the process."""
    pytest.importorskip("pi_heif")
    stream = io.BytesIO()
    Image.new("RGB", (16, 16)).save(stream, "avif", xmp=b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>")
    data = stream.getvalue().replace(b"avif", b"heic")
    assert boxes.items_are_text(data)
    for sound, broken in ((b"mime", b"\xadime"), (b"application/rdf", b"applic\xfftion/rdf")):
        assert data.count(sound) == 1
        path = tmp_path / f"{len(broken)}.heic"
        path.write_bytes(data.replace(sound, broken))
        with pytest.raises(ReadError, match="kind of one of its items is not text"):
            read(path)
        with pytest.raises(ReadError, match="kind of one of its items is not text"):
            dimensions(path)
