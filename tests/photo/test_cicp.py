import io
import struct

import numpy as np
import pytest
from PIL import Image, ImageCms

from nightlift.photo import cicp, color, icc
from nightlift.photo.reading import read
from nightlift.photo.writing import encode
from tests.photo.files import P3, gradient, pillow_bytes
from tests.photo.test_right_pixels import chunk, png


def test_display_p3_is_the_known_matrix():
    profile, notices = cicp.profile(12, 13)
    assert notices == ()
    assert abs(icc.parse(profile).primaries - P3).max() < 2e-4
    assert color.acts_in_place(profile)
    assert ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(profile)))


@pytest.mark.parametrize("codes", [(1, 13), (2, 2), (1, 1), (1, 6)])
def test_srgb_needs_no_profile(codes):
    assert cicp.profile(*codes) == (None, ())


@pytest.mark.parametrize(("codes", "in_place"), [((9, 14), True), ((1, 8), False), ((12, 4), True)])
def test_other_colors(codes, in_place):
    profile, _ = cicp.profile(*codes)
    assert color.acts_in_place(profile) is in_place
    colors = gradient()
    transform = ImageCms.buildTransform(
        ImageCms.ImageCmsProfile(io.BytesIO(profile)),
        ImageCms.createProfile("sRGB"),
        "RGB",
        "RGB",
        1,
    )
    expected = np.asarray(ImageCms.applyTransform(Image.fromarray(colors), transform)).astype(int)
    ours = color.small_to_srgb(colors.astype(np.float32) / 255, profile) * 255
    assert abs(np.round(ours) - expected).max() <= 2


@pytest.mark.parametrize("codes", [(9, 16), (9, 18), (99, 13)])
def test_unknown_colors_are_told(codes):
    profile, notices = cicp.profile(*codes)
    assert profile is None
    assert f"{codes[0]}/{codes[1]}" in notices[0]


def test_png_chunk_becomes_a_profile_that_stays():
    import zlib

    data = pillow_bytes(Image.fromarray(gradient()), "PNG")
    body = b"cICP" + bytes([12, 13, 0, 1])
    chunk = struct.pack(">I", 4) + body + struct.pack(">I", zlib.crc32(body))
    photo = read(data[:33] + chunk + data[33:])
    assert photo.icc == cicp.profile(12, 13)[0]
    assert read(encode(photo)).icc == photo.icc


def test_avif_box():
    data = bytearray(pillow_bytes(Image.fromarray(gradient()), "AVIF"))
    at = data.find(b"colrnclx")
    assert at > 0 and read(bytes(data)).icc is None
    data[at + 8 : at + 12] = struct.pack(">HH", 12, 13)
    assert read(bytes(data)).icc == cicp.profile(12, 13)[0]


def with_colors(gamma=None, places=None, *more):
    parts = [chunk(b"gAMA", struct.pack(">I", round(100_000 / gamma)))] if gamma else []
    if places:
        numbers = [round(100_000 * each) for place in places for each in place]
        parts.append(chunk(b"cHRM", struct.pack(">8I", *numbers)))
    return png(gradient(), 8, 2, *parts, *more)


SRGB_PLACES = ((0.3127, 0.3290), (0.64, 0.33), (0.30, 0.60), (0.15, 0.06))
P3_PLACES = ((0.3127, 0.3290), (0.68, 0.32), (0.265, 0.69), (0.15, 0.06))


def test_a_png_of_gamma_1_is_linear():
    photo = read(with_colors(1.0))
    light = gradient() / 255
    expected = color.srgb_encode(light) * 255
    assert abs(color.to_srgb(photo.pixels, photo.icc) - expected).max() < 0.51
    assert np.array_equal(read(encode(photo)).pixels, gradient())
    assert read(encode(photo)).icc == photo.icc


@pytest.mark.parametrize("gamma", [None, 2.2])
def test_primaries_of_a_png(gamma):
    profile = read(with_colors(gamma, P3_PLACES)).icc
    assert abs(icc.parse(profile).primaries - P3).max() < 2e-4
    assert color.acts_in_place(profile)


@pytest.mark.parametrize("places", [None, SRGB_PLACES])
def test_srgb_as_most_png_files_say_it(places):
    assert read(with_colors(2.2, places)).icc is None
    assert read(with_colors(1.0, P3_PLACES, chunk(b"sRGB", b"\0"))).icc is None


def test_primaries_without_sense():
    photo = read(with_colors(1.0, ((0, 0),) * 4))
    assert photo.icc is None
    assert photo.notices == ("the color profile cannot be read: its colors are taken as sRGB",)
