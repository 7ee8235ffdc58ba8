"""Writing a video: new frames, and everything else of the source as it is."""

from __future__ import annotations

import errno
import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
from av.codec import Codec
from av.codec.codec import UnknownCodecError
from av.container import OutputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Stream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from nightlift.errors import NO_ROOM, UsageError, VideoError
from nightlift.video.colors import Colors
from nightlift.video.encoding import Encoding, unknown
from nightlift.video.odd_sizes import encoded_size, widened
from nightlift.video.pipe import OutputPipe
from nightlift.video.pixels import WORKING, depth, working_format
from nightlift.video.reading import AnyPacket, Reader, is_cover

HEARD = ("audio", "subtitle")
"""Streams that nobody would want to lose without a word."""

NO_VIDEO = ("gif", "webp", "apng", "image2", "avif", "mp3", "flac", "hls", "dash")
"""What FFmpeg can mux a video stream into though it is no file of a video: pictures, sound with a
cover, lists of files."""


RAW = "yuv4mpegpipe"
"""FFmpeg's name of raw frames with a header (y4m), which hold nothing else."""

LITTLE_DELAY = {"flush_packets": "1"}
"""How a stream is written that somebody waits for."""

AT_ONCE = 1 << 20
"""Bytes that are written to a pipe at a time: each time is a call of Python's."""

NOTHING_RANDOM = {"fflags": "+bitexact"}
"""How a container is written the same each time: Matroska and others draw numbers for a file."""

BOXES = ("mp4", "mov", "ipod", "3gp", "3g2", "ismv", "f4v")
"""Containers of the MP4 family."""

STALE = ("alpha_mode", "encoder", "duration", "bps", "number_of", "_statistics", "source_id")
"""How tags of a stream begin that tell of its old pictures, not of the new ones."""


@dataclass
class Writer:
    """A video being written; `notices` are sentences about what it cannot carry.

    With `numbered` frames have a number and no time.
    """

    container: OutputContainer
    video: VideoStream
    encoder: str
    format: str
    copies: dict[int, Stream] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)
    numbered: bool = False
    _written: int = 0

    def write(self, frame: VideoFrame) -> None:
        """Encode a frame, widened where the encoder needs it."""
        context = self.video.codec_context
        if self.numbered:
            frame.pts, frame.time_base = self._written, context.time_base
            self._written += 1
        if (frame.width, frame.height) != (context.width, context.height):
            frame = widened(frame, context.width, context.height)
        with explained(self.encoder):
            self.container.mux(self.video.encode(frame))

    def show_covers(self, covers: Mapping[int, bytes]) -> None:
        """Write the pictures of the cover, those that have a stream."""
        for index, picture in covers.items():
            if index in self.copies:
                packet = Packet(picture)
                packet.pts = packet.dts = 0
                packet.time_base = Fraction(1, 1000)
                packet.stream = self.copies[index]
                with explained(self.encoder):
                    self.container.mux(packet)

    def copy(self, packet: AnyPacket) -> None:
        """Pass a packet of another stream on as it is."""
        stream = self.copies.get(packet.stream.index)
        if stream is not None:
            packet.stream = stream
            with explained(self.encoder):
                self.container.mux(packet)

    def finish(self) -> None:
        """Encode what the encoder still holds, and end the file."""
        with explained(self.encoder):
            self.container.mux(self.video.encode(None))
            self.container.close()


def container_of(path: Path) -> str:
    """FFmpeg's name of the container that a file name promises; UsageError where none does."""
    try:
        with av.open(f"x{path.suffix}", "w") as guessed:
            if guessed.format.name not in NO_VIDEO and guessed.default_video_codec != "none":
                return guessed.format.name
    except (ValueError, FFmpegError):
        pass
    raise UsageError(
        f"no video container goes by the name of {path.name}; expected .mp4, .mov, .mkv, .webm or "
        "another one that FFmpeg knows"
    )


