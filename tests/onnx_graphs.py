"""Tiny models made by hand, so that tests of files and engines need no PyTorch."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from nightlift.models.passport import Passport
from nightlift.photo.proxy import LongSide, OwnSize

PASSPORT = Passport(
    method="zero-dce",
    title="a tiny model",
    version="1",
    kind="curve_map",
    size=LongSide(64),
    resize="area",
    exact_size=OwnSize(),
    exact_resize="area",
    supervision="zero-reference",
    parameters=7,
    halo=1,
    steps=1,
    data=("nothing",),
    license="CC0-1.0",
)


def tensor(name: str, values: object) -> TensorProto:
    return numpy_helper.from_array(np.asarray(values, np.float32), name)


def model(
    nodes: Sequence[onnx.NodeProto],
    weights: Sequence[TensorProto] = (),
    channels: int = 3,
    opset: int = 18,
) -> onnx.ModelProto:
    """A model from `photo` (1, 3, h, w) to `parameters` (1, channels, h, w)."""
    photo = helper.make_tensor_value_info("photo", TensorProto.FLOAT, [1, 3, "h", "w"])
    output = helper.make_tensor_value_info(
        "parameters", TensorProto.FLOAT, [1, channels, None, None]
    )
    graph = helper.make_graph(list(nodes), "tiny", [photo], [output], list(weights))
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=9)


def node(operator: str, inputs: Sequence[str], output: str = "parameters") -> onnx.NodeProto:
    return helper.make_node(operator, list(inputs), [output])


def convolution(weight: NDArray[np.float32]) -> bytes:
    """parameters = a 3×3 convolution of the photo, zero padded; weight (channels, 3, 3, 3)."""
    layer = helper.make_node(
        "Conv", ["photo", "weight"], ["parameters"], pads=[1, 1, 1, 1], kernel_shape=[3, 3]
    )
    return model([layer], [tensor("weight", weight)], weight.shape[0]).SerializeToString()


def random_convolution(channels: int = 3, seed: int = 0, deviation: float = 0.2) -> bytes:
    random = np.random.default_rng(seed).normal(0, deviation, (channels, 3, 3, 3))
    weight = random.astype(np.float32)
    return convolution(weight)


def pointwise(operator: str) -> bytes:
    """parameters = operator(photo)."""
    return model([node(operator, ["photo"])]).SerializeToString()


def painting(table: NDArray[np.float32]) -> bytes:
    """A model with all ports: parameters = |2 photo - 1| times its pooled number, the mean.

    `table` (1, 256, 3) is what it says of every picture.
    """
    nodes = [
        helper.make_node("ReduceMean", ["photo"], ["mean"], keepdims=0),
        node("Reshape", ["mean", "shape"], "pooled"),
        node("IsNaN", ["given"], "unknown"),
        node("Where", ["unknown", "pooled", "given"], "used"),
        node("Mul", ["photo", "two"], "doubled"),
        node("Sub", ["doubled", "one"], "centered"),
        node("Abs", ["centered"], "folded"),
        node("Mul", ["folded", "used"]),
        node("Mul", ["mean", "zero"], "nothing"),
        node("Add", ["nothing", "values"], "table"),
    ]
    weights = [
        numpy_helper.from_array(np.array([1, 1]), "shape"),
        *(tensor(name, value) for name, value in {"two": 2.0, "one": 1.0, "zero": 0.0}.items()),
        tensor("values", table),
    ]
    shapes = {
        "photo": [1, 3, "h", "w"],
        "given": [1, 1],
        "parameters": [1, 3, "h", "w"],
        "table": [1, 256, 3],
        "pooled": [1, 1],
    }
    ports = {
        name: helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        for name, shape in shapes.items()
    }
    inputs = [ports.pop("photo"), ports.pop("given")]
    graph = helper.make_graph(nodes, "tiny", inputs, list(ports.values()), weights)
    opset = [helper.make_opsetid("", 18)]
    made: onnx.ModelProto = helper.make_model(graph, opset_imports=opset, ir_version=9)
    return made.SerializeToString()
