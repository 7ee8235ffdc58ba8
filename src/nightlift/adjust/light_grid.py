"""Light grids: local gains of the brightest channel, looked up by place and by that brightness."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np

from nightlift.adjust import kernels
from nightlift.adjust.adjustment import (
    MOST_BINS,
    Adjustment,
    Arrays,
    Rebuilt,
    Settings,
    finite_floats,
)
from nightlift.adjust.resample import axis
from nightlift.errors import AdjustmentError
from nightlift.photo import Floats

MOST_STOPS = 8.0
"""Gains of a larger magnitude are refused: 2^8 lifts the first level of 8 bits to a half."""

DULL = 0.03
"""Added to the brightest channel where saturation is told: in the dark it is noise's."""

VIVID = 2.0
"""How soon a saturated pixel counts as one wholly: from a saturation of 0.7 on."""

TURN = 0.7
"""How far the middle channel leaves the hue of HSV for the brightest one. Lifted at that hue, wood
and skin turn pink and skies violet: camera and eye let the middle channel grow more."""

SLACK = 1e-3
LEAST = 1e-12
"""Nothing is divided by less, nor the root of less taken where its slope matters."""


@dataclass(frozen=True, eq=False)
class LightGrid(Adjustment):
    """Local light on a bilateral grid whose guide is the brightest channel; keeps colors.

    Of a pixel with channels c let m be the greatest. `gains` (gh, gw, bins), float32, in stops
    (log2) from -8 to 8, are sliced trilinearly at the pixel's place and at √m, corners aligned on
    all three axes. A gain g above 0 counts h·g, where h = m² / (m² + black²) is how much of m is
    signal and not noise. Then

        r = G / (1 + (G - 1) m), G = 2^g;  t = r m
        s = r where r < 1, else 1 + k h (r - 1), k = color + (1 - color) min(`VIVID` v², 1)
        out = t - s (m - c) + w (m - c) (c - least), w = `TURN` least (s - 1) / m² from s = 1 on

    t shifts the logit of m by g ln 2: the identity for g = 0, 0 and 1 stay where they are, the
    slope is G at black and 1/G at white. Since 1 ≤ s ≤ r (or s = r < 1), no channel leaves
    [0, 1], channels keep their order, gray stays gray, and channels may be permuted. The hue of
    HSV is kept, but for w, which lets the middle channel grow more where a pixel is pale: orange
    nears yellow, and blue cyan, as they do in a photo that is exposed for longer. `color`
    from 0 to 1 says how much the chroma grows with the light: 1 keeps the ratios of the channels,
    0 adds the same light to all; the more saturated a pixel is, v = (m - mean of the other two) /
    (m + `DULL`), the nearer it comes to keeping them: pale casts and noise stay pale, and red does
    not turn pink. v is 1 for red, green and blue, and a half for yellow, cyan and magenta.
    `black`, from 0 to below 1, is the code value at which noise is as large as what is there.
    """

    gains: Floats
    color: float = 1.0
    black: float = 0.0
    kind: ClassVar[str] = "light_grid"

    def __post_init__(self) -> None:
        gains = finite_floats(self.gains, "the gains of a light grid", (None, None, None))
        if not 2 <= gains.shape[2] <= MOST_BINS:
            raise AdjustmentError(f"expected 2 to {MOST_BINS} bins, got {gains.shape[2]}")
        furthest = float(np.abs(gains).max())
        if furthest > MOST_STOPS + SLACK:
            raise AdjustmentError(f"expected gains from -8 to 8 stops, got {furthest:.4g}")
        if furthest > MOST_STOPS:
            gains = np.clip(gains, -MOST_STOPS, MOST_STOPS)
            gains.flags.writeable = False
        if not 0.0 <= self.color <= 1.0:
            raise AdjustmentError(f"expected a color from 0 to 1, got {self.color}")
        if not 0.0 <= self.black < 1.0:
            raise AdjustmentError(f"expected a black from 0 to below 1, got {self.black}")
        object.__setattr__(self, "gains", gains)
        # As they are stored, so that what is loaded is the same.
        object.__setattr__(self, "color", float(np.float32(self.color)))
        object.__setattr__(self, "black", float(np.float32(self.black)))

    @classmethod
    def from_output(cls, output: Floats) -> Self:
        """The grid that a released model says.

        Gains are clipped to -8 and 8; `color` is the mean of its plane, clipped to 0 and 1.

        Args:
            output: (bins + 1, gh, gw) float32: planes of gains in stops, and one of color.

        Returns:
            The grid of these gains, with no black level.
        """
        gains = np.clip(output[:-1].transpose(1, 2, 0), -MOST_STOPS, MOST_STOPS)
        return cls(np.ascontiguousarray(gains), float(np.clip(output[-1].mean(), 0, 1)))

    def evaluate(self, rows: Floats, top: int, height: int) -> Floats:
        """The adjusted rows, unrounded; see `Adjustment.evaluate`."""
        return np.minimum(self.unclipped(rows, top, height), np.float32(1))

    @property
    def unbounded(self) -> bool:
        """Yes: light is lifted beyond 0 and 1 as it is within."""
        return True

    def unclipped(self, rows: Floats, top: int, height: int) -> Floats:
        """What `evaluate` gives, without a bound; see `Adjustment.unclipped`."""
        brightest = np.clip(rows.max(axis=2), 0, 1)
        gains = self._sliced(np.sqrt(brightest), top, height)
        least = np.clip(rows.min(axis=2), 0, 1)
        middle = np.clip(np.median(rows, axis=2), 0, 1)
        gray = np.float32(0.5) * (middle + least)
        saturation = (brightest - gray) / (brightest + np.float32(DULL))
        color = np.float32(self.color)
        color = color + (1 - color) * np.minimum(VIVID * saturation * saturation, np.float32(1))
        if self.black > 0:
            square = brightest * brightest
            noise = np.float32(self.black) ** 2
            signal = square / np.maximum(square + noise, np.float32(LEAST))
            gains = np.where(gains > 0, signal * gains, gains)
            color = color * signal
        lift = np.exp2(gains)
        ratio = lift / (1 + (lift - 1) * brightest)
        scale = np.where(ratio < 1, ratio, 1 + color * (ratio - 1))
        # t - s (m - c), so that it is c itself where nothing is lifted.
        light = np.maximum(brightest * (ratio - scale), 0)
        grown = np.maximum(scale - 1, 0)
        turn = TURN * least * grown / np.maximum(brightest * brightest, np.float32(LEAST))
        spread = (brightest[..., None] - rows) * (rows - least[..., None])
        out: Floats = scale[..., None] * rows + light[..., None] + turn[..., None] * spread
        return out

    def _sliced(self, guide: Floats, top: int, height: int) -> Floats:
        """The gains of pixels whose `guide` (h, W) is from 0 to 1."""
        gh, gw, bins = self.gains.shape
        y, fy = axis(height, gh, "corners", top, len(guide))
        x, fx = axis(guide.shape[1], gw, "corners")
        above, below = self.gains[y], self.gains[np.minimum(y + 1, gh - 1)]
        cells = (above + fy[:, None, None] * (below - above)).reshape(-1)
        depth = guide * np.float32(bins - 1)
        z = np.minimum(depth.astype(np.int32), bins - 2)
        fz = depth - z.astype(np.float32)
        rows = np.arange(len(guide))[:, None] * gw
        left, right = (rows + x) * bins + z, (rows + np.minimum(x + 1, gw - 1)) * bins + z
        near = cells[left] + fz * (cells[left + 1] - cells[left])
        far = cells[right] + fz * (cells[right + 1] - cells[right])
        gains: Floats = near + fx * (far - near)
        return gains

    def oriented(self, orientation: int) -> Self:
        """The gains turned as the photo is stored."""
        if orientation == 1:
            return self
        from nightlift.photo import turn_back

        return replace(self, gains=turn_back(self.gains, orientation))

    def parameters(self) -> Mapping[str, Floats]:
        """`gains`, and `color` and `black` as arrays of one number."""
        numbers = {"color": self.color, "black": self.black}
        arrays = {name: np.array(number, np.float32) for name, number in numbers.items()}
        return {"gains": self.gains, **arrays}

    def settings(self) -> Settings:
        """Nothing."""
        return {}

    @classmethod
    def stored(cls, settings: Settings, arrays: Arrays, rebuilt: Rebuilt) -> Self:
        """From what a file holds of it; see `Adjustment.stored`."""
        return cls(arrays["gains"], float(arrays["color"]), float(arrays["black"]))

    def stages(self, size: kernels.Size, top: int, rows: int) -> list[kernels.Stage]:
        """One stage: the gains, and where the rows and columns lie among the cells."""
        height, width = size
        gh, gw = self.gains.shape[:2]
        down = axis(height, gh, "corners", top, rows)
        across = axis(width, gw, "corners")
        return [(self.kind, self.gains, self.color, self.black, down, across)]