@contextmanager
def writer(
    place: str | OutputPipe,
    container: str,
    source: Reader,
    colors: Colors,
    encoding: Encoding,
    threads: int,
) -> Iterator[Writer]:
    """A file with the source's streams, metadata and chapters; the video encoded anew.

    `place` is its path, or standard output.

    Raises UsageError for an encoder that is not there, and VideoError where the container cannot
    hold the sound or the subtitles, or the encoder refuses.
    """
    encoder = encoding.encoder(container, depth(source.first) > 8)
    options = encoding.options(encoder)
    format = working_format(source.first, _formats(encoder))
    settings = _options(container, source) | (LITTLE_DELAY if encoding.live else {})
    # A full disk is met again when the file is closed.
    with (
        explained(encoder),
        av.open(place, "w", format=container, options=settings, buffer_size=AT_ONCE) as out,
    ):
        try:
            with explained(encoder):
                video = out.add_stream(encoder, rate=source.rate, options=options)
        except ValueError:
            raise UsageError(
                f"a {container} file cannot hold what {encoder} encodes; name the output .mkv, or "
                "leave --codec out"
            ) from None
        assert isinstance(video, VideoStream)
        notices = [*source.notices, *_losses(source)]
        made = Writer(out, video, encoder, format, notices=notices, numbered=container == RAW)
        _shape(video, source, colors, format, container, threads)
        if encoding.live:
            video.codec_context.thread_type = "SLICE"  # whole frames would wait for each other
        _name_tag(video, encoder, container)
        _tell_size(made, source)
        _copy_others(made, container, source)
        out.metadata.update(source.container.metadata)
        chapters = source.container.chapters()
        if chapters:
            out.set_chapters(chapters)
        with explained(encoder):
            out.start_encoding()
        made.show_covers(source.covers)
        yield made


def _name_tag(video: VideoStream, encoder: str, container: str) -> None:
    """Call H.265 by the name that Apple's players know."""
    if encoder == "libx265" and container in ("mp4", "mov"):
        video.codec_context.codec_tag = "hvc1"


def _tell_size(made: Writer, source: Reader) -> None:
    context, first = made.video.codec_context, source.first
    if (context.width, context.height) != (first.width, first.height):
        made.notices.append(
            f"{made.encoder} takes an even number of pixels: the last column or row is repeated, "
            f"{first.width} x {first.height} becomes {context.width} x {context.height} "
            "(--codec ffv1 in .mkv keeps the size)"
        )


def _losses(source: Reader) -> list[str]:
    losses = []
    if source.first.interlaced_frame:
        losses.append("the video is interlaced; it is written as progressive frames")
    apart = source.stream.metadata.get("alpha_mode", source.stream.metadata.get("ALPHA_MODE"))
    if apart == "1" or any(component.is_alpha for component in source.first.format.components):
        losses.append("the video's transparency is left out")
    return losses


def _formats(encoder: str) -> list[str]:
    try:
        codec = Codec(encoder, "w")
    except UnknownCodecError:
        raise unknown(encoder, sorted(av.codecs_available)) from None
    if codec.type != "video":
        raise UsageError(f"{encoder} encodes {codec.type}; expected a video encoder")
    if codec.video_formats is None:  # any, such as raw frames
        return list(WORKING)
    return [format.name for format in codec.video_formats]


def _options(container: str, source: Reader) -> dict[str, str]:
    base, options = source.stream.time_base, dict(NOTHING_RANDOM)
    if container == RAW:
        options["strict"] = "-1"  # more than 8 bits are an extension of the format
    if container in ("mp4", "mov", "ipod") and base is not None and base.numerator == 1:
        options["video_track_timescale"] = str(base.denominator)
    if container in BOXES and any(key.startswith("com.") for key in source.container.metadata):
        options["movflags"] = "use_metadata_tags"  # as phones name them: date with zone, place
    return options


