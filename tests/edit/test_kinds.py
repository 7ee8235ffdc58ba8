"""Whatever holds a photo is taken, and the same kind of thing comes back, with the right values."""

from __future__ import annotations

import copy
import io
import multiprocessing
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import nightlift
from nightlift.adjust.bilateral_grid import BilateralGrid, PointwiseGuide
from nightlift.adjust.chain import Chain
from nightlift.adjust.curve_map import CurveMap
from nightlift.adjust.hue import HueKept
from nightlift.adjust.light_grid import LightGrid
from nightlift.adjust.scaled import Scaled
from nightlift.adjust.tone_table import ToneTable
from nightlift.edit.controls import Controls
from nightlift.edit.edit import Denoising, Edit
from nightlift.errors import ReadError, UsageError

ROOT = Path(__file__).resolve().parents[2]
DARK = ROOT / "examples" / "dark"
RNG = np.random.default_rng(5)


def table(power: float = 0.5) -> ToneTable:
    """Channels of different curves, so that exchanged ones are seen."""
    x = np.linspace(0, 1, 256)[:, None]
    return ToneTable((x ** np.array([power, 0.8 * power, 0.6 * power])).astype(np.float32))


EDIT = Edit(table())
GRAY_EDIT = Edit(ToneTable(np.repeat(np.linspace(0, 1, 256)[:, None] ** 0.5, 3, 1).astype("f4")))


def rgb(shape: tuple[int, ...] = (7, 9, 3)) -> np.ndarray:
    return RNG.integers(0, 90, shape, np.uint8)


def values(array: np.ndarray, white: float) -> np.ndarray:
    """What EDIT makes of RGB numbers from 0 to white, by the definition."""
    powers = (0.5, 0.4, 0.3)
    at = np.arange(256) / 255
    x = array.astype(float) / white
    each = [np.interp(x[..., c], at, at**p) for c, p in enumerate(powers)]
    return np.stack(each, axis=-1) * white


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


def test_strength_0_is_an_array_of_any_type_bit_for_bit() -> None:
    floats = RNG.uniform(0, 0.4, (2, 7, 9, 3))
    for array in (floats, floats[0], floats[0, ..., 0], floats.astype(np.float16)):
        same = nightlift.enhance(array, strength=0)
        assert not np.may_share_memory(same, array)
        assert (same.dtype, same.tobytes()) == (array.dtype, array.tobytes())


@pytest.mark.parametrize("value", [np.nan, np.inf, 20.0, -0.5])
def test_a_photo_of_floats_that_are_no_light(value: float) -> None:
    pixels = np.full((5, 6, 3), 0.2, np.float32)
    pixels[2, 3, 1] = value
    photo = nightlift.Photo(pixels)
    for call in (nightlift.enhance, EDIT.apply, nightlift.Enhancer("gamma").estimate):
        with pytest.raises(UsageError, match="expected a Photo of floats from 0 to 1"):
            call(photo)


# ---------------------------------------------------------------- NumPy


