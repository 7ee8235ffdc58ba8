"""Weights of 16 bits: the same graph, less than two thirds of the size."""

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import numpy_helper

from nightlift.errors import ModelError
from nightlift.models.quantization import quantized
from nightlift.models.released import FOLDER

RELEASED = sorted(FOLDER.glob("*.onnx"))
SHORT = ("enlightengan-open",)
"""Released with weights of 16 bits."""

released = pytest.mark.parametrize("path", RELEASED, ids=lambda path: path.stem)
whole = pytest.mark.parametrize(
    "path", [path for path in RELEASED if path.stem not in SHORT], ids=lambda path: path.stem
)


@whole
def test_a_released_model_at_less_than_two_thirds_of_its_size(path) -> None:
    data = path.read_bytes()
    short = quantized(data)
    assert len(short) < 0.65 * len(data)
    sessions = [onnxruntime.InferenceSession(each) for each in (data, short)]
    shape = [side if isinstance(side, int) else 64 for side in sessions[0].get_inputs()[0].shape]
    photo = np.random.default_rng(1).random(shape, np.float32) ** 3
    full, rounded = (session.run(None, {"photo": photo})[0] for session in sessions)
    assert np.abs(full - rounded).max() < 1e-4


@released
def test_no_large_tensor_stays_whole(path) -> None:
    short = onnx.load_from_string(quantized(path.read_bytes()))
    floats = {
        one.name: numpy_helper.to_array(one).nbytes
        for one in short.graph.initializer
        if one.data_type == onnx.TensorProto.FLOAT and not one.name.endswith(".scale")
    }
    assert all(size < 100_000 for size in floats.values())


@released
def test_what_is_short_already_stays_so(path) -> None:
    short = quantized(path.read_bytes())
    assert len(quantized(short)) <= len(short)


@whole
def test_weights_and_sums_of_neighbors_are_within_a_step(path) -> None:
    whole, short = (
        onnx.load_from_string(each) for each in (path.read_bytes(), quantized(path.read_bytes()))
    )
    onnx.checker.check_model(short)
    before = {one.name: numpy_helper.to_array(one) for one in whole.graph.initializer}
    after = {one.name: numpy_helper.to_array(one) for one in short.graph.initializer}
    assert any(name not in after for name in before)
    for name in (name for name in before if f"{name}.half" in after):
        assert np.array_equal(after[f"{name}.half"].astype(np.float32), before[name])
    for name in (name for name in before if f"{name}.integers" in after):
        scale = after[f"{name}.scale"].astype(float)
        off = after[f"{name}.integers"] - before[name].reshape(*scale.shape[:2], -1) / scale
        assert np.abs(off).max() <= 1.001
        assert np.abs(off.cumsum(axis=2)).max() <= 0.501


def weights_of(values: np.ndarray) -> dict[str, np.ndarray]:
    """What is stored of the weights of a graph of one product, by name."""
    weights = numpy_helper.from_array(values, "weights")
    ports = [
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [1, side])
        for name, side in zip(("photo", "parameters"), values.shape, strict=True)
    ]
    node = onnx.helper.make_node("MatMul", ["photo", "weights"], ["parameters"])
    graph = onnx.helper.make_graph([node], "one", ports[:1], ports[1:], [weights])
    short = onnx.load_from_string(quantized(onnx.helper.make_model(graph).SerializeToString()))
    return {one.name: numpy_helper.to_array(one) for one in short.graph.initializer}


def test_half_precision_numbers_lose_nothing() -> None:
    values = np.random.default_rng(0).normal(0, 0.1, (16, 32)).astype(np.float16)
    stored = weights_of(values.astype(np.float32))
    assert list(stored) == ["weights.half"]
    assert stored["weights.half"].dtype == np.float16
    assert np.array_equal(stored["weights.half"], values)


def test_a_block_of_zeros_stays_zero() -> None:
    values = np.random.default_rng(0).normal(0, 0.1, (16, 32)).astype(np.float32)
    values[3] = 0
    stored = weights_of(values)
    assert not stored["weights.integers"][3].any() and (stored["weights.scale"][3] == 1).all()


def test_what_half_precision_cannot_hold_is_integers() -> None:
    values = np.random.default_rng(0).normal(0, 0.1, (16, 32)).astype(np.float16)
    values = values.astype(np.float32)
    values[3, 5] = 1e6
    stored = weights_of(values)
    again = stored["weights.integers"] * stored["weights.scale"]
    off = np.abs(again.reshape(values.shape) - values)
    assert off.max() <= 1.01 * 1e6 / 32766 and off[np.arange(16) != 3].max() < 1e-4


def test_a_column_would_grow_and_stays() -> None:
    values = np.random.default_rng(0).normal(0, 0.1, (512, 1)).astype(np.float32)
    assert np.array_equal(weights_of(values)["weights"], values)


def test_few_numbers_stay_as_they_are() -> None:
    values = np.random.default_rng(0).normal(0, 0.1, (2, 3)).astype(np.float32)
    assert np.array_equal(weights_of(values)["weights"], values)


def test_what_is_no_model_is_refused() -> None:
    with pytest.raises(ModelError, match="ONNX"):
        quantized(b"no model at all")
