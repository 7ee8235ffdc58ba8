"""Random photos through every format: what is lossless comes back to the bit, metadata always."""

import io

import cv2
import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from nightlift.errors import UsageError, WriteError
from nightlift.photo import exif as blocks
from nightlift.photo.formats import target_format
from nightlift.photo.metadata import losses
from nightlift.photo.photo import Photo
from nightlift.photo.reading import dimensions, read
from nightlift.photo.writing import encode, write
from tests.photo import files
from tests.photo.files import exif_block, gradient, noise, opened, pillow_bytes, xmp_packet

PROFILE = files.matrix_profile(files.P3, files.SRGB_TONE)
DEPTHS = {"png": [np.uint8, np.uint16], "tiff": [np.uint8, np.uint16, np.float32]}
LOSSLESS = ["png", "tiff", "webp", "bmp"]


@st.composite
def photos(draw, name):
    """A small photo that the format can keep whole."""
    dtype = draw(st.sampled_from(DEPTHS.get(name, [np.uint8])))
    height, width = draw(st.integers(1, 9)), draw(st.integers(1, 9))
    mode = draw(st.sampled_from(["rgb", "rgb", "gray"]))
    pixels = noise((height, width, 3), dtype, seed=draw(st.integers(0, 99)))
    if mode == "gray":
        pixels = np.repeat(pixels[..., :1], 3, axis=2)
    alpha = noise((height, width), dtype, seed=7) if draw(st.booleans()) else None
    orientation = draw(st.integers(1, 8))
    plain = name == "bmp"
    return Photo(
        pixels,
        alpha=None if plain else alpha,
        mode=mode,
        orientation=1 if plain else orientation,
        icc=PROFILE if draw(st.booleans()) and not plain else None,
        exif=exif_block(orientation) if draw(st.booleans()) and not plain else None,
        xmp=xmp_packet() if draw(st.booleans()) and not plain else None,
        resolution=(300.0, 150.0) if name in ("png", "tiff") and draw(st.booleans()) else None,
        format=name,
        lossless=name == "webp",
    )


@pytest.mark.parametrize("name", LOSSLESS)
@given(data=st.data())
@settings(derandomize=True, max_examples=40, deadline=None)
def test_lossless_formats_keep_everything(name, data):
    photo = data.draw(photos(name))
    again = read(encode(photo))
    assert again.pixels.dtype == photo.pixels.dtype
    assert np.array_equal(again.pixels, photo.pixels)
    if photo.alpha is None:
        assert again.alpha is None
    else:
        assert np.array_equal(again.alpha, photo.alpha)
    if name != "webp":  # which knows no gray
        assert again.mode == photo.mode
    assert_same_metadata(again, photo)
    assert losses(photo) == () == again.notices


def assert_same_metadata(again, photo):
    assert again.orientation == photo.orientation
    assert again.icc == photo.icc
    assert again.xmp == photo.xmp
    if photo.resolution is not None:
        assert np.allclose(again.resolution, photo.resolution, rtol=1e-3)
    if photo.exif is not None:
        assert blocks.orientation(again.exif) == photo.orientation
        assert files.MAKER_NOTE in again.exif
        camera = Image.Exif()
        camera.load(again.exif)
        assert camera[0x010F] == "Lantern"
        assert camera.get_ifd(0x8825)[29].startswith("2026")


@pytest.mark.parametrize("name", ["jpeg", "webp", "avif"])
@pytest.mark.parametrize("mode", ["rgb", "gray"])
def test_lossy_formats_keep_the_metadata_and_nearly_the_pixels(name, mode):
    pixels = gradient()
    if mode == "gray":
        pixels = np.repeat(pixels[..., :1], 3, axis=2)
    block = exif_block(6)
    photo = Photo(
        pixels,
        mode=mode,
        orientation=6,
        icc=PROFILE if mode == "rgb" else None,
        exif=block,
        xmp=xmp_packet(),
        format=name,
        resolution=(240.0, 240.0) if name == "jpeg" else None,
    )
    again = read(encode(photo, quality=95))
    assert abs(again.pixels.astype(int) - pixels).mean() < 3
    assert_same_metadata(again, photo)
    if name == "jpeg":
        assert again.mode == mode
        assert opened(encode(photo)).mode == ("L" if mode == "gray" else "RGB")


@pytest.mark.parametrize("subsampling", ["444", "422", "420", "440", "411"])
def test_jpeg_keeps_its_subsampling(subsampling):
    import simplejpeg

    data = simplejpeg.encode_jpeg(gradient(), colorsubsampling=subsampling)
    photo = read(data)
    assert photo.subsampling == subsampling
    assert simplejpeg.decode_jpeg_header(encode(photo))[3] == subsampling
    assert photo.pixels.flags.owndata and photo.pixels.flags.writeable


