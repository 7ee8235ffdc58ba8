"""JPEG XL: pixels, colors and metadata, there and back, beside the programs of its own library."""

import itertools
import shutil
import struct
import subprocess
import sys

import brotli
import numpy as np
import pytest

from nightlift.errors import MissingExtraError, ReadError
from nightlift.photo import exif as blocks
from nightlift.photo import jxl, jxl_boxes, jxl_header
from nightlift.photo.channels import Channels
from nightlift.photo.metadata import GAIN_MAP, losses
from nightlift.photo.photo import Photo
from nightlift.photo.reading import dimensions, read
from nightlift.photo.writing import encode
from tests.photo import files
from tests.photo.files import exif_block, gradient, noise, xmp_packet

P3 = files.matrix_profile(files.P3, files.SRGB_TONE)
PROFILES = {
    "none": None,
    "matrix": P3,
    "linear": files.matrix_profile(files.P3, files.LINEAR),
    "table": files.table_profile(),
}
DEPTHS = [np.uint8, np.uint16, np.float32]
MODES = list(itertools.product(["rgb", "gray"], [False, True]))
PICTURE = encode(Photo(gradient()), format="jxl")


def box(kind, body):
    return struct.pack(">I4s", 8 + len(body), kind) + body


def file_of(*boxes, picture=PICTURE):
    return jxl_boxes.HEAD + b"".join(boxes) + box(b"jxlc", picture)


def top_of(photo):
    return 1.0 if photo.pixels.dtype == np.float32 else float(np.iinfo(photo.pixels.dtype).max)


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("dtype", DEPTHS)
@pytest.mark.parametrize(("mode", "transparent"), MODES)
def test_without_loss_every_value_comes_back(dtype, mode, transparent, profile):
    pixels = noise((9, 7, 3), dtype)
    if mode == "gray":
        pixels = np.repeat(pixels[..., :1], 3, axis=2)
    photo = Photo(
        pixels,
        alpha=noise((9, 7), dtype, seed=3) if transparent else None,
        mode=mode,
        icc=PROFILES[profile],
        exif=exif_block(1),
        xmp=xmp_packet(),
    )
    data = encode(photo, format="jxl", quality=100)
    again = read(data)
    assert np.array_equal(again.pixels, photo.pixels) and again.pixels.dtype == dtype
    assert np.array_equal(again.alpha, photo.alpha) if transparent else again.alpha is None
    assert (again.icc, again.xmp, again.format) == (photo.icc, photo.xmp, "jxl")
    assert files.MAKER_NOTE in again.exif and again.lossless
    assert losses(photo, "jxl", quality=100) == ()
    assert encode(again) == data  # what was lossless stays so
    height, width, bytes_a_pixel = dimensions(data)
    assert (height, width) == pixels.shape[:2]
    assert bytes_a_pixel == (16 if transparent else 12)


@pytest.mark.parametrize("profile", ["none", "matrix", "linear"])
@pytest.mark.parametrize("dtype", DEPTHS)
def test_with_loss_colors_stay_those_of_the_profile(dtype, profile):
    pixels = gradient(96, 128).astype(np.float64) / 255
    pixels = pixels if dtype == np.float32 else np.round(pixels * np.iinfo(dtype).max)
    photo = Photo(pixels.astype(dtype), icc=PROFILES[profile])
    again = read(encode(photo, format="jxl", quality=95))
    assert not again.lossless and again.pixels.dtype == dtype
    error = np.abs(again.pixels.astype(float) - photo.pixels) / top_of(photo)
    assert 0 < error.mean() < 0.012
    told = any("as numbers" in sentence for sentence in losses(photo, "jxl", quality=95))
    assert told == (photo.icc is not None) == (again.icc is not None)


@pytest.mark.parametrize("icc", [files.table_profile(), files.gray_profile(files.gamma(2.2))])
def test_a_profile_that_numbers_cannot_tell_is_kept_by_losing_nothing(icc):
    mode = "gray" if b"GRAY" in icc[:40] else "rgb"
    gray = np.repeat(gradient()[..., :1], 3, axis=2)
    photo = Photo(gray, mode=mode, icc=icc)
    again = read(encode(photo, format="jxl", quality=50))
    assert again.icc == icc and np.array_equal(again.pixels, gray)
    assert losses(photo, "jxl", quality=50) == ()


def test_a_profile_that_does_not_fit_the_pixels_is_told():
    photo = Photo(gradient(), icc=files.gray_profile(files.gamma(2.2)))
    assert losses(photo, "jxl") == ("JXL does not keep this color profile",)
    assert read(encode(photo, format="jxl")).icc is None


@pytest.mark.parametrize("orientation", range(1, 9))
def test_pixels_are_written_upright(orientation):
    photo = Photo(gradient(), orientation=orientation, exif=exif_block(orientation))
    again = read(encode(photo, format="jxl", quality=100))
    upright = read(encode(photo, format="png", upright=True))
    assert np.array_equal(again.pixels, upright.pixels)
    assert again.orientation == blocks.orientation(again.exif) == 1


