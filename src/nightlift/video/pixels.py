"""Frames to RGB pixels and back, with the stream's own matrix and range.

swscale's fast way to RGB is up to two levels too dark, which a lift would multiply; OpenCV's
matrix product rounds to the nearest level and is as fast.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import cv2
import numpy as np
from av.video.frame import VideoFrame

from nightlift.adjust import Adjustment, kernels
from nightlift.errors import VideoError
from nightlift.photo import Pixels
from nightlift.video.colors import Colors

WORKING = (
    *("yuv420p", "yuv422p", "yuv444p", "yuv420p10le", "yuv422p10le", "yuv444p10le"),
    *("yuv420p12le", "yuv422p12le", "yuv444p12le", "gray", "gray10le", "gray12le"),
)
"""Planar formats that are converted here; a frame of another one goes by way of the nearest."""


LARGE = 720
"""Rows and columns from which a frame at half its size is enough to estimate from."""

OVERSAMPLED = 1.5
"""Pixels along each side, for each one that a method sees, that leave a quarter size enough."""


def working_format(frame: VideoFrame, offered: Sequence[str]) -> str:
    """The format that the encoder gets: the frame's own where it can, else one as deep.

    `offered` are the formats that the encoder takes. Raises VideoError where none fits.
    """
    own = frame.format.name.replace("yuvj", "yuv")
    if own in WORKING and own in offered:
        return own
    deep = depth(frame) > 8
    names = [name for name in WORKING if name in offered and ("le" in name) == deep]
    same = [name for name in names if _chroma(name) == _chroma(own)]
    for name in (*same, *names):
        return name
    raise VideoError(
        f"the encoder takes none of the formats that nightlift writes for {frame.format.name} "
        f"({'more than 8' if deep else '8'} bits): try another --codec, such as libx265"
    )


def depth(frame: VideoFrame) -> int:
    """Bits of a frame's deepest component."""
    return max(component.bits for component in frame.format.components)


def _chroma(name: str) -> str:
    return next((kind for kind in ("420", "422", "444", "gray") if kind in name), "420")


