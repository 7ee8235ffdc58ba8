"""TensorFlow's own checkpoints, read without TensorFlow and without executing anything in them.

A checkpoint is a pair of files: `NAME.index`, a sorted table of names in the format of LevelDB
whose values are protocol buffers, and `NAME.data-00000-of-00001`, the numbers one by one.
TensorFlow describes both in `tensorflow/core/lib/io/table_format.txt` and
`tensorflow/core/protobuf/tensor_bundle.proto`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nightlift.errors import ModelError

Arrays: TypeAlias = dict[str, NDArray[Any]]

MAGIC = 0xDB4775248B80FB57
FOOTER = 48
TRAILER = 5
"""Bytes after a block: how it is compressed, and its checksum."""

LARGEST_INDEX = 1 << 20
LARGEST_DATA = 1 << 26
"""Bytes of the two files that are read at most; GLeNet's have 14 kB and 5 MB."""

LONGEST_NAME = 512

LEAF = "/.ATTRIBUTES/VARIABLE_VALUE"
"""How the name of a variable ends; other entries are what TensorFlow keeps for itself."""

SLOT = "/.OPTIMIZER_SLOT/"
"""In the names of an optimizer's averages, which are of the shape of what they average."""

_TYPES: dict[int, np.dtype[Any]] = {
    number: np.dtype(name) for number, name in ((1, "<f4"), (2, "<f8"), (3, "<i4"), (9, "<i8"))
}
"""NumPy's type of TensorFlow's DT_FLOAT, DT_DOUBLE, DT_INT32 and DT_INT64."""


@dataclass(frozen=True)
class VariableEntry:
    """Where a variable's numbers lie among the data; `type` and `checksum` as TensorFlow's."""

    type: int
    shape: tuple[int, ...]
    shard: int
    offset: int
    size: int
    checksum: int


def read_variables(path: Path) -> Arrays:
    """The variables by their names, of the checkpoint whose `.index` is `path`.

    What an optimizer keeps of its own is left aside. Raises ModelError for a file that is missing,
    damaged, too large or something else, in a sentence that names it.
    """
    entries = variables(path)
    data = path.with_suffix(".data-00000-of-00001")
    content = memoryview(_read(data, LARGEST_DATA))
    if sum(entry.size for entry in entries.values()) > len(content):
        raise ModelError(f"{data}: expected the numbers of {path}, which are more than it holds")
    return {name: _array(entry, content, f"{data}: {name}") for name, entry in entries.items()}


def variables(path: Path) -> dict[str, VariableEntry]:
    """Where each variable lies, by its name: what `path`, an `.index`, says without the data.

    Raises ModelError as `read_variables`.
    """
    index = _read(path, LARGEST_INDEX)
    try:
        entries = {
            name.removesuffix(LEAF): _entry(value)
            for key, value in _table(index)
            if (name := key.decode("utf-8")).endswith(LEAF) and SLOT not in name
        }
    except (IndexError, ValueError) as error:
        raise ModelError(
            f"expected the index of a TensorFlow checkpoint, but {path} is damaged or something "
            f"else ({error})"
        ) from error
    return {name: entry for name, entry in entries.items() if entry.type in _TYPES and entry.shape}


def _read(path: Path, most: int) -> bytes:
    try:
        if path.stat().st_size > most:
            raise ModelError(f"{path}: expected a file of at most {most} bytes, it is larger")
        return path.read_bytes()
    except OSError as error:
        raise ModelError(f"cannot read the checkpoint {path}: {error.strerror or error}") from error


def _array(entry: VariableEntry, content: memoryview, what: str) -> NDArray[Any]:
    kind = _TYPES[entry.type]
    end = entry.offset + entry.size
    if entry.shard or end > len(content) or entry.size != kind.itemsize * math.prod(entry.shape):
        raise ModelError(
            f"{what}: expected {entry.shape} within the {len(content)} bytes of one file of data, "
            f"got {entry.size} bytes that begin at {entry.offset} of file {entry.shard}"
        )
    numbers = content[entry.offset : end]
    if masked_checksum(numbers) != entry.checksum:
        raise ModelError(f"{what} is damaged: its checksum is another; copy the file again")
    return np.frombuffer(numbers, kind).reshape(entry.shape)


