"""The rows of a baseline JPEG, strip by strip: each strip is a JPEG of its own to the decoder.

A JPEG's entropy-coded data has to be read from its beginning. Following its codes without
decoding them takes a fraction of the time, and tells where each row of units (8 or 16 pixels
high) begins; from there on rows are cut out, and strips are decoded on several threads, or one
after the other in bounded memory. Pixels are those of a single decoding, bit for bit: a unit
depends on its neighbors only where chroma is enlarged, for which a strip sees a row more on
each side. Facts: ITU-T T.81, annexes B, F and K.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from mmap import mmap
from typing import Any

import numpy as np
import simplejpeg

from nightlift import imports
from nightlift.photo.buffer_pool import BufferPool
from nightlift.photo.jpeg_segments import walk
from nightlift.photo.photo import Pixels

_MODULE = imports.part("nightlift.photo._jpeg_rows")

STRIP_PIXELS = 1 << 21
"""Of a strip, about: small enough for caches, large enough for the rows seen twice to be few."""

_SOF0, _SOF1, _DHT, _SOS, _DQT, _DRI, _APP0, _APP14 = (
    *(0xC0, 0xC1, 0xC4, 0xDA, 0xDB, 0xDD),
    *(0xE0, 0xEE),
)
_MOST_SYMBOLS = 12
"""Of a baseline DC table: the lengths 0 to 11."""


@dataclass(eq=False, repr=False)
class JpegLayout:
    """What the headers of a baseline JPEG say; `kept` are the segments that a strip needs."""

    width: int = 0
    height: int = 0
    components: dict[int, tuple[int, int]] = field(default_factory=dict)
    coded: list[tuple[int, int, int]] = field(default_factory=list)
    dc: dict[int, bytes] = field(default_factory=dict)
    ac: dict[int, bytes] = field(default_factory=dict)
    interval: int = 0
    start: int = 0
    frame: bytes = b""
    scan: bytes = b""
    kept: list[bytes] = field(default_factory=list)

    @property
    def unit(self) -> tuple[int, int]:
        """Height and width of a unit in pixels."""
        across, down = zip(*self.components.values(), strict=True)
        return 8 * max(down), 8 * max(across)

    @property
    def gray(self) -> bool:
        """Whether there is one component."""
        return len(self.components) == 1


def layout_of(data: bytes | mmap) -> JpegLayout | None:
    """What the headers say; None unless baseline, in one scan, of one or three components."""
    found = JpegLayout()
    for marker, start, stop in walk(data):
        if not _take(found, marker, data[start:stop] if marker != 0xE1 else b""):
            return None
        found.start = stop
        if marker == _SOS:
            return found if _is_plain(found) else None
    return None


def _take(found: JpegLayout, marker: int, body: bytes) -> bool:
    """Note one segment; False where it belongs to no baseline JPEG."""
    if marker in (_SOF0, _SOF1):
        return _take_frame(found, body)
    if 0xC0 <= marker <= 0xCF and marker != _DHT:
        return False
    if marker == _DHT:
        return _take_tables(found, body)
    if marker in (_APP0, _APP14, _DQT):
        found.kept.append(_segment(marker, body))
    elif marker == _DRI:
        found.interval = int.from_bytes(body[:2], "big")
    elif marker == _SOS:
        found.scan = body
    return True


def _take_frame(found: JpegLayout, body: bytes) -> bool:
    if len(body) < 6 or body[0] != 8 or len(body) != 6 + 3 * body[5] or found.frame:
        return False
    found.frame = body
    found.height, found.width = (int.from_bytes(body[at : at + 2], "big") for at in (1, 3))
    parts = [body[at : at + 3] for at in range(6, len(body), 3)]
    found.components = {part[0]: (part[1] >> 4, part[1] & 15) for part in parts}
    return len(found.components) == len(parts)


def _take_tables(found: JpegLayout, body: bytes) -> bool:
    while body:
        if len(body) < 17 or len(body) < 17 + sum(body[1:17]):
            return False
        length = 17 + sum(body[1:17])
        tables = found.ac if body[0] >> 4 else found.dc
        tables[body[0] & 15] = body[1:length]
        body = body[length:]
    return True


def _is_plain(found: JpegLayout) -> bool:
    """One scan of all components, from first to last coefficient, with tables for each."""
    parts, scan = found.components, found.scan
    if not (found.height and found.width and len(parts) in (1, 3)):
        return False
    if len(scan) != 4 + 2 * len(parts) or scan[0] != len(parts) or scan[-3:] != b"\0\x3f\0":
        return False
    found.coded = [
        (scan[at], scan[at + 1] >> 4, scan[at + 1] & 15) for at in range(1, len(scan) - 3, 2)
    ]
    known = all(c in parts and dc in found.dc and ac in found.ac for c, dc, ac in found.coded)
    factors = [factor for pair in parts.values() for factor in pair]
    if not known or not all(factor in (1, 2, 4) for factor in factors) or found.unit[0] > 16:
        return False
    return not found.gray or factors == [1, 1]


def _segment(marker: int, body: bytes) -> bytes:
    return b"\xff" + bytes([marker]) + (len(body) + 2).to_bytes(2, "big") + body


def _with_all_symbols(table: bytes) -> bytes | None:
    """A DC table with codes for all lengths of a difference, those it has unchanged.

    Optimized tables have only those that occur, and a cut needs others. The code of ones alone
    is never given away (annex C.2), so that new codes, four bits longer, fit behind it.
    """
    counts, symbols = list(table[:16]), table[16:]
    missing = bytes(set(range(_MOST_SYMBOLS)) - set(symbols))
    longest = max((length for length in range(16) if counts[length]), default=-1)
    if missing and not 0 <= longest < 12:
        return None
    if missing:
        counts[longest + 4] = len(missing)
    return bytes(counts) + symbols + missing


class JpegRows:
    """A baseline JPEG whose strips can be decoded apart; see the module.

    `rows` counts rows of units. `follow_to` goes before `decode`, up to what is `needed`.
    """

    def __init__(self, layout: JpegLayout, rows: Any, dc: dict[int, bytes]) -> None:
        self.layout = layout
        self.high, self.wide = layout.unit
        self.rows = -(-layout.height // self.high)
        self._rows = rows
        self._followed = 0
        tables = [_segment(_DHT, bytes([number]) + dc[number]) for number in dc]
        tables += [_segment(_DHT, bytes([16 + number]) + layout.ac[number]) for number in layout.ac]
        self._tables = b"".join([*layout.kept, *tables])
        self._seam = int(any(down != self.high // 8 for _, down in layout.components.values()))

    def follow_to(self, row: int) -> bool:
        """Follow the codes up to this row; False where the data is not as it should be."""
        more, self._followed = max(0, row - self._followed), max(row, self._followed)
        return bool(self._rows.advance(more))

    def offset(self, row: int) -> int:
        """How many of the file's bytes the rows before this one reach into."""
        return int(self._rows.offset(row))

    def strips(self) -> Iterator[tuple[int, int]]:
        """First and last row, exclusively, of strips that cover the picture."""
        each = max(1, STRIP_PIXELS // (self.high * self.layout.width))
        for first in range(0, self.rows, each):
            yield first, min(first + each, self.rows)

    def needed(self, last: int) -> int:
        """Rows that are to be followed before a strip up to this row can be decoded."""
        return min(last + self._seam, self.rows)

    def decode(self, first: int, last: int, room: Pixels | None = None) -> Pixels:
        """(h, W, 3) uint8: the pixels of these rows. Raises ValueError where they are damaged.

        They lie in `room` where it is given: uint8 of any shape and `room_for` bytes.
        """
        start, stop = max(0, first - self._seam), self.needed(last)
        height = min(stop * self.high, self.layout.height) - start * self.high
        pixels: Pixels = simplejpeg.decode_jpeg(self._jpeg(start, stop, height), buffer=room)
        top = (first - start) * self.high
        return pixels[top : top + (last - first) * self.high]

    def room_for(self, first: int, last: int) -> int:
        """Bytes that decoding these rows takes at most, those seen at the seams included."""
        return (last - first + 2 * self._seam) * self.high * self.layout.width * 3

    def _jpeg(self, start: int, stop: int, height: int) -> bytes:
        frame = self.layout.frame
        frame = frame[:1] + height.to_bytes(2, "big") + frame[3:]
        parts = (
            b"\xff\xd8",
            self._tables,
            _segment(_SOF1, frame),
            _segment(_SOS, self.layout.scan),
            self._rows.cut(start, stop),
            b"\xff\xd9",
        )
        return b"".join(parts)


def open_rows(data: bytes | mmap) -> JpegRows | None:
    """The rows of a JPEG; None where they cannot be told apart, or our extension is missing."""
    module = _module()
    layout = layout_of(data) if module is not None else None
    if module is None or layout is None:
        return None
    whole = {number: _with_all_symbols(table) for number, table in layout.dc.items()}
    dc = {number: table for number, table in whole.items() if table is not None}
    if len(dc) < len(whole):
        return None
    high, wide = layout.unit
    components = [
        (
            layout.components[c][0] * layout.components[c][1],
            list(dc).index(d),
            list(layout.ac).index(a),
        )
        for c, d, a in layout.coded
    ]
    sets = (layout.dc, layout.ac, dc)
    split = [[(table[:16], table[16:]) for table in each.values()] for each in sets]
    across, down = -(-layout.width // wide), -(-layout.height // high)
    try:
        rows = module.Rows(data, layout.start, components, *split, across, down, layout.interval)
    except ValueError:
        return None
    return JpegRows(layout, rows, dc)


def decode(data: bytes, threads: int) -> Pixels | None:
    """(H, W, 3) uint8 of a baseline JPEG, decoded in strips on several threads.

    None where this is not to be had, or where the file is damaged: decoding it whole tells why.
    """
    from concurrent.futures import ThreadPoolExecutor

    source = open_rows(data)
    if source is None:
        return None
    pixels = np.empty((source.layout.height, source.layout.width, 3), np.uint8)
    room = BufferPool()

    def put(first: int, last: int) -> None:
        strip = source.decode(first, last, room.of(source.room_for(first, last)))
        pixels[first * source.high : last * source.high] = strip

    pool, done = ThreadPoolExecutor(threads), []
    try:
        for first, last in source.strips():
            if not source.follow_to(source.needed(last)):
                return None
            done.append(pool.submit(put, first, last))
        for one in done:
            one.result()
    except ValueError:
        return None
    finally:
        pool.shutdown(cancel_futures=True)
    return pixels


def _module() -> Any:
    return _MODULE
