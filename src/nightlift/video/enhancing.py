"""A video in, a brighter one out: read, estimate, smooth, apply, write."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeAlias

from nightlift.adjust import check_strength, cores
from nightlift.edit import Edit, Enhancer, MeasuredNoise, told_of_clip
from nightlift.errors import UsageError
from nightlift.photo import Originals, Photo, growing, keeping
from nightlift.video.encoding import Encoding
from nightlift.video.library import need_pyav
from nightlift.video.pipeline import ahead, mapped
from nightlift.video.smoothing import Smoother, Trailing

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

    from nightlift.video.pipe import OutputPipe
    from nightlift.video.pixels import Converter
    from nightlift.video.reading import AnyPacket, Picture, Reader, Trouble
    from nightlift.video.writing import Writer

INTERVAL = 1 / 6 - 1e-3
"""Seconds between two estimates; a little less than a sixth, for stamps that are rounded."""

HELD = 64
"""Frames that wait for what comes after them, at most; beyond, smoothing reaches less far."""

READ_AHEAD = 4


class Progress(Protocol):
    """Whoever is told how it goes."""

    def begin(self, frames: int | None) -> None:
        """About so many frames are to come; None: nobody knows."""

    def frame(self) -> None:
        """One frame more is written."""

    def tell(self, sentence: str) -> None:
        """Something went wrong, or could not be kept."""


class NoProgress:
    """Where nobody is told."""

    def begin(self, frames: int | None) -> None:
        """Nothing."""

    def frame(self) -> None:
        """Nothing."""

    def tell(self, sentence: str) -> None:
        """Nothing."""


@dataclass
class EnhancedVideo:
    """What was made: counts of frames, of `broken` ones, of scene cuts and of estimates.

    `width` and `height` are the source's, as stored; `encoder` is FFmpeg's name; `problems` are the
    sentences that were told meanwhile; `complete` is False where the source breaks off; `gates` has
    the exposure gate's factor of each estimate, where it was asked.
    """

    width: int
    height: int
    encoder: str
    frames: int = 0
    broken: int = 0
    cuts: int = 0
    estimates: int = 0
    complete: bool = True
    problems: list[str] = field(default_factory=list)
    gates: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class SeenFrame:
    """A decoded frame, its edit where one was estimated, and whether a shot begins with it."""

    picture: Picture
    edit: Edit | None
    cut: bool


Analyzed: TypeAlias = "AnyPacket | Trouble | SeenFrame"


def enhance_video(
    source: str | Path,
    destination: str | Path,
    enhancer: Enhancer,
    strength: float = 1.0,
    *,
    smooth: float = 1.0,
    every: int | None = None,
    encoding: Encoding | None = None,
    tone_map: bool = False,
    overwrite: bool = False,
    threads: int | None = None,
    progress: Progress | None = None,
) -> EnhancedVideo:
    """Write a brighter copy of a video; it appears whole or not at all.

    Time stamps, rotation, color tags and depth are the source's; sound, subtitles and data are
    copied. At most 64 frames wait, besides about `threads` + 6 in hand.

    Args:
        source: A video's file.
        destination: The result's, whose ending tells the container.
        enhancer: Any that does not paint whole photos.
        strength: 0 to 1.5; 0 leaves the decoded frames as they are.
        smooth: Seconds around each moment over which edits are averaged.
        every: Frames between two estimates, besides the first one after a cut; None: about six a
            second.
        encoding: How frames are encoded; None: as usual for the container.
        tone_map: Whether HDR (PQ, HLG) is made SDR, rather than refused.
        overwrite: Whether a file there is replaced.
        threads: Processor threads; None: all.
        progress: Told of what happens.

    Returns:
        What was done.

    Raises:
        UsageError: The arguments do not fit the video or each other.
        VideoError: The video cannot be read or enhanced.
        WriteError: The result cannot be written.
        MissingExtraError: The extra `video` is not installed.
    """
    check(enhancer, strength, smooth, every)
    from nightlift.video.reading import Reader
    from nightlift.video.writing import container_of

    source, destination = Path(source), Path(destination)
    originals = Originals([source])
    originals.check([destination])
    container = container_of(destination)
    count = threads or cores()
    work = Work(enhancer, strength, smooth, every, count, progress or NoProgress())
    with (
        keeping(originals),
        Reader(source, count, from_zero=container != "mpegts", tone_map=tone_map) as reader,
        growing(destination, overwrite) as place,
    ):
        return work.run(reader, place, container, encoding or Encoding())


def check(enhancer: Enhancer, strength: float, smooth: float, every: int | None) -> None:
    """Raise UsageError for what no video can be enhanced by, MissingExtraError without PyAV."""
    need_pyav()
    check_strength(strength)
    if not 0 <= smooth <= 60 or (every is not None and every < 1):
        raise UsageError(
            f"expected 0 to 60 seconds of smoothing and estimates every 1 frame or more, "
            f"got {smooth} and {every}"
        )
    if enhancer.edit is not None and enhancer.edit.painting is not None:
        raise UsageError(
            f"this edit is painted by {enhancer.edit.method} on one photo, which no video is: name "
            "the method instead, or estimate the edit with paint=False"
        )


@dataclass(frozen=True)
class Work:
    """What was asked for.

    Of a stream that somebody waits for, and which is smoothed without looking ahead, `end` ends it.
    """

    enhancer: Enhancer
    strength: float
    smooth: float
    every: int | None
    threads: int
    progress: Progress
    end: Callable[[], object] | None = None

    def run(self, reader: Reader, place: Path, container: str, encoding: Encoding) -> EnhancedVideo:
        """Everything, once the files are open, and what the result lacks."""
        from nightlift.video.losses import left_out

        made = self.written(reader, str(place), container, encoding)
        self._tell(made, left_out(reader, place))
        return made

    def written(
        self, reader: Reader, place: str | OutputPipe, container: str, encoding: Encoding
    ) -> EnhancedVideo:
        """Everything, once the source is open; `place` is a path or standard output."""
        from nightlift.video.colors import Colors
        from nightlift.video.pixels import Converter
        from nightlift.video.writing import writer

        colors = Colors.of(reader.first)
        with writer(place, container, reader, colors, encoding, self.threads) as out:
            converter = Converter(colors, out.format)
            first = reader.first
            made = EnhancedVideo(first.width, first.height, out.encoder)
            self._tell(made, out.notices)
            self.progress.begin(reader.expected)
            analysis = _Analysis(self, converter, reader.orientation)
            with ahead(analysis.over(reader), READ_AHEAD, self.end) as seen:
                ready = self._ready(seen, out, made)
                lifted = partial(self._lifted, converter, reader.orientation)
                with closing(mapped(lifted, ready, self.threads)) as frames:
                    for frame, made_here in frames:
                        out.write(frame)
                        if made_here:
                            converter.done_with(frame)
                        made.frames += 1
                        self.progress.frame()
            out.finish()
        made.complete = reader.complete
        self._tell(made, told_of_clip(made.gates))
        return made

    def _ready(
        self, seen: Iterator[Analyzed], out: Writer, made: EnhancedVideo
    ) -> Iterator[tuple[Picture, Edit]]:
        """Frames with their smoothed edits; packets of other streams go straight through."""
        from nightlift.video.reading import Trouble

        smoother: Smoother[Picture] | Trailing[Picture] = (
            Trailing(self.smooth) if self.end is not None else Smoother(self.smooth / 2, HELD)
        )
        for event in seen:
            if isinstance(event, SeenFrame):
                made.cuts += event.cut
                made.estimates += event.edit is not None
                made.gates += self._gate(event.edit)
                picture = event.picture
                if picture.damaged:
                    made.broken += 1
                    self._tell(made, [f"the frame at {picture.time:.2f} s is damaged"])
                yield from smoother.add(picture.time, picture, event.edit, event.cut)
            elif isinstance(event, Trouble):
                made.broken += event.frame
                self._tell(made, [event.sentence])
            else:
                out.copy(event)
        yield from smoother.finish()
        if smoother.hurried:
            self._tell(made, [f"smoothed over less: {HELD} frames are held, not {self.smooth:g} s"])

    def _gate(self, edit: Edit | None) -> list[float]:
        """The gate's factor, where an edit was estimated and the gate was asked for it."""
        if edit is None or edit.gate is None or not self.enhancer.auto:
            return []
        return [edit.gate]

    def _lifted(
        self, converter: Converter, orientation: int, ready: tuple[Picture, Edit]
    ) -> tuple[VideoFrame, bool]:
        """The frame to write, and whether it was made here."""
        picture, edit = ready
        frame = picture.frame
        adjustment, strength = edit.pipeline()
        if adjustment is None:
            return converter.stamped(converter.planar(frame), frame), False
        if edit.denoising.on:
            photo = Photo(converter.pixels(frame), orientation=orientation)
            return converter.frame(edit.apply(photo, threads=1, in_place=True).pixels, frame), True
        return converter.adjusted(frame, adjustment.oriented(orientation), strength), True

    def _tell(self, made: EnhancedVideo, sentences: Iterable[str]) -> None:
        for sentence in sentences:
            made.problems.append(sentence)
            self.progress.tell(sentence)