def test_dots_per_inch_travel_in_the_exif():
    again = read(encode(Photo(gradient(), resolution=(300.0, 300.0)), format="jxl"))
    assert again.resolution == (300.0, 300.0)


# ---------------------------------------------------------------- boxes


def test_boxes_packed_by_brotli_are_read():
    exif, packet = exif_block(1), xmp_packet()
    packed = [
        box(b"brob", b"Exif" + brotli.compress(bytes(4) + exif)),
        box(b"brob", b"xml " + brotli.compress(packet)),
    ]
    photo = read(file_of(*packed))
    assert photo.xmp == packet and files.MAKER_NOTE in photo.exif and photo.notices == ()


@pytest.mark.parametrize("body", [b"no brotli", brotli.compress(bytes(1 << 25)), b""])
def test_a_packed_box_that_is_damaged_or_a_bomb_is_left_out_and_told(body):
    photo = read(file_of(box(b"brob", b"xml " + body)))
    assert photo.xmp is None
    assert photo.notices == ("left out: metadata that cannot be unpacked",)


def test_an_exif_block_may_begin_later_in_its_box():
    body = struct.pack(">I", 6) + b"Exif\0\0" + exif_block(1)
    assert files.MAKER_NOTE in read(file_of(box(b"Exif", body))).exif


def test_a_picture_in_parts_is_read():
    parts = [PICTURE[:1], PICTURE[1:20], PICTURE[20:]]
    numbers = [0, 1, 2 | 1 << 31]
    boxes = [
        box(b"jxlp", struct.pack(">I", number) + part)
        for number, part in zip(numbers, parts, strict=True)
    ]
    data = jxl_boxes.HEAD + b"".join(boxes)
    assert np.array_equal(read(data).pixels, read(PICTURE).pixels)
    assert dimensions(data)[:2] == gradient().shape[:2]


@pytest.mark.parametrize(
    ("kind", "body", "notice"),
    [
        (b"jhgm", b"a map", GAIN_MAP),
        (b"jumb", b"claims", "left out: content credentials (C2PA)"),
        (b"abcd", b"1234", "left out: a box abcd"),
    ],
)
def test_what_is_not_taken_is_told(kind, body, notice):
    assert read(file_of(box(kind, body))).notices == (notice,)


# ---------------------------------------------------------------- the header, bit by bit


