"""A writer of TensorFlow checkpoints, straight from their description: the reader's counterpart."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

TYPES = {"float32": 1, "float64": 2, "int32": 3, "int64": 9}
INTERVAL = 16
LEAF = "/.ATTRIBUTES/VARIABLE_VALUE"


def crc32c(content: bytes) -> int:
    """Bit by bit."""
    crc = 0xFFFFFFFF
    for byte in content:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 * (crc & 1))
    return crc ^ 0xFFFFFFFF


def masked(content: bytes) -> int:
    crc = crc32c(content)
    return (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF


def varint(number: int) -> bytes:
    made = bytearray()
    while number >= 0x80:
        made.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*made, number])


def entry(array: NDArray[Any], offset: int) -> bytes:
    """A BundleEntryProto; zeros are left out, as protocol buffers do."""
    sizes = [b"\x08" + varint(side) for side in array.shape]
    shape = b"".join(b"\x12" + varint(len(size)) + size for size in sizes)
    content = array.tobytes()
    made = b"\x08" + varint(TYPES[str(array.dtype)]) + b"\x12" + varint(len(shape)) + shape
    if offset:
        made += b"\x20" + varint(offset)
    return made + b"\x28" + varint(len(content)) + b"\x35" + masked(content).to_bytes(4, "little")


def block(entries: list[tuple[bytes, bytes]]) -> bytes:
    """Keys that share their beginnings, and restarts where one is whole."""
    made, restarts, last = bytearray(), [], b""
    for number, (key, value) in enumerate(entries):
        shared = 0
        if number % INTERVAL == 0:
            restarts.append(len(made))
        else:
            while shared < min(len(key), len(last)) and key[shared] == last[shared]:
                shared += 1
        made += varint(shared) + varint(len(key) - shared) + varint(len(value))
        made += key[shared:] + value
        last = key
    numbers = [*(restarts or [0]), len(restarts or [0])]
    return bytes(made) + b"".join(number.to_bytes(4, "little") for number in numbers)


def index(entries: Mapping[bytes, bytes], a_block: int = 40) -> bytes:
    """A sorted table with `a_block` entries in each of its blocks."""
    made, handles = bytearray(), []

    def put(content: bytes) -> bytes:
        place = len(made)
        made.extend(content + b"\0" + masked(content + b"\0").to_bytes(4, "little"))
        return varint(place) + varint(len(content))

    keys = sorted(entries)
    for first in range(0, len(keys), a_block):
        part = keys[first : first + a_block]
        handles.append((part[-1], put(block([(key, entries[key]) for key in part]))))
    meta, own = put(block([])), put(block(handles))
    footer = (meta + own).ljust(40, b"\0") + 0xDB4775248B80FB57.to_bytes(8, "little")
    return bytes(made) + footer


def write(prefix: Path, arrays: Mapping[str, NDArray[Any]]) -> Path:
    """`prefix`.index and its data; returns the former."""
    header = b"\x08\x01\x1a\x02\x08\x01"
    graph = b"\x08\x07\x12\x00\x28\x03\x35" + masked(b"abc").to_bytes(4, "little")
    entries, data = {b"": header, b"_CHECKPOINTABLE_OBJECT_GRAPH": graph}, b"abc"
    for name, array in arrays.items():
        entries[(name + LEAF).encode()] = entry(array, len(data))
        data += array.tobytes()
    slot = np.zeros(3, np.float32)
    entries[f"a/.OPTIMIZER_SLOT/optimizer/m{LEAF}".encode()] = entry(slot, len(data))
    step = np.array(7, np.int64)
    entries[f"save_counter{LEAF}".encode()] = entry(step, len(data) + slot.nbytes)
    prefix.with_suffix(".data-00000-of-00001").write_bytes(data + slot.tobytes() + step.tobytes())
    path = prefix.with_suffix(".index")
    path.write_bytes(index(entries))
    return path
