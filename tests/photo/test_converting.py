"""From one format to another: what is rounded or left out says so, and names choose the format."""

import numpy as np
import pytest
from PIL import Image

from nightlift.errors import UsageError, WriteError
from nightlift.photo.formats import target_format
from nightlift.photo.metadata import losses
from nightlift.photo.photo import Photo
from nightlift.photo.reading import read
from nightlift.photo.writing import encode, write
from tests.photo.files import gradient, noise, opened, pillow_bytes


def test_other_formats_become_420_and_quality_matters():
    photo = read(pillow_bytes(Image.fromarray(gradient()), "PNG"))
    data = encode(photo, format="jpg")
    assert read(data).subsampling == "420"
    assert (
        opened(data).quantization
        == opened(pillow_bytes(opened(data), "JPEG", quality=92)).quantization
    )
    assert len(encode(photo, format="jpeg", quality=20)) < len(data)


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
