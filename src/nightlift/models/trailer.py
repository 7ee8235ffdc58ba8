"""The end of a released file: its passport and the hash of all before it, as metadata of ONNX.

Both are entries of `ModelProto.metadata_props`, which every reader of ONNX gives by their keys.
They are written last, so that they are found without going through the graph.
"""

from __future__ import annotations

import hashlib

from nightlift.errors import ModelError

PASSPORT_KEY = "nightlift"
HASH_KEY = "nightlift_sha256"

METADATA, LENGTH = 14, 2
"""The field of ONNX's `ModelProto`, and protobuf's mark of a field with a length."""


def metadata_field(key: str, value: str) -> bytes:
    """One metadata entry as bytes: appended to an ONNX file, it belongs to it."""
    entry = _length_field(1, key.encode()) + _length_field(2, value.encode())
    return _length_field(METADATA, entry)


def _length_field(number: int, content: bytes) -> bytes:
    return _number(number << 3 | LENGTH) + _number(len(content)) + content


def _number(value: int) -> bytes:
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


_PASSPORT = b"\x0a" + bytes([len(PASSPORT_KEY)]) + PASSPORT_KEY.encode() + b"\x12"
"""Where a passport's entry says its key, and that a text follows; no JSON holds a line feed."""

_HASH = metadata_field(HASH_KEY, "0" * 64)[:-64]


def with_trailer(bare: bytes, passport: str) -> bytes:
    """A file with its passport and the hash of all of it at its end."""
    stamped = bare + metadata_field(PASSPORT_KEY, passport)
    return stamped + metadata_field(HASH_KEY, hashlib.sha256(stamped).hexdigest())


def passport_text(data: bytes) -> str:
    """The passport at the end of a file, unchecked; ModelError where there is none."""
    entry = data.rfind(_PASSPORT)
    if entry < 0:
        raise ModelError(
            f"expected a passport under the metadata key {PASSPORT_KEY!r}, got none: the file is "
            "cut off, or none that `nightlift export` or `import` wrote"
        )
    start, stop = data.find(b"{", entry), data.rfind(_HASH)
    if stop < entry:
        raise ModelError(f"expected its hash under the metadata key {HASH_KEY!r}, got none")
    try:
        return data[start:stop].decode()
    except UnicodeDecodeError as error:
        raise ModelError(f"expected a passport as text, got bytes that are none: {error}") from None


def verified_hash(data: bytes, passport: str) -> str:
    """The file's SHA-256; ModelError unless it ends with this passport and its true hash."""
    start = data.rfind(_HASH)
    found = hashlib.sha256(memoryview(data)[:start]).hexdigest()
    end = metadata_field(PASSPORT_KEY, passport) + metadata_field(HASH_KEY, found)
    if not data.endswith(end):
        promised = data[start + len(_HASH) : start + len(_HASH) + 12].decode("ascii", "replace")
        raise ModelError(
            f"its content has the SHA-256 {found[:12]}… where {promised}… was released: "
            "it is damaged or was changed; fetch or export it again"
        )
    return found