@pytest.mark.parametrize(
    ("dtype", "white", "step"),
    [
        ("u1", None, 0.51),
        ("u2", None, 1.6),
        (">u2", None, 1.6),
        ("u2", 4095, 0.51),
        ("u1", 200, 0.51),
        ("f2", None, 1e-3),
        ("f4", None, 1e-6),
        ("f8", None, 1e-6),
        ("f4", 255, 1e-4),
        ("f8", 4095, 1e-2),
    ],
)
@pytest.mark.parametrize("shape", [(7, 9, 3), (2, 5, 6, 3)])
def test_arrays_of_every_type(
    dtype: str, white: float | None, step: float, shape: tuple[int, ...]
) -> None:
    kind = np.dtype(dtype)
    top = white or (1.0 if kind.kind == "f" else float(np.iinfo(kind).max))
    numbers = RNG.random(shape) * top
    array = (numbers if kind.kind == "f" else np.floor(numbers)).astype(kind)
    before = array.copy()
    result = EDIT.apply(array, white=white)
    assert (result.dtype, result.shape) == (array.dtype, array.shape)
    assert np.array_equal(array, before)
    expected = values(array, top)
    slack = step if kind.kind != "f" else step + 1e-3 * top * (dtype == "f2")
    assert np.abs(result.astype(float) - expected).max() <= slack


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32, np.float64])
@pytest.mark.parametrize("shape", [(7, 9), (7, 9, 1), (7, 9, 2), (3, 7, 9, 1)])
def test_gray_arrays(dtype: type, shape: tuple[int, ...]) -> None:
    top = 1 if dtype in (np.float32, np.float64) else np.iinfo(dtype).max
    array = (RNG.random(shape) * 0.3 * top).astype(dtype)
    result = GRAY_EDIT.apply(array)
    assert (result.dtype, result.shape) == (array.dtype, shape)
    lifted = result[..., :1] if shape[-1] <= 2 else result
    original = array[..., :1] if shape[-1] <= 2 else array
    at = np.arange(256) / 255
    expected = np.interp(original / top, at, at**0.5) * top
    assert np.abs(lifted - expected).max() <= (1.0 if top > 1 else 1e-6)
    if shape[-1] == 2:
        assert np.array_equal(result[..., 1], array[..., 1])


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float64])
@pytest.mark.parametrize("bgr", [False, True])
def test_alpha_is_untouched(dtype: type, bgr: bool) -> None:
    top = 1 if dtype is np.float64 else np.iinfo(dtype).max
    array = (RNG.random((6, 5, 4)) * top).astype(dtype)
    result = EDIT.apply(array, bgr=bgr)
    assert np.array_equal(result[..., 3], array[..., 3])
    order = [2, 1, 0] if bgr else [0, 1, 2]
    expected = EDIT.apply(np.ascontiguousarray(array[..., order]))[..., order]
    assert np.array_equal(result[..., :3], expected)


def test_the_order_of_opencv() -> None:
    array = rgb()
    reversed_ = np.ascontiguousarray(array[..., ::-1])
    assert np.array_equal(EDIT.apply(reversed_, bgr=True)[..., ::-1], EDIT.apply(array))
    lift = nightlift.Enhancer("glenet-global-open")
    assert np.array_equal(lift(reversed_, bgr=True)[..., ::-1], lift(array))


