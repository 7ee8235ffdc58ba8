"""Reading a video: its packets and decoded frames in order, and what could not be decoded."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypeAlias, cast

import av
from av.codec.context import Flags
from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.sidedata.sidedata import SideData, Type
from av.stream import Stream
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from nightlift.errors import VideoError
from nightlift.video import truncation
from nightlift.video.clock import JOINED, LATE, Clock, DecodingTimes, DisplayTimes, rounded_up
from nightlift.video.colors import HDR, UNSPECIFIED

if TYPE_CHECKING:
    from nightlift.video.tone_map import ToneMap

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


LITTLE_DELAY = {"analyzeduration": "1000000"}
"""How FFmpeg opens a pipe: it looks at a second of the stream, not at five, before it begins."""

LOOKED_AT = 60
"""Frames that are asked what they carry beside their pixels."""


@dataclass(frozen=True)
class Picture:
    """A decoded frame; `damaged` says that the decoder had to guess a part of it."""

    frame: VideoFrame
    time: float
    damaged: bool


@dataclass(frozen=True)
class Trouble:
    """A sentence about something that could not be read; `frame` says that it was a frame."""

    sentence: str
    frame: bool = True


AnyPacket: TypeAlias = "Packet[Stream]"

Event: TypeAlias = "AnyPacket | Picture | Trouble"


class Reader:
    """An opened video, read once from beginning to end; without a path standard input.

    `first` is its first frame, `matrix` its display matrix (None: shown as stored), `orientation`
    the same as an EXIF tag; `covers` are pictures of its cover by stream, `beside` names what its
    first frames carry, `notices` are sentences about its times; `complete` turns False where the
    file breaks off. With `from_zero` a file that begins late begins at 0, with
    `tone_map` HDR frames come as SDR. Raises VideoError for what is no video.
    """

    def __init__(
        self, path: Path | None, threads: int, *, from_zero: bool = True, tone_map: bool = False
    ) -> None:
        self.path = path
        self.complete = True
        self.notices: list[str] = []
        self.covers: dict[int, bytes] = {}
        self.beside: set[str] = set()
        self._looked_at = 0
        self.matrix: tuple[int, ...] | None = None
        self._tone_map: ToneMap | None = None
        self._mapped = tone_map
        with ExitStack() as undo:
            self.container = undo.enter_context(_opened(path))
            self.stream = _video_stream(self.container)
            context = self.stream.codec_context
            # Before the decoder says what the stream says: HEVC's is often nothing.
            self._told = _tags(context)
            context.thread_type = "AUTO"
            context.thread_count = threads
            context.flags |= Flags.output_corrupt
            self._last: int | None = None
            self._clock = self._started(from_zero)
            self._decoding = DecodingTimes()
            self._shown = DisplayTimes() if self.container.format.name == "avi" else None
            self._events = self._read()
            self._begun, self.first = self._until_first()
            self._undo = undo.pop_all()
        if self._timeless and not context.framerate:
            self.notices.append(
                f"the file tells no frame rate: taken as {float(self.rate):g} a second"
            )
        self.orientation = _orientation(self.matrix)

    def _started(self, from_zero: bool) -> Clock:
        start = Fraction(self.container.start_time or 0, av.time_base)
        late = from_zero and start > LATE
        if late:
            told = (
                f"the file's clock begins at {float(start):.2f} s; that of the result begins at 0"
            )
            self.notices.append(told)
        return Clock(start if late else Fraction(0), self.container.format.name in JOINED)

    @property
    def _timeless(self) -> bool:
        """Whether the file is a bare stream, whose packets tell no time."""
        return self.stream.start_time is None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._undo.close()

    @property
    def rate(self) -> Fraction:
        """Frames a second, on average; of a bare stream what the stream itself says."""
        if self._timeless:
            return self.stream.codec_context.framerate or self.stream.guessed_rate or Fraction(25)
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
        raise VideoError(f"{self.path or 'standard input'} holds no frame that can be decoded")

    def _read(self) -> Iterator[Event]:
        packets = self.container.demux()
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                yield from self._ended()
                return
            except FFmpegError as error:
                self.complete = False
                yield Trouble(f"the file cannot be read to its end: {error.strerror}", frame=False)
                yield from self._decoded(None)
                yield from self._decoding.rest()
                return
            seams = self._clock.seams
            self._clock.place(packet)
            if self._clock.seams > seams:
                yield Trouble(f"another recording is joined on {self._near(packet)}", frame=False)
            if packet.stream.index == self.stream.index:
                yield from self._decoded(packet)
            elif is_cover(packet.stream):
                if packet.size:
                    self.covers[packet.stream.index] = bytes(packet)
            elif packet.size:
                yield from self._decoding.of(packet)

    def _ended(self) -> Iterator[Event]:
        yield from self._decoding.rest()
        lost = 0 if self.path is None else truncation.missing(self.path)
        if lost:
            self.complete = False
            sentence = f"the file is cut off: {lost} bytes of it are missing at its end"
            yield Trouble(sentence, frame=False)

    def _decoded(self, packet: AnyPacket | None) -> Iterator[Event]:
        dts = None if packet is None or not packet.size else packet.dts
        if self._shown is not None:
            self._shown.packet(dts)
        try:
            frames = self.stream.decode(packet)
        except FFmpegError:
            if self._shown is not None:
                self._shown.broken(dts)
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
        if self._shown is not None:
            pts = self._shown.frame()
        if pts is None:
            pts = 0 if self._last is None else self._last + rounded_up(self.rate, base)
        seconds = float(pts * base)
        if self._last is not None and pts <= self._last:
            return Trouble(f"a frame at {seconds:.2f} s comes after a later one and is left out")
        first = getattr(self, "first", frame)
        if (frame.width, frame.height) != (first.width, first.height):
            size = f"{frame.width} x {frame.height}"
            return Trouble(f"a frame at {seconds:.2f} s has another size, {size}, and is left out")
        if self._last is None:
            self.matrix = _display_matrix(frame)
        self._last = frame.pts = pts
        if self._looked_at < LOOKED_AT:
            self._looked_at += 1
            self.beside |= beside(frame)
        frame.time_base = base
        _tag(frame, self._told)
        return Picture(self._as_sdr(frame), seconds, frame.is_corrupt)

    def _as_sdr(self, frame: VideoFrame) -> VideoFrame:
        """An HDR frame as SDR, where that is asked for."""
        if not self._mapped or frame.color_trc not in HDR:
            return frame
        if self._tone_map is None:
            from nightlift.video.tone_map import ToneMap

            self._tone_map = ToneMap.of(frame)
            self.notices.append(f"{HDR[frame.color_trc]} was made SDR (ITU-R BT.2390)")
        return self._tone_map.frame(frame)


Tags: TypeAlias = tuple[int, int, int, int]


def _tags(context: VideoCodecContext) -> Tags:
    """Matrix, range, transfer and primaries as the container tells them."""
    return context.colorspace, context.color_range, context.color_trc, context.color_primaries


def _tag(frame: VideoFrame, told: Tags) -> None:
    """Give a frame the container's tags where the stream tells none."""
    matrix, span, transfer, primaries = told
    if frame.colorspace == UNSPECIFIED:
        frame.colorspace = matrix
    if frame.color_range == 0:
        frame.color_range = span
    if frame.color_trc == UNSPECIFIED:
        frame.color_trc = transfer
    if frame.color_primaries == UNSPECIFIED:
        frame.color_primaries = primaries


