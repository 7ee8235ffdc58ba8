"""Damaged photos: one outcome, whatever memory held before and however many threads there are."""

import ctypes
import random
import struct
import sys

import numpy as np
import pytest
from PIL import Image

from nightlift.errors import NightliftError, ReadError
from nightlift.photo import jpeg_rows, jpeg_strips
from nightlift.photo.buffer_pool import BufferPool
from nightlift.photo.photo import Photo
from nightlift.photo.reading import read
from nightlift.photo.writing import encode
from tests.fuzz.mutation import FAULTS, FORMATS, mutated, seeds
from tests.photo import files

PERTURB = -6
"""glibc's option of mallopt: what fresh memory is filled with."""


def outcome(data, **given):
    try:
        photo = read(data, **given)
    except NightliftError as error:
        return str(error)
    alpha = None if photo.alpha is None else photo.alpha.tobytes()
    return photo.pixels.tobytes(), alpha, photo.notices


def jpegs():
    """JPEGs of all the kinds that are decoded in strips, and of one that is not."""
    image = Image.fromarray(files.gradient(120, 100))
    kinds = [{}, {"restart_marker_blocks": 7}, {"optimize": True}, {"progressive": True}]
    for subsampling in (0, 1, 2):
        for kind in kinds:
            yield files.pillow_bytes(image, "JPEG", quality=85, subsampling=subsampling, **kind)


def broken(data, rng):
    """A JPEG with bytes changed, put in, taken out or cut off, and markers where none belong."""
    data = bytearray(data)
    at = rng.randrange(len(data) - 2)
    kind = rng.randrange(6)
    if kind == 0:
        data[at] = rng.randrange(256)
    elif kind == 1:
        data[at:at] = rng.randbytes(rng.choice([1, 2, 30]))
    elif kind == 2:
        del data[at : at + rng.choice([1, 2, 30])]
    elif kind == 3:
        del data[at:]
    elif kind == 4:
        data[at : at + 2] = b"\xff" + bytes([rng.choice([0xD0, 0xD7, 0xD9, 0xFF, 0x01, 0xFE])])
    else:
        data[at:at] = b"\xff" * rng.choice([1, 2, 5])
    return bytes(data)


@pytest.mark.parametrize("seed", range(8))
def test_a_damaged_jpeg_is_the_same_for_any_number_of_threads(seed, monkeypatch):
    monkeypatch.setattr(jpeg_strips, "LARGE", 1)
    monkeypatch.setattr(jpeg_rows, "STRIP_PIXELS", 3000)
    rng = random.Random(seed)
    whole = list(jpegs())
    for _ in range(60):
        data = broken(rng.choice(whole), rng)
        first = outcome(data, threads=1)
        assert outcome(data, threads=3) == first
        assert outcome(data, buffers=BufferPool()) == first


def test_what_a_decoder_gave_up_is_no_photo():
    data = (FAULTS / "relatives" / "decoder-gives-up.jpg").read_bytes()
    room = BufferPool()
    room.of(3 * 16 * 24)[:] = 77  # the photo before, perhaps somebody else's
    for where in (None, room):
        with pytest.raises(ReadError, match="its picture cannot be decoded to its end"):
            read(data, buffers=where)


def test_of_a_packed_tiff_no_row_is_left_as_memory_was():
    data = bytearray((FAULTS / "inputs" / "rgb-12-bit.tif").read_bytes())
    first = struct.unpack_from("<I", data, 4)[0]
    (count,) = struct.unpack_from("<H", data, first)
    for place in range(first + 2, first + 2 + 12 * count, 12):
        tag, _, number = struct.unpack_from("<HHI", data, place)
        if tag == 279:
            struct.pack_into("<I", data, place + 4, max(1, number - 1))
            if number == 1:
                struct.pack_into("<I", data, place + 8, 10)
    with pytest.raises(ReadError, match=r"too short|missing"):
        read(bytes(data))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory as glibc fills it")
@pytest.mark.parametrize("format", FORMATS)
def test_no_pixel_is_memory_that_nobody_wrote(format, monkeypatch):
    monkeypatch.setattr("nightlift.photo.formats.MAX_PIXELS", 1 << 20)
    libc = ctypes.CDLL(None)
    if not hasattr(libc, "mallopt"):
        pytest.skip("another library than glibc")
    rng = random.Random(format)
    pool = list(seeds(format))
    try:
        for _ in range(60):
            data = mutated(rng.choice(pool), rng)
            data = data[: rng.randrange(len(data) // 2, len(data) + 1)]
            outcomes = []
            for fill in (0x55, 0xAA):
                libc.mallopt(PERTURB, fill)
                outcomes.append(outcome(data))
            assert outcomes[0] == outcomes[1], data
    finally:
        libc.mallopt(PERTURB, 0)


@pytest.mark.parametrize("format", FORMATS)
def test_a_file_that_is_cut_off_is_a_sentence_or_the_whole_photo(format):
    photo = Photo(files.noise((60, 70, 3)))
    data = encode(photo, format=format)
    whole = read(data).pixels
    rng = random.Random(7)
    for length in [*range(40), *sorted(rng.randrange(40, len(data)) for _ in range(60))]:
        try:
            found = read(data[:length])
        except ReadError:
            continue
        assert np.array_equal(found.pixels, whole), length
