"""Texts of PNG and comments of JPEG, and the profiles that are packed into texts."""

import zlib
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

from nightlift.errors import ReadError
from nightlift.photo import exif as blocks
from nightlift.photo.metadata import losses
from nightlift.photo.reading import read
from nightlift.photo.writing import encode
from tests.photo.files import (
    P3,
    SRGB_TONE,
    exif_block,
    gradient,
    matrix_profile,
    opened,
    pillow_bytes,
    segment,
    with_segments,
    xmp_packet,
)
from tests.photo.test_right_pixels import chunk, png

FAULTS = Path(__file__).resolve().parents[1] / "faults" / "inputs"
TEXTS = {"Title": "a street", "Comment": "ünïcode", "parameters": "steps 20", "Moon": "\U0001f319"}


def with_texts(texts):
    info = PngImagePlugin.PngInfo()
    for number, (keyword, text) in enumerate(texts.items()):
        if text.isascii():
            info.add_text(keyword, text, zip=number % 2 == 0)
        else:
            info.add_itxt(keyword, text, zip=number % 2 == 0)
    return pillow_bytes(Image.fromarray(gradient()), "PNG", pnginfo=info)


def test_texts_of_a_png_stay():
    photo = read(with_texts(TEXTS))
    assert dict(photo.texts) == TEXTS and photo.notices == () == losses(photo)
    written = opened(encode(photo))
    assert {**written.text} == TEXTS
    assert opened(encode(photo, strip="all")).text == {}
    assert opened(encode(photo, format="jpeg")).info["comment"].decode() == TEXTS["Comment"]
    assert losses(photo, "jpeg") == ("JPEG keeps no texts such as Moon, Title, parameters",)
    assert losses(photo, "tiff", strip="all") == ()


def test_texts_that_name_a_place_go_with_it():
    """As ImageMagick writes them for each EXIF property."""
    photo = read(with_texts(TEXTS | {"exif:GPSLatitude": "48/1, 30/1", "photoshop:City": "Ulm"}))
    assert {**opened(encode(photo, strip="gps")).text} == TEXTS
    assert "exif:GPSLatitude" in opened(encode(photo)).text


def test_comments_of_a_jpeg_stay():
    data = pillow_bytes(Image.fromarray(gradient()), "JPEG")
    comments = [segment(0xFE, text) for text in (b"one", "zwölf".encode("latin-1"))]
    photo = read(with_segments(data, *comments))
    assert photo.texts == (("Comment", "one"), ("Comment", "zwölf"))
    assert read(encode(photo)).texts == photo.texts
    assert read(encode(photo, format="png")).texts == photo.texts
    assert read(encode(photo, strip="all")).texts == ()


@pytest.mark.parametrize("packed", [zlib.compress(bytes(2 << 20)), b"garbage"])
def test_texts_that_are_damaged_or_bombs_are_left_out_with_a_sentence(packed):
    photo = read(png(gradient(), 8, 2, chunk(b"zTXt", b"Title\0\0" + packed)))
    assert photo.texts == ()
    assert photo.notices == ("texts that are damaged or very long were left out",)


def raw(kind, profile, packed=True, name=b"Raw profile type "):
    text = b"\n%s\n%8d\n" % (kind, len(profile)) + profile.hex("\n", 36).encode() + b"\n"
    if packed:
        return chunk(b"zTXt", name + kind + b"\0\0" + zlib.compress(text))
    return chunk(b"tEXt", name + kind + b"\0" + text)


@pytest.mark.parametrize("packed", [False, True])
def test_profiles_in_texts(packed):
    exif, packet, profile = exif_block(6), xmp_packet(), matrix_profile(P3, SRGB_TONE)
    records = b"\x1c\x02\x05\0\5night"
    parts = [
        raw(b"exif", b"Exif\0\0" + exif, packed),
        raw(b"xmp", packet, packed),
        raw(b"iptc", records, packed),
        raw(b"icc", profile, packed),
    ]
    photo = read(png(gradient(), 8, 2, *parts))
    assert (photo.exif, photo.xmp, photo.icc, photo.texts) == (exif, packet, profile, ())
    assert photo.orientation == 6 and photo.notices == ()
    assert records in encode(photo, format="jpeg")
    again = read(encode(photo))
    assert (again.exif, again.xmp, again.icc) == (exif, packet, profile)


def test_a_chunk_of_its_own_counts_more_than_a_text():
    parts = chunk(b"eXIf", exif_block(3)), raw(b"APP1", b"Exif\0\0" + exif_block(6))
    assert read(png(gradient(), 8, 2, *parts)).orientation == 3


def test_xmp_in_app1():
    packet = xmp_packet()
    part = raw(b"APP1", b"http://ns.adobe.com/xap/1.0/\0" + packet)
    photo = read(png(gradient(), 8, 2, part))
    assert photo.xmp == packet and photo.exif is None


@pytest.mark.parametrize("text", [b"", b"\nexif\n 9\nff", b"\nexif\nx\nff", b"\nexif\n 1\nzz"])
def test_damaged_profiles_in_texts(text):
    photo = read(png(gradient(), 8, 2, chunk(b"tEXt", b"Raw profile type exif\0" + text)))
    assert photo.exif is None and photo.notices == ("the EXIF is damaged and was left out",)


def test_a_file_whose_orientation_is_in_a_text():
    photo = read(FAULTS / "raw-profile-exif.png")
    assert photo.orientation == 6 == blocks.orientation(photo.exif)
    assert opened(encode(photo)).getexif()[0x010F] == "Maker"


def test_a_profile_of_a_bomb_is_a_damaged_one():
    photo = read(FAULTS.parent / "attack" / "icc_bomb_0.png")
    assert photo.icc is None
    assert photo.notices == ("the color profile cannot be read: its colors are taken as sRGB",)


def test_apples_own_png_is_named():
    data = png(gradient(), 8, 2)
    with pytest.raises(ReadError, match="CgBI"):
        read(data[:8] + chunk(b"CgBI", b"\x50\0\x20\2") + data[8:])