class Converter:
    """Frames of one stream to (H, W, 3) uint8 or, above 8 bits, uint16 RGB and back."""

    def __init__(self, colors: Colors, format: str) -> None:
        self._colors = colors
        self._format = format
        digits = format.removesuffix("le").partition("p" if "p" in format else "gray")[2]
        self._bits = int(digits or 8)
        self._type = np.uint8 if self._bits == 8 else np.uint16
        self._to_rgb = colors.to_rgb(self._bits)
        self._to_yuv = colors.to_yuv(self._bits)
        most = np.float32(np.iinfo(self._type).max)
        self._spare: deque[VideoFrame] = deque()
        self._conversions = self._to_rgb / most, self._to_yuv * np.array([most] * 3 + [1], "f4")

    def planar(self, frame: VideoFrame) -> VideoFrame:
        """The frame in the working format, itself where it is already."""
        if frame.format.name.replace("yuvj", "yuv") == self._format:
            return frame
        own = self._colors.scaler_matrix
        span = 2 if self._colors.full else 1
        source = 2 if frame.format.is_rgb else span
        return frame.reformat(
            format=self._format,
            src_colorspace=own,
            dst_colorspace=own,
            src_color_range=source,
            dst_color_range=span,
            threads=1,
        )

    def adjusted(self, frame: VideoFrame, adjustment: Adjustment, strength: float) -> VideoFrame:
        """A frame adjusted at `strength`; `adjustment` is turned as the frame is stored.

        4:2:0 goes through the compiled kernels as it is, where they are installed.
        """
        if kernels.active() == "numpy" or "420" not in self._format:
            pixels = self.pixels(frame)
            adjustment.apply_rows(pixels, pixels, 0, len(pixels), strength, threads=1)
            return self.frame(pixels, frame)
        source = self.planar(frame)
        made = self._empty(source.height, source.width)
        stages = adjustment.stages((source.height, source.width), 0, source.height)
        planes, out = ((y, cb, cr) for y, cb, cr in map(self._planes, (source, made)))
        kernels.run_frame(stages, planes, out, self._conversions, self._bits, strength)
        return self.stamped(made, frame)

    def done_with(self, frame: VideoFrame) -> None:
        """Take back a frame that `adjusted` made, once it is written: its memory is used again."""
        self._spare.append(frame)

    def _empty(self, height: int, width: int) -> VideoFrame:
        """A frame to be overwritten; an encoder that still needs an old one keeps its own copy."""
        try:
            frame = self._spare.pop()
        except IndexError:
            return VideoFrame(width, height, self._format)
        frame.make_writable()
        return frame

    def pixels(self, frame: VideoFrame) -> Pixels:
        """RGB pixels of a frame, in an array of their own; chroma is repeated, not smoothed."""
        luma, *chroma = self._planes(self.planar(frame))
        wide = [_enlarged(plane, luma) for plane in chroma]
        if not wide:
            wide = [np.full_like(luma, 1 << (self._bits - 1))] * 2
        return np.asarray(cv2.transform(cv2.merge([luma, *wide]), self._to_rgb))

    def glance(self, frame: VideoFrame, copy: kernels.Size | None = None) -> Pixels:
        """RGB pixels to estimate from: a large 4:2:0 frame at half its size, or at a quarter.

        `copy` is the size of the small copy that will be made of them, whichever way it is turned:
        a quarter is enough where that is small.
        """
        planar = self.planar(frame)
        if "420" not in self._format or min(planar.height, planar.width) < LARGE:
            return self.pixels(frame)
        luma, *chroma = self._planes(planar)
        planes = [_halved(luma), *chroma]
        if copy is not None:
            sides = zip(sorted(planes[0].shape), sorted(copy), strict=True)
            if all(have >= 2 * OVERSAMPLED * need for have, need in sides):
                planes = [_halved(plane) for plane in planes]
        return np.asarray(cv2.transform(cv2.merge(planes), self._to_rgb))

    def frame(self, pixels: Pixels, like: VideoFrame) -> VideoFrame:
        """A frame of `pixels`, with the time stamp and the tags of the one they came from.

        Chroma is the mean of the pixels that it stands for.
        """
        made = self._empty(*pixels.shape[:2])
        mixed = cv2.transform(pixels, self._to_yuv)
        if self._bits > 8:
            np.minimum(mixed, (1 << self._bits) - 1, out=mixed)
        for number, plane in enumerate(self._planes(made)):
            whole = cv2.extractChannel(mixed, number)
            if plane.shape != whole.shape:
                whole = cv2.resize(whole, plane.shape[::-1], interpolation=cv2.INTER_AREA)
            plane[...] = whole
        return self.stamped(made, like)

    def stamped(self, frame: VideoFrame, like: VideoFrame) -> VideoFrame:
        """The frame, told when it is shown and how its colors are meant; the encoder decides more.

        Its picture type is left open: a decoded one would force the source's key frames.
        """
        frame.pts, frame.time_base, frame.duration = like.pts, like.time_base, like.duration
        frame.pict_type = 0
        self._colors.tag(frame)
        return frame

    def _planes(self, frame: VideoFrame) -> list[Pixels]:
        """Each plane as an array over the frame's own memory."""
        width = np.dtype(self._type).itemsize
        return [
            np.ndarray(
                (plane.height, plane.width),
                self._type,
                memoryview(plane),
                0,
                (plane.line_size, width),
            )
            for plane in frame.planes
        ]


def _halved(plane: Pixels) -> Pixels:
    """A plane at half its size, rounded up, by area: twice is ten times as fast as a quarter."""
    height, width = plane.shape
    half = (width + 1) // 2, (height + 1) // 2
    return np.asarray(cv2.resize(plane, half, interpolation=cv2.INTER_AREA))


def _enlarged(chroma: Pixels, luma: Pixels) -> Pixels:
    """A plane of chroma, each value repeated, so that it is as large as its luma."""
    if chroma.shape[1] != luma.shape[1]:
        # Multiplying by 0x101 writes a value twice: several times as fast as repeating it.
        double = np.dtype(f"u{2 * chroma.itemsize}")
        factor = double.type((1 << 8 * chroma.itemsize) + 1)
        chroma = (chroma.astype(double) * factor).view(chroma.dtype)[:, : luma.shape[1]]
    if chroma.shape[0] != luma.shape[0]:
        chroma = np.repeat(chroma, 2, axis=0)[: luma.shape[0]]
    return np.ascontiguousarray(chroma)
