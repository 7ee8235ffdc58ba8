"""The reader of ONNX files against the onnx package, and against files meant to harm."""

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper

from nightlift.errors import ModelError
from nightlift.models import onnx_file
from nightlift.models.trailer import metadata_field
from tests import onnx_graphs
from tests.onnx_graphs import model, node, tensor


def test_layout_agrees_with_the_onnx_package() -> None:
    proto = model([node("Relu", ["photo"])])
    helper.set_model_props(proto, {"one": "1", "é": "“two”" * 100})
    data = proto.SerializeToString()
    parts = onnx_file.layout(data)
    assert data[parts.graph.content : parts.graph.end] == proto.graph.SerializeToString()
    assert {key: text for key, (text, _) in parts.metadata.items()} == {
        "one": "1",
        "é": "“two”" * 100,
    }
    onnx_file.check(data)


@given(st.text(max_size=300), st.text(max_size=300))
@settings(derandomize=True, max_examples=40, deadline=None)
def test_appended_metadata_is_what_the_onnx_package_reads(key: str, value: str) -> None:
    data = onnx_graphs.pointwise("Relu") + metadata_field(key, value)
    props = onnx.load_from_string(data).metadata_props
    assert [(prop.key, prop.value) for prop in props] == [(key, value)]
    assert onnx_file.layout(data).metadata[key][0] == value


def test_every_cut_is_refused_or_harmless() -> None:
    data = onnx_graphs.random_convolution()
    whole = onnx_file.layout(data)
    for length in range(len(data)):
        cut = data[:length]
        with pytest.raises(ModelError):
            onnx_file.check(cut)
        if length < whole.graph.end:
            with pytest.raises(ModelError):
                onnx_file.layout(cut)


@given(st.binary(max_size=200))
@settings(derandomize=True, max_examples=40, deadline=None)
def test_garbage_is_refused(data: bytes) -> None:
    with pytest.raises(ModelError):
        onnx_file.check(data)


@given(st.integers(0, 10_000), st.integers(1, 255))
@settings(derandomize=True, max_examples=40, deadline=None)
def test_a_changed_byte_never_raises_anything_else(position: int, flip: int) -> None:
    data = bytearray(onnx_graphs.random_convolution())
    data[position % len(data)] ^= flip
    try:
        onnx_file.check(bytes(data))
    except ModelError as error:
        assert "expected" in str(error)


def external(name: str) -> TensorProto:
    weight = tensor(name, [1.0])
    weight.ClearField("raw_data")
    weight.data_location = TensorProto.EXTERNAL
    weight.external_data.add(key="location", value="/etc/passwd")
    return weight


def with_function(domain: str) -> onnx.ModelProto:
    proto = model([helper.make_node("Mine", ["photo"], ["parameters"], domain=domain)])
    inner = helper.make_node("Relu", ["x"], ["y"])
    imports = [helper.make_opsetid("", 18)]
    proto.functions.append(helper.make_function(domain, "Mine", ["x"], ["y"], [inner], imports))
    return proto


def nested(depth: int, innermost: onnx.NodeProto) -> onnx.ModelProto:
    """An If whose branches hold an If, and so on, down to one node."""
    deepest = innermost
    for _ in range(depth):
        output = helper.make_tensor_value_info("out", TensorProto.FLOAT, None)
        branch = helper.make_graph([deepest], "branch", [], [output])
        deepest = helper.make_node(
            "If", ["yes"], ["parameters"], then_branch=branch, else_branch=branch
        )
    return model([deepest], [helper.make_tensor("yes", TensorProto.BOOL, [], [True])])


def looping(kind: str) -> onnx.ModelProto:
    body = helper.make_graph([node("Relu", ["x"])], "body", [], [])
    return model([helper.make_node(kind, ["photo"], ["parameters"], body=body)])


def sparse_external() -> onnx.ModelProto:
    proto = model([node("Relu", ["photo"])])
    proto.graph.sparse_initializer.add().values.CopyFrom(external("hidden"))
    return proto


def with_training() -> onnx.ModelProto:
    proto = model([node("Relu", ["photo"])])
    proto.training_info.add().algorithm.name = "hidden"
    return proto


def with_import(domain: str) -> onnx.ModelProto:
    proto = model([node("Relu", ["photo"])])
    proto.opset_import.append(helper.make_opsetid(domain, 1))
    return proto


CUSTOM = helper.make_node("Run", ["photo"], ["parameters"], domain="evil")
CONSTANT = helper.make_node("Constant", [], ["parameters"], value=external("hidden"))


@pytest.mark.parametrize(
    ("proto", "words"),
    [
        (model([CUSTOM]), "Run of the domain 'evil'"),
        (nested(1, node("Relu", ["photo"])), r"control flow \(If\)"),
        (nested(2, CUSTOM), r"control flow \(If\)"),
        (looping("Loop"), r"control flow \(Loop\)"),
        (looping("Scan"), r"control flow \(Scan\)"),
        (with_import("evil"), "domain 'evil'"),
        (with_function("evil"), "functions: export it with them inlined"),
        (with_function(""), "functions"),
        (model([node("Relu", ["photo"])], [external("far")]), "stores 'far' elsewhere"),
        (model([CONSTANT]), "stores 'hidden' elsewhere"),
        (sparse_external(), "sparse"),
        (with_training(), "training graphs"),
    ],
)
def test_what_is_not_plain_onnx_is_refused(proto: onnx.ModelProto, words: str) -> None:
    with pytest.raises(ModelError, match=words):
        onnx_file.check(proto.SerializeToString())


def test_both_names_of_plain_onnx_are_accepted() -> None:
    onnx_file.check(with_import("ai.onnx").SerializeToString())


def test_two_graphs_are_refused() -> None:
    data = onnx_graphs.pointwise("Relu")
    graph = onnx_file.layout(data).graph
    with pytest.raises(ModelError, match="one graph, got 2"):
        onnx_file.check(data + data[graph.start : graph.end])


def test_a_metadata_key_given_twice_is_refused() -> None:
    data = onnx_graphs.pointwise("Relu") + metadata_field("nightlift", "a") * 2
    with pytest.raises(ModelError, match="'nightlift' twice"):
        onnx_file.layout(data)


def test_other_inputs_and_outputs_are_refused() -> None:
    proto = model([node("Relu", ["photo"])])
    proto.graph.input[0].name = proto.graph.node[0].input[0] = "image"
    with pytest.raises(ModelError, match=r"got \['image'\] and \['parameters'\]"):
        onnx_file.check(proto.SerializeToString())


def test_ports_are_those_that_are_declared() -> None:
    data = onnx_graphs.painting(np.zeros((1, 256, 3), np.float32))
    inputs, outputs = ("photo", "given"), ("parameters", "table", "pooled")
    onnx_file.check(data, inputs, outputs)
    for wrong in [
        (inputs[:1], outputs),
        (inputs, outputs[:2]),
        (inputs[::-1], outputs),
        (inputs, ("parameters", "pooled", "table")),
        ((*inputs, "more"), outputs),
    ]:
        with pytest.raises(ModelError, match=r"expected a model with the inputs \["):
            onnx_file.check(data, *wrong)


def test_stored_weights_may_be_listed_as_inputs() -> None:
    proto = model([node("Add", ["photo", "weight"])], [tensor("weight", [1.0])])
    proto.graph.input.append(helper.make_tensor_value_info("weight", TensorProto.FLOAT, [1]))
    onnx_file.check(proto.SerializeToString())
