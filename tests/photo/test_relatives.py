"""Relatives of faults that were found: other formats, other places in a file, other names."""

import io
import os
import random
import struct
import warnings
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from nightlift.batch.files import enhance_files
from nightlift.cli.main import main
from nightlift.edit.enhancer import Enhancer
from nightlift.errors import ReadError
from nightlift.photo.photo import Photo
from nightlift.photo.reading import read
from nightlift.photo.writing import encode, write
from tests.fuzz.mutation import FORMATS, mutated, seeds
from tests.photo import files

RGB = files.noise((20, 30, 3))
DEEP = RGB.astype(np.uint16) * 257
FOUR = np.concatenate([RGB, RGB[..., :1]], axis=2)
PNG = encode(Photo(RGB), format="png")
JPEG = files.pillow_bytes(Image.fromarray(RGB), "JPEG", quality=92)
END = PNG[-12:]


def tiff(pixels: np.ndarray, **told: object) -> bytes:
    made = io.BytesIO()
    tifffile.imwrite(made, pixels, **told)
    return made.getvalue()


def chunk(name: bytes, body: bytes) -> bytes:
    check = zlib.crc32(name + body)
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", check)


def png_with(*chunks: bytes, late: bool = False) -> bytes:
    at = len(PNG) - 12 if late else 33
    return PNG[:at] + b"".join(chunks) + PNG[at:]


TIFFS = {
    "planes": (tiff(np.moveaxis(RGB, 2, 0).copy(), photometric="rgb", planarconfig=2), RGB),
    "tiles": (tiff(RGB, photometric="rgb", tile=(16, 16)), RGB),
    "motorola": (tiff(DEEP, photometric="rgb", byteorder=">"), DEEP),
    "big": (tiff(RGB, photometric="rgb", bigtiff=True), RGB),
    "differences": (tiff(RGB, photometric="rgb", compression="zlib", predictor=True), RGB),
    "black is 255": (
        tiff(RGB[..., 0], photometric="miniswhite"),
        255 - np.repeat(RGB[..., :1], 3, axis=2),
    ),
    "halves": (
        tiff((RGB / np.float32(255)).astype(np.float16), photometric="rgb"),
        (RGB / np.float32(255)).astype(np.float16).astype(np.float32),
    ),
    "fourth channel": (tiff(FOUR, photometric="rgb", extrasamples=[0]), RGB),
    "fourth channel of 16 bits": (
        tiff(FOUR.astype(np.uint16) * 257, photometric="rgb", extrasamples=[0]),
        DEEP,
    ),
}


@pytest.mark.parametrize("kind", TIFFS)
def test_tiffs_have_their_pixels(kind: str) -> None:
    data, expected = TIFFS[kind]
    found = read(data)
    assert found.pixels.dtype == expected.dtype
    assert np.array_equal(found.pixels, expected)
    assert found.alpha is None
    assert any("neither color nor transparency" in each for each in found.notices) is (
        "fourth" in kind
    )


def test_a_fifth_channel_does_not_hide_transparency() -> None:
    five = np.concatenate([FOUR, RGB[..., 1:2]], axis=2)
    found = read(tiff(five, photometric="rgb", extrasamples=["unassalpha", "unspecified"]))
    assert found.alpha is not None
    assert np.array_equal(found.alpha, RGB[..., 0])
    assert np.array_equal(found.pixels, RGB)
    assert any("neither color nor transparency" in each for each in found.notices)


def test_channels_beyond_the_colors_are_told() -> None:
    found = read(
        tiff(np.concatenate([FOUR, RGB[..., 1:2]], axis=2), photometric="rgb", extrasamples=[0, 0])
    )
    assert found.alpha is None
    assert any("neither color nor transparency" in each for each in found.notices)
    inks = tiff(
        np.concatenate([FOUR, RGB[..., 1:2]], axis=2), photometric="separated", extrasamples=[0]
    )
    assert any("neither color nor transparency" in each for each in read(inks).notices)


def test_gray_with_transparency_of_16_bits() -> None:
    pair = np.ascontiguousarray(DEEP[..., :2])
    found = read(tiff(pair, photometric="minisblack", extrasamples=["unassalpha"]))
    assert found.alpha is not None
    assert np.array_equal(found.alpha, DEEP[..., 1])