def test_other_formats_become_420_and_quality_matters():
    photo = read(pillow_bytes(Image.fromarray(gradient()), "PNG"))
    data = encode(photo, format="jpg")
    assert read(data).subsampling == "420"
    assert (
        opened(data).quantization
        == opened(pillow_bytes(opened(data), "JPEG", quality=92)).quantization
    )
    assert len(encode(photo, format="jpeg", quality=20)) < len(data)


@pytest.mark.parametrize(
    "options", [{"progressive": True}, {"optimize": True}, {"restart_marker_rows": 1}]
)
def test_kinds_of_jpeg(options):
    data = pillow_bytes(Image.fromarray(gradient()), "JPEG", quality=95, **options)
    assert abs(read(data).pixels.astype(int) - np.array(opened(data))).max() <= 2


@pytest.mark.parametrize("unit", [1, 2])
def test_jpeg_density_in_inches_and_centimeters(unit):
    data = bytearray(pillow_bytes(Image.fromarray(gradient()), "JPEG", dpi=(118, 59)))
    data[13] = unit
    photo = read(bytes(data))
    scale = 1 if unit == 1 else 2.54
    assert photo.resolution == (118 * scale, 59 * scale)
    again = encode(photo)
    assert read(again).resolution == photo.resolution
    assert again[13] == unit


# ---------------------------------------------------------------- kinds of pictures


def test_palettes_and_bits():
    picture = Image.fromarray(gradient())
    palette = picture.quantize(16)
    assert np.array_equal(
        read(pillow_bytes(palette, "PNG")).pixels, np.array(palette.convert("RGB"))
    )
    seen = read(pillow_bytes(palette, "PNG", transparency=3))
    assert np.array_equal(seen.alpha == 0, np.array(palette) == 3)
    bits = picture.convert("1")
    for name in ("PNG", "TIFF", "BMP"):
        photo = read(pillow_bytes(bits, name))
        assert photo.mode == ("gray" if name != "BMP" else photo.mode)
        assert np.array_equal(photo.pixels[..., 0], np.array(bits) * np.uint8(255))


@pytest.mark.parametrize("name", ["PNG", "TIFF"])
def test_gray_with_alpha(name):
    array = noise((6, 5, 2))
    photo = read(pillow_bytes(la(array), name))
    assert photo.mode == "gray"
    assert np.array_equal(photo.pixels[..., 2], array[..., 0])
    assert np.array_equal(photo.alpha, array[..., 1])


def la(array):
    return Image.merge("LA", [Image.fromarray(np.ascontiguousarray(array[..., i])) for i in (0, 1)])


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_16_bit_png_against_opencv(channels):
    array = noise((9, 7, channels), np.uint16)
    swapped = array[..., [2, 1, 0, 3][:channels]] if channels > 1 else array
    photo = read(cv2.imencode(".png", np.ascontiguousarray(swapped))[1].tobytes())
    assert photo.pixels.dtype == np.uint16
    assert np.array_equal(photo.pixels, np.repeat(array, 3, 2) if channels == 1 else array[..., :3])
    written = cv2.imdecode(np.frombuffer(encode(photo), np.uint8), cv2.IMREAD_UNCHANGED)
    assert np.array_equal(written.reshape(swapped.shape), swapped)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"compression": "zlib"},
        {"compression": "zlib", "predictor": True},
        {"tile": (16, 16)},
        {"byteorder": ">"},
        {"bigtiff": True},
        {"planarconfig": "separate"},
        {"rowsperstrip": 3},
    ],
)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("orientation", [1, 6])
def test_tiff_against_tifffile(options, dtype, orientation):
    array = noise((20, 25, 3), dtype)
    if dtype == np.float32 and options.get("predictor"):
        pytest.skip("needs a codec that tifffile alone does not have")
    stored = np.moveaxis(array, 2, 0) if "planarconfig" in options else array
    file = io.BytesIO()
    tag = (274, 3, 1, orientation, True)
    tifffile.imwrite(file, stored, photometric="rgb", extratags=[tag], **options)
    photo = read(file.getvalue())
    assert photo.pixels.dtype == dtype
    assert np.array_equal(photo.pixels, array)
    assert photo.orientation == orientation
    assert np.array_equal(tifffile.imread(io.BytesIO(encode(photo))), array)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("white_is_zero", [False, True])
