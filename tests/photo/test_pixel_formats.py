"""Palettes, gray, alpha and every depth: what is read is what other libraries have written."""

import io

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image

from nightlift.photo.photo import Photo
from nightlift.photo.reading import dimensions, read
from nightlift.photo.writing import encode
from tests.photo.files import gradient, noise, pillow_bytes


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
