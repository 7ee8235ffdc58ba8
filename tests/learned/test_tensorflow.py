"""TensorFlow's checkpoints without TensorFlow: right where they are whole, refused where not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nightlift.errors import ModelError
from nightlift.learned import tensorflow
from nightlift.learned.tensorflow import masked_checksum, read_variables, variables
from tests.learned.tensorflow_writer import block, index, masked, varint, write

ARRAYS = {
    f"net/layer_with_weights-{number}/{leaf}": np.random.default_rng(number)
    .standard_normal(shape)
    .astype(np.float32)
    for number in range(30)
    for leaf, shape in (("kernel", (3, 3, 2, 4)), ("beta", (4,)))
} | {"doubles": np.arange(3.0), "whole": np.arange(4).reshape(2, 2)}


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("tensorflow") / "net", ARRAYS)


def test_every_variable_is_read_and_nothing_else(path: Path) -> None:
    found = read_variables(path)
    assert found.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        assert found[name].dtype == array.dtype
        np.testing.assert_array_equal(found[name], array)
    assert {name: one.shape for name, one in variables(path).items()} == {
        name: array.shape for name, array in ARRAYS.items()
    }


@given(st.binary(max_size=40))
def test_the_checksum_is_castagnolis(content: bytes) -> None:
    assert masked_checksum(content) == masked(content)


def test_the_checksum_of_the_standard() -> None:
    """RFC 3720, B.4, and the check value of CRC-32C."""
    for content, crc in ((b"123456789", 0xE3069283), (bytes(32), 0x8A9136AA)):
        rotated = (crc >> 15 | crc << 17) & 0xFFFFFFFF
        assert masked_checksum(content) == (rotated + 0xA282EAD8) & 0xFFFFFFFF


def damaged(path: Path, folder: Path, content: bytes) -> Path:
    """The same data beside another index."""
    other = folder / "other.index"
    other.write_bytes(content)
    data = other.with_suffix(".data-00000-of-00001")
    data.write_bytes(path.with_suffix(data.suffix).read_bytes())
    return other


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_a_damaged_index_is_refused_or_harmless(
    data: st.DataObject, path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    whole = path.read_bytes()
    place = data.draw(st.integers(0, len(whole) - 1))
    changed = bytearray(whole)
    changed[place] ^= data.draw(st.integers(1, 255))
    folder = tmp_path_factory.mktemp("damaged")
    try:
        found = read_variables(damaged(path, folder, bytes(changed)))
    except ModelError as error:
        assert "other" in str(error) and "\n" not in str(error)
    else:  # what is not read: padding, and the block of metadata
        assert found.keys() == ARRAYS.keys()
        assert all(np.array_equal(found[name], ARRAYS[name]) for name in ARRAYS)


def test_a_short_index_is_refused(path: Path, tmp_path: Path) -> None:
    whole = path.read_bytes()
    for length in range(0, len(whole), 97):
        with pytest.raises(ModelError, match="damaged or something else"):
            read_variables(damaged(path, tmp_path, whole[:length]))


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.binary(max_size=20), st.binary(max_size=60), max_size=5))
def test_whatever_a_whole_table_holds_is_refused_or_empty(
    tmp_path_factory: pytest.TempPathFactory, entries: dict[bytes, bytes]
) -> None:
    """Right checksums around anything."""
    named = {key + tensorflow.LEAF.encode(): value for key, value in entries.items()}
    other = tmp_path_factory.mktemp("any") / "other.index"
    other.write_bytes(index(named))
    other.with_suffix(".data-00000-of-00001").write_bytes(bytes(99))
    try:
        found = read_variables(other)
    except ModelError as error:
        assert "\n" not in str(error)
    else:
        assert sum(array.nbytes for array in found.values()) <= 99


def message(shape: bytes = b"", offset: int = 0, size: int = 0, shard: int = 0) -> bytes:
    made = b"\x08\x01\x12" + varint(len(shape)) + shape + b"\x18" + varint(shard)
    return made + b"\x20" + varint(offset) + b"\x28" + varint(size) + b"\x35" + bytes(4)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (message(b"\x12\x02\x08\x05", 0, 20), "more than it holds|checksum is another"),
        (message(b"\x12\x02\x08\x02", 8, 8), "within the 9 bytes"),
        (message(b"\x12\x02\x08\x02", 0, 4), "within the 9 bytes"),
        (message(b"\x12\x02\x08\x02", 0, 8, 1), "of file 1"),
        (message(b"\x12\x0b\x08" + b"\xff" * 9 + b"\x01", 0, 8), "within the 9 bytes"),
        (b"\x12\x05\x00", "reaches beyond its message"),
        (b"\x10\x05", "a message is a number"),
        (b"\x0a\x01\x00", "is no number"),
        (b"\x0b", "unknown kind 3"),
        (b"\x08" + b"\xff" * 10, "longer than 64 bits"),
        (message(b"\x12\x02\x08\x02", 0, 8) + b"\x3a\x00", "in slices"),
    ],
)
def test_entries_that_cannot_be_are_refused(value: bytes, words: str, tmp_path: Path) -> None:
    other = tmp_path / "other.index"
    other.write_bytes(index({b"name" + tensorflow.LEAF.encode(): value}))
    other.with_suffix(".data-00000-of-00001").write_bytes(bytes(9))
    with pytest.raises(ModelError, match=words):
        read_variables(other)


def test_a_small_file_cannot_ask_for_much(tmp_path: Path, path: Path) -> None:
    """Blocks that are read again and again, and names that grow."""
    content = bytearray(block([(b"a", bytes(4000))]))
    content += b"\0" + masked(bytes(content) + b"\0").to_bytes(4, "little")
    again = block([(varint(n), varint(0) + varint(len(content) - 5)) for n in range(99)])
    place = len(content)
    content += again + b"\0" + masked(again + b"\0").to_bytes(4, "little")
    footer = (varint(0) + varint(0) + varint(place) + varint(len(again))).ljust(40, b"\0")
    content += footer + tensorflow.MAGIC.to_bytes(8, "little")
    with pytest.raises(ModelError, match="blocks overlap"):
        read_variables(damaged(path, tmp_path, bytes(content)))
    long = index({b"a" * 600 + tensorflow.LEAF.encode(): b""})
    with pytest.raises(ModelError, match="longer than 512 bytes"):
        read_variables(damaged(path, tmp_path, long))
    with pytest.raises(ModelError, match="at most 1048576 bytes"):
        read_variables(damaged(path, tmp_path, bytes((1 << 20) + 1)))


def test_what_is_compressed_is_refused(path: Path, tmp_path: Path) -> None:
    content = block([])
    made = content + b"\1" + masked(content + b"\1").to_bytes(4, "little")
    footer = (varint(0) + varint(0) + varint(0) + varint(len(content))).ljust(40, b"\0")
    with pytest.raises(ModelError, match="compressed"):
        read_variables(
            damaged(path, tmp_path, made + footer + tensorflow.MAGIC.to_bytes(8, "little"))
        )


def test_damaged_numbers_are_named(path: Path, tmp_path: Path) -> None:
    other = damaged(path, tmp_path, path.read_bytes())
    data = other.with_suffix(".data-00000-of-00001")
    content = bytearray(data.read_bytes())
    content[100] ^= 1
    data.write_bytes(bytes(content))
    with pytest.raises(ModelError, match=r"net/layer_with_weights-0/kernel is damaged"):
        read_variables(other)
    data.write_bytes(bytes(content)[:-200])
    with pytest.raises(ModelError, match="expected"):
        read_variables(other)
    data.unlink()
    with pytest.raises(ModelError, match=r"cannot read .*data-00000-of-00001: No such file"):
        read_variables(other)