def test_a_batch_is_each_of_its_photos() -> None:
    batch = np.stack([rgb(), rgb() // 2, 255 - rgb()])
    lift = nightlift.Enhancer()
    result = lift(batch)
    for one, photo in zip(result, batch, strict=True):
        assert np.array_equal(one, lift(photo))
    with pytest.raises(UsageError, match="a batch of 3"):
        lift.estimate(batch)


def test_overshoot_is_clipped_in_silence_and_no_more() -> None:
    array = np.full((4, 4, 3), 0.5)
    array[0, 0], array[1, 1] = 1.0009, -0.0009
    assert EDIT.apply(array).max() == 1
    assert EDIT.apply(array).min() == 0
    array[0, 0] = 1.002
    with pytest.raises(UsageError, match="clip"):
        EDIT.apply(array)


def filled(value: float, dtype: Any = np.float32) -> np.ndarray:
    array = np.full((4, 5, 3), 0.25, dtype)
    array[1, 2, 1] = value
    return array


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (filled(200), r"0 to 1, the array goes up to 200: say what is white \(such as white=255\)"),
        (filled(3000), "white=4095"),
        (filled(-0.5), r"down to -0.5: .*\(x \+ 1\) / 2"),
        (filled(np.nan), "NaN or infinity.*nan_to_num"),
        (filled(np.inf), "NaN or infinity"),
        (np.zeros((3, 20, 30), "f4"), r"channels come first: array.transpose\(1, 2, 0\)"),
        (np.zeros((2, 3, 20, 30), "f4"), r"transpose\(0, 2, 3, 1\)"),
        (np.zeros((8, 20, 30), "f4"), r"array\[..., None\]"),
        (np.zeros((4, 4, 5), "u1"), "1 to 4 channels"),
        (np.zeros((0, 4, 3), "u1"), "empty"),
        (np.zeros((4,), "u1"), "shape"),
        (np.zeros((4, 4, 3), "i8"), "int64: array.astype"),
        (np.zeros((4, 4, 3), bool), "bool"),
        (np.zeros((4, 4, 3), "c8"), "complex64"),
        ([1, 2, 3], "got a list"),
        (None, "got NoneType"),
        (Image.new("1", (4, 4)), "mode '1'"),
        (io.StringIO("x"), "mode 'rb'"),
    ],
)
def test_what_cannot_be_is_told_with_the_remedy(given: Any, sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        EDIT.apply(given)
    with pytest.raises(UsageError, match=sentence):
        nightlift.enhance(given, "gamma")


def test_values_beyond_white() -> None:
    deep = np.full((3, 3, 3), 5000, np.uint16)
    with pytest.raises(UsageError, match="up to 5000"):
        EDIT.apply(deep, white=4095)
    with pytest.raises(UsageError, match="white for uint8 from 1 to 255"):
        EDIT.apply(rgb(), white=4095)
    with pytest.raises(UsageError, match="white above 0"):
        EDIT.apply(filled(0.5), white=0)
    with pytest.raises(UsageError, match="bgr is for arrays and tensors"):
        EDIT.apply(DARK / "lamp.jpg", bgr=True)
    with pytest.raises(UsageError, match="white is for arrays and tensors"):
        EDIT.apply(DARK / "lamp.jpg", white=255)
    with pytest.raises(UsageError, match="a white of its own"):
        EDIT.apply(Image.new("RGB", (4, 4)), white=255)


@pytest.mark.parametrize("kind", ["u1", "u2", "f2", "f4", "f8"])
@pytest.mark.parametrize("white", [None, 250])
def test_nothing_is_nothing_bit_for_bit(kind: str, white: float | None) -> None:
    top = white or (1 if kind[0] == "f" else np.iinfo(kind).max)
    array = (RNG.random((9, 8, 3)) * top).astype(kind)
    result = nightlift.enhance(array, strength=0, white=white)
    assert np.array_equal(result, array)
    assert not np.may_share_memory(result, array)


def test_any_order_in_memory() -> None:
    array = rgb((12, 10, 3))
    views = [array[..., ::-1], array[::-1], array[:, ::-1], array[::2, ::3], array[..., 1]]
    views += [array.transpose(1, 0, 2), np.asfortranarray(array), np.asfortranarray(array / 255)]
    read_only = array.copy()
    read_only.flags.writeable = False
    lift = nightlift.Enhancer(denoise="fast")
    for view in [*views, read_only]:
        result = lift(view)
        assert np.array_equal(result, lift(np.ascontiguousarray(view)))
        assert result.flags.c_contiguous


def test_in_place_writes_into_the_array() -> None:
    array = rgb()
    expected = EDIT.apply(array)
    assert EDIT.apply(array, in_place=True) is not None
    assert np.array_equal(array, expected)


# ---------------------------------------------------------------- files


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


# ---------------------------------------------------------------- Pillow


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


# ---------------------------------------------------------------- tensors


torch = pytest.importorskip("torch")


def adjustments() -> list[Any]:
    maps = RNG.uniform(-0.6, 0.3, (4, 3, 5, 3)).astype(np.float32)
    cells = np.zeros((3, 4, 5, 3, 4), np.float32)
    cells[..., :3] = np.eye(3)
    cells += RNG.normal(0, 0.1, cells.shape).astype(np.float32)
    w1, b1, w2 = (RNG.normal(0, 1, shape).astype("f4") for shape in ((4, 3), (4,), (4,)))
    controls = Controls(exposure=1, warmth=30, saturation=20, shadows=40).adjustment()
    kinds = [
        table(),
        CurveMap(maps, 4),
        CurveMap(maps[:1], 8, "corners"),
        BilateralGrid(cells),
        BilateralGrid(np.abs(cells), "divide", PointwiseGuide(w1, b1, w2, 0.1)),
        controls,
    ]
    gains = RNG.uniform(-1, 3, (3, 4, 5)).astype(np.float32)
    chains = [Chain((kinds[1], kinds[5])), Chain((Scaled(kinds[0], 0.6), kinds[3]))]
    return [*kinds, *chains, LightGrid(gains, 0.7, 0.02), HueKept(kinds[0])]


@pytest.mark.parametrize("number", range(10))
@pytest.mark.parametrize("strength", [1.0, 0.4, 1.5])
def test_tensors_get_what_arrays_get(number: int, strength: float) -> None:
    edit = Edit(adjustments()[number], strength=strength)
    array = RNG.random((2, 31, 23, 3), np.float32)
    tensor = torch.from_numpy(array).permute(0, 3, 1, 2)
    expected = edit.apply(array)
    plain = edit.apply(tensor)
    assert torch.equal(plain.permute(0, 2, 3, 1), torch.from_numpy(expected))
    wanted = tensor.clone().requires_grad_()
    through = edit.apply(wanted)
    assert through.shape == tensor.shape
    difference = (through.permute(0, 2, 3, 1) - torch.from_numpy(expected)).abs().max()
    assert difference < 2e-5
    through.sum().backward()
    assert wanted.grad is not None
    assert torch.isfinite(wanted.grad).all()
    assert (wanted.grad != 0).any()


def test_gradients_are_those_of_the_curve() -> None:
    """At x between two knots the slope of x ^ 0.5's table is the chord's."""
    x = torch.full((3, 4, 4), 100.5 / 255, dtype=torch.float64, requires_grad=True)
    GRAY_EDIT.apply(x).sum().backward()
    chord = ((101 / 255) ** 0.5 - (100 / 255) ** 0.5) * 255
    assert x.grad is not None
    assert torch.allclose(x.grad, torch.full_like(x.grad, chord), rtol=1e-4)


@pytest.mark.parametrize("dtype", ["uint8", "float32", "float64", "float16", "bfloat16"])
@pytest.mark.parametrize("shape", [(3, 6, 5), (1, 6, 5), (4, 6, 5), (2, 3, 6, 5), (2, 1, 6, 5)])
def test_tensors_keep_type_shape_and_alpha(dtype: str, shape: tuple[int, ...]) -> None:
    kind = getattr(torch, dtype)
    tensor = torch.rand(shape) * 0.5
    tensor = (tensor * 255).to(kind) if dtype == "uint8" else tensor.to(kind)
    result = GRAY_EDIT.apply(tensor)
    module = GRAY_EDIT.module()(tensor)
    for one in (result, module):
        assert (one.dtype, one.shape) == (kind, shape)
        if shape[-3] == 4:
            assert torch.equal(one[3:], tensor[3:])
    top = 255 if dtype == "uint8" else 1
    expected = (tensor.double() / top) ** 0.5
    colors = (slice(0, 3),) if shape[-3] == 4 else ()
    assert (result.double() / top - expected)[colors].abs().max() < 0.12
    assert (result.double() - module.double())[colors].abs().max() <= top * 5e-3


def test_each_tensor_of_a_batch_by_its_own_edit() -> None:
    lift = nightlift.Enhancer("glenet-global-open")
    batch = torch.rand(2, 3, 20, 30) * torch.tensor([0.1, 0.4]).view(2, 1, 1, 1)
    plain = lift(batch)
    wanted = lift(batch.clone().requires_grad_())
    assert wanted.requires_grad
    assert (plain - wanted).abs().max() < 1e-5
    assert torch.equal(plain[1], lift(batch[1]))


def test_tensors_that_cannot_be() -> None:
    with pytest.raises(UsageError, match=r"channels come last: tensor.movedim\(-1, -3\)"):
        EDIT.apply(torch.zeros(20, 30, 3))
    with pytest.raises(UsageError, match=r"tensor\[None\]"):
        EDIT.apply(torch.zeros(20, 30))
    with pytest.raises(UsageError, match="int64"):
        EDIT.apply(torch.zeros(3, 4, 4, dtype=torch.int64))
    with pytest.raises(UsageError, match="empty"):
        EDIT.apply(torch.zeros(0, 3, 4, 4))
    for value in (200.0, -1.0, float("nan")):
        for gradient in (False, True):
            wrong = torch.full((3, 4, 4), value, requires_grad=gradient)
            with pytest.raises(UsageError, match=r"expected (finite )?numbers"):
                EDIT.apply(wrong)
    with pytest.raises(UsageError, match="gradients"):
        Edit(table(), denoising=Denoising("fast")).apply(torch.rand(3, 8, 8, requires_grad=True))
    with pytest.raises(UsageError, match="no part of a PyTorch module"):
        Edit(table(), denoising=Denoising("fast")).module()


def test_modules_have_buffers_and_no_parameters() -> None:
    module = Edit(adjustments()[7], strength=0.5).module()
    assert not list(module.parameters())
    assert module.state_dict()
    other = pickle.loads(pickle.dumps(module))
    x = torch.rand(1, 3, 9, 8)
    assert torch.equal(module(x), other(x))


# ---------------------------------------------------------------- Photos, pickles


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
    array = rgb()
    for number, given in enumerate(
        (array, Image.fromarray(array), torch.from_numpy(array).movedim(-1, 0))
    ):
        path = nightlift.write(given, tmp_path / f"{number}.png")
        assert np.array_equal(nightlift.read(path).pixels, array)
    path = nightlift.write(array[..., ::-1], tmp_path / "bgr.png", bgr=True)
    assert np.array_equal(nightlift.read(path).pixels, array)
    assert nightlift.read(nightlift.encode(array)).format == "png"


ENHANCERS: list[dict[str, Any]] = [
    {},
    {"method": "gamma", "denoise": "fast", "denoise_amount": 0.5, "controls": Controls(exposure=1)},
    {"method": "zero-dce-open", "steps": 4, "size": 128, "threads": 1, "memory": 10**9},
    {"auto": False},
    {"edit": Edit(table(), strength=0.5), "controls": Controls(warmth=20)},
    {"edit": Edit(table(), gate=0.5), "denoise": "auto"},
    {"edit": Edit(table(), gate=0.5), "auto": False},
]


@pytest.mark.parametrize("number", range(len(ENHANCERS)))
def test_enhancers_pickle(number: int) -> None:
    lift = nightlift.Enhancer(**ENHANCERS[number])
    other = pickle.loads(pickle.dumps(lift))
    photo = nightlift.Photo(rgb((40, 50, 3)))
    assert other._state() == lift._state()
    assert other.estimate(photo) == lift.estimate(photo)
    assert np.array_equal(other(photo).pixels, lift(photo).pixels)


def test_enhancers_of_a_file_pickle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = ROOT / "src/nightlift/models/released/zero-dce-open.onnx"
    (tmp_path / "mine.onnx").write_bytes(source.read_bytes())
    monkeypatch.chdir(tmp_path)
    data = pickle.dumps(nightlift.Enhancer(model="mine.onnx"))
    monkeypatch.chdir("/")
    assert pickle.loads(data).name


def test_changed_settings_pickle() -> None:
    lift = nightlift.Enhancer().with_settings(
        auto=False, denoising=Denoising(), controls=Controls(tint=9)
    )
    other = pickle.loads(pickle.dumps(lift))
    assert (other.auto, other.denoising, other.controls) == (False, Denoising(), Controls(tint=9))


@pytest.mark.parametrize("copied", [lambda e: pickle.loads(pickle.dumps(e)), copy.deepcopy])
def test_painted_edits_pickle_without_the_method(copied: Any) -> None:
    array = rgb((40, 50, 3))
    edit = nightlift.Enhancer("clahe").estimate(array)
    assert edit.painting is not None
    assert edit.painting.estimator is not None
    other = copied(edit)
    assert other == edit
    assert other.painting.estimator is None
    assert np.array_equal(other.apply(array), edit.apply(array))


def lifted(lift: nightlift.Enhancer, array: np.ndarray) -> np.ndarray:
    return lift(array)


@pytest.mark.parametrize("way", ["spawn", "forkserver"])
def test_enhancers_go_to_other_processes(way: str) -> None:
    lift = nightlift.Enhancer(threads=1)
    array = rgb((40, 50, 3))
    expected = lift(array)
    with multiprocessing.get_context(way).Pool(1) as pool:
        assert np.array_equal(pool.apply(lift, (array,)), expected)
