"""How a stream's numbers stand for colors: matrix, range and what cannot be brightened.

The numbers are those of ITU-T H.273, which FFmpeg uses as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from nightlift.errors import VideoError
from nightlift.photo import Floats

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

UNSPECIFIED = 2
FULL = 2
"""FFmpeg's number of the full range; 1 is the limited one, 0 unspecified."""

WEIGHTS = {
    1: (0.2126, 0.0722),
    4: (0.30, 0.11),
    5: (0.299, 0.114),
    6: (0.299, 0.114),
    7: (0.212, 0.087),
    9: (0.2627, 0.0593),
}
"""Shares of red and blue in luma, by the matrix's number (H.273, table 4)."""

PQ = 16
HDR = {PQ: "PQ (HDR10)", 18: "HLG"}
SCALERS = {1: 1, 4: 4, 5: 5, 6: 5, 7: 7, 9: 9}
"""swscale's own number of each matrix."""

HD_ROWS = 720
"""From this height on, players take an untagged stream as BT.709, below as BT.601."""


@dataclass(frozen=True)
class Colors:
    """A stream's tags as they are, and what is meant by them.

    `tags` are matrix, range, transfer and primaries as stored; `matrix` and `full` what is
    computed with where a tag says nothing.
    """

    tags: tuple[int, int, int, int]
    matrix: int
    full: bool

    @classmethod
    def of(cls, frame: VideoFrame, hdr: bool = False) -> Colors:
        """The colors of a frame; VideoError where no matrix leads to RGB, or it is HDR unasked."""
        tags = (frame.colorspace, frame.color_range, frame.color_trc, frame.color_primaries)
        if frame.color_trc in HDR and not hdr:
            raise VideoError(
                f"the video is {HDR[frame.color_trc]}; expected an SDR video: --tone-map "
                "(tone_map=True) makes it one, after ITU-R BT.2390, and brightens that"
            )
        name = frame.format.name
        if frame.format.is_rgb:
            return cls((1, 1, *tags[2:]), 1, False)
        matrix = frame.colorspace
        if matrix in (0, UNSPECIFIED, 3):
            wide = frame.color_trc in HDR
            matrix = 9 if wide else 1 if frame.height >= HD_ROWS else 6
        if matrix not in WEIGHTS:
            raise VideoError(
                f"the video's colors use matrix {matrix} of H.273; "
                f"expected one of {', '.join(map(str, WEIGHTS))}: convert it first"
            )
        unsaid = name.startswith(("yuvj", "gray"))
        full = frame.color_range == FULL or (frame.color_range == 0 and unsaid)
        range_tag = FULL if name.startswith("yuvj") else frame.color_range
        return cls((tags[0], range_tag, *tags[2:]), matrix, full)

    @property
    def scaler_matrix(self) -> int:
        """The matrix's number in swscale."""
        return SCALERS[self.matrix]

    def to_rgb(self, bits: int) -> Floats:
        """(3, 4) float32: Y, Cb, Cr codes of `bits`, and 1, to RGB codes of 8 bits, else 16."""
        forward = self._to_yuv(bits)
        inverse = np.linalg.inv(forward[:, :3])
        return np.column_stack([inverse, -inverse @ forward[:, 3]]).astype(np.float32)

    def to_yuv(self, bits: int) -> Floats:
        """The way back: (3, 4) float32."""
        return self._to_yuv(bits).astype(np.float32)

    def _to_yuv(self, bits: int) -> np.ndarray:
        red, blue = WEIGHTS[self.matrix]
        luma = np.array([red, 1 - red - blue, blue])
        cb = (np.array([0, 0, 1]) - luma) / (2 * (1 - blue))
        cr = (np.array([1, 0, 0]) - luma) / (2 * (1 - red))
        step = 1 << (bits - 8)
        most = (1 << bits) - 1
        spans = (most, most) if self.full else (219 * step, 224 * step)
        offsets = [0 if self.full else 16 * step, 128 * step, 128 * step]
        rows = np.stack([luma * spans[0], cb * spans[1], cr * spans[1]])
        return np.column_stack([rows / (255 if bits == 8 else 65535), offsets])

    def tag(self, frame: VideoFrame) -> None:
        """Give a frame the stream's own tags."""
        frame.colorspace, frame.color_range, frame.color_trc, frame.color_primaries = self.tags