def _shape(
    video: VideoStream,
    source: Reader,
    colors: Colors,
    format: str,
    container: str,
    threads: int,
) -> None:
    """Tell the encoder what the frames are; the time base is the source's."""
    context = video.codec_context
    first = source.first
    context.width, context.height = encoded_size(first.width, first.height, format, context.name)
    context.pix_fmt = format
    if container == "avi":
        context.max_b_frames = 0  # it cannot tell when a frame is shown
    own = None if container == RAW else first.time_base
    context.time_base = own or 1 / source.rate
    context.thread_count = threads
    context.thread_type = "FRAME"
    if source.pixel_aspect:
        context.sample_aspect_ratio = source.pixel_aspect
    matrix, span, transfer, primaries = colors.tags
    context.colorspace, context.color_range = matrix, span
    context.color_trc, context.color_primaries = transfer, primaries
    video.metadata.update(_lasting(source.stream.metadata))
    video.disposition = source.stream.disposition
    if source.matrix is not None:
        video.set_display_matrix(source.matrix)


def _lasting(tags: Mapping[str, str]) -> dict[str, str]:
    """The tags of a stream that still hold when its pictures are new."""
    return {key: text for key, text in tags.items() if not key.lower().startswith(STALE)}


def _copy_others(made: Writer, container: str, source: Reader) -> None:
    for stream in source.container.streams:
        if stream.index == source.stream.index or _is_written_anew(stream, container):
            continue
        cover = source.covers.get(stream.index) if is_cover(stream) else None
        if cover is not None and container == "matroska":
            name = stream.metadata.get("filename", f"cover.{stream.codec_context.name}")
            kind = stream.metadata.get("mimetype", f"image/{stream.codec_context.name}")
            made.container.add_attachment(name, kind.replace("mjpeg", "jpeg"), cover)
        elif _holds(stream, container):
            copy = made.container.add_stream_from_template(stream, opaque=True)
            copy.metadata.update(stream.metadata)
            copy.disposition = stream.disposition
            made.copies[stream.index] = copy
        elif not is_cover(stream):  # of covers the result is asked: see `kept`
            made.notices.append(_left_out(stream, container, source))


def _is_written_anew(stream: Stream, container: str) -> bool:
    """Whether a stream holds a time code, which the containers make of the video's own tag."""
    return container in BOXES and "timecode" in stream.metadata and stream.type == "data"


def _holds(stream: Stream, container: str) -> bool:
    return (container == "mp4" or not is_cover(stream)) and _fits(stream, container)


def _left_out(stream: Stream, container: str, source: Reader) -> str:
    """The sentence for a stream that is left out; VideoError where it is sound or words."""
    context = stream.codec_context
    what = f"{stream.type} stream {stream.index} ({context.name if context else 'no codec'})"
    if stream.type in HEARD and container != RAW:
        raise VideoError(
            f"the container {container} cannot hold {what}: "
            f"name the output {(source.path and source.path.suffix) or '.mkv'}, as the source"
        )
    return f"{what} is left out: the container {container} cannot hold it"


def _fits(stream: Stream, container: str) -> bool:
    """Whether the container can hold a copy of the stream: a header is tried in memory."""
    try:
        with av.open(io.BytesIO(), "w", format=container) as trial:
            trial.add_stream_from_template(stream, opaque=True)
            trial.start_encoding()
    except (FFmpegError, ValueError, OSError):
        return False
    return True


@contextmanager
def explained(encoder: str) -> Iterator[None]:
    """What FFmpeg says inside the block becomes a VideoError."""
    try:
        yield
    except FFmpegError as error:
        if error.errno in NO_ROOM:
            raise VideoError(NO_ROOM[error.errno]) from error
        if error.errno == errno.EIO:
            raise VideoError(f"the file cannot be written: {error.strerror}") from error
        if error.errno == errno.EPIPE:
            raise BrokenPipeError from error
        raise VideoError(
            f"the encoder {encoder} or its container refuses this video: {error.strerror}"
        ) from error
