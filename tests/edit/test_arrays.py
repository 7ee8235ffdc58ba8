"""NumPy arrays are taken, and come back as what they were, with the right values."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import nightlift
from nightlift.errors import UsageError
from tests.edit.held import DARK, EDIT, GRAY_EDIT, RNG, rgb


def values(array: np.ndarray, white: float) -> np.ndarray:
    """What EDIT makes of RGB numbers from 0 to white, by the definition."""
    powers = (0.5, 0.4, 0.3)
    at = np.arange(256) / 255
    x = array.astype(float) / white
    each = [np.interp(x[..., c], at, at**p) for c, p in enumerate(powers)]
    return np.stack(each, axis=-1) * white


def test_strength_0_is_an_array_of_any_type_bit_for_bit() -> None:
    floats = RNG.uniform(0, 0.4, (2, 7, 9, 3))
    for array in (floats, floats[0], floats[0, ..., 0], floats.astype(np.float16)):
        same = nightlift.enhance(array, strength=0)
        assert not np.may_share_memory(same, array)
        assert (same.dtype, same.tobytes()) == (array.dtype, array.tobytes())


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
        (np.zeros((6, 7, 5), "u1"), r"1 to 4 channels, got \(6, 7, 5\); array\[..., :3\] are"),
        (np.ma.masked_array(rgb()), r"without a mask: array.filled\(0\)"),
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


def test_other_classes_of_arrays_are_arrays(tmp_path: Path) -> None:
    mapped = np.memmap(tmp_path / "pixels", np.uint8, "w+", shape=(7, 9, 3))
    mapped[...] = rgb()
    for array in (mapped, np.rec.array(rgb())):
        result = EDIT.apply(array)
        assert type(result) is np.ndarray
        assert np.array_equal(result, EDIT.apply(np.array(array)))


def test_an_object_that_holds_an_array_is_told_how_to_give_it() -> None:
    class Holding:
        __array_interface__ = rgb().__array_interface__

    with pytest.raises(UsageError, match=r"got Holding; numpy.asarray makes an array of it"):
        EDIT.apply(Holding())
    with pytest.raises(UsageError, match=r"got generator$"):
        EDIT.apply(one for one in [rgb()])


def test_in_place_writes_into_the_array() -> None:
    array = rgb()
    expected = EDIT.apply(array)
    assert EDIT.apply(array, in_place=True) is not None
    assert np.array_equal(array, expected)
