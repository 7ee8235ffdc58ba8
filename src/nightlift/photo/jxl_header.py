"""What a JPEG XL picture says of itself before its first pixel.

After ISO/IEC 18181-1: annexes D (image header) and E (color encoding).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from nightlift.errors import ReadError

SIGNATURE = b"\xff\x0a"
LENGTH = 8192
"""Bytes that hold every header but those with very many or very long names of channels."""

ALPHA = 0
_SPOT_COLOR, _FILTER_ARRAY = 2, 5
_RATIOS = {1: (1, 1), 2: (12, 10), 3: (4, 3), 4: (3, 2), 5: (16, 9), 6: (5, 4), 7: (2, 1)}
_MOST_CHANNELS = 64

Choices: TypeAlias = tuple[tuple[int, int], ...]
"""The four ways a number is written: what is added to it, and its bits."""

_SIDE: Choices = ((1, 9), (1, 13), (1, 18), (1, 30))
_PREVIEW_SIDE: Choices = ((1, 6), (65, 8), (321, 10), (1345, 12))
_PREVIEW_EIGHTHS: Choices = ((16, 0), (32, 0), (1, 5), (33, 9))
_BITS: Choices = ((8, 0), (10, 0), (12, 0), (1, 6))
_FLOAT_BITS: Choices = ((32, 0), (16, 0), (24, 0), (1, 6))
_COUNT: Choices = ((0, 0), (1, 0), (2, 4), (1, 12))
_ENUM: Choices = ((0, 0), (1, 0), (2, 4), (18, 6))
_SHIFT: Choices = ((0, 0), (3, 0), (4, 0), (1, 3))
_NAME_LENGTH: Choices = ((0, 0), (0, 4), (16, 5), (48, 10))
_FILTER: Choices = ((1, 0), (0, 2), (3, 4), (19, 8))


class Depth(NamedTuple):
    """Bits of a sample, and whether it is a float."""

    bits: int = 8
    float: bool = False


_EIGHT_BITS = Depth()


class Channel(NamedTuple):
    """A channel beside gray or RGB: its `kind` (ALPHA or another number of the standard).

    `associated` says that colors have been multiplied by this alpha.
    """

    kind: int = ALPHA
    associated: bool = False


@dataclass(frozen=True)
class JxlHeader:
    """The picture: its sides in pixels upright, and how it is stored.

    `perceptual` says that colors went through XYB, the space of lossy pictures; `profiled` that
    they are told by an ICC profile, not by numbers.
    """

    height: int
    width: int
    depth: Depth = _EIGHT_BITS
    animated: bool = False
    channels: tuple[Channel, ...] = ()
    perceptual: bool = True
    profiled: bool = False


class _Reader:
    """Bits of a codestream, the lowest of a byte first."""

    def __init__(self, data: bytes) -> None:
        self._bits = int.from_bytes(data, "little")
        self._left = 8 * len(data)

    def take(self, count: int) -> int:
        self._left -= count
        if self._left < 0:
            raise ReadError("the JPEG XL ends in its header; the file is cut off or damaged")
        value = self._bits & ((1 << count) - 1)
        self._bits >>= count
        return value

    def flag(self) -> bool:
        return bool(self.take(1))

    def number(self, choices: Choices) -> int:
        added, bits = choices[self.take(2)]
        return added + self.take(bits)


def parse(codestream: bytes) -> JxlHeader:
    """The header at the start of a codestream; ReadError where it is damaged or cut off."""
    if not codestream.startswith(SIGNATURE):
        raise ReadError("the JPEG XL holds no picture; the file is cut off or damaged")
    bits = _Reader(codestream[len(SIGNATURE) : LENGTH])
    height, width = _size(bits)
    if bits.flag():
        return JxlHeader(height, width)
    animated = False
    if bits.flag():
        if bits.take(3) >= 4:
            height, width = width, height
        animated = _further(bits)
    if animated:
        return JxlHeader(height, width, animated=True)
    depth = _depth(bits)
    bits.flag()
    channels = tuple(_channel(bits) for _ in range(min(bits.number(_COUNT), _MOST_CHANNELS)))
    perceptual = bits.flag()
    profiled = not bits.flag() and bits.flag()
    return JxlHeader(height, width, depth, False, channels, perceptual, profiled)


def _size(bits: _Reader) -> tuple[int, int]:
    """Height and width as they are stored."""
    small = bits.flag()

    def side() -> int:
        return 8 * (bits.take(5) + 1) if small else bits.number(_SIDE)

    height = side()
    ratio = bits.take(3)
    return height, _by_ratio(height, ratio) if ratio else side()


def _by_ratio(height: int, ratio: int) -> int:
    across, down = _RATIOS[ratio]
    return height * across // down


def _further(bits: _Reader) -> bool:
    """Go over the fields that few pictures have; whether it is an animation."""
    if bits.flag():
        _size(bits)
    if bits.flag():
        sides = _PREVIEW_EIGHTHS if bits.flag() else _PREVIEW_SIDE
        bits.number(sides)
        if not bits.take(3):
            bits.number(sides)
    return bits.flag()


def _depth(bits: _Reader) -> Depth:
    if not bits.flag():
        return Depth(bits.number(_BITS))
    depth = Depth(bits.number(_FLOAT_BITS), True)
    bits.take(4)
    return depth


def _channel(bits: _Reader) -> Channel:
    if bits.flag():
        return Channel()
    kind = bits.number(_ENUM)
    _depth(bits)
    bits.number(_SHIFT)
    bits.take(8 * bits.number(_NAME_LENGTH))
    associated = kind == ALPHA and bits.flag()
    if kind == _SPOT_COLOR:
        bits.take(4 * 16)
    if kind == _FILTER_ARRAY:
        bits.number(_FILTER)
    return Channel(kind, associated)
