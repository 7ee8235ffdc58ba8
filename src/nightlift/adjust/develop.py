"""Development: white balance, one curve of brightness and saturation, the same everywhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from nightlift.adjust import kernels
from nightlift.adjust.adjustment import Adjustment, Arrays, Rebuilt, Settings, finite_floats
from nightlift.errors import AdjustmentError
from nightlift.photo import LUMA, Floats

CURVE_KNOTS = 256

DIM = 4 / 255
"""Brightness below which a lift adds light rather than multiplies it: noise keeps its color."""


@dataclass(frozen=True, eq=False)
class Develop(Adjustment):
    """What an editor's controls come to; the hue is kept by all of it but the white balance.

    For a pixel c in [0, 1]: c · `balance`, clipped; the brightest channel m goes through the
    `curve` to t, and c becomes t - s (m - c), with s = t / m where the pixel gets darker and
    s = 1 + h (t / m - 1), h = m² / (m² + DIM²), where it gets brighter; then differences to luma
    are multiplied by `saturation`, or by as much of it as leaves the pixel within [0, 1]. Colors
    outside sRGB go the same way, with m clipped: `balance` raises no channel that is above 1, and a
    pixel that is not within [0, 1] becomes no more saturated.

    `curve` is (256,) float32 with knots at i/255 and straight lines between them; `balance` is
    (3,) float32; `saturation` is at least 0, 1 for none.
    """

    curve: Floats
    balance: Floats
    saturation: float = 1.0
    kind: ClassVar[str] = "develop"

    def __post_init__(self) -> None:
        object.__setattr__(self, "curve", finite_floats(self.curve, "a curve", (CURVE_KNOTS,)))
        object.__setattr__(self, "balance", finite_floats(self.balance, "a balance", (3,)))
        if not 0 <= self.saturation <= 16:
            raise AdjustmentError(f"expected a saturation from 0 to 16, got {self.saturation}")
        if not (self.balance > 0).all() or self.curve.min() < 0 or self.curve.max() > 1:
            raise AdjustmentError("expected a balance above 0 and a curve within 0 and 1")

    def evaluate(self, rows: Floats, top: int, height: int) -> Floats:
        """The adjusted rows, unrounded; see `Adjustment.evaluate`."""
        return np.clip(self.unclipped(rows, top, height), np.float32(0), np.float32(1))

    @property
    def unbounded(self) -> bool:
        """Yes: what lies beyond 0 and 1 fades and loses color as the rest does."""
        return True

    def unclipped(self, rows: Floats, top: int, height: int) -> Floats:
        """What `evaluate` gives, without a bound; see `Adjustment.unclipped`."""
        x = np.minimum(rows * self.balance, np.maximum(rows, np.float32(1)))
        m = np.clip(x.max(axis=2, keepdims=True), 0, 1)
        t = self._curved(m)
        ratio = t / np.maximum(m, np.float32(1e-9))
        signal = m * m / (m * m + np.float32(DIM * DIM))
        brighter = 1 + signal * (ratio - 1)
        out = t - np.where(t < m, ratio, brighter) * (m - x)
        return self._saturated(np.asarray(out, np.float32))

    def _curved(self, m: Floats) -> Floats:
        at = m * np.float32(CURVE_KNOTS - 1)
        index = np.minimum(at.astype(np.int32), CURVE_KNOTS - 2)
        low = self.curve[index]
        curved: Floats = low + (at - index) * (self.curve[index + 1] - low)
        return curved

    def _saturated(self, x: Floats) -> Floats:
        if self.saturation == 1:
            return x
        r, g, b = (np.float32(weight) for weight in LUMA)
        luma = r * x[..., 0:1] + g * x[..., 1:2] + b * x[..., 2:3]
        above = x.max(axis=2, keepdims=True) - luma
        below = luma - x.min(axis=2, keepdims=True)
        tiny = np.float32(1e-9)
        most = np.minimum((1 - luma) / np.maximum(above, tiny), luma / np.maximum(below, tiny))
        factor = np.minimum(np.float32(self.saturation), np.maximum(most, 1))
        return np.asarray(luma + factor * (x - luma), np.float32)

    def oriented(self, orientation: int) -> Self:
        """Itself: it is the same from every side."""
        return self

    def parameters(self) -> Mapping[str, Floats]:
        """`curve` and `balance`."""
        return {"curve": self.curve, "balance": self.balance}

    def settings(self) -> Settings:
        """`saturation`."""
        return {"saturation": float(self.saturation)}

    @classmethod
    def stored(cls, settings: Settings, arrays: Arrays, rebuilt: Rebuilt) -> Self:
        """From what a file holds of it; see `Adjustment.stored`."""
        return cls(arrays["curve"], arrays["balance"], float(settings["saturation"]))

    def stages(self, size: kernels.Size, top: int, rows: int) -> list[kernels.Stage]:
        """One stage: curve, balance and saturation."""
        return [(self.kind, self.curve, self.balance, float(self.saturation))]
