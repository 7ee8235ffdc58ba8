import io

import numpy as np
import pytest
from PIL import Image, ImageCms

from nightlift.photo import color, icc
from nightlift.photo.photo import Photo
from nightlift.photo.proxy import OwnSize, small_copy
from tests.photo import files
from tests.photo.files import ADOBE, LINEAR, P3, SRGB, SRGB_TONE, gamma, matrix_profile, noise

P3_PROFILE = matrix_profile(P3, SRGB_TONE)
ADOBE_PROFILE = matrix_profile(ADOBE, gamma(563 / 256))
LINEAR_PROFILE = matrix_profile(P3, LINEAR)
TABLE_PROFILE = files.table_profile()
LITTLE_SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
TYPES = [np.uint8, np.uint16, np.float32]


def by_little_cms(pixels, profile):
    transform = ImageCms.buildTransform(
        ImageCms.ImageCmsProfile(io.BytesIO(profile)),
        ImageCms.createProfile("sRGB"),
        "RGB",
        "RGB",
        ImageCms.Intent.RELATIVE_COLORIMETRIC,
    )
    return np.asarray(ImageCms.applyTransform(Image.fromarray(pixels), transform))


def every_color():
    axis = np.arange(0, 256, 15, dtype=np.uint8)
    return np.stack(np.meshgrid(axis, axis, axis), axis=-1).reshape(-1, 1, 3)


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        (None, True),
        (LITTLE_SRGB, True),
        (P3_PROFILE, True),
        (ADOBE_PROFILE, True),
        (matrix_profile(ADOBE, gamma(1.8)), True),
        (matrix_profile(SRGB, gamma(2.4)), True),
        (matrix_profile(SRGB, files.sampled(np.linspace(0, 1, 1024) ** 2.2)), True),
        (LINEAR_PROFILE, False),
        (matrix_profile(P3, gamma(1.4)), False),
        (matrix_profile(P3, gamma(2.9)), False),
        (TABLE_PROFILE, False),
        (files.gray_profile(LINEAR), True),
        (files.cmyk_profile(), True),
        (b"not a profile", True),
        (P3_PROFILE[:200], True),
    ],
)
def test_what_acts_in_place(profile, expected):
    assert color.acts_in_place(profile) is expected


def test_kinds_of_profiles():
    kinds = [icc.parse(each).kind for each in (P3_PROFILE, TABLE_PROFILE, b"", P3_PROFILE[:200])]
    assert kinds == ["matrix", "table", "damaged", "damaged"]
    assert icc.parse(files.cmyk_profile()).space == "CMYK"


@pytest.mark.parametrize(
    "tone",
    [
        SRGB_TONE,
        gamma(2.2),
        files.parametric(0, 2.0),
        files.parametric(1, 2.2, 0.95, 0.05),
        files.parametric(2, 2.2, 0.9, 0.05, 0.02),
        files.parametric(4, 2.4, 0.94, 0.055 / 1.055, 0.08, 0.04, 0.002, 0.002),
        files.sampled(np.linspace(0, 1, 300) ** 1.9),
        LINEAR,
    ],
)
def test_true_srgb_agrees_with_little_cms(tone):
    profile = matrix_profile(P3, tone)
    colors = every_color()
    ours = color.small_to_srgb(colors.astype(np.float32) / 255, profile)
    difference = np.round(ours * 255).astype(int) - by_little_cms(colors, profile)
    assert abs(difference).max() <= 2
    assert abs(difference).mean() < 0.1


@pytest.mark.parametrize("profile", [P3_PROFILE, ADOBE_PROFILE])
@pytest.mark.parametrize("dtype", TYPES)
def test_there_and_back_in_gamut(profile, dtype):
    srgb = noise((60, 70, 3), dtype)
    own = color.from_srgb(srgb, profile)
    back = color.to_srgb(own, profile)
    # Rounding in the wider space is magnified where one channel is dark beside bright ones.
    limit, mean = {"uint8": (12, 0.3), "uint16": (60, 2), "float32": (3e-4, 1e-5)}[
        np.dtype(dtype).name
    ]
    assert own.dtype == back.dtype == dtype
    assert abs(back.astype(np.float64) - srgb).max() <= limit
    assert abs(back.astype(np.float64) - srgb).mean() <= mean
    assert abs(own.astype(np.float64) - srgb).mean() > 5 * mean, "something was converted"


@pytest.mark.parametrize("dtype", TYPES)
def test_linear_files_keep_colors_outside_srgb(dtype):
    pixels = noise((60, 70, 3), dtype)
    adjusted = color.to_srgb(pixels, LINEAR_PROFILE)
    scale = 1 if dtype == np.float32 else np.iinfo(dtype).max
    expected = color.srgb_encode(pixels.astype(np.float64) / scale) * scale
    assert abs(adjusted - expected).max() <= (1e-5 if dtype == np.float32 else 0.51)
    back = color.from_srgb(adjusted, LINEAR_PROFILE)
    limit = {"uint8": 2, "uint16": 2, "float32": 1e-5}[np.dtype(dtype).name]
    assert abs(back.astype(np.float64) - pixels).max() <= limit


@pytest.mark.parametrize("dtype", TYPES)
def test_table_profiles_go_through_little_cms(dtype):
    pixels = files.gradient()
    scale = {"uint8": 1.0, "uint16": 257.0, "float32": 1 / 255}[np.dtype(dtype).name]
    srgb = color.to_srgb((pixels * scale).astype(dtype), TABLE_PROFILE)
    assert srgb.dtype == dtype
    levels = srgb / scale
    assert abs(levels - pixels[..., ::-1]).mean() < 4, "red and blue change places"
    again = color.from_srgb(srgb, TABLE_PROFILE) / scale
    assert abs(again - pixels).mean() < 4


@pytest.mark.parametrize("profile", [None, LITTLE_SRGB, b"damaged", files.cmyk_profile()])
def test_nothing_to_do_changes_nothing(profile):
    pixels = noise((5, 6, 3))
    for act in (color.to_srgb, color.from_srgb):
        done = act(pixels, profile)
        assert np.array_equal(done, pixels)
        assert not np.shares_memory(done, pixels)


def test_strips_equal_the_whole(monkeypatch):
    pixels = noise((50, 33, 3))
    whole = color.to_srgb(pixels, P3_PROFILE)
    monkeypatch.setattr(color, "_STRIP", 100)
    assert np.array_equal(color.to_srgb(pixels, P3_PROFILE), whole)


def test_the_small_copy_is_srgb_whatever_the_file():
    pixels = noise((30, 40, 3))
    seen = small_copy(Photo(pixels, icc=P3_PROFILE), OwnSize())
    assert abs(np.round(seen * 255).astype(int) - by_little_cms(pixels, P3_PROFILE)).max() <= 2
    gray = Photo(pixels, mode="gray", icc=files.gray_profile(LINEAR))
    assert np.array_equal(small_copy(gray, OwnSize()), pixels * np.float32(1 / 255))
