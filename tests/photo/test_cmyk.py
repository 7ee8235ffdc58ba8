import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import nightlift
from nightlift.photo.metadata import losses
from nightlift.photo.reading import read
from nightlift.photo.writing import encode
from tests.photo.files import (
    P3,
    SRGB_TONE,
    cmyk_profile,
    gradient,
    matrix_profile,
    opened,
    pillow_bytes,
)

FAULTS = Path(__file__).resolve().parents[1] / "faults" / "inputs"
PROFILES = [None, cmyk_profile()]


def cmyk(seed=0):
    image = Image.fromarray(gradient(seed=seed)).convert("CMYK")
    array = np.array(image)
    array[..., 3] = 40
    return Image.frombytes("CMYK", image.size, array.tobytes())


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("name", ["JPEG", "TIFF"])
def test_cmyk_is_seen_as_srgb_and_goes_back(name, profile):
    options = {"icc_profile": profile} if profile else {}
    quality = {"quality": 98} if name == "JPEG" else {}
    photo = read(pillow_bytes(cmyk(), name, **options, **quality))
    expected = np.array(cmyk().convert("RGB")).astype(int)
    assert photo.mode == "cmyk"
    assert photo.icc == profile
    assert abs(photo.pixels - expected).mean() < 4

    data = encode(photo, quality=98)
    assert opened(data).mode == "CMYK"
    assert opened(data).info.get("icc_profile") == profile
    again = read(data)
    assert again.mode == "cmyk"
    assert abs(again.pixels.astype(int) - photo.pixels).mean() < 4


def test_cmyk_jpeg_without_adobes_mark_is_inverted_too():
    """As all do that show CMYK: ImageMagick, Pillow and the browsers."""
    data = pillow_bytes(cmyk(), "JPEG", quality=98)
    at = data.find(b"\xff\xee")
    plain = data[:at] + data[at + 2 + int.from_bytes(data[at + 2 : at + 4], "big") :]
    assert np.array_equal(read(plain).pixels, read(data).pixels)


def test_a_cmyk_jpeg_that_came_out_black():
    photo, same = (read(FAULTS / name) for name in ("cmyk_noadobe.jpg", "plain.jpg"))
    assert photo.mode == "cmyk"
    assert abs(photo.pixels.astype(int) - same.pixels).mean() < 3
    assert abs(read(encode(photo)).pixels.astype(int) - same.pixels).mean() < 4


def test_cmyk_as_png_is_srgb_and_said_so():
    photo = read(pillow_bytes(cmyk(), "TIFF", icc_profile=cmyk_profile()))
    data = encode(photo, format="png")
    assert np.array_equal(np.array(opened(data)), photo.pixels)
    assert "icc_profile" not in opened(data).info
    assert any("sRGB" in sentence for sentence in losses(photo, "png"))
    assert losses(photo) == losses(photo, "jpeg") == ()


def test_a_profile_that_does_not_fit_is_left_out():
    wrong = matrix_profile(P3, SRGB_TONE)
    for name in ("JPEG", "TIFF"):
        photo = read(pillow_bytes(cmyk(), name, icc_profile=wrong))
        assert photo.icc is None
        assert len(photo.notices) == 1


def test_lab_tiff_there_and_back():
    lab = np.zeros((20, 30, 3), np.uint8)
    lab[..., 0] = np.linspace(60, 200, 30)
    lab[..., 1] = np.round(np.linspace(-20, 20, 20)).astype(np.int8).view(np.uint8)[:, None]
    lab[..., 2] = np.round(np.linspace(25, -15, 20)).astype(np.int8).view(np.uint8)[:, None]
    image = Image.frombytes("LAB", (30, 20), lab.tobytes())
    photo = read(pillow_bytes(image, "TIFF"))
    assert photo.mode == "lab"
    grays = photo.pixels[10].astype(int)
    assert abs(grays[:, 0] - grays[:, 2]).max() < 30, "nearly gray stays nearly gray"
    assert (np.diff(grays[:, 1]) >= 0).all()

    assert np.array_equal(np.array(opened(encode(photo))), lab)
    data = encode(replace(photo, inks=None))
    assert opened(data).mode == "LAB"
    difference = np.array(opened(data)).view(np.int8).astype(int) - lab.view(np.int8)
    assert abs(difference[..., 1:]).max() <= 3
    assert abs(np.array(opened(data))[..., 0].astype(int) - lab[..., 0]).max() <= 3


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("upright", [False, True])
def test_inks_that_are_not_changed_stay_the_very_same(profile, upright):
    options = {"icc_profile": profile} if profile else {}
    inks = np.array(cmyk())
    turned = inks[::-1, ::-1] if upright else inks
    orientation = 3 if upright else 1
    photo = replace(read(pillow_bytes(cmyk(), "TIFF", **options)), orientation=orientation)
    assert np.array_equal(np.array(opened(encode(photo, upright=upright))), turned)
    pixels = photo.pixels.copy()
    pixels[:5] = pixels[:5] // 2 + 100
    changed = np.array(opened(encode(photo.with_pixels(pixels), upright=upright)))
    same = (changed == turned).all(axis=2)[:: -1 if upright else 1]
    assert same[5:].all() and same[:5].mean() < 0.2


def test_pillow_images_of_inks_keep_what_is_not_changed():
    assert np.array_equal(
        np.array(nightlift.enhance(cmyk(), "gamma", strength=0)), np.array(cmyk())
    )


def test_cmyk_with_16_bits_is_read_with_8():
    import tifffile

    deep = np.array(cmyk()).astype(np.uint16) * 257
    file = io.BytesIO()
    tifffile.imwrite(file, deep, photometric="separated")
    photo = read(file.getvalue())
    expected = np.array(cmyk().convert("RGB")).astype(int)
    assert abs(photo.pixels - expected).max() <= 2
    assert any("16 bits" in notice for notice in photo.notices)
