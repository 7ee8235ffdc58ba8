import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from nightlift.photo import exif as blocks
from nightlift.photo.read import read
from nightlift.photo.write import encode
from tests.photo.files import MAKER_NOTE, exif_block, gradient, opened, pillow_bytes

ORDERS = ["<", ">"]


def as_pillow_reads(block):
    exif = Image.Exif()
    exif.load(block)
    return exif


def holds_maker_note(block):
    at = block.find(MAKER_NOTE)
    return (at >= 0 and struct.pack("<I", at) in block) or struct.pack(">I", at) in block


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("given_orientation", [None, 1, 6])
@pytest.mark.parametrize("wanted", [1, 3, 8])
def test_orientation_is_set_without_moving_anything(order, given_orientation, wanted):
    block = exif_block(given_orientation, order=order)
    changed = blocks.with_orientation(block, wanted)
    assert blocks.orientation(changed) == wanted
    assert as_pillow_reads(changed).get(0x0112, 1) == wanted
    assert changed.find(MAKER_NOTE) == block.find(MAKER_NOTE)
    assert as_pillow_reads(changed).get_ifd(0x8825) == as_pillow_reads(block).get_ifd(0x8825)


@pytest.mark.parametrize("order", ORDERS)
def test_size_is_set(order):
    changed = blocks.with_size(exif_block(order=order), 4000, 3000)
    inner = as_pillow_reads(changed).get_ifd(0x8769)
    assert (inner[0xA002], inner[0xA003]) == (4000, 3000)


@pytest.mark.parametrize("order", ORDERS)
def test_gps_is_gone_from_the_bytes_and_nothing_else(order):
    block = exif_block(6, order=order)
    stripped = blocks.without_gps(block)
    assert len(stripped) == len(block)
    assert b"2026:11:21" in block
    assert b"2026:11:21" not in stripped
    assert struct.pack(order + "6I", 48, 1, 51, 1, 30, 1) not in stripped
    exif = as_pillow_reads(stripped)
    assert 0x8825 not in exif
    assert exif[0x010F] == "Lantern"
    assert stripped.find(MAKER_NOTE) == block.find(MAKER_NOTE)
    assert exif.get_ifd(0x8769)[0x927C] == MAKER_NOTE


@pytest.mark.parametrize("order", ORDERS)
def test_thumbnail_at_the_end_is_cut_off(order):
    plain = exif_block(6, order=order)
    block = exif_block(6, order=order, thumbnail=b"THUMBNAIL" * 40)
    assert blocks.without_thumbnail(block) == plain
    assert blocks.without_thumbnail(plain) == plain


def test_thumbnail_elsewhere_is_zeroed():
    block = exif_block(6, thumbnail=b"THUMBNAIL" * 40) + b"something that follows"
    stripped = blocks.without_thumbnail(block)
    assert len(stripped) == len(block)
    assert b"THUMBNAIL" not in stripped
    assert stripped.endswith(b"something that follows")
    assert as_pillow_reads(stripped)[0x010F] == "Lantern"


def test_values_that_the_thumbnail_shares_stay():
    """Some writers point the resolution of both directories at the same bytes."""
    block = bytearray(exif_block(None, gps=False, thumbnail=b"x" * 40))
    camera = block.find(b"Lantern\0")
    link = 8 + 2 + 12 * struct.unpack_from("<H", block, 8)[0]
    second = struct.unpack_from("<I", block, link)[0]
    struct.pack_into("<HHII", block, second + 2, 0x010F, 2, 8, camera)
    assert as_pillow_reads(blocks.without_thumbnail(bytes(block)))[0x010F] == "Lantern"


@given(st.binary(max_size=300), st.sampled_from([b"II*\0", b"MM\0*", b""]))
@settings(derandomize=True, max_examples=40, deadline=None)
def test_garbage_never_raises_anything_but_value_errors(data, start):
    block = start + data
    for act in (blocks.without_gps, blocks.without_thumbnail, blocks.without_orientation):
        try:
            act(block)
        except ValueError:
            continue
    assert blocks.orientation(block) in range(1, 9)


@pytest.mark.parametrize("name", ["jpeg", "png", "tiff", "webp", "avif"])
def test_maker_note_survives_every_format(name):
    data = pillow_bytes(Image.fromarray(gradient()), "JPEG", exif=exif_block(1))
    written = encode(read(data), format=name)
    assert MAKER_NOTE in written
    exif = opened(written).getexif()
    assert exif[0x0110] == "Model 7"
    assert exif.get_ifd(0x8769)[0x927C] == MAKER_NOTE
    assert exif.get_ifd(0x8825)[29].startswith("2026:11:21")
    again = read(written).exif
    assert again is not None and MAKER_NOTE in again


@pytest.mark.parametrize("name", ["jpeg", "png", "tiff", "webp", "avif"])
@pytest.mark.parametrize("orientation", [1, 6])
def test_stripping_gps_from_a_file(name, orientation):
    data = pillow_bytes(Image.fromarray(gradient()), "JPEG", exif=exif_block(orientation))
    written = encode(read(data), format=name, strip="gps")
    assert b"2026:11:21" not in written
    assert MAKER_NOTE in written
    assert not opened(written).getexif().get_ifd(0x8825)
    assert read(written).orientation == orientation


@pytest.mark.parametrize("order", ORDERS)
def test_jpeg_block_is_kept_byte_for_byte(order):
    block = exif_block(6, order=order)
    data = pillow_bytes(Image.fromarray(gradient()), "JPEG", exif=block)
    assert read(encode(read(data))).exif == block


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_tiff_in_the_byte_order_of_its_block(order, dtype):
    from nightlift.photo.photo import Photo

    pixels = np.arange(5 * 7 * 3).reshape(5, 7, 3).astype(dtype)
    if dtype == np.float32:
        pixels /= 105
    photo = Photo(pixels, exif=exif_block(3, order=order), orientation=3)
    data = encode(photo, format="tiff")
    assert data[:2] == (b"II" if order == "<" else b"MM")
    assert np.array_equal(read(data).pixels, pixels)
    assert read(data).orientation == 3
