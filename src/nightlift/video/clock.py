"""The time stamps of a file's packets, on one line: from 0 on, and without jumps back."""

from __future__ import annotations

import heapq
import math
from fractions import Fraction

from av.packet import Packet
from av.stream import Stream

BACK = Fraction(1, 2)
"""Seconds that a decoding time may step back; more is where another recording was joined on."""

AHEAD = 3600
"""Seconds that a pause may last; more is the clock of another recording."""

JOINED = ("mpegts", "mpeg", "mpegtsraw")
"""Containers that are joined by putting one file behind the other."""

SEAM = Fraction(1, 10)
"""Seconds between two recordings: sound and pictures do not begin at the same moment."""

LATE = Fraction(1, 2)
"""Seconds from 0 at which a file may begin; of a broadcast it is hours."""


class Clock:
    """Moves packets in time: the file begins at 0, joined recordings follow each other.

    `start` is where the file's own clock begins, in seconds; `joined` says that there may be
    several recordings in it. Streams come to the same seam one after the other: whichever is first
    finds how far the next recording is moved, and the others are moved as far.
    """

    def __init__(self, start: Fraction, joined: bool) -> None:
        self._moved = [-start]
        self._joined = joined
        self._recording: dict[int, int] = {}
        self._end: dict[int, Fraction] = {}
        self._shown = Fraction(0)

    @property
    def seams(self) -> int:
        """How many recordings were joined on so far."""
        return len(self._moved) - 1

    def place(self, packet: Packet[Stream]) -> None:
        """Give a packet its time on the line; one without any keeps none."""
        own = packet.dts if packet.dts is not None else packet.pts
        base = packet.time_base
        if own is None or not base:
            return
        index = packet.stream.index
        time = own * base
        moved = self._moved[self._recording.setdefault(index, 0)]
        if self._joined and self._breaks(index, time + moved):
            moved = self._next(index, time)
        last = (packet.duration or 0) * base
        self._end[index] = time + moved + last
        self._shown = max(self._shown, (packet.pts or 0) * base + moved + last)
        steps = round(moved / base)
        if packet.pts is not None:
            packet.pts += steps
        if packet.dts is not None:
            packet.dts += steps

    def _breaks(self, index: int, time: Fraction) -> bool:
        end = self._end.get(index, time)
        return not -BACK <= time - end <= AHEAD

    def _next(self, index: int, time: Fraction) -> Fraction:
        self._recording[index] += 1
        if self._recording[index] == len(self._moved):
            self._moved.append(max(self._shown, *self._end.values()) + SEAM - time)
        return self._moved[self._recording[index]]


class DisplayTimes:
    """When frames are shown, of a file that says only when packets are decoded (AVI).

    Both rise, and are the same times: the n-th frame that is shown has the n-th of them.
    """

    def __init__(self) -> None:
        self._waiting: list[int] = []

    def packet(self, dts: int | None) -> None:
        """Note a packet that goes to the decoder."""
        if dts is not None:
            heapq.heappush(self._waiting, dts)

    def broken(self, dts: int | None) -> None:
        """Forget a packet that gave no frame."""
        if dts in self._waiting:
            self._waiting.remove(dts)
            heapq.heapify(self._waiting)

    def frame(self) -> int | None:
        """The time of the next frame that is shown; None where there is none left."""
        return heapq.heappop(self._waiting) if self._waiting else None


class DecodingTimes:
    """Packets in the order of their file, the first ones of a stream given decoding times.

    A container that stores only when frames are shown leaves those out that come before the first
    frame, where frames are stored in another order than shown. They are as far apart as packets
    last, up to the first one that is known.
    """

    MOST = 64

    def __init__(self) -> None:
        self._held: dict[int, list[Packet[Stream]]] = {}
        self._known: set[int] = set()

    def of(self, packet: Packet[Stream]) -> list[Packet[Stream]]:
        """The packets that are ready now that this one has come."""
        index = packet.stream.index
        if index in self._known:
            return [packet]
        held = self._held.setdefault(index, [])
        held.append(packet)
        if packet.dts is None and len(held) < self.MOST:
            return []
        self._known.add(index)
        return _timed(self._held.pop(index))

    def rest(self) -> list[Packet[Stream]]:
        """What still waits when the file ends."""
        held, self._held = self._held, {}
        return [packet for each in held.values() for packet in _timed(each)]


def _timed(packets: list[Packet[Stream]]) -> list[Packet[Stream]]:
    last = packets[-1]
    shown = [packet.pts for packet in packets if packet.pts is not None]
    step = max(1, min((packet.duration or 1 for packet in packets), default=1))
    time = last.dts if last.dts is not None else min(shown, default=0)
    for packet in reversed(packets):
        if packet.dts is None:
            packet.dts = time
        packet.pts = packet.dts if packet.pts is None else packet.pts
        time = packet.dts - step
    return packets


def rounded_up(rate: Fraction, base: Fraction) -> int:
    """How many units of a time base a frame lasts, at least."""
    return math.ceil(1 / (rate * base))
