"""Released models with weights of 16 bits, at half to three quarters of the size.

Weights that are half-precision numbers are stored as such, and lose nothing. Others are integers, a
few times a scale of their own (symmetric quantization by blocks). The graph makes floats of them
again when a session opens, and computes with those.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from nightlift.models.onnx_file import (
    G_INITIALIZER,
    G_NODE,
    LENGTH,
    M_GRAPH,
    T_NAME,
    VARINT,
    Field,
    fields,
    layout,
)

FLOAT, INT16, INT64, FLOAT16 = 1, 5, 7, 10
T_DIMS, T_TYPE, T_RAW = 1, 2, 9
SMALL_SHARE, SMALL_BYTES = 1 / 20, 100_000
"""Of the file, and bytes: below both a tensor that would lose something stays as it is, such as
first layers, whose errors all others multiply.
"""

FEW = 256
"""Numbers of a tensor that stays as it is in any case, such as biases."""

BLOCK = 16
"""Weights of one output that have a scale in common, where their number can be divided by it."""

LARGEST = 32766
"""Of an integer before what its neighbors lost is added."""

CAST_TO = b"\x0a\x02to" + b"\x18" + bytes([FLOAT]) + b"\xa0\x01\x02"
"""The attribute `to` of a Cast, an integer: AttributeProto's name, i and type."""


def quantized(data: bytes) -> bytes:
    """An ONNX file with its weights in float16 where that is exact, else int16; no metadata.

    Args:
        data: The file's bytes.

    Returns:
        The smaller file's bytes.

    Raises:
        ModelError: It is no ONNX file.
    """
    view = memoryview(data)
    parts = layout(view)
    graph = b"".join(_graph(view, parts.graph, min(int(SMALL_SHARE * len(data)), SMALL_BYTES)))
    others = [bytes(view[field.start : field.end]) for field in parts.others]
    return b"".join([*others, _message(M_GRAPH, graph)])


def _graph(view: memoryview, graph: Field, small: int) -> Iterator[bytes]:
    """The fields of the graph; nodes that make floats of weights come before all others."""
    kept: list[bytes] = []
    for part in fields(view, graph.content, graph.end):
        found = _weights(view, part) if part.number == G_INITIALIZER else None
        if found is None:
            kept.append(bytes(view[part.start : part.end]))
            continue
        name, weights = found
        with np.errstate(over="ignore"):
            halves = weights.astype("<f2")
        if (halves == weights).all():
            yield _node(b"Cast", [name + b".half"], name, CAST_TO)
            kept.append(_tensor(name + b".half", halves))
        elif weights.nbytes < small or weights[0].size == 1:
            kept.append(bytes(view[part.start : part.end]))
        else:
            yield from _nodes_of_integers(name)
            kept += _tensors_of_integers(name, weights)
    yield from kept


def _nodes_of_integers(name: bytes) -> Iterator[bytes]:
    yield _node(b"Cast", [name + b".integers"], name + b".wide", CAST_TO)
    yield _node(b"Mul", [name + b".wide", name + b".scale"], name + b".blocks")
    yield _node(b"Reshape", [name + b".blocks", name + b".shape"], name)


def _tensors_of_integers(name: bytes, weights: npt.NDArray[np.float32]) -> list[bytes]:
    integers, scale = _rounded(weights)
    shape = np.array(weights.shape, "<i8")
    named = {b".integers": integers, b".scale": scale, b".shape": shape}
    return [_tensor(name + ending, values) for ending, values in named.items()]


def _weights(view: memoryview, tensor: Field) -> tuple[bytes, npt.NDArray[np.float32]] | None:
    """A tensor's name and values; None where it is none of many floats."""
    found = list(fields(view, tensor.content, tensor.end))
    contents = {part.number: view[part.content : part.end] for part in found if part.wire == LENGTH}
    numbers = [(part.number, part.value) for part in found if part.wire == VARINT]
    raw = contents.get(T_RAW)
    if (T_TYPE, FLOAT) not in numbers or raw is None or len(raw) < 4 * FEW:
        return None
    shape = [value for number, value in numbers if number == T_DIMS]
    return bytes(contents[T_NAME]), np.frombuffer(raw, "<f4").reshape(shape)


def _rounded(weights: npt.NDArray[np.float32]) -> tuple[npt.NDArray[np.int16], np.ndarray]:
    """Integers in blocks, and what each block is to be multiplied by.

    What rounding takes from a weight its neighbor is given, so that no sum of neighboring weights
    is off by more than one: where a picture is even, errors cancel.
    """
    count = weights[0].size
    blocks = weights.reshape(len(weights), -1, BLOCK if count % BLOCK == 0 else count)
    scale = np.abs(blocks).max(axis=2, keepdims=True) / np.float32(LARGEST)
    scale[scale == 0] = 1
    sums = np.cumsum(blocks.astype(np.float64) / scale, axis=2)
    return np.diff(np.rint(sums), axis=2, prepend=0).astype("<i2"), scale.astype("<f4")


def _tensor(name: bytes, values: np.ndarray) -> bytes:
    kind = {"i2": INT16, "i8": INT64, "f4": FLOAT, "f2": FLOAT16}[values.dtype.str[1:]]
    dims = b"".join(bytes([T_DIMS << 3]) + _varint(side) for side in values.shape)
    content = dims + bytes([T_TYPE << 3, kind]) + _message(T_NAME, name)
    return _message(G_INITIALIZER, content + _message(T_RAW, values.tobytes()))


def _node(operator: bytes, inputs: list[bytes], output: bytes, attribute: bytes = b"") -> bytes:
    """A node of one output, which it is named after."""
    ports = b"".join(_message(1, each) for each in inputs) + _message(2, output)
    named = _message(3, output + b"." + operator) + _message(4, operator)
    return _message(G_NODE, ports + named + (_message(5, attribute) if attribute else b""))


def _message(number: int, content: bytes) -> bytes:
    return bytes([number << 3 | LENGTH]) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    digits = bytearray()
    while value > 0x7F:
        digits.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*digits, value])
