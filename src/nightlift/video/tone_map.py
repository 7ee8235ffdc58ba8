"""HDR video (PQ and HLG) as SDR: tones after ITU-R BT.2390, colors to those of BT.709.

PQ's and HLG's functions after BT.2100 (tables 4 and 5); the EETF after BT.2390-11 (section 5.4.1),
on each of R', G' and B'; the white of SDR is HDR's reference white, 203 cd/m² (BT.2408, table 1).
What SDR's colors do not reach is clipped.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import cv2
import numpy as np
from av.sidedata.sidedata import SideData, Type
from numpy.typing import NDArray

from nightlift.photo import Floats
from nightlift.video.colors import PQ, Colors
from nightlift.video.pixels import Converter

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

WHITE = 203.0
"""cd/m² of SDR's white."""

USUAL_PEAK = 1000.0
"""cd/m² of the brightest that a file shows which does not say it, and of HLG's display."""

SDR_FORMAT = "yuv420p10le"
_SDR = (1, 1, 1, 1)
_BT709 = 1
_M1, _M2 = 2610 / 16384, 2523 / 4096 * 128
_C1, _C2, _C3 = 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32
_A, _B, _C = 0.17883277, 0.28466892, 0.55991073
_HLG_GAMMA = 1.2
_LUMA = np.array([0.2627, 0.6780, 0.0593], np.float32)
_TO_BT709 = np.array(
    [[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]],
    np.float32,
)
"""Linear BT.2020 to linear BT.709 (BT.2407, section 2.1)."""

Doubles = NDArray[np.float64]


def pq_to_light(codes: Doubles) -> Doubles:
    """PQ codes in [0, 1] to cd/m² (BT.2100, table 4)."""
    root = np.asarray(codes) ** (1 / _M2)
    light: Doubles = 10_000 * (np.maximum(root - _C1, 0) / (_C2 - _C3 * root)) ** (1 / _M1)
    return light


def light_to_pq(light: Doubles) -> Doubles:
    """The inverse of `pq_to_light`."""
    power = (np.maximum(light, 0) / 10_000) ** _M1
    codes: Doubles = ((_C1 + _C2 * power) / (1 + _C3 * power)) ** _M2
    return codes


def hlg_to_scene(codes: Doubles) -> Doubles:
    """HLG codes in [0, 1] to the light of the scene in [0, 1] (BT.2100, table 5)."""
    codes = np.asarray(codes)
    return np.where(codes <= 0.5, codes**2 / 3, (np.exp((codes - _C) / _A) + _B) / 12)


def eetf(codes: Doubles, peak: float, white: float = WHITE) -> Doubles:
    """PQ codes of a display that reaches `peak` cd/m² for one that reaches `white`.

    Blacks stay (both displays' are 0). As it was below the knee, a Hermite spline above.
    """
    top = float(light_to_pq(np.array(peak)))
    most = float(light_to_pq(np.array(white))) / top
    if most >= 1:
        return codes
    e1 = np.clip(codes / top, 0, 1)
    knee = 1.5 * most - 0.5
    t = (e1 - knee) / (1 - knee)
    spline = (2 * t**3 - 3 * t**2 + 1) * knee + (t**3 - 2 * t**2 + t) * (1 - knee)
    spline += (-2 * t**3 + 3 * t**2) * most
    return np.where(e1 < knee, e1, spline) * top


@dataclass(frozen=True)
class ToneMap:
    """Frames of an HDR stream to frames of SDR, 10 bits in 4:2:0, with the same time stamps."""

    source: Converter
    target: Converter
    hlg: bool
    table: Floats

    @classmethod
    def of(cls, first: VideoFrame) -> ToneMap:
        """The map for a stream by its first frame, which may tell how bright it gets."""
        colors = Colors.of(first, hdr=True)
        hlg = first.color_trc != PQ
        peak = USUAL_PEAK if hlg else peak_of(first)
        knots = np.linspace(0, 1, 65536)
        light = knots**4 * USUAL_PEAK if hlg else pq_to_light(knots)
        mapped = pq_to_light(eetf(light_to_pq(light), peak)) / WHITE
        scene = np.stack([hlg_to_scene(knots), mapped]) if hlg else mapped[None]
        target = Converter(Colors(_SDR, _BT709, False), SDR_FORMAT)
        return cls(Converter(colors, SDR_FORMAT), target, hlg, scene.astype(np.float32))

    def frame(self, frame: VideoFrame) -> VideoFrame:
        """A frame in SDR."""
        codes = self.source.pixels(frame)
        light = self._displayed(self.table[0][codes]) if self.hlg else self.table[0][codes]
        mixed: Floats = np.clip(cv2.transform(light, _TO_BT709), 0, 1, dtype=np.float32)
        return self.target.frame(_encoded(mixed), frame)

    def _displayed(self, scene: Floats) -> Floats:
        """HLG's light on a display of 1000 cd/m² (BT.2100, table 5: OOTF), through the EETF."""
        luma = np.maximum(cv2.transform(scene, _LUMA[None]), np.float32(1e-6))
        light = scene * (luma ** np.float32(_HLG_GAMMA - 1))[..., None]
        place = np.sqrt(np.sqrt(np.clip(light, 0, 1))) * np.float32(65535) + np.float32(0.5)
        mapped: Floats = self.table[1][place.astype(np.uint16)]
        return mapped


_ENCODED = np.round(np.linspace(0, 1, 65536) ** (2 / 2.4) * 65535).astype(np.uint16)


def _encoded(light: Floats) -> NDArray[np.uint16]:
    """Light in [0, 1] to the codes of an SDR display (BT.1886: the inverse of power 2.4)."""
    place = np.sqrt(light) * np.float32(65535) + np.float32(0.5)
    codes: NDArray[np.uint16] = _ENCODED[place.astype(np.uint16)]
    return codes


def peak_of(frame: VideoFrame) -> float:
    """How bright a stream gets in cd/m²: what it says, or 1000; between SDR's white and 10,000."""
    beside = cast("Mapping[Type, SideData]", frame.side_data)
    peak = 0.0
    content = beside.get(Type.CONTENT_LIGHT_LEVEL)
    if content is not None and len(bytes(content)) >= 4:
        peak = float(struct.unpack_from("=I", bytes(content))[0])
    mastering = beside.get(Type.MASTERING_DISPLAY_METADATA)
    if peak == 0 and mastering is not None and len(bytes(mastering)) >= 80:
        above, below = struct.unpack_from("=ii", bytes(mastering), 72)
        peak = above / below if below else 0.0
    return float(np.clip(peak or USUAL_PEAK, WHITE, 10_000))