class Bits:
    """Writes what `jxl_header` reads."""

    def __init__(self):
        self.value, self.count = 0, 0

    def put(self, *pairs):
        for value, count in pairs:
            self.value |= value << self.count
            self.count += count
        return self

    def data(self):
        return jxl_header.SIGNATURE + self.value.to_bytes(self.count // 8 + 40, "little")


def small(height, ratio=1):
    """A header's start: sides that are multiples of 8, and `all_default` to come."""
    return Bits().put((1, 1), (height // 8 - 1, 5), (ratio, 3))


@pytest.mark.parametrize(("ratio", "width"), [(1, 96), (3, 128), (5, 170), (7, 192)])
def test_a_width_may_be_told_as_a_ratio(ratio, width):
    header = jxl_header.parse(small(96, ratio).put((1, 1)).data())
    assert (header.height, header.width) == (96, width)


def test_an_animation_is_refused():
    bits = small(96).put((0, 1), (1, 1), (0, 3), (0, 1), (0, 1), (1, 1))
    assert jxl_header.parse(bits.data()).animated
    with pytest.raises(ReadError, match="an animation"):
        read(bits.data())


def described(depth, channels):
    """A header with these fields for depth and channels, of XYB, with a profile."""
    bits = small(96).put((0, 1), (1, 1), (5, 3), (0, 1), (0, 1), (0, 1))
    return bits.put(*depth, (1, 1), *channels, (1, 1), (0, 1), (1, 1)).data()


def test_every_field_before_the_colors_is_gone_over():
    name = [(1, 2), (3, 4), (0, 24)]
    alpha = [(1, 2), (0, 1), (0, 2), (0, 1), (0, 2), (0, 2), *name, (1, 1)]
    header = jxl_header.parse(described([(1, 1), (0, 2), (7, 4)], alpha))
    assert header.depth == (32, True) and header.channels == ((jxl_header.ALPHA, True),)
    assert header.perceptual and header.profiled


@pytest.mark.parametrize(
    ("depth", "channels", "words"),
    [
        ([(0, 1), (1, 2)], [(0, 2)], "10 bits"),
        ([(0, 1), (0, 2)], [(2, 2), (0, 4), (1, 1), (1, 1)], "further channels"),
        ([(0, 1), (0, 2)], [(1, 2), (0, 1), (2, 2), (2, 4)] + [(0, 1), (0, 2)] * 2, "inks"),
    ],
)
def test_kinds_that_are_not_read_are_told(depth, channels, words):
    with pytest.raises(ReadError, match=words):
        dimensions(described(depth, channels))


def test_colors_that_were_multiplied_by_alpha_are_divided():
    pixels = np.array([[[100, 50, 0], [7, 7, 7]]], np.uint8)
    divided = jxl._divided(Channels(pixels, np.array([[128, 0]], np.uint8), "rgb"))
    assert divided[0, 0].tolist() == [199, 100, 0]


def test_a_hostile_size_is_refused_before_anything_is_decoded():
    bits = Bits().put((0, 1), (3, 2), (1 << 29, 30), (1, 3), (1, 1))
    for act in (dimensions, read):
        with pytest.raises(ReadError, match="more than the 1000 million"):
            act(bits.data())


# ---------------------------------------------------------------- damage, and no library


@pytest.mark.parametrize("share", [0.02, 0.3, 0.9, 0.999])
@pytest.mark.parametrize("data", [PICTURE, file_of(box(b"Exif", bytes(4) + exif_block(1)))])
def test_a_file_that_is_cut_off_is_told(data, share, capfd):
    with pytest.raises(ReadError, match=r"(?i)cut off|damaged"):
        read(data[: max(13, int(share * len(data)))])
    assert capfd.readouterr().err == ""


def test_without_the_extra_one_sentence_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "OpenImageIO", None)
    for act in (lambda: read(PICTURE), lambda: encode(Photo(gradient()), format="jxl")):
        with pytest.raises(MissingExtraError, match=r"JPEG XL.*pip install 'nightlift\[jxl\]'"):
            act()
    assert dimensions(PICTURE)[:2] == gradient().shape[:2]
    monkeypatch.setitem(sys.modules, "brotli", None)
    with pytest.raises(MissingExtraError, match=r"nightlift\[jxl\]"):
        read(file_of(box(b"brob", b"xml ")))


# ---------------------------------------------------------------- other programs


def program(name):
    return pytest.mark.skipif(shutil.which(name) is None, reason=f"{name} is not installed")


@program("djxl")
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("transparent", [False, True])
def test_djxl_sees_the_same_pixels(tmp_path, dtype, transparent):
    alpha = noise((31, 17), dtype, seed=1) if transparent else None
    photo = Photo(noise((31, 17, 3), dtype), alpha=alpha, exif=exif_block(1), xmp=xmp_packet())
    (tmp_path / "a.jxl").write_bytes(encode(photo, format="jxl", quality=100))
    subprocess.run(["djxl", "a.jxl", "a.png"], cwd=tmp_path, check=True, capture_output=True)
    seen = read(tmp_path / "a.png")
    assert np.array_equal(seen.pixels, photo.pixels)
    assert alpha is None or np.array_equal(seen.alpha, alpha)


@program("cjxl")
@pytest.mark.parametrize("options", [["-d", "0"], ["-d", "1"], ["-d", "0", "--container=1"]])
def test_what_cjxl_writes_is_read(tmp_path, options):
    photo = Photo(gradient(), orientation=6, exif=exif_block(6), icc=P3)
    (tmp_path / "a.png").write_bytes(encode(photo, format="png"))
    command = ["cjxl", "a.png", "a.jxl", *options]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    again, upright = read(tmp_path / "a.jxl"), read(encode(photo, format="png", upright=True))
    assert again.pixels.shape in (photo.pixels.shape, upright.pixels.shape)
    kept = photo if again.pixels.shape == photo.pixels.shape else upright
    error = np.abs(again.pixels.astype(int) - kept.pixels).mean()
    assert error == 0 if options[1] == "0" else 0 < error < 4
    assert (again.icc == P3) == again.lossless == (options[1] == "0")


@program("cjxl")
def test_a_packed_jpeg_is_read_and_what_restores_it_is_told_to_be_lost(tmp_path):
    photo = Photo(gradient(), icc=P3, exif=exif_block(1), xmp=xmp_packet())
    (tmp_path / "a.jpg").write_bytes(encode(photo, format="jpeg"))
    subprocess.run(["cjxl", "a.jpg", "a.jxl"], cwd=tmp_path, check=True, capture_output=True)
    again, jpeg = read(tmp_path / "a.jxl"), read(tmp_path / "a.jpg")
    assert again.notices == ("left out: what restores the JPEG it was made from",)
    assert np.abs(again.pixels.astype(int) - jpeg.pixels).mean() < 1.5
    assert again.icc == P3 and again.xmp == jpeg.xmp and files.MAKER_NOTE in again.exif
    assert not again.lossless


@program("exiftool")
def test_exiftool_reads_what_travels(tmp_path):
    photo = Photo(gradient(), exif=exif_block(1), xmp=xmp_packet())
    (tmp_path / "a.jxl").write_bytes(encode(photo, format="jxl"))
    (tmp_path / "a.png").write_bytes(encode(photo, format="png"))

    def tags(name):
        command = ["exiftool", "-j", "-G1", "-exif:all", "-xmp:all", tmp_path / name]
        text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        return {line.strip().rstrip(",") for line in text.splitlines() if "SourceFile" not in line}

    assert tags("a.jxl") == tags("a.png") != {"[{", "}]"}
