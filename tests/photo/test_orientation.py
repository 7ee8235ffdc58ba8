import io

import numpy as np
import pytest
from PIL import Image, ImageOps

from nightlift.errors import UsageError
from nightlift.photo.orientation import transposes, turn, turn_back, turned_copy
from nightlift.photo.reading import read
from nightlift.photo.writing import encode
from tests.photo.files import exif_block, gradient, noise, opened, pillow_bytes

EIGHT = range(1, 9)
LOSSLESS = {"PNG": {}, "TIFF": {}, "WEBP": {"lossless": True, "exact": True}}


def upright_by_pillow(data):
    return np.array(ImageOps.exif_transpose(opened(data)).convert("RGB"))


@pytest.mark.parametrize("orientation", EIGHT)
def test_turn_agrees_with_pillow(orientation):
    array = noise((5, 7, 3))
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = pillow_bytes(Image.fromarray(array), "PNG", exif=exif)
    expected = upright_by_pillow(data)
    assert np.array_equal(turn(array, orientation), expected)
    assert np.array_equal(turned_copy(array, orientation), expected)
    assert np.array_equal(turn(array[..., 0], orientation), expected[..., 0])
    assert transposes(orientation) == (expected.shape[0] == 7)


@pytest.mark.parametrize("orientation", EIGHT)
def test_turning_back_is_the_inverse_and_copies_nothing(orientation):
    array = noise((5, 7, 3), np.uint16)
    upright = turn(array, orientation)
    assert np.shares_memory(upright, array)
    assert np.array_equal(turn_back(upright, orientation), array)
    assert np.array_equal(turn(turn_back(upright, orientation), orientation), upright)


@pytest.mark.parametrize("orientation", [0, 9, -1])
def test_other_orientations_are_refused(orientation):
    with pytest.raises(UsageError, match="from 1 to 8"):
        turn(noise((2, 2, 3)), orientation)


def stored_file(name, orientation):
    image = Image.fromarray(gradient())
    if name == "TIFF":
        return pillow_bytes(image, name, tiffinfo={0x0112: orientation})
    exif = exif_block(orientation)
    if name == "JPEG":
        return pillow_bytes(image, name, exif=exif, quality=95)
    return pillow_bytes(image, name, exif=exif, **LOSSLESS.get(name, {}))


@pytest.mark.parametrize("name", ["JPEG", *LOSSLESS])
@pytest.mark.parametrize("orientation", EIGHT)
def test_files_of_every_orientation(name, orientation):
    data = stored_file(name, orientation)
    photo = read(data)
    assert photo.orientation == orientation
    assert photo.pixels.shape == (40, 56, 3), "pixels stay in stored order"
    tolerance = 2 if name == "JPEG" else 0
    difference = turn(photo.pixels, orientation).astype(int) - upright_by_pillow(data)
    assert abs(difference).max() <= tolerance

    again = encode(photo)
    assert read(again).orientation == orientation
    assert (
        abs(upright_by_pillow(again).astype(int) - upright_by_pillow(data)).max() <= tolerance * 4
    )

    baked = encode(photo, upright=True)
    assert read(baked).orientation == 1
    assert opened(baked).getexif().get(0x0112, 1) == 1
    shown = np.array(opened(baked).convert("RGB")).astype(int)
    assert abs(shown - upright_by_pillow(data)).max() <= tolerance * 6


@pytest.mark.parametrize("orientation", EIGHT)
def test_avif_keeps_its_orientation(orientation):
    photo = read(pillow_bytes(Image.fromarray(gradient()), "PNG", exif=exif_block(orientation)))
    data = encode(photo, format="avif")
    assert read(data).orientation == orientation
    shown = upright_by_pillow(data).astype(int)
    assert abs(shown - turn(photo.pixels, orientation)).mean() < 3


@pytest.mark.parametrize("orientation", EIGHT)
def test_bmp_has_no_tag_and_is_baked(orientation):
    photo = read(stored_file("PNG", orientation))
    data = encode(photo, format="bmp")
    assert np.array_equal(np.array(opened(data)), turn(photo.pixels, orientation))


@pytest.mark.parametrize("orientation", [1, 6])
def test_baking_changes_the_stated_size(orientation):
    baked = encode(read(stored_file("JPEG", orientation)), upright=True)
    inner = opened(baked).getexif().get_ifd(0x8769)
    assert (inner[0xA002], inner[0xA003]) == opened(baked).size


def test_baking_turns_alpha_and_resolution():
    rgba = noise((5, 7, 4))
    data = pillow_bytes(Image.fromarray(rgba), "PNG", exif=exif_block(6), dpi=(300, 150))
    photo = read(io.BytesIO(encode(read(data), upright=True)))
    assert np.array_equal(photo.alpha, np.rot90(rgba[..., 3], -1))
    assert [round(dots) for dots in photo.resolution] == [150, 300]
