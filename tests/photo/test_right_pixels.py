"""Pictures whose pixels were once wrong: transparency of one value, channels, samplings."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from nightlift.errors import ReadError
from nightlift.photo.metadata import losses
from nightlift.photo.photo import Photo
from nightlift.photo.reading import read
from nightlift.photo.writing import encode
from tests.photo.files import gradient, noise, pillow_bytes

FAULTS = Path(__file__).resolve().parents[1] / "faults" / "inputs"


def chunk(name, body):
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(array, depth, color_type, *chunks):
    """Of samples that lie in bytes as PNG packs them."""
    height, width = array.shape[:2]
    if depth < 8:
        bits = np.unpackbits(array.astype(np.uint8)[..., None], axis=2)[..., -depth:]
        rows = np.packbits(bits.reshape(height, -1), axis=1)
    else:
        rows = array.astype(">u2" if depth == 16 else np.uint8).reshape(height, -1)
    header = struct.pack(">IIBBBBB", width, height, depth, color_type, 0, 0, 0)
    picture = zlib.compress(b"".join(b"\0" + row.tobytes() for row in rows))
    parts = [chunk(b"IHDR", header), *chunks, chunk(b"IDAT", picture), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


KINDS = [(1, 0), (2, 0), (4, 0), (8, 0), (16, 0), (8, 2), (16, 2)]


@pytest.mark.parametrize(("depth", "color_type"), KINDS)
def test_a_transparent_value_of_a_png(depth, color_type):
    top = 2**depth - 1
    array = np.random.default_rng(1).integers(0, 2, (5, 9, 3 if color_type else 1)) * top
    key = array[2, 3]
    transparent = chunk(b"tRNS", struct.pack(f">{len(key)}H", *key))
    photo = read(png(array[..., 0] if color_type == 0 else array, depth, color_type, transparent))
    dtype = np.uint16 if depth == 16 else np.uint8
    scale = np.iinfo(dtype).max // top
    assert photo.pixels.dtype == photo.alpha.dtype == dtype
    assert np.array_equal(photo.pixels, np.broadcast_to(array * scale, (5, 9, 3)))
    assert np.array_equal(photo.alpha == 0, (array == key).all(axis=2))
    assert set(np.unique(photo.alpha)) == {0, np.iinfo(dtype).max}
    assert np.array_equal(read(encode(photo)).alpha, photo.alpha)


@pytest.mark.parametrize("depth", [8, 16])
def test_an_animated_png_is_its_first_picture(depth):
    array = noise((6, 7, 3), np.uint16 if depth == 16 else np.uint8)
    frame = struct.pack(">IIIIIHHBB", 0, 7, 6, 0, 0, 1, 10, 0, 0)
    animation = chunk(b"acTL", struct.pack(">II", 1, 0)), chunk(b"fcTL", frame)
    photo = read(png(array, depth, 2, *animation))
    assert np.array_equal(photo.pixels, array)
    assert photo.notices == ("only the first picture of the animation was read",)


def test_a_profile_longer_than_pillow_takes_is_read():
    from tests.photo.files import P3, SRGB_TONE, matrix_profile

    profile = matrix_profile(P3, SRGB_TONE) + bytes(3 << 20)
    photo = Photo(gradient(), icc=profile)
    assert read(encode(photo)).icc == profile


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [2, 4])
def test_a_channel_that_is_no_transparency(dtype, channels):
    array = noise((20, 25, channels), dtype)
    file = io.BytesIO()
    kind = "rgb" if channels == 4 else "minisblack"
    options = {"extrasamples": ["unspecified"], "planarconfig": "contig"}
    tifffile.imwrite(file, array, photometric=kind, **options)
    photo = read(file.getvalue())
    assert photo.alpha is None
    assert np.array_equal(photo.pixels[..., : channels - 1], array[..., :-1])
    assert len(photo.notices) == 1 and "neither color nor transparency" in photo.notices[0]


def test_webp_with_a_profile_stays_lossless():
    photo = read(FAULTS / "lossless-icc.webp")
    assert photo.lossless and photo.icc
    again = read(encode(photo))
    assert again.lossless and np.array_equal(again.pixels, photo.pixels)
    lossy = read(pillow_bytes(Image.fromarray(gradient()), "WEBP", icc_profile=photo.icc))
    assert not lossy.lossless


@pytest.mark.parametrize("subsampling", ["444", "422", "420"])
def test_avif_keeps_its_subsampling(subsampling):
    data = pillow_bytes(Image.fromarray(gradient()), "AVIF", subsampling=":".join(subsampling))
    photo = read(data)
    assert photo.subsampling == subsampling
    assert read(encode(photo)).subsampling == subsampling
    assert read(encode(photo, format="jpeg")).subsampling == "420"
    assert read(encode(Photo(gradient(), format="png"), format="avif")).subsampling == "420"


def test_an_avif_without_loss_is_written_as_near_as_can_be_and_told():
    data = pillow_bytes(Image.fromarray(gradient()), "AVIF", subsampling="4:4:4")
    at = data.find(b"colrnclx") + 12
    plain, exact = read(data), read(data[:at] + b"\0\0" + data[at + 2 :])
    assert (plain.lossless, exact.lossless) == (False, True)
    assert losses(plain) == () and "with a little loss" in losses(exact)[0]
    assert losses(exact, "png") == ()
    written = read(encode(exact, quality=5))
    assert np.abs(written.pixels.astype(int) - exact.pixels).max() <= 4


@pytest.mark.parametrize("mode", ["L", "LA"])
def test_gray_avif_stays_gray(mode):
    gray = Image.fromarray(gradient()).convert(mode)
    photo = read(pillow_bytes(gray, "AVIF", subsampling="4:0:0", quality=100))
    again = encode(photo, quality=100)
    assert photo.mode == read(again).mode == "gray"
    assert again[again.find(b"av1C") + 6] & 0x10, "no chroma is stored"
    np.testing.assert_array_equal(read(again).pixels, photo.pixels)


def packed_tiff(array, bits, rows, compressed, order):
    """Samples packed without gaps, in strips of so many rows."""
    height, width, samples = array.shape
    strips = []
    for top in range(0, height, rows):
        lines = array[top : top + rows].reshape(-1, width * samples)
        ones = (lines[..., None] >> np.arange(bits)[::-1] & 1).astype(np.uint8)
        strip = np.packbits(ones.reshape(len(lines), -1), axis=1).tobytes()
        strips.append(zlib.compress(strip) if compressed else strip)
    file = io.BytesIO()
    picture = np.zeros((height, width, samples), np.uint16)
    kind = "rgb" if samples == 3 else "minisblack"
    tifffile.imwrite(file, picture, photometric=kind, byteorder=order, rowsperstrip=rows)
    data = bytearray(file.getvalue())
    with tifffile.TiffFile(io.BytesIO(data)) as opened:
        tags = opened.pages[0].tags
    offsets = np.cumsum([len(data), *map(len, strips)])[:-1]
    changes = {258: [bits] * samples, 259: [8 if compressed else 1], 273: offsets}
    changes[279] = [len(strip) for strip in strips]
    for tag, values in changes.items():
        size = {3: 2, 4: 4}[int(tags[tag].dtype)]
        stored = np.array(values, f"{order}u{size}").tobytes()
        data[tags[tag].valueoffset : tags[tag].valueoffset + len(stored)] = stored
    return bytes(data) + b"".join(strips)


@pytest.mark.parametrize("bits", [10, 12, 14])
@pytest.mark.parametrize("samples", [1, 3])
@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("order", ["<", ">"])
def test_packed_bits(bits, samples, compressed, order):
    array = np.random.default_rng(bits).integers(0, 2**bits, (23, 11, samples))
    array[0, 0], array[0, 1] = 0, 2**bits - 1
    photo = read(packed_tiff(array, bits, 5, compressed, order))
    assert photo.mode == ("gray" if samples == 1 else "rgb") and photo.notices == ()
    expected = np.round(array * (65535 / (2**bits - 1)))
    assert np.array_equal(photo.pixels, np.broadcast_to(expected, (23, 11, 3)))


def test_packed_bits_of_other_readers_files():
    deep, eight = (read(FAULTS / name) for name in ("rgb-12-bit.tif", "geotiff.tif"))
    assert abs(deep.pixels / 257 - eight.pixels).max() <= 1


def test_packed_bits_that_are_cut_off():
    data = packed_tiff(np.zeros((9, 9, 1), int), 12, 9, False, "<")
    with pytest.raises(ReadError, match="too short"):
        read(data[:-1])


def test_cmyk_with_transparency():
    photo, eight = (read(FAULTS / name) for name in ("cmyk-alpha.tif", "geotiff.tif"))
    assert photo.mode == "cmyk" and np.array_equal(photo.pixels, eight.pixels)
    assert photo.notices == ("the transparency of CMYK was left out",)


@pytest.mark.parametrize("order", ["<", ">"])
def test_lab_with_16_bits_is_that_with_8(order):
    rng = np.random.default_rng(3)
    eight = np.dstack([rng.integers(0, 256, (7, 9)), rng.integers(-60, 60, (7, 9, 2))])
    deep = np.dstack([eight[..., :1] * 257, eight[..., 1:] * 256])
    files = io.BytesIO(), io.BytesIO()
    for file, array in zip(files, (eight.astype(np.uint8), deep.astype(np.uint16)), strict=True):
        tifffile.imwrite(file, array, photometric="cielab", byteorder=order)
    expected, photo = (read(file.getvalue()) for file in files)
    assert photo.mode == "lab" and np.array_equal(photo.pixels, expected.pixels)
    assert photo.notices == ("LAB with 16 bits was read with 8", *expected.notices)


@pytest.mark.parametrize(("a", "clipped"), [(20, False), (-100, True)])
def test_lab_colors_that_srgb_does_not_have_are_told(a, clipped):
    lab = np.full((12, 12, 3), (150, 0, 0), np.uint8)
    lab[:3, :3, 1] = np.int8(a).view(np.uint8)
    file = io.BytesIO()
    tifffile.imwrite(file, lab, photometric="cielab")
    notices = read(file.getvalue()).notices
    assert len(notices) == clipped and all("that sRGB does not have" in told for told in notices)