@pytest.mark.parametrize("cut", [1, 4, 8, 12])
def test_a_png_without_its_end_is_read_with_a_notice(cut: int) -> None:
    found = read(PNG[:-cut])
    assert np.array_equal(found.pixels, RGB)
    assert found.notices == ("the PNG lacks its end; the whole picture was read",)


@pytest.mark.parametrize("cut", [13, 17, 40, 400])
def test_a_png_without_a_part_of_its_picture_is_refused(cut: int) -> None:
    for data in (PNG[:-cut], PNG[: -12 - cut] + END):
        with pytest.raises(ReadError, match=r"cut off|damaged"):
            read(data)


def test_a_png_that_ends_between_parts_of_its_picture_is_refused() -> None:
    at = PNG.index(b"IDAT") + 4
    rows = PNG[at:-16]
    first = PNG[: at - 8] + chunk(b"IDAT", rows[: len(rows) // 2])
    assert np.array_equal(read(first + chunk(b"IDAT", rows[len(rows) // 2 :])).pixels, RGB)
    with pytest.raises(ReadError, match="cut off"):
        read(first)


def test_what_follows_a_png_is_told() -> None:
    assert read(PNG + b"junk" * 9).notices == ("36 bytes after the picture's end were left out",)
    assert read(PNG + PNG).notices == (f"{len(PNG)} bytes after the picture's end were left out",)


def test_a_damaged_text_of_a_png_costs_the_text_alone() -> None:
    bad = chunk(b"tEXt", b"Title\0night")[:-1] + b"\0"
    found = read(png_with(bad))
    assert np.array_equal(found.pixels, RGB)
    assert (found.texts, found.notices) == ((), ("left out: chunk tEXt, which is damaged",))


@pytest.mark.parametrize("late", [False, True])
def test_metadata_of_a_png_may_follow_its_picture(late: bool) -> None:
    exif, text = chunk(b"eXIf", files.exif_block(6)), chunk(b"tEXt", b"Comment\0night")
    found = read(png_with(exif, text, late=late))
    assert (found.orientation, found.texts) == (6, (("Comment", "night"),))


@pytest.mark.parametrize("format", ["jpeg", "png", "webp", "avif", "tiff"])
def test_places_in_a_makers_packet_go_in_every_format(format: str) -> None:
    packet = files.xmp_packet(
        '<d:GpsLatitude xmlns:d="http://www.dji.com/drone-dji/1.0/">48.125</d:GpsLatitude>'
        '<p:City xmlns:p="http://ns.adobe.com/photoshop/1.0/">Ulm</p:City>'
    )
    photo = Photo(RGB, xmp=packet, exif=files.exif_block(1))
    kept = encode(photo, format=format)  # type: ignore[arg-type]
    assert b"48.125" in kept and b"Ulm" in kept
    stripped = encode(photo, format=format, strip="gps")  # type: ignore[arg-type]
    assert b"48.125" not in stripped and b"Ulm" not in stripped
    assert read(stripped).xmp is not None


def gif(image: Image.Image) -> bytes:
    return files.pillow_bytes(image, "GIF")


STRANGERS: dict[str, tuple[Callable[[], bytes], str]] = {
    "gif": (lambda: gif(Image.fromarray(RGB)), "a GIF"),
    "icon": (lambda: files.pillow_bytes(Image.fromarray(RGB), "ICO"), "an icon"),
    "psd": (lambda: b"8BPS" + bytes(99), "a Photoshop document"),
    "svg": (lambda: b"<svg xmlns='http://www.w3.org/2000/svg'></svg>", "an SVG drawing"),
    "jp2": (lambda: bytes.fromhex("0000000c6a5020200d0a870a") + bytes(40), "a JPEG 2000 picture"),
    "exr": (lambda: bytes.fromhex("762f3101") + bytes(40), "an OpenEXR picture"),
    "page": (lambda: b"<!DOCTYPE html><html>not found</html>", "a web page"),
    "pointer": (lambda: b"version https://git-lfs.github.com/spec/v1\nsize 3\n", "a text file"),
    "zip": (lambda: b"PK\3\4" + bytes(40), "a ZIP archive"),
    "pdf": (lambda: b"%PDF-1.7\n" + bytes(40), "a PDF document"),
}


@pytest.mark.parametrize("kind", STRANGERS)
def test_what_is_no_photo_is_named(kind: str) -> None:
    made, name = STRANGERS[kind]
    with pytest.raises(ReadError, match=f"this is {name}"):
        read(made())


def test_further_pictures_are_told() -> None:
    image = Image.fromarray(RGB)
    mpo = files.pillow_bytes(image, "MPO", save_all=True, append_images=[image])
    assert read(mpo).notices == ("the further pictures in the file were left out",)
    webp = files.pillow_bytes(
        image, "WEBP", save_all=True, append_images=[image.rotate(90)], lossless=True
    )
    assert read(webp).notices == ("only the first picture of the animation was read",)
    avif = files.pillow_bytes(image, "AVIF")
    assert read(avif + bytes(9)).notices == ()
    assert read(avif + avif).notices == ("left out: a further picture behind it",)
    assert read(avif + b"junk" * 3).notices == ("left out: 12 bytes behind its last box",)


@pytest.mark.parametrize("told", [(2, 2), (1, 3), (0, 0)])
@pytest.mark.parametrize("threads", [1, 3])
def test_a_part_of_a_profile_costs_the_profile_alone(
    told: tuple[int, int], threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nightlift.photo.jpeg_strips.LARGE", 1)
    part = files.segment(0xE2, b"ICC_PROFILE\0" + bytes(told) + bytes(100))
    found = read(files.with_segments(JPEG, part), threads=threads)
    assert np.array_equal(found.pixels, read(JPEG).pixels)
    assert found.notices == ("the color profile cannot be read: its colors are taken as sRGB",)


@pytest.mark.parametrize(
    ("at", "byte", "name"),
    [(4, 12, "one of 12 bits"), (1, 0xC3, "a lossless one"), (1, 0xC5, "a hierarchical one")],
)
def test_a_jpeg_of_a_kind_that_is_not_read_is_not_called_damaged(
    at: int, byte: int, name: str
) -> None:
    data = bytearray(JPEG)
    data[data.find(b"\xff\xc0") + at] = byte
    with pytest.raises(ReadError, match=f"^this JPEG is {name}, which is not read"):
        read(bytes(data))


NAMES = [
    "new\nline",
    "-dash",
    "CON",
    "trail ",
    "dot.",
    "semi;rm",
    "per%cent%20",
    "q",
    "é",
    "e\u0301",
]


@pytest.mark.skipif(os.name == "nt", reason="names that Windows does not have")
def test_names_of_every_kind_are_names(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for number, name in enumerate(NAMES):
        write(Photo(RGB // (number + 1)), tmp_path / "in" / f"{name}.png")
    outcomes = enhance_files([tmp_path / "in"], tmp_path / "out", enhancer=Enhancer("gamma"))
    assert {outcome.status for outcome in outcomes} == {"done"}
    assert {path.stem for path in (tmp_path / "out").iterdir()} == set(NAMES)


def test_a_name_that_no_system_has_is_that_photos_line(tmp_path: Path) -> None:
    write(Photo(RGB), tmp_path / "a.png")
    good, bad = enhance_files(
        [tmp_path / "a.png", "b\0.png"], tmp_path / "out", enhancer=Enhancer("gamma")
    )
    assert (good.status, bad.status) == ("done", "failed")
    assert "cannot be the name of a file" in str(bad.problem)


@pytest.mark.skipif(os.name == "nt", reason="links and pipes as Unix knows them")
def test_links_and_pipes_of_all_kinds_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("s").mkdir()
    write(Photo(RGB), Path("s/a.png"))
    Path("s/loop").symlink_to("..")
    Path("s/self.png").symlink_to("self.png")
    Path("s/broken.png").symlink_to("nothing.png")
    Path("s/empty.png").write_bytes(b"")
    os.mkfifo("s/pipe.png")
    assert main(["enhance", "s", "--recursive", "-o", "out", "-m", "gamma"]) == 1
    told = capsys.readouterr()
    assert told.out == "s/a.png -> out/a.png\n"
    lines = sorted(line for line in told.err.splitlines() if line.startswith("s/"))
    assert [line.partition(":")[0] for line in lines] == [
        "s/broken.png",
        "s/empty.png",
        "s/self.png",
    ]
    for name in ("s/pipe.png", "/dev/zero"):
        assert main(["enhance", name, "-o", "other/", "-m", "gamma"]) == 1
        assert "a pipe, a socket or a device" in capsys.readouterr().err
    assert main(["compare", "s/a.png", "s/pipe.png", "-o", "sheet.png"]) in (0, 1)


@pytest.mark.skipif(not hasattr(os, "link"), reason="hard links")
def test_another_name_of_an_original_is_never_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write(Photo(RGB), Path("a.png"))
    os.link("a.png", "b.png")
    Path("c.png").symlink_to("a.png")
    before = Path("a.png").read_bytes()
    for target in ("b.png", "c.png", "a.png", "./a.png"):
        assert main(["enhance", "a.png", "-o", target, "--overwrite", "-m", "gamma"]) == 2
        assert "originals are never touched" in capsys.readouterr().err
    assert main(["enhance", "a.png", "--suffix", "", "--overwrite", "-m", "gamma"]) == 2
    assert main(["compare", "a.png", "-o", "b.png", "--overwrite"]) == 2
    assert Path("a.png").read_bytes() == before


def outcome(data: bytes, threads: int) -> tuple[object, ...]:
    """All that a file is read as, or the sentence that it ends in."""
    try:
        photo = read(data, threads=threads)
    except ReadError as error:
        return (str(error),)
    alpha = None if photo.alpha is None else photo.alpha.tobytes()
    return photo.pixels.tobytes(), alpha, photo.icc, photo.exif, photo.notices


@pytest.mark.parametrize("format", FORMATS)
def test_any_number_of_threads_reads_the_same(format: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nightlift.photo.formats.MAX_PIXELS", 1 << 22)
    rng = random.Random(format)
    pool = list(seeds(format))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for data in [*pool, *(mutated(rng.choice(pool), rng) for _ in range(40))]:
            alone = outcome(data, 1)
            assert alone == outcome(data, 2) == outcome(data, 5)


IMAGE = Image.fromarray(RGB)
KINDS = {
    "bits.png": lambda: files.pillow_bytes(IMAGE.convert("1"), "PNG"),
    "palette.png": lambda: files.pillow_bytes(IMAGE.quantize(8), "PNG", transparency=b"\0\x80"),
    "gray-alpha.png": lambda: files.pillow_bytes(IMAGE.convert("LA"), "PNG"),
    "fax.tif": lambda: files.pillow_bytes(IMAGE.convert("1"), "TIFF", compression="group4"),
    "palette.tif": lambda: files.pillow_bytes(IMAGE.quantize(9), "TIFF"),
    "ink.tif": lambda: files.pillow_bytes(IMAGE.convert("CMYK"), "TIFF"),
    "halves.tif": lambda: TIFFS["halves"][0],
    "inverse.tif": lambda: TIFFS["black is 255"][0],
    "palette.bmp": lambda: files.pillow_bytes(IMAGE.quantize(9), "BMP"),
    "clear.bmp": lambda: files.pillow_bytes(Image.fromarray(FOUR), "BMP"),
    "clear.webp": lambda: files.pillow_bytes(
        Image.fromarray(FOUR), "WEBP", lossless=True, exact=True
    ),
}


@pytest.mark.parametrize("name", KINDS)
def test_strength_0_keeps_every_pixel_of_odd_kinds(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(KINDS[name]())
    before = read(tmp_path / name)
    (one,) = enhance_files([tmp_path / name], tmp_path / "out", strength=0)
    assert one.status == "done", one.problem
    after = read(tmp_path / "out" / name)
    assert np.array_equal(after.pixels, before.pixels)
    assert np.array_equal(after.alpha, before.alpha) or after.alpha is before.alpha is None
    assert after.mode == before.mode
    if name == "ink.tif":
        inks = (
            np.asarray(Image.open(tmp_path / name)),
            np.asarray(Image.open(tmp_path / "out" / name)),
        )
        assert np.array_equal(*inks)
