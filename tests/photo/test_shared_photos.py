"""Real photos: phone JPEGs with Display P3, a HEIC and a camera's DNG."""

import io

import numpy as np
import pytest
from PIL import Image, ImageCms

from nightlift.photo import exif as blocks
from nightlift.photo.color import acts_in_place, small_to_srgb
from nightlift.photo.reading import dimensions, read
from nightlift.photo.writing import encode
from tests.photo.files import opened

pytestmark = pytest.mark.shared


@pytest.fixture(params=["dark-phone-1.jpg", "dark-phone-10.jpg", "dark-phone-12.jpg"])
def phone(request, shared):
    return shared / "samples" / "photos" / request.param


def test_phone_photos_keep_everything(phone):
    photo = read(phone)
    assert dimensions(phone) == (photo.height, photo.width, 3)
    assert acts_in_place(photo.icc)
    again = read(encode(photo, quality=95))
    assert again.exif == blocks.without_thumbnail(photo.exif)
    assert (again.icc, again.xmp, again.resolution) == (photo.icc, photo.xmp, photo.resolution)
    assert again.subsampling == photo.subsampling
    sample = np.s_[::16, ::16]
    assert abs(again.pixels[sample].astype(int) - photo.pixels[sample]).mean() < 2


def test_phone_exif_reads_the_same_in_tiff(phone):
    photo = read(phone)
    before, after = (
        opened(phone.read_bytes()).getexif(),
        opened(encode(photo, format="tiff")).getexif(),
    )
    for directory in (0x8769, 0x8825):
        assert after.get_ifd(directory) == before.get_ifd(directory)
    assert after[0x0110] == before[0x0110]


def test_display_p3_agrees_with_little_cms(phone):
    photo = read(phone)
    small = np.ascontiguousarray(photo.pixels[::40, ::40])
    transform = ImageCms.buildTransform(
        ImageCms.ImageCmsProfile(io.BytesIO(photo.icc)),
        ImageCms.createProfile("sRGB"),
        "RGB",
        "RGB",
        1,
    )
    expected = np.asarray(ImageCms.applyTransform(Image.fromarray(small), transform)).astype(int)
    ours = np.round(small_to_srgb(small.astype(np.float32) / 255, photo.icc) * 255)
    assert abs(ours - expected).max() <= 2


def test_heic(shared):
    pytest.importorskip("pi_heif")
    path = shared / "samples" / "IMG_5195.heic"
    photo = read(path)
    assert photo.orientation == 1
    assert dimensions(path) == (*photo.pixels.shape[:2], 3)
    again = read(encode(photo))
    assert again.format == "jpeg"
    assert again.exif == photo.exif and again.icc == photo.icc
    assert opened(encode(photo)).getexif().get(0x0112, 1) == 1


def test_raw(shared):
    pytest.importorskip("rawpy")
    path = shared / "samples" / "colorchart.dng"
    photo = read(path)
    assert photo.format == "raw" and photo.pixels.dtype == np.uint16
    assert dimensions(path) == (*photo.pixels.shape[:2], 6)
    again = read(encode(photo))
    assert again.format == "tiff"
    assert np.array_equal(again.pixels, photo.pixels)
    assert again.exif is not None
