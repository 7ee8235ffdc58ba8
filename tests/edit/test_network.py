"""Released models of every kind, known by their passports alone."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from nightlift.adjust.hue import HueKept, keep_hue
from nightlift.adjust.light_grid import DULL, TURN, VIVID, LightGrid
from nightlift.adjust.power import Power
from nightlift.denoise import measure
from nightlift.edit.edit import Edit
from nightlift.edit.enhancer import Enhancer
from nightlift.errors import ModelError, UsageError
from nightlift.models.passport import Guide, Passport
from nightlift.models.released import stamp
from nightlift.photo.orientation import turn
from nightlift.photo.photo import Photo
from nightlift.photo.proxy import FixedSize, LongSide, OwnSize, small_copy
from tests.onnx_graphs import PASSPORT, node, pointwise, random_convolution, tensor

RNG = np.random.default_rng(3)
GUIDE = Guide(w1=((0.5, 0.3, 0.2), (1.0, -1.0, 0.5)), b1=(0.1, 0.0), w2=(1.5, -0.5), b2=-0.4)


def photo(height: int = 70, width: int = 90, **travels: object) -> Photo:
    y, x = np.mgrid[0:height, 0:width]
    floats = 0.2 + 0.15 * np.sin(x / 8 + y / 11)[..., None] * np.array([1.0, 0.7, 0.5])
    pixels = np.clip(255 * floats + RNG.normal(0, 3, (height, width, 3)), 0, 255)
    return Photo(pixels.astype(np.uint8), **travels)


def constant(shape: tuple[int, ...], values: np.ndarray) -> bytes:
    """A graph that says the same of every picture (but does look at it)."""
    picture = helper.make_tensor_value_info("photo", TensorProto.FLOAT, [1, 3, "h", "w"])
    output = helper.make_tensor_value_info("parameters", TensorProto.FLOAT, list(shape))
    nodes = [
        helper.make_node("ReduceMean", ["photo"], ["mean"], keepdims=0),
        node("Mul", ["mean", "zero"], "nothing"),
        node("Add", ["nothing", "values"]),
    ]
    weights = [tensor("zero", 0.0), tensor("values", values)]
    graph = helper.make_graph(nodes, "tiny", [picture], [output], weights)
    opset = [helper.make_opsetid("", 18)]
    model: onnx.ModelProto = helper.make_model(graph, opset_imports=opset, ir_version=9)
    return model.SerializeToString()


def lift(folder: Path, data: bytes, passport: Passport, **options: object) -> Enhancer:
    path = folder / f"{passport.kind}.onnx"
    path.write_bytes(stamp(data, passport))
    return Enhancer(model=path, **options)


def curves(steps: int = 3, **changes: object) -> tuple[bytes, Passport]:
    return random_convolution(3 * steps), PASSPORT._replace(steps=steps, **changes)


def test_a_tone_table_and_a_grid_are_applied_as_they_say(tmp_path: Path) -> None:
    table = np.sqrt(np.linspace(0, 1, 256, dtype=np.float32))[:, None].repeat(3, axis=1)
    fixed = FixedSize(16, 16)
    said = PASSPORT._replace(kind="tone_table", size=fixed, exact_size=fixed)
    dark = photo()
    result = lift(tmp_path, constant((1, 256, 3), table[None]), said)(dark).pixels
    assert np.abs(result - 255 * np.sqrt(dark.pixels / 255.0)).max() <= 0.5001

    # Affine rows of every cell: twice the photo plus 0.1, whatever the guide says.
    rows = np.array([[2, 0, 0, 0.1], [0, 2, 0, 0.1], [0, 0, 2, 0.1]], np.float32).reshape(12)
    cells = np.broadcast_to(rows[None, :, None, None, None], (1, 12, 8, 4, 5))
    said = PASSPORT._replace(kind="bilateral_grid", grid_mode="affine", guide=GUIDE)
    result = lift(tmp_path, constant((1, 12, 8, 4, 5), cells), said)(dark).pixels
    expected = np.clip(2 * dark.pixels / 255.0 + 0.1, 0, 1) * 255
    assert np.abs(result - expected).max() <= 0.51


def test_a_light_grid_is_applied_as_it_says(tmp_path: Path) -> None:
    # Two stops everywhere, in three bins; the color's plane has a mean of 0.25.
    planes = np.full((1, 4, 4, 5), 2.0, np.float32)
    planes[0, 3] = np.linspace(0, 0.5, 20).reshape(4, 5)
    said = PASSPORT._replace(kind="light_grid")
    dark = photo()
    enhancer = lift(tmp_path, constant((1, 4, 4, 5), planes), said)
    edit = enhancer.estimate(dark).adjustment
    assert isinstance(edit, LightGrid)
    assert np.array_equal(edit.gains, np.full((4, 5, 3), 2, np.float32))
    assert edit.color == pytest.approx(0.25)
    assert edit.black == pytest.approx(measure(dark).black_level())
    c = dark.pixels / 255.0
    m = c.max(axis=2, keepdims=True)
    signal = m**2 / (m**2 + edit.black**2)
    gain = 4**signal
    t = gain * m / (1 + (gain - 1) * m)
    least = c.min(axis=2, keepdims=True)
    saturation = (3 * m - c.sum(axis=2, keepdims=True)) / (2 * (m + DULL))
    vivid = np.minimum(VIVID * saturation**2, 1)
    grown = (0.25 + 0.75 * vivid) * signal * (t / m - 1)
    expected = t - (1 + grown) * (m - c) + TURN * least * grown / m**2 * (m - c) * (c - least)
    assert np.abs(enhancer(dark).pixels - 255 * expected).max() <= 0.501


def test_a_light_grid_stays_within_its_limits() -> None:
    planes = np.stack([np.full((2, 3), v, np.float32) for v in (-9, 9, 1.5)])
    edit = LightGrid.from_output(planes)
    assert edit.gains[0, 0].tolist() == [-8, 8]
    assert edit.color == 1


@pytest.mark.parametrize("shape", [(1, 2, 4, 5), (1, 4, 4), (1, 12, 8, 4, 5)])
def test_a_light_grid_of_another_shape(tmp_path: Path, shape: tuple[int, ...]) -> None:
    said = PASSPORT._replace(kind="light_grid")
    enhancer = lift(tmp_path, constant(shape, np.zeros(shape, np.float32)), said)
    with pytest.raises(ModelError, match="is of kind light_grid, but gave"):
        enhancer.estimate(photo())


def test_a_passport_may_keep_the_hue(tmp_path: Path) -> None:
    data, said = curves()
    dark = photo()
    plain, kept = (
        lift(tmp_path, data, said._replace(hue=hue, size=OwnSize())) for hue in (None, "kept")
    )
    edit = kept.estimate(dark).adjustment
    assert isinstance(edit, HueKept)
    assert np.array_equal(
        edit.parameters()["maps"], plain.estimate(dark).adjustment.parameters()["maps"]
    )
    before = dark.pixels / np.float32(255)
    wanted = keep_hue(before, plain.estimate(dark).adjustment.evaluate(before, 0, 70))
    assert np.abs(kept(dark).pixels - 255 * wanted).max() <= 0.51
    assert np.abs(kept(dark).pixels.astype(int) - plain(dark).pixels).max() > 2
    tiled = lift(tmp_path, data, said._replace(hue="kept"), memory=1)
    assert np.array_equal(tiled(dark, exact=True).pixels, kept(dark).pixels)


def test_a_painted_photo_may_keep_the_hue(tmp_path: Path) -> None:
    size = LongSide(64)
    said = PASSPORT._replace(kind="picture", steps=None, halo=0, size=size, hue="kept")
    enhancer = lift(tmp_path, pointwise("Sqrt"), said)
    dark = photo()
    assert isinstance(enhancer.estimate(dark, paint=False).adjustment, HueKept)
    before = dark.pixels / np.float32(255)
    wanted = keep_hue(before, np.sqrt(before))
    assert np.abs(wanted - np.sqrt(before)).max() > 0.005
    for strength in (1.0, 0.5):
        mixed = before + strength * (wanted - before)
        assert np.abs(enhancer(dark, strength=strength).pixels - 255 * mixed).max() <= 0.51


def test_curves_at_own_size_are_those_of_the_whole_photo(tmp_path: Path) -> None:
    data, said = curves()
    dark = photo(150, 170)
    whole = lift(tmp_path, data, said._replace(size=OwnSize()))
    tiled = lift(tmp_path, data, said, memory=1)
    assert np.array_equal(tiled(dark, exact=True).pixels, whole(dark).pixels)
    assert not np.array_equal(tiled(dark).pixels, whole(dark).pixels)


def powered() -> tuple[bytes, Passport]:
    """Curves behind a power: what they see is brighter, so that their weights are smaller."""
    return random_convolution(9, deviation=0.05), PASSPORT._replace(steps=3, power_to=0.45)


def test_a_power_comes_before_curves_and_measures_them(tmp_path: Path) -> None:
    data, said = powered()
    dark = photo()
    chain = lift(tmp_path, data, said).estimate(dark, paint=False).adjustment
    table, measured = chain.adjustments
    small = small_copy(dark, said.size)
    power = Power.to(small, 0.45)
    assert 0.2 < power.exponent < 1
    assert np.array_equal(table.values, power.table.values)
    plain = said._replace(power_to=None)
    seen = Photo(table.evaluate(small, 0, len(small)))
    full = lift(tmp_path, data, plain).estimate(seen, paint=False).adjustment
    np.testing.assert_allclose(measured.maps, power.share * full.maps, atol=1e-5)


def test_a_photo_that_is_bright_takes_neither_power_nor_curves(tmp_path: Path) -> None:
    data, said = powered()
    bright = Photo(255 - photo().pixels)
    for exact in (False, True):
        result = lift(tmp_path, data, said)(bright, exact=exact)
        assert np.array_equal(result.pixels, bright.pixels)


def test_tiles_take_the_power_of_the_whole_photo(tmp_path: Path) -> None:
    data, said = powered()
    dark = photo(150, 170)
    dark.pixels[:75] //= 8
    whole, tiled = (lift(tmp_path, data, said, memory=memory) for memory in (10**9, 1))
    assert np.array_equal(tiled(dark, exact=True).pixels, whole(dark, exact=True).pixels)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("exact", [False, True])
def test_the_network_sees_every_photo_upright(
    tmp_path: Path, orientation: int, exact: bool
) -> None:
    data, said = curves()
    stored = photo(90, 60, orientation=orientation)
    upright = Photo(np.ascontiguousarray(turn(stored.pixels, orientation)))
    lifted = lift(tmp_path, data, said)
    rotated = turn(lifted(stored, exact=exact).pixels, orientation).astype(int)
    assert np.abs(rotated - lifted(upright, exact=exact).pixels).max() <= 1


def test_fewer_steps_are_the_first_ones(tmp_path: Path) -> None:
    data, said = curves(3)
    dark = photo(40, 50)
    small = small_copy(dark, OwnSize())
    full = lift(tmp_path, data, said)
    two = lift(tmp_path, data, said, steps=2)
    maps = full.estimate(dark, paint=False).adjustment
    x = small.astype(np.float64)
    for step in range(2):
        x = x + maps.maps[step] * (x * x - x)
    assert np.abs(two(dark).pixels - np.clip(255 * x, 0, 255)).max() <= 0.51
    with pytest.raises(UsageError, match="3 curve steps"):
        lift(tmp_path, data, said, steps=4)(dark)


def test_the_size_that_the_network_sees(tmp_path: Path) -> None:
    data, said = curves()
    assert lift(tmp_path, data, said, size=32).estimate(
        photo(), paint=False
    ).adjustment.maps.shape == (3, 25, 32, 3)
    fixed = said._replace(size=FixedSize(16, 16))
    with pytest.raises(UsageError, match="size does not apply"):
        lift(tmp_path, data, fixed, size=32)


def test_a_painted_picture(tmp_path: Path) -> None:
    said = PASSPORT._replace(kind="picture", steps=None, halo=None, multiple=4, size=LongSide(64))
    dark = photo(61, 83)
    paint = lift(tmp_path, pointwise("Sqrt"), said)
    expected = 255 * np.sqrt(dark.pixels / 255.0)
    assert np.abs(paint(dark).pixels - expected).max() <= 0.51
    half = (dark.pixels + expected) / 2
    assert np.abs(paint(dark, 0.5).pixels - half).max() <= 0.51
    fitted = paint.estimate(dark, paint=False).adjustment
    assert fitted.kind == "bilateral_grid"
    error = fitted.apply(dark).pixels - expected
    assert np.sqrt(np.mean(error**2)) < 255 * 10 ** (-35 / 20)


def test_a_painted_picture_above_a_megapixel_is_fitted_unless_exact(tmp_path: Path) -> None:
    said = PASSPORT._replace(kind="picture", steps=None, halo=0, size=LongSide(64))
    large = photo(900, 1200)
    paint = lift(tmp_path, pointwise("Sqrt"), said)
    assert paint.estimate(large).adjustment is not None
    exact = paint.estimate(large, exact=True)
    assert exact.adjustment is None
    assert np.abs(exact.apply(large).pixels - 255 * np.sqrt(large.pixels / 255.0)).max() <= 0.51


def test_exact_is_float32_whatever_is_installed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pytest.importorskip("openvino")
    monkeypatch.setattr("nightlift.edit.engine._chosen", lambda model, device: "openvino")
    said = PASSPORT._replace(kind="picture", steps=None, halo=0, size=LongSide(64))
    path = tmp_path / "painter.onnx"
    path.write_bytes(stamp(pointwise("Sqrt"), said))
    dark = photo(40, 64)
    method, plain = Enhancer(model=path), Enhancer(model=path, engine="onnxruntime")
    assert method.estimate(dark).painting.estimator._engine.name == "openvino"
    exact = method.estimate(dark, exact=True)
    assert exact.painting.estimator._engine.name == "onnxruntime"
    expected = plain(dark, exact=True).pixels
    assert np.array_equal(exact.apply(dark).pixels, expected)
    again = Edit.load(exact.save(tmp_path / "exact.npz"))
    assert np.array_equal(again.apply(dark).pixels, expected)
    assert again == exact
    named = Enhancer(model=path, engine="openvino").estimate(dark, exact=True)
    assert named.painting.estimator._engine.name == "openvino"
