"""Released models with weights of half the precision, at half the size: for browsers.

Every weight is rounded to 16 bits; the graph makes 32 bits of it again and computes with those.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nightlift.models.onnx_file import G_INITIALIZER, LENGTH, VARINT, Field, fields, layout

FLOAT, FLOAT16 = 1, 10
T_DIMS, T_TYPE, T_NAME, T_RAW = 1, 2, 8, 9
LEAST_WEIGHTS = 256
"""Tensors of fewer weights stay as they are: biases take no room."""

CAST_TO = b"\x0a\x02to" + b"\x18" + bytes([FLOAT]) + b"\xa0\x01\x02"
"""The attribute `to` of a Cast, an integer: AttributeProto's name, i and type."""


def halved(data: bytes) -> bytes:
    """The ONNX file with its weights in float16, without metadata.

    Raises ModelError for what is no ONNX file.
    """
    view = memoryview(data)
    parts = layout(view)
    graph = b"".join(_graph(view, parts.graph))
    others = [bytes(view[field.start : field.end]) for field in parts.others]
    return b"".join([*others, _message(7, graph)])


def _graph(view: memoryview, graph: Field) -> Iterator[bytes]:
    """The fields of the graph; nodes that widen weights come before all others."""
    kept: list[bytes] = []
    for part in fields(view, graph.content, graph.end):
        whole = bytes(view[part.start : part.end])
        tensor = _halved(view, part) if part.number == G_INITIALIZER else None
        if tensor is None:
            kept.append(whole)
            continue
        name, weights = tensor
        yield _message(1, _cast(name))
        kept.append(_message(G_INITIALIZER, weights))
    yield from kept


def _halved(view: memoryview, tensor: Field) -> tuple[bytes, bytes] | None:
    """A tensor's name, and the tensor in float16 under another; None where it is to stay."""
    found = list(fields(view, tensor.content, tensor.end))
    contents = {part.number: view[part.content : part.end] for part in found if part.wire == LENGTH}
    kinds = [part.value for part in found if part.number == T_TYPE and part.wire == VARINT]
    raw = contents.get(T_RAW)
    if kinds != [FLOAT] or raw is None or len(raw) < 4 * LEAST_WEIGHTS:
        return None
    weights = np.frombuffer(raw, "<f4").astype("<f2")
    dims = [bytes(view[part.start : part.end]) for part in found if part.number == T_DIMS]
    name = bytes(contents[T_NAME])
    half = [*dims, b"\x10" + bytes([FLOAT16]), _message(T_NAME, name + b".half")]
    return name, b"".join([*half, _message(T_RAW, weights.tobytes())])


def _cast(name: bytes) -> bytes:
    """A node that makes 32 bits of the weights of this name."""
    ports = _message(1, name + b".half") + _message(2, name)
    return ports + _message(3, name + b".widened") + _message(4, b"Cast") + _message(5, CAST_TO)


def _message(number: int, content: bytes) -> bytes:
    length, size = bytearray(), len(content)
    while size > 0x7F:
        length.append(size & 0x7F | 0x80)
        size >>= 7
    return bytes([number << 3 | LENGTH]) + bytes(length) + bytes([size]) + content
