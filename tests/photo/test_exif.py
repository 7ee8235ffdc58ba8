import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from nightlift.photo import exif as blocks
from nightlift.photo import exif_tree, places
from nightlift.photo.metadata import losses
from nightlift.photo.photo import Photo
from nightlift.photo.reading import read
from nightlift.photo.writing import encode
from tests.photo.files import MAKER_NOTE, exif_block, gradient, opened, pillow_bytes

ORDERS = ["<", ">"]
FAULTS = Path(__file__).resolve().parents[1] / "faults" / "inputs"


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
def test_gps_and_maker_notes_are_gone_from_the_bytes_and_nothing_else(order):
    stripped = places.exif_without(exif_block(6, order=order))
    assert b"2026:11:21" not in stripped and MAKER_NOTE not in stripped
    assert struct.pack(order + "6I", 48, 1, 51, 1, 30, 1) not in stripped
    exif = as_pillow_reads(stripped)
    assert dict(exif) == {0x010F: "Lantern", 0x0110: "Model 7", 0x0112: 6, 0x8769: exif[0x8769]}
    assert exif.get_ifd(0x8769) == {0x829A: 1 / 30, 0xA002: 56, 0xA003: 40}


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
    for act in (blocks.without_thumbnail, places.exif_without):
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
    assert b"2026:11:21" not in written and MAKER_NOTE not in written
    assert b"Lantern" in written
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


@pytest.mark.parametrize("entries", [1, 3000])
def test_every_orientation_entry_is_changed(entries):
    one = struct.pack("<HHIHH", 0x0112, 3, 1, 6, 0)
    block = b"II*\0\x08\0\0\0" + struct.pack("<H", entries) + one * entries + bytes(4) + b"after"
    assert blocks.with_orientation(block, 8) == block.replace(one, one[:8] + b"\x08\0\0\0")


def test_a_size_that_a_short_cannot_hold_is_a_long():
    block = struct.pack("<4sIHHHIHHI", b"II*\0", 8, 1, 0x0100, 3, 1, 56, 0, 0)
    assert as_pillow_reads(blocks.with_size(block, 70_000, 4))[0x0100] == 70_000
    assert as_pillow_reads(blocks.with_size(block, 65_535, 4))[0x0100] == 65_535


SPANS = st.lists(st.tuples(st.integers(0, 30), st.integers(1, 9)).map(lambda s: (s[0], sum(s))))


@given(SPANS, SPANS)
@settings(derandomize=True, deadline=None)
def test_only_spans_that_nothing_else_uses_are_erased(spans, used):
    used = [(0, 8), *used]
    taken = {at for span in used for at in range(*span)}
    free = {at for span in spans if not taken & set(range(*span)) for at in range(*span)}
    expected = bytes(0 if at in free else 1 for at in range(40))
    erased = blocks._erased(bytearray(b"\1" * 40), spans, used)
    assert erased == expected[: len(erased)]
    assert set(range(len(erased), 40)) <= free


def test_exif_too_long_for_a_jpeg_keeps_all_but_the_long_values():
    photo = read(FAULTS / "exif-over-64k.png")
    assert len(photo.exif) > 65_536
    assert any("longer than a JPEG can hold" in sentence for sentence in losses(photo, "jpeg"))
    before = as_pillow_reads(photo.exif)
    after = opened(encode(photo, format="jpeg")).getexif()
    inner = {**before.get_ifd(0x8769)}
    inner.pop(0x927C)
    assert after.get_ifd(0x8769) == inner
    assert after.get_ifd(0x8825) == before.get_ifd(0x8825)
    assert {**after, 0x8769: 0, 0x8825: 0} == {**before, 0x8769: 0, 0x8825: 0}


@given(st.lists(st.integers(1, 60_000), min_size=1, max_size=8))
@settings(derandomize=True, deadline=None)
def test_the_longest_values_go_first(lengths):
    at = 8 + 2 + 12 * len(lengths) + 4
    entries, values = b"", b""
    for number, length in enumerate(lengths):
        entries += struct.pack("<HHII", 0x9000 + number, 7, length, at + len(values))
        values += bytes(length)
    block = struct.pack("<4sIH", b"II*\0", 8, len(lengths)) + entries + bytes(4) + values
    fitted = exif_tree.fitted(block, 65_000)
    assert len(fitted) <= 65_000
    _, tree = exif_tree.of_block(fitted)
    kept = [value.length for value in tree.values()]
    lost = sorted(lengths)[len(kept) :]
    assert sorted(kept) == sorted(lengths)[: len(kept)]
    assert not lost or len(fitted) + 12 + lost[0] > 65_000


def test_a_block_that_cannot_be_written_anew_is_told():
    """Its values overlap: they are together longer than the block."""
    entries = b"".join(struct.pack("<HHII", 0x9000 + at, 7, 60, 8) for at in range(9))
    block = struct.pack("<4sIH", b"II*\0", 8, 9) + entries + bytes(4)
    photo = Photo(gradient(), exif=block, orientation=6)
    assert losses(photo, "png") == ()
    assert losses(photo, "png", strip="gps") == ("the EXIF is damaged and was left out",)
    assert read(encode(photo, format="png", strip="gps")).orientation == 6
