"""What an ONNX file holds, read from its bytes alone: no runtime, no onnx package.

The layout is protobuf's wire format (https://protobuf.dev/programming-guides/encoding) with the
field numbers of `onnx.proto` (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nightlift.errors import ModelError

DOMAINS = ("", "ai.onnx")
"""The operator domains a released model may use: what every ONNX runtime has."""

# Field numbers: M of ModelProto, G of GraphProto, N of NodeProto and so on.
M_GRAPH, M_OPSET, M_METADATA, M_TRAINING, M_FUNCTION = 7, 8, 14, 20, 25
G_NODE, G_INITIALIZER, G_INPUT, G_OUTPUT, G_SPARSE = 1, 5, 11, 12, 15
N_OPERATOR, N_ATTRIBUTE, N_DOMAIN = 4, 5, 7
A_TENSOR, A_GRAPH, A_TENSORS, A_GRAPHS, A_SPARSE, A_SPARSES = 5, 6, 10, 11, 22, 23
T_NAME, T_EXTERNAL, T_LOCATION = 8, 13, 14
O_DOMAIN = 1

REFUSED = {M_TRAINING: "training graphs", M_FUNCTION: "functions: export it with them inlined"}
"""Parts of a file that no released model has."""

VARINT, FIXED64, LENGTH, FIXED32 = 0, 1, 2, 5


@dataclass(frozen=True)
class Field:
    """One field of a message: its number, and where it and its content lie in the buffer.

    `value` is the number of a varint field, 0 otherwise; content of other fields is
    `buffer[content:end]`.
    """

    number: int
    wire: int
    start: int
    content: int
    end: int
    value: int = 0


@dataclass(frozen=True)
class OnnxParts:
    """Where the parts of an ONNX file lie: one graph, metadata by key, everything else."""

    graph: Field
    metadata: dict[str, tuple[str, Field]]
    others: tuple[Field, ...]


def fields(buffer: memoryview, start: int = 0, end: int | None = None) -> Iterator[Field]:
    """The fields of the message in `buffer[start:end]`; ModelError where it is cut or garbled."""
    stop = len(buffer) if end is None else end
    position = start
    while position < stop:
        tag, content = _varint(buffer, position, stop)
        number, wire = tag >> 3, tag & 7
        if number == 0 or tag >> 32:
            raise _damaged()
        value = 0
        if wire == VARINT:
            value, after = _varint(buffer, content, stop)
        elif wire == LENGTH:
            length, content = _varint(buffer, content, stop)
            after = content + length
        elif wire in (FIXED64, FIXED32):
            after = content + (8 if wire == FIXED64 else 4)
        else:
            raise _damaged()
        if after > stop:
            raise _damaged()
        yield Field(number, wire, position, content, after, value)
        position = after


def layout(data: bytes | memoryview) -> OnnxParts:
    """Where the graph and the metadata of an ONNX file lie; nothing else is read.

    Raises ModelError for what is no ONNX file, and for a second graph or a metadata key given
    twice, which readers of the format may understand differently.
    """
    graphs: list[Field] = []
    metadata: dict[str, tuple[str, Field]] = {}
    others: list[Field] = []
    buffer = memoryview(data)
    for field in fields(buffer):
        if field.number == M_GRAPH and field.wire == LENGTH:
            graphs.append(field)
        elif field.number == M_METADATA and field.wire == LENGTH:
            key, value = _entry(buffer, field)
            if key in metadata:
                raise ModelError(f"expected each metadata key once, got {key!r} twice")
            metadata[key] = (value, field)
        else:
            others.append(field)
    if len(graphs) != 1:
        raise ModelError(f"expected an ONNX file with one graph, got {len(graphs)} graphs")
    return OnnxParts(graphs[0], metadata, tuple(others))


def check(
    data: bytes, inputs: Sequence[str] = ("photo",), outputs: Sequence[str] = ("parameters",)
) -> None:
    """Raise ModelError unless the file is one plain ONNX graph with exactly these ports.

    Refused are tensors stored outside the file, operators outside `DOMAINS`, control flow,
    functions, sparse tensors, graphs for training, and inputs and outputs of other names or in
    another order.
    """
    view = memoryview(data)
    parts = layout(view)
    opsets = [field for field in parts.others if field.number == M_OPSET]
    for field in parts.others:
        if field.number in REFUSED:
            raise ModelError(f"expected a single graph for inference, got {REFUSED[field.number]}")
    if not opsets:
        raise ModelError("expected an ONNX file that names its operator set, got none")
    for field in opsets:
        _check_domain(_names(view, field, O_DOMAIN), "an operator set")
    for part in _messages(view, parts.graph):
        if part.number == G_NODE:
            _check_node(view, part)
        elif part.number == G_INITIALIZER:
            _check_tensor(view, part)
        elif part.number == G_SPARSE:
            raise _sparse()
    _check_ports(view, parts.graph, list(inputs), list(outputs))


def _check_ports(
    view: memoryview, graph: Field, expected_inputs: list[str], expected_outputs: list[str]
) -> None:
    stored = {_names(view, part, T_NAME) for part in _inside(view, graph, G_INITIALIZER)}
    inputs = [_names(view, part, 1) for part in _inside(view, graph, G_INPUT)]
    outputs = [_names(view, part, 1) for part in _inside(view, graph, G_OUTPUT)]
    inputs = [name for name in inputs if name not in stored]
    if inputs != expected_inputs or outputs != expected_outputs:
        raise ModelError(
            f"expected a model with the inputs {expected_inputs} and the outputs "
            f"{expected_outputs}, got {inputs} and {outputs}"
        )


def _check_node(view: memoryview, node: Field) -> None:
    operator = _names(view, node, N_OPERATOR)
    _check_domain(_names(view, node, N_DOMAIN), operator)
    for attribute in _inside(view, node, N_ATTRIBUTE):
        for part in _messages(view, attribute):
            if part.number in (A_GRAPH, A_GRAPHS):
                raise ModelError(
                    f"expected a model that does the same with every picture, got control flow "
                    f"({operator}): export the network without loops and branches"
                )
            if part.number in (A_TENSOR, A_TENSORS):
                _check_tensor(view, part)
            elif part.number in (A_SPARSE, A_SPARSES):
                raise _sparse()


def _check_tensor(view: memoryview, tensor: Field) -> None:
    for part in fields(view, tensor.content, tensor.end):
        outside = part.number == T_LOCATION and part.value != 0
        if outside or part.number == T_EXTERNAL:
            raise ModelError(
                "expected a model with its weights inside the file, got one that stores "
                f"{_names(view, tensor, T_NAME)!r} elsewhere; export it without external data"
            )


def _check_domain(domain: str, operator: str) -> None:
    if domain not in DOMAINS:
        raise ModelError(
            f"expected operators of plain ONNX only, got {operator} of the domain {domain!r}; "
            "export the model without custom operators"
        )


def _sparse() -> ModelError:
    return ModelError("expected a model with dense weights, got sparse ones")


def _messages(view: memoryview, field: Field) -> Iterator[Field]:
    """The length-delimited fields inside a message."""
    if field.wire != LENGTH:
        raise _damaged()
    return (part for part in fields(view, field.content, field.end) if part.wire == LENGTH)


def _inside(view: memoryview, field: Field, number: int) -> Iterator[Field]:
    return (part for part in _messages(view, field) if part.number == number)


def _names(view: memoryview, field: Field, number: int) -> str:
    """The text field of this number (the last one counts, as in protobuf), or nothing."""
    found = ""
    for part in _inside(view, field, number):
        found = _text(view, part)
    return found


def _text(buffer: memoryview, field: Field) -> str:
    try:
        return bytes(buffer[field.content : field.end]).decode()
    except UnicodeDecodeError as error:
        raise _damaged() from error


def _entry(buffer: memoryview, field: Field) -> tuple[str, str]:
    texts = {1: "", 2: ""}
    for part in fields(buffer, field.content, field.end):
        if part.number in texts and part.wire == LENGTH:
            texts[part.number] = _text(buffer, part)
    return texts[1], texts[2]


def _varint(buffer: memoryview, position: int, stop: int) -> tuple[int, int]:
    """The base-128 number at `position` and where the next byte lies."""
    value = 0
    for shift in range(0, 70, 7):
        if position >= stop:
            raise _damaged()
        byte = buffer[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
    raise _damaged()


def _damaged() -> ModelError:
    return ModelError("expected an ONNX file, got bytes that are none: it is cut off or damaged")