def _table(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Keys and values of a sorted table, from its first block to its last."""
    if len(content) < FOOTER or int.from_bytes(content[-8:], "little") != MAGIC:
        raise ValueError("it does not end as such a file does")
    footer = content[-FOOTER:]
    _, place = _handle(footer, 0)
    index, _ = _handle(footer, place)
    blocks = [_handle(handle, 0)[0] for _, handle in _block(content, *index)]
    if sum(size for _, size in blocks) > len(content):
        raise ValueError("its blocks overlap")
    for block in blocks:
        yield from _block(content, *block)


def _handle(content: bytes, place: int) -> tuple[tuple[int, int], int]:
    """Offset and size of a block, and the place behind them."""
    offset, place = _varint(content, place)
    size, place = _varint(content, place)
    return (offset, size), place


def _block(content: bytes, offset: int, size: int) -> Iterator[tuple[bytes, bytes]]:
    """Keys and values of a block; a key shares its beginning with the one before."""
    if offset + size + TRAILER > len(content):
        raise ValueError(f"a block of {size} bytes at {offset} reaches beyond its end")
    whole = content[offset : offset + size + 1]
    if masked_checksum(whole) != int.from_bytes(content[offset + size + 1 :][:4], "little"):
        raise ValueError(f"the checksum of its block at {offset} is another")
    if whole[-1]:
        raise ValueError("its blocks are compressed, which TensorFlow's checkpoints never are")
    restarts = int.from_bytes(whole[-5:-1], "little")
    end = size - 4 * (restarts + 1)
    place, key = 0, b""
    while place < end:
        shared, place = _varint(whole, place)
        own, place = _varint(whole, place)
        length, place = _varint(whole, place)
        if shared > len(key) or place + own + length > end:
            raise ValueError(f"an entry of its block at {offset} reaches beyond the block")
        if shared + own > LONGEST_NAME:
            raise ValueError(f"a name is longer than {LONGEST_NAME} bytes")
        key = key[:shared] + whole[place : place + own]
        place += own + length
        yield key, whole[place - length : place]


def _entry(message: bytes) -> VariableEntry:
    """A BundleEntryProto."""
    fields = dict(_fields(message))
    if 7 in fields:
        raise ValueError("it holds variables in slices")
    kind, shard, offset, size, checksum = (_number(fields, field) for field in (1, 3, 4, 5, 6))
    return VariableEntry(kind, _shape(_message(fields.get(2, b""))), shard, offset, size, checksum)


def _shape(message: bytes) -> tuple[int, ...]:
    """A TensorShapeProto: its second field repeats, a dimension each, whose first is the size."""
    dimensions = [_message(value) for field, value in _fields(message) if field == 2]
    return tuple(_number(dict(_fields(dimension)), 1) for dimension in dimensions)


def _number(fields: Mapping[int, int | bytes], field: int) -> int:
    value = fields.get(field, 0)
    if isinstance(value, bytes):
        raise ValueError(f"the field {field} of a message is no number")
    return value


def _message(value: int | bytes) -> bytes:
    if isinstance(value, int):
        raise ValueError("a message is a number")
    return value


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Number and value of each field of a protocol buffer: a whole number or bytes."""
    place = 0
    while place < len(message):
        tag, place = _varint(message, place)
        kind = tag & 7
        if kind == 0:
            value, place = _varint(message, place)
            yield tag >> 3, value
            continue
        if kind == 2:
            length, place = _varint(message, place)
        elif kind in (1, 5):
            length = 8 if kind == 1 else 4
        else:
            raise ValueError(f"a field is of the unknown kind {kind}")
        part = message[place : place + length]
        if len(part) != length:
            raise ValueError("a field reaches beyond its message")
        place += length
        yield tag >> 3, part if kind == 2 else int.from_bytes(part, "little")


def _varint(content: bytes, place: int) -> tuple[int, int]:
    """A whole number of at most 64 bits, seven of them a byte, and the place behind it."""
    number = 0
    for shift in range(0, 64, 7):
        byte = content[place]
        place += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, place
    raise ValueError("a number is longer than 64 bits")


def masked_checksum(content: bytes | memoryview) -> int:
    """CRC-32C (Castagnoli), rotated and added to, as LevelDB and TensorFlow store it."""
    table, crc = _checksums(), 0xFFFFFFFF
    for byte in content:
        crc = table[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


@cache
def _checksums() -> tuple[int, ...]:
    """The checksum's step of each byte, by the reversed polynomial 0x82F63B78."""
    table = []
    for byte in range(256):
        crc = byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
        table.append(crc)
    return tuple(table)