class _Analysis:
    """Looks at each frame for cuts, and on a schedule for what is to be done."""

    def __init__(self, work: Work, converter: Converter, orientation: int) -> None:
        self._work = work
        self._converter = converter
        self._orientation = orientation
        self._frames = 0
        self._time = -math.inf
        self._noise: MeasuredNoise | None = None

    def over(self, reader: Reader) -> Iterator[Analyzed]:
        """The reader's events, its pictures looked at; damaged ones only where nothing else is."""
        from nightlift.video.cuts import frame_thumbnail, is_cut
        from nightlift.video.reading import Picture

        before = None
        for event in reader.events():
            if not isinstance(event, Picture):
                yield event
                continue
            if event.damaged and before is not None:
                yield SeenFrame(event, None, False)
                continue
            small = frame_thumbnail(event.frame)
            cut = before is not None and is_cut(before, small)
            before_first, before = before is None, small
            self._frames += 1
            if cut or before_first:
                self._noise = self._measured(event)
            wanted = cut or self._due(event.time)
            yield SeenFrame(event, self._estimate(event) if wanted else None, cut)

    def _due(self, time: float) -> bool:
        if self._work.every is not None:
            return self._frames >= self._work.every or self._time == -math.inf
        return time - self._time >= INTERVAL

    def _estimate(self, picture: Picture) -> Edit:
        from nightlift.photo import copy_size

        self._frames, self._time = 0, picture.time
        frame, enhancer = picture.frame, self._work.enhancer
        copy = copy_size(frame.height, frame.width, enhancer.small_copy().size)
        photo = Photo(self._converter.glance(frame, copy), orientation=self._orientation)
        return enhancer.estimate(photo, self._work.strength, paint=False, noise=self._noise)

    def _measured(self, picture: Picture) -> MeasuredNoise | None:
        """The noise of a scene, measured at full size on its first frame."""
        if not self._work.enhancer.measures_noise:
            return None
        measured = MeasuredNoise.of(Photo(self._converter.pixels(picture.frame)))
        return measured._replace(photo=None)
