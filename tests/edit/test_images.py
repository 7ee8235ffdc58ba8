"""Files, Photos and Pillow images are taken, and come back as what they were."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import nightlift
from nightlift.adjust.bilateral_grid import BilateralGrid
from nightlift.edit.edit import Edit
from nightlift.errors import ReadError, UsageError
from tests.edit.held import DARK, EDIT, GRAY_EDIT, RNG, rgb


@pytest.mark.parametrize("mode", ["P", "PA", "YCbCr", "HSV", "LAB", "CMYK", "RGBa", "I", "F"])
def test_strength_0_is_an_image_of_any_mode_bit_for_bit(mode: str) -> None:
    plain = Image.fromarray(rgb())
    image = plain.convert("L").convert(mode) if mode in "IF" else None
    if image is None:
        image = plain.convert("RGBA" if mode == "RGBa" else "RGB").convert(mode)
    if mode == "F":
        image = image.point(lambda value: value / 255)
    same = nightlift.enhance(image, strength=0)
    assert same is not image
    assert (same.mode, same.tobytes()) == (image.mode, image.tobytes())
    assert same.getpalette() == image.getpalette()


def test_files_become_photos() -> None:
    path = DARK / "lamp.jpg"
    data = path.read_bytes()
    expected = nightlift.enhance(nightlift.read(path))
    with path.open("rb") as file:
        opened = nightlift.enhance(file)
    for result in (
        nightlift.enhance(path),
        nightlift.enhance(str(path)),
        nightlift.enhance(data),
        nightlift.enhance(bytearray(data)),
        nightlift.enhance(io.BytesIO(data)),
        opened,
    ):
        assert isinstance(result, nightlift.Photo)
        assert np.array_equal(result.pixels, expected.pixels)
        assert result.exif == expected.exif
    with pytest.raises(ReadError, match="no such file"):
        nightlift.enhance("nowhere.jpg")
    with pytest.raises(ReadError, match="text file"):
        nightlift.enhance(b"not a photo at all, this is text")


@pytest.mark.parametrize("value", [np.nan, np.inf, 20.0, -0.5])
def test_a_photo_of_floats_that_are_no_light(value: float) -> None:
    pixels = np.full((5, 6, 3), 0.2, np.float32)
    pixels[2, 3, 1] = value
    photo = nightlift.Photo(pixels)
    for call in (nightlift.enhance, EDIT.apply, nightlift.Enhancer("gamma").estimate):
        with pytest.raises(UsageError, match="expected a Photo of floats from 0 to 1"):
            call(photo)


def pil(mode: str) -> Image.Image:
    if mode.startswith("I;16"):
        deep = RNG.integers(0, 20000, (7, 9), np.uint16).astype(">u2" if "B" in mode else "<u2")
        return Image.frombytes(mode, (9, 7), deep.tobytes())
    if mode in ("I", "F"):
        numbers = RNG.integers(0, 20000, (7, 9)) if mode == "I" else RNG.random((7, 9))
        return Image.fromarray(numbers.astype("i4" if mode == "I" else "f4"))
    if mode == "LAB":
        return Image.frombytes("LAB", (9, 7), rgb().tobytes())
    alpha = RNG.integers(0, 256, (7, 9, 1), np.uint8)
    image = Image.fromarray(np.concatenate([rgb(), alpha], axis=2))
    if mode in ("RGBA", "LA"):
        return image if mode == "RGBA" else image.convert("LA")
    if mode in ("RGBa", "La"):
        return image.convert("RGBa") if mode == "RGBa" else image.convert("LA").convert("La")
    if mode == "PA":
        return image.convert("P").convert("PA")
    return image.convert("RGB").convert(mode)


MODES = ["L", "LA", "RGB", "RGBA", "P", "PA", "CMYK", "LAB", "YCbCr", "HSV", "RGBX", "RGBa", "La"]
MODES += ["I;16", "I;16B", "I;16L", "I", "F"]


@pytest.mark.parametrize("mode", MODES)
def test_pillow_images_keep_mode_size_and_info(mode: str) -> None:
    image = pil(mode)
    image.info["comment"] = "kept"
    result = GRAY_EDIT.apply(image)
    assert isinstance(result, Image.Image)
    assert (result.mode, result.size) == (image.mode, image.size)
    assert result.info["comment"] == "kept"
    seen = {"La": "LA", "LAB": "LAB"}.get(mode, "F" if mode[0] in "IF" else "L")
    before, after = (np.asarray(one.convert(seen)) for one in (image, result))
    light = (..., 0) if before.ndim == 3 else ...
    assert after[light].mean() > 1.2 * before[light].mean()
    if mode in ("LA", "RGBA"):
        assert np.array_equal(np.asarray(result)[..., -1], np.asarray(image)[..., -1])
    assert nightlift.enhance(image, "gamma").mode == image.mode


def test_pillow_values_are_those_of_arrays() -> None:
    array = rgb()
    assert np.array_equal(np.asarray(EDIT.apply(Image.fromarray(array))), EDIT.apply(array))
    gray = array[..., 0].copy()
    assert np.array_equal(np.asarray(EDIT.apply(Image.fromarray(gray))), EDIT.apply(gray))
    floats = gray.astype(np.float32)
    image = Image.fromarray(floats)
    assert np.array_equal(np.asarray(EDIT.apply(image, white=255)), EDIT.apply(floats, white=255))
    deep = gray.astype(np.uint16) * 100
    assert np.array_equal(np.asarray(EDIT.apply(Image.fromarray(deep))), EDIT.apply(deep))


def test_a_palette_with_transparency_keeps_it() -> None:
    image = pil("RGBA").quantize(64)
    result = GRAY_EDIT.apply(image)
    assert result.mode == "P"
    before, after = (np.asarray(one.convert("RGBA")).astype(int) for one in (image, result))
    assert np.abs(before[..., 3] - after[..., 3]).max() <= 16
    with pytest.raises(UsageError, match="convert"):
        keyed = Image.new("RGB", (4, 4))
        keyed.info["transparency"] = (0, 0, 0)
        EDIT.apply(keyed)


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_the_orientation_of_pillow_images_counts(orientation: int) -> None:
    """A grid that brightens the upright left half brightens it whichever way it is stored."""
    cells = np.zeros((1, 2, 2, 3, 4), np.float32)
    cells[..., :3] = np.eye(3)
    cells[0, 0, ..., 3] = 0.5
    edit = Edit(BilateralGrid(cells))
    upright = Image.fromarray(np.full((20, 30, 3), 20, np.uint8))
    turns = {1: None, 3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90}
    turn = turns.get(orientation, Image.Transpose.ROTATE_270)
    stored = upright if turn is None else upright.transpose(turn)
    exif = stored.getexif()
    exif[0x0112] = orientation
    stored.info["exif"] = exif.tobytes()
    result = edit.apply(stored)
    assert result.getexif()[0x0112] == orientation
    from PIL import ImageOps

    shown = np.asarray(ImageOps.exif_transpose(result)).astype(int)
    assert shown.shape == (20, 30, 3)
    assert shown[:, 0].min() > shown[:, -1].max() + 80


def test_photos_as_pil_bytes_and_in_notebooks() -> None:
    photo = nightlift.read(DARK / "lamp.jpg")
    image = photo.to_pil()
    assert image.mode == "RGB"
    assert np.array_equal(np.asarray(image), photo.pixels)
    assert photo.to_bytes("png") == nightlift.encode(photo, format="png")
    assert nightlift.read(photo.to_bytes("png")).pixels.shape == photo.pixels.shape
    shown = Image.open(io.BytesIO(photo._repr_png_()))
    assert (shown.format, shown.mode) == ("PNG", "RGB")
    assert max(shown.size) <= 800
    assert repr(photo).startswith(f"<Photo {photo.width} x {photo.height} rgb uint8, jpeg")
    assert len(repr(photo)) < 120
    assert "\n" not in repr(photo)


def test_deep_gray_and_turned_photos_as_pil() -> None:
    gray = np.repeat(RNG.integers(0, 65535, (5, 6, 1), np.uint16), 3, axis=2)
    image = nightlift.Photo(gray, mode="gray").to_pil()
    assert image.mode == "I;16"
    assert np.array_equal(np.asarray(image), gray[..., 0])
    turned = nightlift.Photo(rgb(), orientation=6).to_pil()
    assert turned.getexif()[0x0112] == 6
    shown = Image.open(io.BytesIO(nightlift.Photo(rgb((7, 9, 3)), orientation=6)._repr_png_()))
    assert shown.size == (7, 9)


def test_arrays_and_images_are_written(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    array = rgb()
    for number, given in enumerate(
        (array, Image.fromarray(array), torch.from_numpy(array).movedim(-1, 0))
    ):
        path = nightlift.write(given, tmp_path / f"{number}.png")
        assert np.array_equal(nightlift.read(path).pixels, array)
    path = nightlift.write(array[..., ::-1], tmp_path / "bgr.png", bgr=True)
    assert np.array_equal(nightlift.read(path).pixels, array)
    assert nightlift.read(nightlift.encode(array)).format == "png"
