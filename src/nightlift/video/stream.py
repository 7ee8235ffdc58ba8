"""A video from standard input to standard output, while it comes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Literal, TypeAlias

from nightlift.adjust import cores
from nightlift.edit import Enhancer
from nightlift.errors import UsageError, VideoError
from nightlift.video.encoding import Encoding
from nightlift.video.enhancing import EnhancedVideo, NoProgress, Progress, Work, check
from nightlift.video.pipe import InputPipe, OutputPipe
from nightlift.video.pipeline import awaited

if TYPE_CHECKING:
    from nightlift.video.reading import Reader

StreamFormat: TypeAlias = Literal["y4m", "mpegts"]
"""Raw frames with a header, or MPEG transport stream."""


def enhance_stream(
    enhancer: Enhancer,
    strength: float = 1.0,
    *,
    smooth: float = 1.0,
    every: int | None = None,
    to: StreamFormat | None = None,
    encoding: Encoding | None = None,
    tone_map: bool = False,
    threads: int | None = None,
    progress: Progress | None = None,
) -> EnhancedVideo:
    """Brighten the video on standard input, which goes on to standard output.

    Edits follow what is seen and never look ahead: at most `threads` + 2 frames are in hand, and as
    many in the decoder of a compressed stream.

    Args:
        enhancer: What estimates an edit, six times a second and after each cut.
        strength: 0 to 1.5.
        smooth: Seconds after which a change of light has been followed by 95 %.
        every: Frames between two estimates, instead.
        to: What is written; None: y4m where y4m comes, else MPEG-TS.
        encoding: How MPEG-TS is encoded; None: H.264, very fast, without delay.
        tone_map: Whether HDR becomes SDR.
        threads: Processor threads; None: all.
        progress: Who is told how it goes.

    Returns:
        What was made.

    Raises:
        VideoError: Standard input is no video, or cannot be written so.
        UsageError: A number is out of its range, or raw frames are to be encoded.
        BrokenPipeError: Nobody reads the result any more.
    """
    check(enhancer, strength, smooth, every)
    from nightlift.video.reading import Reader

    asked = encoding or Encoding()
    if to == "y4m":
        _check_raw(asked)
    count = threads or cores()
    with InputPipe() as pipe:
        work = Work(enhancer, strength, smooth, every, count, progress or NoProgress(), pipe.stop)
        opened = partial(Reader, pipe, count, from_zero=False, upright=True, tone_map=tone_map)
        with awaited(opened, pipe.stop) as reader:
            return _written(work, reader, to, asked)


def _written(work: Work, reader: Reader, to: StreamFormat | None, asked: Encoding) -> EnhancedVideo:
    """Everything, once standard input is open."""
    from nightlift.video.writing import RAW

    container, live = "mpegts", Encoding(asked.codec, asked.crf, asked.preset, live=True)
    if to == "y4m" or (to is None and reader.container.format.name == RAW):
        _check_raw(asked)
        container, live = RAW, Encoding("rawvideo", live=True)
    pipe = OutputPipe()
    try:
        return work.written(reader, pipe, container, live)
    except (OSError, VideoError):
        if pipe.interrupted:
            raise KeyboardInterrupt from None
        raise


def _check_raw(asked: Encoding) -> None:
    """Raise UsageError for a way to encode what is not encoded."""
    if asked != Encoding():
        raise UsageError(
            "y4m holds raw frames, for which an encoder, its quality and its preset mean nothing: "
            "leave them out, or ask for MPEG-TS (to='mpegts')"
        )
