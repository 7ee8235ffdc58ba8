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


def random_convolution(channels: int = 3, seed: int = 0) -> bytes:
    weight = np.random.default_rng(seed).normal(0, 0.2, (channels, 3, 3, 3)).astype(np.float32)
    return convolution(weight)


def pointwise(operator: str) -> bytes:
    """parameters = operator(photo)."""
    return model([node(operator, ["photo"])]).SerializeToString()
