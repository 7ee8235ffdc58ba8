"""How frames are to be shown, and frames turned so for what cannot say it: y4m, MPEG-TS."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from fractions import Fraction
from typing import cast

from av.filter import Graph
from av.sidedata.sidedata import SideData, Type
from av.video.frame import VideoFrame

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

TURNS = {
    2: ("hflip",),
    3: ("hflip", "vflip"),
    4: ("vflip",),
    5: ("transpose=cclock_flip",),
    6: ("transpose=clock",),
    7: ("transpose=clock_flip",),
    8: ("transpose=cclock",),
}
"""FFmpeg's filters that make an EXIF orientation upright."""


def display_matrix(frame: VideoFrame) -> tuple[int, ...] | None:
    """The nine numbers that say how a frame is to be shown; None: as it is stored."""
    # PyAV's type stub says that the keys are strings; they are not.
    data = cast("Mapping[Type, SideData]", frame.side_data).get(Type.DISPLAYMATRIX)
    if data is None:
        return None
    matrix = struct.unpack("=9i", bytes(data))
    return None if matrix == UPRIGHT else matrix


def orientation_of(matrix: tuple[int, ...] | None) -> int:
    """The EXIF orientation of a display matrix; 1 for what EXIF cannot say, such as 45 degrees."""
    if matrix is None:
        return 1
    a, b, c, d = ((v > 0) - (v < 0) for v in (matrix[0], matrix[1], matrix[3], matrix[4]))
    return ORIENTATIONS.get((a, b, c, d), 1)


class Upright:
    """Turns the frames of one stream by an EXIF orientation other than 1.

    Args:
        like: A frame of the stream.
        orientation: 2 to 8.
    """

    def __init__(self, like: VideoFrame, orientation: int) -> None:
        self.transposes = orientation > 4
        """Whether width becomes height."""
        self._graph = Graph()
        last = self._graph.add_buffer(
            width=like.width,
            height=like.height,
            format=like.format,
            time_base=like.time_base or Fraction(1, 25),
        )
        for turn in (*TURNS[orientation], "buffersink"):
            name, _, argument = turn.partition("=")
            following = self._graph.add(name, argument)
            last.link_to(following)
            last = following
        self._graph.configure()

    def __call__(self, frame: VideoFrame) -> VideoFrame:
        """The frame as it is to be shown, at its own time."""
        self._graph.push(frame)
        turned = cast(VideoFrame, self._graph.pull())
        turned.pts, turned.time_base = frame.pts, frame.time_base
        return turned
