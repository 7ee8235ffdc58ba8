"""Small clips made on the spot, and what is in a file."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.frame import VideoFrame

from nightlift.adjust.tone_table import ToneTable
from nightlift.edit.edit import Edit
from nightlift.edit.enhancer import Enhancer
from nightlift.photo.photo import Photo
from nightlift.video.encoding import Encoding

WIDTH, HEIGHT = 64, 48
QUICK = Encoding("libx264", 5, "ultrafast")
LOSSLESS = Encoding("ffv1")
EVEN = range(0, 400, 20)


def scene(seed: int, level: float = 40.0) -> np.ndarray:
    """A smooth colored pattern around a level, (48, 64, 3) float."""
    draw = np.random.default_rng(seed)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    waves = []
    for _ in range(3):
        a, b, c = draw.uniform(0.08, 0.3, 3)
        waves.append(np.sin(a * x + 6 * c) * np.cos(b * y + 9 * a))
    return level * (1 + 0.6 * np.stack(waves, -1))


def flat(level: float) -> Callable[[int], np.ndarray]:
    return lambda number: np.full((HEIGHT, WIDTH, 3), level)


@dataclass
class Clip:
    """How a clip is made; `stamps` in units of `base`."""

    stamps: Sequence[int]
    picture: Callable[[int], np.ndarray] = lambda number: scene(0)
    base: Fraction = Fraction(1, 600)
    codec: str = "libx264"
    format: str = "yuv420p"
    options: dict[str, str] = field(default_factory=lambda: {"crf": "8", "preset": "ultrafast"})
    tags: tuple[int, int, int, int] = (1, 1, 1, 1)
    rotation: float | None = None
    sound: bool = False
    subtitles: bool = False
    metadata: dict[str, str] = field(default_factory=dict)

    def write(self, path: Path) -> Path:
        with av.open(str(path), "w") as out:
            video = out.add_stream(self.codec, rate=30, options=self.options)
            context = video.codec_context
            context.width, context.height, context.pix_fmt = WIDTH, HEIGHT, self.format
            context.time_base = self.base
            context.colorspace, context.color_range = self.tags[:2]
            context.color_trc, context.color_primaries = self.tags[2:]
            if self.rotation is not None:
                video.set_display_rotation(self.rotation)
            out.metadata.update(self.metadata)
            sound = out.add_stream("aac", rate=16000, layout="mono") if self.sound else None
            words = out.add_stream("mov_text") if self.subtitles else None
            if words is not None:
                words.codec_context.subtitle_header = b""
            for number, stamp in enumerate(self.stamps):
                out.mux(video.encode(self._frame(number, stamp)))
            out.mux(video.encode(None))
            if sound is not None:
                _beep(out, sound)
        return path

    def _frame(self, number: int, stamp: int) -> VideoFrame:
        deep = "10" in self.format
        pixels = np.clip(self.picture(number), 0, 255) * (257 if deep else 1)
        rgb = VideoFrame.from_ndarray(
            np.round(pixels).astype(np.uint16 if deep else np.uint8),
            "rgb48le" if deep else "rgb24",
        )
        span = 2 if self.tags[1] == 2 else 1
        frame = rgb.reformat(
            format=self.format, dst_colorspace=1, src_color_range=2, dst_color_range=span
        )
        frame.pts, frame.time_base = stamp, self.base
        frame.colorspace, frame.color_range, frame.color_trc, frame.color_primaries = self.tags
        return frame


def _beep(out, stream) -> None:
    wave = (8000 * np.sin(np.arange(16000) / 9)).astype(np.int16)[None]
    frame = av.AudioFrame.from_ndarray(wave, "s16", "mono")
    frame.sample_rate = 16000
    frame.pts = 0
    resampler = av.AudioResampler("fltp", "mono", 16000, frame_size=1024)
    for part in (*resampler.resample(frame), *resampler.resample(None)):
        out.mux(stream.encode(part))
    out.mux(stream.encode(None))


def frames(path: Path) -> list[VideoFrame]:
    with av.open(str(path)) as video:
        return list(video.decode(video=0))


def stamps(path: Path) -> list[Fraction]:
    return [frame.pts * frame.time_base for frame in frames(path)]


def packets(path: Path, kind: str) -> list[tuple[bytes, Fraction, Fraction]]:
    with av.open(str(path)) as video:
        found = [s for s in video.streams if s.type == kind]
        return [
            (bytes(p), p.pts * p.time_base, p.duration * p.time_base)
            for p in video.demux(found)
            if p.dts is not None
        ]


def brightness(path: Path) -> np.ndarray:
    """Mean of each frame's RGB, 0 to 255."""
    return np.array([frame.to_ndarray(format="rgb24").mean() for frame in frames(path)])


def identity() -> Enhancer:
    ramp = np.linspace(0, 1, 256, dtype=np.float32)
    return Enhancer(edit=Edit(ToneTable(np.stack([ramp] * 3, -1))), threads=1)


class ByBrightness(Enhancer):
    """Brings each frame's mean to a half, as a method that adapts to what it sees would."""

    def __init__(self) -> None:
        super().__init__("gamma", threads=1)

    def estimate(self, photo: Photo, strength: float = 1.0, **_: object) -> Edit:  # type: ignore[override]
        gain = 0.5 / max(float(photo.pixels.mean()) / np.iinfo(photo.pixels.dtype).max, 0.01)
        ramp = np.linspace(0, 1, 256, dtype=np.float32)
        table = ToneTable(np.minimum(np.stack([ramp] * 3, -1) * np.float32(gain), 1))
        return Edit(table, strength=strength)


def levels(path: Path) -> list[np.ndarray]:
    return [frame.to_ndarray().astype(int) for frame in frames(path)]
