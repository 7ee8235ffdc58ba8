"""Engines run released files alike, refuse what they cannot, and tiles change nothing."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nightlift.edit import engine as engine_module
from nightlift.edit.engine import Engine, EngineName
from nightlift.edit.tiles import run_tiled, spans
from nightlift.errors import MissingExtraError, ModelError, UsageError
from nightlift.models.passport import Kind, Passport
from nightlift.models.released import ReleasedModel, parse, stamp
from nightlift.photo.photo import Floats
from nightlift.photo.proxy import Divisor, FixedSize, LongSide
from tests import onnx_graphs
from tests.onnx_graphs import PASSPORT, model, node, tensor

WEIGHT = np.random.default_rng(3).normal(0, 0.2, (6, 3, 3, 3)).astype(np.float32)


def released(data: bytes, passport: Passport = PASSPORT) -> ReleasedModel:
    return parse(stamp(data, passport), Path("tiny.onnx"))


def picture(height: int, width: int, seed: int = 0) -> Floats:
    return np.random.default_rng(seed).random((height, width, 3), dtype=np.float32)


def convolved(photo: Floats) -> Floats:
    """The oracle of `onnx_graphs.convolution(WEIGHT)`, (6, h, w), by plain loops."""
    height, width = photo.shape[:2]
    padded = np.pad(photo, ((1, 1), (1, 1), (0, 0)))
    result = np.zeros((6, height, width), np.float32)
    for row in range(3):
        for column in range(3):
            window = padded[row : row + height, column : column + width]
            result += np.einsum("oc,hwc->ohw", WEIGHT[:, :, row, column], window)
    return result


@pytest.fixture(params=["onnxruntime", "openvino"])
def engine(request: pytest.FixtureRequest) -> Engine:
    pytest.importorskip(request.param)
    return Engine(released(onnx_graphs.convolution(WEIGHT)), request.param, threads=1)


def test_output_is_the_models(engine: Engine) -> None:
    for sides in ((1, 1), (5, 9), (33, 20)):
        photo = picture(*sides)
        np.testing.assert_allclose(engine.run(photo), convolved(photo), atol=1e-5)


def test_views_are_accepted_and_left_alone(engine: Engine) -> None:
    photo = picture(16, 24)
    before = photo.copy()
    turned = photo.transpose(1, 0, 2)[::-1]
    np.testing.assert_allclose(engine.run(turned), convolved(turned), atol=1e-5)
    assert (photo == before).all()


def test_many_threads_may_run_one_engine(engine: Engine) -> None:
    photos = [picture(20 + seed, 31, seed) for seed in range(8)]
    alone = [engine.run(photo) for photo in photos]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(engine.run, photos * 4))
    for index, output in enumerate(together):
        assert (output == alone[index % 8]).all()


def test_results_are_the_callers_own(engine: Engine) -> None:
    first = engine.run(picture(8, 8))
    kept = first.copy()
    engine.run(picture(8, 8, 1))
    assert (first == kept).all()


@pytest.mark.parametrize("name", ["onnxruntime", "openvino"])
def test_a_broken_graph_is_refused(name: EngineName) -> None:
    pytest.importorskip(name)
    broken = model([node("NoSuchOperator", ["photo"])]).SerializeToString()
    with pytest.raises(ModelError, match=r"refuses tiny\.onnx"):
        Engine(released(broken), name)


@pytest.mark.parametrize("operator", ["Log", "Reciprocal"])
def test_output_that_is_not_finite_is_refused(operator: str) -> None:
    broken = Engine(released(onnx_graphs.pointwise(operator)))
    photo = picture(4, 4) + 0.5
    broken.run(photo)
    photo[2, 2] = 0.0
    with pytest.raises(ModelError, match="not finite"):
        broken.run(photo)


def test_opposite_infinities_are_refused_without_a_warning() -> None:
    signed = model(
        [node("Sub", ["photo", "half"], "centered"), node("Reciprocal", ["centered"])],
        [tensor("half", [0.0])],
    )
    photo = picture(2, 2) + 0.5
    photo[0, 0], photo[1, 1] = 0.0, -0.0
    with pytest.raises(ModelError, match="not finite"):
        Engine(released(signed.SerializeToString())).run(photo)


@pytest.mark.parametrize("kind", ["tone_table", "bilateral_grid"])
def test_output_of_another_kind_is_refused(kind: Kind) -> None:
    passport = PASSPORT._replace(kind=kind, steps=None, grid_mode="affine")
    with pytest.raises(ModelError, match=f"is of kind {kind}, but gave float32"):
        Engine(released(onnx_graphs.pointwise("Relu"), passport)).run(picture(4, 4))


def test_pictures_have_three_channels() -> None:
    passport = PASSPORT._replace(kind="picture", steps=None)
    assert Engine(released(onnx_graphs.pointwise("Relu"), passport)).run(picture(4, 4)).shape == (
        3,
        4,
        4,
    )
    with pytest.raises(ModelError, match="is of kind picture"):
        Engine(released(onnx_graphs.convolution(WEIGHT), passport)).run(picture(4, 4))


def test_unfit_pictures_are_refused() -> None:
    fixed = PASSPORT._replace(size=FixedSize(8, 12), exact_size=FixedSize(8, 12), multiple=4)
    small = Engine(released(onnx_graphs.pointwise("Relu"), fixed))
    assert small.run(picture(8, 12)).shape == (3, 8, 12)
    with pytest.raises(UsageError, match="8×12 pixels, got 12×8"):
        small.run(picture(12, 8))
    with pytest.raises(UsageError, match="divisible by 4, got 6×8"):
        small.run(picture(6, 8))
    for wrong in (picture(8, 12).astype(np.float64), picture(8, 12)[..., :2], picture(8, 12)[0]):
        with pytest.raises(UsageError, match="float32 picture"):
            small.run(wrong)


def test_a_fixed_proxy_does_not_fix_the_exact_size() -> None:
    passport = PASSPORT._replace(size=FixedSize(8, 8), exact_size=Divisor(2))
    assert Engine(released(onnx_graphs.pointwise("Relu"), passport)).run(picture(5, 6)).size == 90


def test_unknown_choices_are_refused() -> None:
    tiny = released(onnx_graphs.pointwise("Relu"))
    names = "auto, onnxruntime, openvino, openvino-bf16"
    with pytest.raises(UsageError, match=f"among {names}, got 'tensorrt'"):
        Engine(tiny, "tensorrt")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match=r"a device among auto, cpu, cuda, .*, got 'tpu'"):
        Engine(tiny, device="tpu")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="at least 1 thread"):
        Engine(tiny, threads=0)


def test_auto_takes_bfloat16_for_large_networks_where_it_can(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from nightlift.edit import engine

    pytest.importorskip("openvino")
    painting = PASSPORT._replace(kind="picture", steps=None, parameters=engine.LARGE)
    painter = released(onnx_graphs.pointwise("Relu"), painting)
    small = released(onnx_graphs.pointwise("Relu"), painting._replace(parameters=engine.LARGE - 1))
    curves = released(onnx_graphs.convolution(WEIGHT))
    for has_bf16, name in ((True, "openvino-bf16"), (False, "onnxruntime")):
        monkeypatch.setattr(engine, "_has_bf16", lambda core, it=has_bf16: it)
        assert Engine(painter, "auto", threads=1).name == name
        for other in (small, curves):
            assert Engine(other, "auto", threads=1).name == "onnxruntime"
    with pytest.raises(UsageError, match="needs a processor with bfloat16"):
        Engine(painter, "openvino-bf16")
    monkeypatch.setattr(engine, "find_spec", lambda name: None)
    monkeypatch.setattr(engine, "_has_bf16", lambda core: True)
    assert Engine(painter, "auto", threads=1).name == "onnxruntime"


def test_missing_parts_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    tiny = released(onnx_graphs.pointwise("Relu"))
    monkeypatch.setitem(__import__("sys").modules, "openvino", None)
    anew = engine_module._core.__wrapped__  # not the one that is kept
    monkeypatch.setattr(engine_module, "_core", anew)
    with pytest.raises(MissingExtraError, match=r"nightlift\[openvino\]"):
        Engine(tiny, "openvino")


def test_engines_are_silent(capfd: pytest.CaptureFixture[str]) -> None:
    broken = model([node("NoSuchOperator", ["photo"])]).SerializeToString()
    with pytest.raises(ModelError):
        Engine(released(broken))
    Engine(released(onnx_graphs.pointwise("Relu"))).run(picture(4, 4))
    assert capfd.readouterr() == ("", "")


def stack(depth: int, width: int) -> ReleasedModel:
    """Convolutions of `width` channels one on another, like a small Zero-DCE; halo = depth."""
    rng = np.random.default_rng(0)
    channels = [3, *[width] * (depth - 1), 24]
    names = ["photo", *[f"f{index}" for index in range(1, depth)], "last"]
    nodes, weights = [], []
    for index in range(depth):
        shape = (channels[index + 1], channels[index], 3, 3)
        values = rng.normal(0, 0.1, shape).astype(np.float32)
        weights.append(tensor(f"w{index}", values))
        layer = node("Conv", [names[index], f"w{index}"], names[index + 1])
        layer.attribute.extend(onnx_graphs.helper.make_node("x", [], [], pads=[1] * 4).attribute)
        nodes.append(layer)
    nodes.append(node("Tanh", ["last"]))
    passport = PASSPORT._replace(halo=depth, steps=8)
    return released(model(nodes, weights, 24).SerializeToString(), passport)


@pytest.mark.parametrize("sides", [(150, 97), (40, 211), (64, 64), (1, 130)])
@pytest.mark.parametrize("tile", [16, 61])
def test_tiles_equal_a_single_run_bit_for_bit(sides: tuple[int, int], tile: int) -> None:
    deep = Engine(stack(7, 32), threads=2)
    photo = picture(*sides)
    whole = deep.run(photo)
    pieces = np.full_like(whole, np.nan)

    def patch(top: int, bottom: int, left: int, right: int) -> Floats:
        assert bottom - top <= tile + 14 and right - left <= tile + 14
        return photo[top:bottom, left:right]

    for (rows, columns), output in run_tiled(deep, patch, *sides, halo=7, tile=tile):
        assert np.isnan(pieces[:, rows, columns]).all()
        pieces[:, rows, columns] = output
    assert (pieces == whole).all()


def test_too_small_a_halo_shows() -> None:
    deep = Engine(stack(7, 8))
    photo = picture(80, 80)
    pieces = np.empty_like(deep.run(photo))
    for (rows, columns), output in run_tiled(
        deep, lambda t, b, le, r: photo[t:b, le:r], 80, 80, halo=5, tile=16
    ):
        pieces[:, rows, columns] = output
    assert (pieces != deep.run(photo)).any()


@given(
    cells=st.integers(1, 60),
    tile=st.integers(1, 50),
    halo=st.integers(0, 20),
    multiple=st.sampled_from([1, 4, 16]),
)
@settings(derandomize=True, max_examples=40, deadline=None)
def test_spans_cover_a_side_once(cells: int, tile: int, halo: int, multiple: int) -> None:
    side = cells * multiple
    found = spans(side, tile, halo, multiple)
    assert [pixel for span in found for pixel in range(span.keep_from, span.keep_to)] == list(
        range(side)
    )
    for span in found:
        assert 0 <= span.start <= span.keep_from < span.keep_to <= span.stop <= side
        assert span.start % multiple == span.stop % multiple == 0
        assert span.start == 0 or span.keep_from - span.start >= halo
        assert span.stop == side or span.stop - span.keep_to >= halo
    assert len({span.stop - span.start for span in found}) == 1


def test_sides_that_cannot_be_cut_are_refused() -> None:
    with pytest.raises(UsageError, match="divisible by 16, got 100"):
        spans(100, 64, 8, 16)
    with pytest.raises(UsageError, match="tile ≥ 1"):
        spans(100, 0, 8)


def test_a_models_size_rule_does_not_stop_tiles() -> None:
    assert isinstance(PASSPORT.size, LongSide)
    relu = Engine(released(onnx_graphs.pointwise("Relu")))
    photo = picture(100, 90)
    for (rows, columns), output in run_tiled(
        relu, lambda t, b, le, r: photo[t:b, le:r], 100, 90, halo=0, tile=64
    ):
        assert (output == photo[rows, columns].transpose(2, 0, 1)).all()


def test_openvino_does_not_report_to_its_maker() -> None:
    pytest.importorskip("openvino")
    script = (
        "import sys; from nightlift.edit.engine import _core; "
        "assert _core().available_devices; "
        "assert sys.modules['openvino_telemetry'] is None"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


DROPPED = """
import gc, signal, subprocess, sys, threading
import numpy as np
from nightlift.edit.engine import Engine
from nightlift.models.released import find
engines = [Engine(find("natural"), "openvino", threads=1)]
drop = threading.Thread(target=lambda: (engines.clear(), gc.collect()))
drop.start()
drop.join()
signal.signal(signal.SIGCHLD, lambda *_: None)  # as PyTorch's loaders do
subprocess.run([sys.executable, "-c", ""], check=True)
signal.raise_signal(signal.SIGCHLD)
print("alive")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="its processes send no signals")
def test_a_signal_ends_nothing_once_another_thread_has_dropped_an_engine() -> None:
    pytest.importorskip("openvino")
    done = subprocess.run(
        [sys.executable, "-c", DROPPED], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "alive\n"), done.stderr
