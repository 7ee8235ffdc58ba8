"""One picture: upright, sRGB, 8 bits, and its size without decoding."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from nightlift.data.pictures import picture, size, small_gray, to_bytes
from nightlift.errors import ReadError

from .conftest import draw


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", ["png", "jpg", "tiff"])
def test_pictures_are_upright(tmp_path: Path, orientation: int, suffix: str) -> None:
    from nightlift.photo.orientation import turn, turn_back

    upright = draw(2, 40, 64)
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / f"photo.{suffix}"
    quality = {"quality": 100, "subsampling": 0} if suffix == "jpg" else {}
    stored = Image.fromarray(np.ascontiguousarray(turn_back(upright, orientation)))
    stored.save(path, exif=exif, **quality)
    found = picture(path)
    assert (found.shape, found.dtype, found.flags.c_contiguous) == ((40, 64, 3), np.uint8, True)
    assert np.abs(found.astype(int) - upright).max() <= (4 if suffix == "jpg" else 0)
    assert size(path) == (40, 64)
    assert turn(turn_back(upright, orientation), orientation).shape == upright.shape


def test_a_profile_is_converted(tmp_path: Path) -> None:
    """Pictures of the same colors are equal, whatever profile they are stored with."""
    scene = np.full((20, 20, 3), (90, 140, 60), np.uint8)
    linear = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.fromarray(scene).save(tmp_path / "srgb.png", icc_profile=linear)
    assert np.abs(picture(tmp_path / "srgb.png").astype(int) - scene).max() <= 1


def test_depths_become_bytes_by_rounding() -> None:
    codes = np.arange(256, dtype=np.uint8).reshape(1, 256, 1).repeat(3, axis=2)
    assert np.array_equal(to_bytes(codes.astype(np.uint16) * 257), codes)
    assert np.array_equal(to_bytes(codes.astype(np.float32) / 255), codes)
    assert to_bytes(np.array([[[0, 128, 129]]], np.uint16)).tolist() == [[[0, 0, 1]]]
    wide = np.array([[[-1.0, 0.5, 2.0]]], np.float32)
    assert to_bytes(wide).tolist() == [[[0, 128, 255]]]


def test_the_gray_copy_is_the_mean_of_areas(tmp_path: Path) -> None:
    levels = np.arange(32, dtype=np.uint8).repeat(4) * 8
    scene = np.broadcast_to(levels[None, :, None], (96, 128, 3))
    Image.fromarray(np.ascontiguousarray(scene)).save(tmp_path / "ramp.png")
    gray = small_gray(tmp_path / "ramp.png")
    assert gray.shape == (32, 32)
    assert np.abs(gray - np.arange(32) * 8).max() < 1e-3


def test_sixteen_bit_gray_is_no_white_square(tmp_path: Path) -> None:
    levels = np.linspace(0, 65535, 64 * 64).reshape(64, 64).astype(np.uint16)
    Image.fromarray(levels).save(tmp_path / "deep.png")
    gray = small_gray(tmp_path / "deep.png")
    assert (gray[0].mean(), gray[-1].mean()) == pytest.approx((2, 253), abs=3)
    assert size(tmp_path / "deep.png") == (64, 64)


@pytest.mark.parametrize("read", [picture, size, small_gray])
def test_errors_name_the_file(tmp_path: Path, read: object) -> None:
    path = tmp_path / "bad.jpg"
    path.write_bytes(b"\xff\xd8\xff")
    with pytest.raises(ReadError, match=r"bad\.jpg: "):
        read(path)  # type: ignore[operator]
    with pytest.raises(ReadError, match=r"none\.jpg: "):
        read(tmp_path / "none.jpg")  # type: ignore[operator]


def test_a_turned_tiff_has_an_upright_gray_copy(tmp_path: Path) -> None:
    upright = draw(4, 64, 96)
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(upright).save(tmp_path / "upright.png")
    Image.fromarray(np.ascontiguousarray(np.rot90(upright))).save(
        tmp_path / "turned.tiff", exif=exif
    )
    grays = [small_gray(tmp_path / name) for name in ("upright.png", "turned.tiff")]
    assert np.abs(grays[0] - grays[1]).max() < 1.5