def beside(frame: VideoFrame) -> set[str]:
    """Names of what a frame carries beside its pixels."""
    # PyAV's type stub says that a mapping's keys are gone through; it is its values.
    return {one.type.name for one in cast("Iterable[SideData]", frame.side_data)}


def is_cover(stream: Stream) -> bool:
    """Whether a stream is a picture to be shown in lists, not a video."""
    return bool(stream.disposition & stream.disposition.attached_pic)


def _opened(path: Path | None) -> InputContainer:
    try:
        container = (
            av.open("pipe:0", options=LITTLE_DELAY, metadata_errors="replace")
            if path is None
            else av.open(f"file:{path}", metadata_errors="replace")
        )
    except FileNotFoundError:
        raise VideoError("there is no such file") from None
    except IsADirectoryError:
        raise VideoError("this is a folder; expected a video file") from None
    except (FFmpegError, OSError) as error:
        raise VideoError(f"expected a video that FFmpeg can read: {error.strerror}") from error
    if container.format.name == "image2" or container.format.name.endswith("_pipe"):
        container.close()
        raise VideoError(
            f"this is a picture, not a video; `nightlift enhance {path or '-'}` brightens it"
        )
    return container


def _video_stream(container: InputContainer) -> VideoStream:
    moving = [s for s in container.streams.video if not is_cover(s)]
    if not moving:
        held = ", ".join(sorted({stream.type for stream in container.streams})) or "nothing"
        raise VideoError(f"expected a video stream, the file holds {held}")
    best = container.streams.best("video")
    stream = best if isinstance(best, VideoStream) and best in moving else moving[0]
    if stream.codec_context is None:
        raise VideoError("its video is of a kind that FFmpeg cannot decode")
    return stream


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
