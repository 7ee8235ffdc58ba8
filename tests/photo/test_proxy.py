import cv2
import numpy as np
import pytest

from nightlift.errors import UsageError
from nightlift.photo.orientation import turn
from nightlift.photo.photo import Photo
from nightlift.photo.proxy import Divisor, FixedSize, LongSide, OwnSize, small_copy
from tests.photo.files import gradient, noise

BIG = gradient(300, 400)


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (LongSide(100), (75, 100)),
        (LongSide(1000), (300, 400)),
        (LongSide(1), (1, 1)),
        (Divisor(12), (25, 33)),
        (Divisor(1000), (1, 1)),
        (FixedSize(256, 256), (256, 256)),
        (FixedSize(500, 20), (500, 20)),
        (OwnSize(), (300, 400)),
    ],
)
@pytest.mark.parametrize("resize", ["area", "linear", "linear-rounded"])
def test_sizes(size, expected, resize):
    small = small_copy(Photo(BIG), size, resize)
    assert small.shape == (*expected, 3)
    assert small.dtype == np.float32
    assert small.flags.c_contiguous
    assert small.min() >= 0 and small.max() <= 1


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("resize", ["area", "linear", "linear-rounded"])
def test_sizes_are_of_the_upright_copy(orientation, resize):
    photo = Photo(BIG, orientation=orientation)
    small = small_copy(photo, FixedSize(30, 80), resize)
    assert small.shape == (30, 80, 3)
    straight = small_copy(Photo(np.ascontiguousarray(turn(BIG, orientation))), FixedSize(30, 80))
    assert abs(small - straight).max() < 0.06


def test_area_is_the_mean_of_each_area():
    smooth = cv2.GaussianBlur(noise((600, 800, 3)), (0, 0), 12)
    exact = smooth.reshape(60, 10, 80, 10, 3).mean(axis=(1, 3)) / 255
    assert abs(small_copy(Photo(smooth), FixedSize(60, 80)) - exact).max() < 0.01


def test_area_does_not_alias_much():
    stripes = np.zeros((400, 400, 3), np.uint8)
    stripes[:, ::2] = 255
    small = small_copy(Photo(stripes), LongSide(200))
    assert abs(small - 0.5).max() < 0.01


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("size", [(24, 32), (120, 50), (1, 1)])
def test_linear_is_opencvs_in_floats_and_rounded_to_the_bit(dtype, size):
    pixels = noise((90, 70, 3), dtype)
    top = np.float32(1 if dtype == np.float32 else 1 / np.iinfo(dtype).max)
    floats = cv2.resize(pixels * top, size[::-1], interpolation=cv2.INTER_LINEAR)
    linear = small_copy(Photo(pixels), FixedSize(*size), "linear")
    assert abs(linear - floats).max() < 1e-5
    rounded = cv2.resize(pixels, size[::-1], interpolation=cv2.INTER_LINEAR) * top
    seen = small_copy(Photo(pixels), FixedSize(*size), "linear-rounded")
    assert np.array_equal(seen, rounded)


def test_own_size_is_a_copy():
    pixels = noise((9, 7, 3), np.float32)
    small = small_copy(Photo(pixels), OwnSize())
    assert np.array_equal(small, pixels)
    assert not np.shares_memory(small, pixels)


def test_one_pixel_photos():
    photo = Photo(np.full((1, 1, 3), 65535, np.uint16))
    assert np.allclose(small_copy(photo, LongSide(512)), 1)
    assert small_copy(photo, FixedSize(8, 8)).shape == (8, 8, 3)


def test_wrong_arguments():
    with pytest.raises(UsageError, match="at least 1"):
        LongSide(0)
    with pytest.raises(UsageError, match="area, linear"):
        small_copy(Photo(BIG), LongSide(10), "cubic")
