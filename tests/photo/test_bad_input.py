import io
import os
import struct
import warnings
import zipfile

import numpy as np
import pytest
from PIL import Image

import nightlift
from nightlift.errors import MissingExtraError, ReadError, UsageError
from nightlift.photo.formats import MAX_PIXELS
from nightlift.photo.jpeg import DAMAGED
from nightlift.photo.photo import Photo
from nightlift.photo.reading import dimensions, read
from nightlift.photo.writing import encode
from tests.photo.files import gradient, noise, pillow_bytes, segment, with_segments

PHOTO = Image.fromarray(gradient())
NAMES = ["JPEG", "PNG", "TIFF", "WEBP", "AVIF", "BMP"]


def zipped():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.txt", "hello")
    return file.getvalue()


OTHERS = {
    "empty": (b"", "empty"),
    "text": (b"Dear reader,\nthis is no photo.\n", "text file"),
    "html": (b"\n<!DOCTYPE html><html></html>", "web page"),
    "svg": (b'<?xml version="1.0"?><svg xmlns="x"/>', "SVG"),
    "pdf": (b"%PDF-1.7\n%\xe2\xe3", "PDF"),
    "zip": (zipped(), "ZIP"),
    "gif": (pillow_bytes(PHOTO, "GIF"), "GIF"),
    "video": (b"\0\0\0\x18ftypisom\0\0\2\0isomiso2" + bytes(40), "video"),
    "noise": (noise(2000).tobytes(), "recognized"),
    "jpeg magic": (b"\xff\xd8\xff", "JPEG"),
    "jpeg tables": (b"\xff\xd8\xff\xe0\0\4ab\xff\xd9", "JPEG"),
    "png magic": (b"\x89PNG\r\n\x1a\n", "PNG"),
    "tiff magic": (b"II*\0\x08\0\0\0", "TIFF"),
    "tiff pointer": (b"MM\0*\xff\xff\xff\xff", "TIFF"),
    "webp magic": (b"RIFF\0\0\0\0WEBPVP8 ", "WEBP"),
    "avif magic": (b"\0\0\0\x18ftypavif\0\0\0\0avifmif1" + bytes(30), "AVIF"),
    "bmp magic": (b"BM" + bytes(30), "BMP"),
    "jxl magic": (b"\xff\x0a", "JPEG XL"),
    "jxl boxes": (b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(30), "JPEG XL"),
    "heic magic": (b"\0\0\0\x18ftypheic\0\0\0\0heicmif1" + bytes(30), "HEIC"),
}


@pytest.mark.parametrize("kind", OTHERS)
def test_what_is_no_photo_gets_one_sentence(kind):
    data, words = OTHERS[kind]
    with pytest.raises((ReadError, MissingExtraError), match=words) as caught:
        read(data)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("share", [0.3, 0.7, 0.99])
def test_cut_off_files(name, share):
    data = pillow_bytes(PHOTO, name)
    with pytest.raises(ReadError, match=r"cut off|ends"):
        read(data[: int(len(data) * share)])


