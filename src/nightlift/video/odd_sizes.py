"""Frames of an odd size for encoders that halve chroma: the last column and row are repeated."""

from __future__ import annotations

from typing import Any

import numpy as np
from av.video.frame import VideoFrame
from av.video.plane import VideoPlane

from nightlift.photo import Pixels
from nightlift.video.pixels import depth

_ODD = ("ffv1", "libvpx", "libaom", "mpeg", "msmpeg", "huffyuv", "ffvhuff", "utvideo")
"""How encoders are called that take any size."""


def encoded_size(width: int, height: int, format: str, encoder: str) -> tuple[int, int]:
    """Width and height as the encoder takes them: even where its chroma is halved."""
    if encoder.startswith(_ODD):
        return width, height
    halved_width, halved_height = "420" in format or "422" in format, "420" in format
    return width + width % 2 * halved_width, height + height % 2 * halved_height


def widened(frame: VideoFrame, width: int, height: int) -> VideoFrame:
    """The frame at a size that is larger by a pixel, with its time stamp and tags."""
    made = VideoFrame(width, height, frame.format.name)
    kind = np.dtype(np.uint16 if depth(frame) > 8 else np.uint8)
    for old, new in zip(frame.planes, made.planes, strict=True):
        source, target = _array(old, kind), _array(new, kind)
        high, wide = source.shape
        target[:high, :wide] = source
        target[:high, wide:] = source[:, -1:]
        target[high:] = target[high - 1 : high]
    made.pts, made.time_base, made.duration = frame.pts, frame.time_base, frame.duration
    made.colorspace, made.color_range = frame.colorspace, frame.color_range
    made.color_trc, made.color_primaries = frame.color_trc, frame.color_primaries
    return made


def _array(plane: VideoPlane, kind: np.dtype[Any]) -> Pixels:
    strides = (plane.line_size, kind.itemsize)
    return np.ndarray((plane.height, plane.width), kind, memoryview(plane), 0, strides)
