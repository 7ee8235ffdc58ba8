"""What the values of Apple's gain maps mean.

After Apple's “Applying Apple HDR effect to your photos”: a map is gray and coded by the curve of
ITU-R BT.709; the linear light of the base picture is multiplied by 1 + (headroom - 1) v. The map's
XMP tells the headroom from version 2 on; before, it follows from two numbers of the maker's note.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np

from nightlift.photo import xmp
from nightlift.photo.exif import EXIF_IFD, MAKER_NOTE, ExifBlock
from nightlift.photo.photo import Floats

_NOTE = b"Apple iOS\0"
_DIRECTORY = 14
"""Where the note's only directory begins; offsets are counted from the note's first byte."""

_RANGE, _GAIN = 33, 48
"""Tags of the note, which ExifTool calls HDRHeadroom and HDRGain."""

_MOST = 2.0**64
"""Beyond any light there is."""


@dataclass(frozen=True, eq=False)
class AppleTerms:
    """`headroom` is the largest gain, a factor; `noted`: the maker's note alone tells it."""

    headroom: float
    noted: bool
    channels = 1
    offset = np.zeros(1, np.float32)

    def gains(self, values: Floats) -> Floats:
        """Stops of values (h, w, channels) in [0, 1]."""
        light = np.where(values < 0.081, values / 4.5, ((values + 0.099) / 1.099) ** (1 / 0.45))
        return np.asarray(np.log2(1 + (self.headroom - 1) * light), np.float32)

    def values(self, gains: Floats) -> Floats:
        """The inverse of `gains`, clipped to [0, 1]."""
        light = np.clip((2**gains - 1) / (self.headroom - 1), 0, 1)
        values = np.where(light < 0.018, 4.5 * light, 1.099 * light**0.45 - 0.099)
        return np.asarray(values, np.float32)


def read(packet: bytes, exif: bytes | None) -> AppleTerms | None:
    """The terms of a map with this XMP, of a photo with this EXIF; None where it is not Apple's.

    Raises:
        ValueError: the packet cannot be read.
    """
    text, nodes = xmp.parsed(packet)
    told = {
        node.name: text[node.inner : node.outer] for node in nodes if node.uri == xmp.APPLE_GAIN_MAP
    }
    if "HDRGainMapVersion" not in told:
        return None
    if "HDRGainMapHeadroom" in told:
        return _sound(float(told["HDRGainMapHeadroom"]), noted=False)
    return by_note(exif)


def by_note(exif: bytes | None) -> AppleTerms | None:
    """The terms that follow from the maker's note alone; None where it tells of no gain."""
    headroom = _noted_headroom(exif or b"")
    return None if headroom is None else _sound(headroom, noted=True)


def _sound(headroom: float, noted: bool) -> AppleTerms | None:
    return AppleTerms(headroom, noted) if 1 < headroom <= _MOST else None


def _noted_headroom(exif: bytes) -> float | None:
    try:
        note = _note(exif)
        range_, gain = (_number(note, tag) for tag in (_RANGE, _GAIN))
    except ValueError:
        return None
    if range_ is None or gain is None:
        return None
    if range_ < 1:
        stops = 1.8 - 20 * gain if gain <= 0.01 else 1.601 - 0.101 * gain
    else:
        stops = 3 - 70 * gain if gain <= 0.01 else 2.303 - 0.303 * gain
    return float(2 ** max(stops, 0))


def _note(exif: bytes) -> ExifBlock:
    """The note as a block of its own, its name overwritten by the header of one."""
    block = ExifBlock(exif)
    inner = block.pointer(block.first, EXIF_IFD)
    entry = None if inner is None else block.find(inner, MAKER_NOTE)
    note = b"" if entry is None else exif[entry.start : entry.start + entry.length]
    order = {b"MM": b"MM\0*", b"II": b"II*\0"}.get(note[12:14])
    if order is None or not note.startswith(_NOTE):
        raise ValueError("no maker's note of an Apple device")
    first = struct.pack(">I" if order[:1] == b"M" else "<I", _DIRECTORY)
    return ExifBlock(order + first + note[8:])


def _number(block: ExifBlock, tag: int) -> float | None:
    """The value of an entry of type SRATIONAL, else None."""
    entry = block.find(block.first, tag)
    if entry is None or entry.type != 10 or entry.count < 1:
        return None
    above, below = struct.unpack_from(block.order + "ii", block.data, entry.start)
    return float(above / below) if below else None