@pytest.mark.parametrize("name", ["png", "tiff"])
@pytest.mark.parametrize("dtype", [np.uint16, np.float32])
def test_cut_off_deep_files_are_refused_silently(name, dtype, capfd):
    data = encode(Photo(noise((50, 40, 3), dtype)), format=name)
    cut = data[: len(data) // 2] if name == "png" else data[:8] + data[8 + 6000 :]
    with pytest.raises(ReadError):
        read(cut)
    assert capfd.readouterr() == ("", ""), "OpenCV's log is no place for errors"


def damaged_jpegs():
    """The same picture with faults that cost none of it."""
    data = pillow_bytes(PHOTO, "JPEG")
    tables = data.index(b"\xff\xdb")
    yield data[:-2]
    yield data[:-2] + b"a maker's trailer"
    yield data[:tables] + b"junk" + data[tables:]
    yield data[:tables] + b"\xff\0\xff\xd0junk" + data[tables:-2]


@pytest.mark.parametrize("number", range(4))
@pytest.mark.parametrize("threads", [1, 2])
def test_a_jpeg_whose_picture_is_whole_is_read_with_a_notice(number, threads, monkeypatch):
    monkeypatch.setattr("nightlift.photo.jpeg_strips.LARGE", 1)
    photo = read(list(damaged_jpegs())[number], threads=threads)
    assert np.array_equal(photo.pixels, read(pillow_bytes(PHOTO, "JPEG")).pixels)
    assert photo.notices == (DAMAGED,)


def test_fill_bytes_between_segments_are_no_damage():
    data = pillow_bytes(PHOTO, "JPEG")
    tables = data.index(b"\xff\xdb")
    assert read(data[:tables] + b"\xff\xff" + data[tables:]).notices == ()


def test_jpeg_cut_off_but_ended_properly():
    data = pillow_bytes(PHOTO, "JPEG", quality=95)
    with pytest.raises(ReadError, match="ends too early"):
        read(data[: len(data) // 2] + b"\xff\xd9")


def test_jpeg_with_small_errors_is_read_with_a_notice():
    data = pillow_bytes(PHOTO, "JPEG")
    stray = data[:-2] + b"stray bytes" + data[-2:]
    photo = read(stray)
    assert photo.pixels.shape == (40, 56, 3)
    assert any("errors in its data" in notice for notice in photo.notices)


def test_png_with_a_flipped_bit():
    data = bytearray(pillow_bytes(PHOTO, "PNG"))
    data[len(data) // 2] ^= 1
    with pytest.raises(ReadError, match="damaged"):
        read(bytes(data))


def header_of(name, width, height):
    """A file whose header promises a size that no byte after it holds."""
    if name == "PNG":
        data = bytearray(pillow_bytes(PHOTO, "PNG"))
        data[16:24] = struct.pack(">II", width, height)
        import zlib

        data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
        return bytes(data)
    if name == "BMP":
        data = bytearray(pillow_bytes(PHOTO, "BMP"))
        data[18:26] = struct.pack("<ii", width, height)
        return bytes(data)
    data = bytearray(pillow_bytes(PHOTO, "JPEG"))
    at = data.find(b"\xff\xc0") + 5
    data[at : at + 4] = struct.pack(">HH", min(height, 65500), min(width, 65500))
    return bytes(data)


@pytest.mark.parametrize("name", ["PNG", "BMP", "JPEG"])
def test_decompression_bombs_are_refused_by_their_header(name, tmp_path):
    data = header_of(name, 100_000, 100_000)
    with pytest.raises(ReadError, match="1000 million"):
        read(data)
    (tmp_path / "bomb").write_bytes(data)
    with pytest.raises(ReadError, match="1000 million"):
        dimensions(tmp_path / "bomb")


def test_tiff_bomb():
    tags = {256: 100_000, 257: 100_000, 258: 8, 262: 1, 273: 8, 277: 1, 278: 1, 279: 1}
    body = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags.items())
    data = b"II*\0\x08\0\0\0" + struct.pack("<H", len(tags)) + body + bytes(20)
    with pytest.raises(ReadError, match="1000 million"):
        read(data)


def test_a_png_whose_depth_makes_no_sense():
    header = bytearray(pillow_bytes(PHOTO, "PNG"))
    header[24] = 0
    with pytest.raises(ReadError, match="0 bits a channel"):
        read(bytes(header))


def test_pictures_without_pixels():
    with pytest.raises(ReadError):
        read(header_of("PNG", 0, 5))


def test_pillows_own_limit_is_neither_met_nor_changed(monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for name in NAMES:
            assert read(pillow_bytes(PHOTO, name)).height == 40
    assert Image.MAX_IMAGE_PIXELS == 100
    assert MAX_PIXELS == 10**9


def test_missing_file_folder_and_permission(tmp_path, monkeypatch):
    missing = tmp_path / "nothing.jpg"
    for look in (read, dimensions, nightlift.enhance):
        for name in (missing, str(missing)):
            with pytest.raises(ReadError) as told:
                look(name)
            assert str(told.value) == f"{missing}: there is no such file"
    with pytest.raises(ReadError, match=f"^{tmp_path}: this is a folder"):
        read(tmp_path)
    (tmp_path / "text.jpg").write_bytes(b"no photo, but a text")
    with pytest.raises(ReadError, match=f"^{tmp_path / 'text.jpg'}: "):
        read(tmp_path / "text.jpg")
    (tmp_path / "secret.jpg").write_bytes(pillow_bytes(PHOTO, "JPEG"))
    (tmp_path / "secret.jpg").chmod(0)
    if os.geteuid() == 0:  # root may read everything

        def refuse(path):
            raise PermissionError(13, "Permission denied", str(path))

        monkeypatch.setattr("pathlib.Path.read_bytes", refuse)
    with pytest.raises(ReadError, match="permission denied"):
        read(tmp_path / "secret.jpg")


def test_names_mean_nothing(tmp_path):
    path = tmp_path / "really a png.jpg"
    path.write_bytes(pillow_bytes(PHOTO, "PNG"))
    assert read(str(path)).format == "png"


@pytest.mark.parametrize(
    ("module", "data", "extra"),
    [
        ("pi_heif", b"\0\0\0\x18ftypheic\0\0\0\0heicmif1", "heic"),
        ("rawpy", b"FUJIFILMCCD-RAW " + bytes(60), "raw"),
    ],
)
def test_missing_extras_name_the_command(module, data, extra, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, module, None)
    with pytest.raises(MissingExtraError, match=rf"nightlift\[{extra}\]"):
        read(data)


def test_tiff_of_an_odd_kind_says_what_it_is():
    import tifffile

    file = io.BytesIO()
    tifffile.imwrite(file, noise((4, 4, 3), np.int16), photometric="rgb")
    with pytest.raises(ReadError, match="int16"):
        read(file.getvalue())


def test_damaged_metadata_costs_a_notice_not_the_photo():
    data = pillow_bytes(PHOTO, "JPEG")
    icc = b"ICC_PROFILE\0\1\1" + b"no profile at all" * 20
    broken = with_segments(data, segment(0xE1, b"Exif\0\0garbage"), segment(0xE2, icc))
    photo = read(broken)
    assert photo.exif is None
    assert len(photo.notices) == 2
    assert read(encode(photo)).icc == photo.icc


def test_what_is_no_file_is_told(tmp_path):
    written = (tmp_path / "out.png").open("wb")
    closed = io.BytesIO()
    closed.close()
    for given, kind, told in [
        (None, UsageError, "got NoneType"),
        (np.zeros((4, 5, 3), np.uint8), UsageError, "got ndarray"),
        (io.StringIO("text"), UsageError, "mode 'rb'"),
        (closed, ReadError, "closed file"),
        (written, ReadError, "cannot be read"),
        ("null\0byte.jpg", ReadError, "no such file"),
    ]:
        with pytest.raises(kind, match=told):
            read(given)
    written.close()


def test_bytes_of_any_kind_are_a_file():
    data = pillow_bytes(PHOTO, "PNG")
    for given in (data, bytearray(data), memoryview(data), io.BytesIO(data)):
        assert np.array_equal(read(given).pixels, np.asarray(PHOTO))