def test_gray_tiff(dtype, white_is_zero):
    array = noise((20, 25), dtype)
    file = io.BytesIO()
    tifffile.imwrite(file, array, photometric="miniswhite" if white_is_zero else "minisblack")
    photo = read(file.getvalue())
    top = 1 if dtype == np.float32 else np.iinfo(dtype).max
    expected = (top - array).astype(dtype) if white_is_zero else array
    assert photo.mode == "gray"
    assert np.array_equal(photo.pixels[..., 1], expected)


@pytest.mark.parametrize("dtype", [np.uint16, np.float32])
@pytest.mark.parametrize("channels", [2, 4])
def test_alpha_in_deep_tiffs(dtype, channels):
    array = noise((20, 25, channels), dtype)
    kind = "minisblack" if channels == 2 else "rgb"
    for stored in ("unassalpha", "assocalpha"):
        multiplied = array.copy()
        if stored == "assocalpha":
            top = 1 if dtype == np.float32 else 65535
            multiplied[..., -1] = np.maximum(multiplied[..., -1], dtype(top) // dtype(2) or 0.5)
            product = multiplied[..., :-1].astype(np.float64) * multiplied[..., -1:] / top
            multiplied[..., :-1] = product if dtype == np.float32 else np.round(product)
        file = io.BytesIO()
        options = {"extrasamples": [stored], "planarconfig": "contig"}
        tifffile.imwrite(file, multiplied, photometric=kind, **options)
        photo = read(file.getvalue())
        assert np.array_equal(photo.alpha, multiplied[..., -1])
        color = photo.pixels[..., : channels - 1].astype(np.float64)
        assert abs(color - array[..., :-1]).max() <= (1e-5 if dtype == np.float32 else 1.01)


@pytest.mark.parametrize(
    ("array", "dtype", "word"),
    [
        (noise((5, 6, 3), np.uint32), np.uint16, "32-bit whole"),
        (noise((5, 6, 3), np.float64), np.float32, "64-bit"),
        (noise((5, 6, 3), np.float32) * 3 - 1, np.float32, "clipped"),
        (np.full((5, 6, 3), np.nan, np.float32), np.float32, "clipped"),
    ],
)
def test_depths_that_are_reduced_say_so(array, dtype, word):
    file = io.BytesIO()
    tifffile.imwrite(file, array, photometric="rgb")
    photo = read(file.getvalue())
    assert photo.pixels.dtype == dtype
    assert len(photo.notices) == 1 and word in photo.notices[0]
    assert photo.pixels.min() >= 0 and photo.pixels.max() <= np.iinfo(np.uint16).max


@pytest.mark.parametrize("shape", [(5, 6), (5, 6, 3), (5, 6, 4)])
def test_whole_numbers_of_32_bits_need_no_opencv_5(shape, monkeypatch):
    array = noise(shape, np.uint32)
    file = io.BytesIO()
    tifffile.imwrite(file, array, photometric="rgb" if len(shape) == 3 else "minisblack")
    photo = read(file.getvalue())
    monkeypatch.delattr(cv2, "CV_32U", raising=False)
    again = read(file.getvalue())
    assert np.array_equal(again.pixels, photo.pixels)
    color = array[..., None] if array.ndim == 2 else array[..., :3]
    assert np.array_equal(again.pixels, np.broadcast_to(color >> 16, (5, 6, 3)))


def test_further_pages_and_frames_say_so():
    first, second = Image.fromarray(gradient()), Image.fromarray(gradient(seed=1))
    for name in ("TIFF", "PNG", "WEBP", "AVIF"):
        lossless = {"lossless": True} if name == "WEBP" else {}
        data = pillow_bytes(first, name, save_all=True, append_images=[second], **lossless)
        photo = read(data)
        assert len(photo.notices) == 1 and "first" in photo.notices[0]
        if name != "AVIF":
            assert np.array_equal(photo.pixels, np.array(first))


def test_lossy_webp_stays_lossy():
    lossy = read(pillow_bytes(Image.fromarray(gradient()), "WEBP"))
    assert not lossy.lossless
    assert b"VP8L" not in encode(lossy)[:64]
    assert b"VP8L" in encode(read(pillow_bytes(Image.fromarray(gradient()), "WEBP", lossless=True)))


# ---------------------------------------------------------------- from one format to another


@pytest.mark.parametrize("name", ["jpeg", "webp", "avif", "bmp"])
def test_deep_photos_are_rounded_for_8_bit_formats(name):
    deep = gradient().astype(np.uint16) * 257 + 100
    photo = Photo(deep, format="tiff")
    assert any("8 bits" in sentence for sentence in losses(photo, name))
    again = read(encode(photo, format=name, quality=100))
    assert abs(again.pixels.astype(int) - gradient()).mean() < 3
    if name == "bmp":
        assert np.array_equal(again.pixels, gradient()), "100 of 257 rounds down"
        nearly = read(encode(Photo(deep + np.uint16(57)), format=name))
        assert np.array_equal(nearly.pixels, gradient() + 1), "157 of 257 rounds up"


def test_floats_as_png_have_16_bits():
    floats = noise((5, 7, 3), np.float32)
    again = read(encode(Photo(floats), format="png"))
    assert again.pixels.dtype == np.uint16
    assert abs(again.pixels / 65535 - floats).max() <= 0.5001 / 65535
    assert losses(Photo(floats), "png") == ("PNG keeps 16 bits, not floats",)


def test_alpha_is_dropped_with_a_sentence_not_composed():
    photo = Photo(gradient(), alpha=np.zeros((40, 56), np.uint8))
    assert any("transparency" in sentence for sentence in losses(photo, "jpeg"))
    again = read(encode(photo, format="jpeg", quality=98))
    assert abs(again.pixels.astype(int) - gradient()).mean() < 2


def test_a_gray_photo_that_was_colored_is_written_as_its_luma():
    photo = Photo(gradient(), mode="gray")
    expected = np.array(Image.fromarray(gradient()).convert("L")).astype(int)
    assert abs(np.array(opened(encode(photo))).astype(int) - expected).max() <= 1


def test_same():
    assert [target_format(kind) for kind in ("heic", "raw", "png")] == ["jpeg", "tiff", "png"]
    with pytest.raises(UsageError, match="jpg"):
        target_format("png", "gif")


def test_names_choose_the_format(tmp_path):
    photo = Photo(gradient(), format="png")
    kinds = {"a.jpg": "jpeg", "b.TIFF": "tiff", "c.webp": "webp", "d": "png", "e.xyz": "png"}
    for name, kind in kinds.items():
        assert read(write(photo, tmp_path / name)).format == kind
    assert read(write(photo, str(tmp_path / "f.jpg"), format="png")).format == "png"
    with pytest.raises(WriteError, match=r"\.heic"):
        write(photo, tmp_path / "g.heic")
    with pytest.raises(WriteError, match="exists"):
        write(photo, tmp_path / "a.jpg")
    before = (tmp_path / "a.jpg").read_bytes()
    assert write(photo, tmp_path / "a.jpg", quality=30, overwrite=True).read_bytes() != before


@pytest.mark.parametrize("arguments", [{"quality": 0}, {"quality": 101}, {"strip": "exif"}])
def test_wrong_arguments(arguments):
    with pytest.raises(UsageError):
        encode(Photo(gradient()), **arguments)


def test_too_large_for_the_format():
    for name, side in (("jpeg", 65501), ("webp", 16384), ("avif", 32769)):
        with pytest.raises(WriteError, match=f"at most {side - 1} pixels a side"):
            encode(Photo(np.zeros((1, side, 3), np.uint8)), format=name)


def test_dimensions_agree_with_reading(tmp_path):
    for name in ("JPEG", "PNG", "TIFF", "WEBP", "AVIF", "BMP"):
        for picture in (Image.fromarray(gradient()), Image.fromarray(noise((4, 5, 4)))):
            if picture.mode == "RGBA" and name in ("JPEG", "BMP"):
                continue
            path = tmp_path / "photo"
            path.write_bytes(pillow_bytes(picture, name))
            photo = read(path)
            channels = 3 if photo.alpha is None else 4
            assert dimensions(path) == (photo.height, photo.width, channels)
    for deep in (np.uint16, np.float32):
        path.write_bytes(encode(Photo(noise((4, 5, 3), deep), format="tiff")))
        assert dimensions(path) == (4, 5, 3 * np.dtype(deep).itemsize)
    path.write_bytes(encode(Photo(noise((4, 5, 3), np.uint16), format="png")))
    assert dimensions(path) == (4, 5, 6)


def test_reading_from_open_files(tmp_path):
    data = pillow_bytes(Image.fromarray(gradient()), "PNG")
    assert np.array_equal(read(io.BytesIO(data)).pixels, read(data).pixels)


def test_a_jpeg_needs_neither_pillow_nor_opencv(tmp_path):
    import subprocess
    import sys

    write(Photo(gradient(), format="jpeg"), tmp_path / "a.jpg")
    code = (
        "import sys; from nightlift.photo.reading import read\n"
        "from nightlift.photo.writing import write\n"
        "write(read(sys.argv[1]), sys.argv[1] + '.jpg')\n"
        "heavy = {'cv2', 'PIL', 'tifffile', 'pi_heif', 'rawpy', 'onnxruntime', 'torch'}\n"
        "sys.exit(', '.join(heavy & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code, tmp_path / "a.jpg"], check=False)
    assert done.returncode == 0
