"""Reading a video: its packets and decoded frames in order, and what could not be decoded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
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
from av.sidedata.sidedata import SideData
from av.stream import Stream
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from nightlift.errors import VideoError
from nightlift.video import truncation
from nightlift.video.clock import JOINED, LATE, Clock, DecodingTimes, DisplayTimes, rounded_up
from nightlift.video.colors import HDR, UNSPECIFIED
from nightlift.video.pipe import ROOM, InputPipe
from nightlift.video.upright import Upright, display_matrix, orientation_of

if TYPE_CHECKING:
    from nightlift.video.tone_map import ToneMap

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
    """An opened video, read once from beginning to end.

    `first` is its first frame, `matrix` its display matrix (None: shown as stored), `orientation`
    the same as an EXIF tag; `covers` are pictures of its cover by stream, `beside` names what its
    first frames carry, `notices` are sentences about its times; `complete` turns False where the
    file breaks off. With `from_zero` a file that begins late begins at 0, with `upright` frames
    come as they are to be shown, with `tone_map` HDR frames come as SDR. Raises VideoError for what
    is no video.
    """

    def __init__(
        self,
        source: Path | InputPipe,
        threads: int,
        *,
        from_zero: bool = True,
        upright: bool = False,
        tone_map: bool = False,
    ) -> None:
        self.path = None if isinstance(source, InputPipe) else source
        self.complete = True
        self.notices: list[str] = []
        self.covers: dict[int, bytes] = {}
        self.beside: set[str] = set()
        self._looked_at = 0
        self.matrix: tuple[int, ...] | None = None
        self._tone_map: ToneMap | None = None
        self._mapped = tone_map
        self._upright = upright
        self._turn: Upright | None = None
        self._size: tuple[int, int] | None = None
        with ExitStack() as undo:
            self.container = undo.enter_context(_opened(source))
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
        self.orientation = orientation_of(self.matrix)

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
    def pixel_aspect(self) -> Fraction | None:
        """Width of a pixel over its height, of frames as they come."""
        ratio = self.stream.sample_aspect_ratio
        turned = self._turn is not None and self._turn.transposes
        return 1 / ratio if ratio and turned else ratio

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
        self._last = frame.pts = pts
        frame.time_base = base
        size = frame.width, frame.height
        self._size = self._size or self._begin(frame)
        if size != self._size:
            told = f"another size, {frame.width} x {frame.height}"
            return Trouble(f"a frame at {seconds:.2f} s has {told}, and is left out")
        if self._looked_at < LOOKED_AT:
            self._looked_at += 1
            self.beside |= beside(frame)
        damaged = frame.is_corrupt
        _tag(frame, self._told)
        turned = frame if self._turn is None else self._turn(frame)
        return Picture(self._as_sdr(turned), seconds, damaged)

    def _begin(self, first: VideoFrame) -> tuple[int, int]:
        """Find out how frames are to be shown; their size as they are stored."""
        self.matrix = display_matrix(first)
        orientation = orientation_of(self.matrix)
        if self._upright and self.matrix is not None:
            if orientation != 1:
                self._turn, self.matrix = Upright(first, orientation), None
            else:
                told = "it is shown at an angle that is no quarter turn: frames come as stored"
                self.notices.append(told)
        return first.width, first.height

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


def _opened(source: Path | InputPipe) -> InputContainer:
    try:
        container = (
            av.open(source, "r", options=LITTLE_DELAY, metadata_errors="replace", buffer_size=ROOM)
            if isinstance(source, InputPipe)
            else av.open(f"file:{source}", metadata_errors="replace")
        )
    except FileNotFoundError:
        raise VideoError("there is no such file") from None
    except IsADirectoryError:
        raise VideoError("this is a folder; expected a video file") from None
    except (FFmpegError, OSError) as error:
        raise VideoError(f"expected a video that FFmpeg can read: {error.strerror}") from error
    if container.format.name == "image2" or container.format.name.endswith("_pipe"):
        container.close()
        name = "-" if isinstance(source, InputPipe) else source
        raise VideoError(f"this is a picture, not a video; `nightlift enhance {name}` brightens it")
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
