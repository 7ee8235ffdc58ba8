"""Random photos through every format: what is lossless comes back to the bit, metadata always."""

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from nightlift.photo import exif as blocks
from nightlift.photo.metadata import losses
from nightlift.photo.photo import Photo
from nightlift.photo.reading import read
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


def test_lossy_webp_stays_lossy():
    lossy = read(pillow_bytes(Image.fromarray(gradient()), "WEBP"))
    assert not lossy.lossless
    assert b"VP8L" not in encode(lossy)[:64]
    assert b"VP8L" in encode(read(pillow_bytes(Image.fromarray(gradient()), "WEBP", lossless=True)))


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
