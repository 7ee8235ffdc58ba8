"""Reading a video: its packets and decoded frames in order, and what could not be decoded."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Self, TypeAlias, cast

import av
from av.codec.context import Flags
from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.sidedata.sidedata import SideData, Type
from av.stream import Stream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from nightlift.errors import VideoError

UPRIGHT = (1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)

ORIENTATIONS = {
    (1, 0, 0, 1): 1,
    (-1, 0, 0, 1): 2,
    (-1, 0, 0, -1): 3,
    (1, 0, 0, -1): 4,
    (0, 1, 1, 0): 5,
    (0, 1, -1, 0): 6,
    (0, -1, -1, 0): 7,
    (0, -1, 1, 0): 8,
}
"""EXIF orientation by the signs of a display matrix's a, b, c, d."""


@dataclass(frozen=True)
class Picture:
    """A decoded frame; `damaged` says that the decoder had to guess a part of it."""

    frame: VideoFrame
    time: float
    damaged: bool


@dataclass(frozen=True)
class Trouble:
    """A sentence about something that could not be read."""

    sentence: str


AnyPacket: TypeAlias = "Packet[Stream]"

Event: TypeAlias = "AnyPacket | Picture | Trouble"


class Reader:
    """An opened video, read once from beginning to end.

    `first` is its first frame, `matrix` its display matrix (None: shown as stored), `orientation`
    the same as an EXIF tag. Raises VideoError for what is no video.
    """

    def __init__(self, path: Path, threads: int) -> None:
        self.path = path
        with ExitStack() as undo:
            self.container = undo.enter_context(_opened(path))
            self.stream = _video_stream(self.container, path)
            context = self.stream.codec_context
            context.thread_type = "AUTO"
            context.thread_count = threads
            context.flags |= Flags.output_corrupt
            self._last: int | None = None
            self._events = self._read()
            self._begun, self.first = self._until_first()
            self._undo = undo.pop_all()
        self.matrix = _display_matrix(self.first)
        self.orientation = _orientation(self.matrix)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._undo.close()

    @property
    def rate(self) -> Fraction:
        """Frames a second, on average."""
        return self.stream.average_rate or self.stream.guessed_rate or Fraction(30)

    @property
    def expected(self) -> int | None:
        """About how many frames there are; None where the file does not say."""
        if self.stream.frames:
            return self.stream.frames
        if self.stream.duration and self.stream.time_base:
            return round(self.stream.duration * self.stream.time_base * self.rate)
        seconds = (self.container.duration or 0) / av.time_base
        return round(seconds * self.rate) or None

    def events(self) -> Iterator[Event]:
        """All of it in the file's order: packets of other streams, frames, troubles."""
        yield from self._begun
        self._begun = []
        yield from self._events

    def _until_first(self) -> tuple[list[Event], VideoFrame]:
        begun: list[Event] = []
        for event in self._events:
            begun.append(event)
            if isinstance(event, Picture):
                return begun, event.frame
        raise VideoError(f"{self.path} holds no frame that can be decoded")

    def _read(self) -> Iterator[Event]:
        packets = self.container.demux()
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                return
            except FFmpegError as error:
                yield Trouble(f"the file cannot be read to its end: {error.strerror}")
                yield from self._decoded(None)
                return
            if packet.stream.index == self.stream.index:
                yield from self._decoded(packet)
            elif packet.dts is not None:
                yield packet

    def _decoded(self, packet: AnyPacket | None) -> Iterator[Event]:
        try:
            frames = self.stream.decode(packet)
        except FFmpegError:
            yield Trouble(f"a frame {self._near(packet)} cannot be decoded and is left out")
            return
        for frame in frames:
            yield self._checked(frame)

    def _near(self, packet: AnyPacket | None) -> str:
        if packet is None or packet.pts is None or packet.time_base is None:
            return "near the end"
        return f"near {float(packet.pts * packet.time_base):.2f} s"

    def _checked(self, frame: VideoFrame) -> Picture | Trouble:
        """The frame with a time stamp after the one before and of the first one's size."""
        base = frame.time_base or self.stream.time_base or 1 / self.rate
        pts = frame.pts if frame.pts is not None else frame.dts
        if pts is None:
            pts = 0 if self._last is None else self._last + math.ceil(1 / (self.rate * base))
        seconds = float(pts * base)
        if self._last is not None and pts <= self._last:
            return Trouble(f"a frame at {seconds:.2f} s comes after a later one and is left out")
        first = getattr(self, "first", frame)
        if (frame.width, frame.height) != (first.width, first.height):
            size = f"{frame.width} x {frame.height}"
            return Trouble(f"a frame at {seconds:.2f} s has another size, {size}, and is left out")
        self._last = frame.pts = pts
        frame.time_base = base
        return Picture(frame, seconds, frame.is_corrupt)


def _opened(path: Path) -> InputContainer:
    try:
        container = av.open(f"file:{path}", metadata_errors="replace")
    except FileNotFoundError:
        raise VideoError("there is no such file") from None
    except IsADirectoryError:
        raise VideoError("this is a folder; expected a video file") from None
    except (FFmpegError, OSError) as error:
        raise VideoError(f"expected a video that FFmpeg can read: {error.strerror}") from error
    if container.format.name == "image2" or container.format.name.endswith("_pipe"):
        container.close()
        raise VideoError(f"this is a picture, not a video; `nightlift enhance {path}` brightens it")
    return container


def _video_stream(container: InputContainer, path: Path) -> VideoStream:
    moving = [s for s in container.streams.video if not _is_cover(s)]
    if not moving:
        held = ", ".join(sorted({stream.type for stream in container.streams})) or "nothing"
        raise VideoError(f"expected a video stream, the file holds {held}")
    best = container.streams.best("video")
    stream = best if isinstance(best, VideoStream) and best in moving else moving[0]
    if stream.codec_context is None:
        raise VideoError("its video is of a kind that FFmpeg cannot decode")
    return stream


def _is_cover(stream: VideoStream) -> bool:
    return bool(stream.disposition & stream.disposition.attached_pic)


def _display_matrix(frame: VideoFrame) -> tuple[int, ...] | None:
    # PyAV's type stub says that the keys are strings; they are not.
    data = cast("Mapping[Type, SideData]", frame.side_data).get(Type.DISPLAYMATRIX)
    if data is None:
        return None
    matrix = struct.unpack("=9i", bytes(data))
    return None if matrix == UPRIGHT else matrix


def _orientation(matrix: tuple[int, ...] | None) -> int:
    """The EXIF orientation; 1 for what EXIF cannot say, such as 45 degrees."""
    if matrix is None:
        return 1
    a, b, c, d = ((v > 0) - (v < 0) for v in (matrix[0], matrix[1], matrix[3], matrix[4]))
    return ORIENTATIONS.get((a, b, c, d), 1)
