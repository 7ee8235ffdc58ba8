"""What the values of a gain map mean.

As XMP after Adobe's and Google's gain map specifications (Ultra HDR 1.1), in binary after ISO
21496-1, annex C; Apple's own are in `apple_terms`.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np

from nightlift.photo import apple_terms, jpeg_segments, xmp
from nightlift.photo.apple_terms import AppleTerms
from nightlift.photo.photo import Floats
from nightlift.photo.xml_nodes import Node

_ISO = b"urn:iso:std:iso:ts:21496:-1\0"
_APP1, _APP2 = 0xE1, 0xE2
_THREE, _BACKWARD, _COMMON = 0x80, 0x04, 0x08
_MOST_STOPS = 64.0
"""Beyond any light there is."""


@dataclass(frozen=True, eq=False)
class GainTerms:
    """Numbers of each channel, one or three of them, in stops (log2) where they are gains.

    A gain is low + (high - low) v^(1/gamma) for a value v in [0, 1]. It multiplies the linear
    light of the base picture to which `offset` was added.
    """

    low: Floats
    high: Floats
    gamma: Floats
    offset: Floats
    noted = False

    @property
    def channels(self) -> int:
        """One or three."""
        return len(self.low)

    def gains(self, values: Floats) -> Floats:
        """Stops of values (h, w, channels) in [0, 1]."""
        span = self.high - self.low
        return np.asarray(self.low + span * values ** (1 / self.gamma), np.float32)

    def values(self, gains: Floats) -> Floats:
        """The inverse of `gains`, clipped to [0, 1]."""
        share = (gains - self.low) / (self.high - self.low)
        return np.asarray(np.clip(share, 0, 1) ** self.gamma, np.float32)


def read(picture: bytes, exif: bytes | None = None) -> GainTerms | AppleTerms | None:
    """The terms in a gain map's own JPEG; None where there are none that lift an SDR picture.

    `exif` is the block of the photo that it belongs to, by which Apple may tell them.
    """
    packet = iso = None
    for marker, start, stop in jpeg_segments.walk(picture):
        body = picture[start:stop]
        if marker == _APP1 and body.startswith(jpeg_segments.XMP):
            packet = body[len(jpeg_segments.XMP) :]
        elif marker == _APP2 and body.startswith(_ISO):
            iso = body[len(_ISO) :]
    try:
        found = _of_iso(iso) if iso is not None else _of_xmp(packet or b"")
        if found is None and iso is None:
            return apple_terms.read(packet or b"", exif)
    except (ValueError, struct.error, ZeroDivisionError, OverflowError):
        return None
    return found if found is not None and _is_sound(found) else None


def _is_sound(terms: GainTerms) -> bool:
    numbers = np.stack([terms.low, terms.high, terms.gamma, terms.offset])
    if not np.isfinite(numbers).all() or np.abs(numbers).max() > _MOST_STOPS:
        return False
    return bool((terms.high > terms.low).all() and (terms.gamma > 0).all())


def _floats(*rows: list[float]) -> list[Floats]:
    return [np.array(row, np.float32) for row in rows]


def _of_xmp(packet: bytes) -> GainTerms | None:
    text, nodes = xmp.parsed(packet)
    found: dict[str, list[float]] = {}
    for node in nodes:
        if node.uri == xmp.GAIN_MAP:
            found[node.name] = _numbers(text, node, nodes)
    base = [node for node in nodes if (node.uri, node.name) == (xmp.GAIN_MAP, "BaseRenditionIsHDR")]
    if any(text[node.inner : node.outer].strip().lower() == b"true" for node in base):
        return None
    if not found.get("GainMapMax"):
        return None
    names = {"GainMapMin": 0.0, "GainMapMax": 1.0, "Gamma": 1.0, "OffsetSDR": 1 / 64}
    rows = [found.get(name) or [usual] for name, usual in names.items()]
    count = max(map(len, rows))
    if count not in (1, 3) or any(len(row) not in (1, count) for row in rows):
        return None
    return GainTerms(*_floats(*(row * (count // len(row)) for row in rows)))


def _numbers(text: bytes, node: Node, nodes: list[Node]) -> list[float]:
    """A value, or those of the list in it; none where it is no number."""
    inside = [each for each in nodes if each.name == "li" and _lies_in(each, node)]
    parts = inside if inside else [node]
    try:
        return [float(text[part.inner : part.outer]) for part in parts]
    except ValueError:
        return []


def _lies_in(node: Node, around: Node) -> bool:
    return around.inner <= node.start and node.stop <= around.outer


def _of_iso(body: bytes) -> GainTerms | None:
    flags = body[4]
    common = bool(flags & _COMMON)
    at = 5 + (4 if common else 0)
    below = struct.unpack_from(">I", body, 5)[0] if common else None

    def fraction(kind: str) -> float:
        nonlocal at
        (above,) = struct.unpack_from(kind, body, at)
        at += 4
        if below is not None:
            return float(above / below)
        (own,) = struct.unpack_from(">I", body, at)
        at += 4
        return float(above / own)

    base, other = fraction(">I"), fraction(">I")
    count = 3 if flags & _THREE else 1
    kinds = (">i", ">i", ">I", ">i", ">i")  # low, high, gamma, offsets of base and other picture
    rows = [[fraction(kind) for kind in kinds] for _ in range(count)]
    if base > other or flags & _BACKWARD:
        return None
    low, high, gamma, offset, _ = (list(column) for column in zip(*rows, strict=True))
    return GainTerms(*_floats(low, high, gamma, offset))
