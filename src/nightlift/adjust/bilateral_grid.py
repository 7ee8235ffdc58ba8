"""Bilateral grids: local affine models, looked up by place and by a guide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Literal, Self, TypeAlias, get_args

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
from nightlift.photo import LUMA, Floats

GridMode: TypeAlias = Literal["affine", "divide"]
OFFSET = 1e-4
LEAST_LIGHT = 1 / 64
"""Illumination divides by no less unless told otherwise, so that nothing is discontinuous."""
SMALLEST_LIGHT = 1e-6
MOST_HIDDEN = 256


@dataclass(frozen=True, eq=False)
class PointwiseGuide:
    """A guide computed from each pixel alone: tanh(w2 · relu(w1 rgb + b1) + b2).

    `w1` is (n, 3), `b1` (n,), `w2` (n,) float32; the guide is in (-1, 1).
    """

    w1: Floats
    b1: Floats
    w2: Floats
    b2: float

    def __post_init__(self) -> None:
        w1 = finite_floats(self.w1, "w1 of a guide", (None, 3))
        hidden = len(w1)
        if hidden > MOST_HIDDEN:
            raise AdjustmentError(f"expected a guide of at most {MOST_HIDDEN}, got {hidden}")
        object.__setattr__(self, "w1", w1)
        object.__setattr__(self, "b1", finite_floats(self.b1, "b1 of a guide", (hidden,)))
        object.__setattr__(self, "w2", finite_floats(self.w2, "w2 of a guide", (hidden,)))
        if not abs(self.b2) <= 1e6:
            raise AdjustmentError(f"expected a finite b2 of a guide, got {self.b2}")

    def evaluate(self, rows: Floats) -> Floats:
        """The guide of each pixel.

        Args:
            rows: (h, W, 3) float32 in [0, 1].

        Returns:
            (h, W) float32 in [-1, 1].
        """
        total = np.full(rows.shape[:2], self.b2, np.float32)
        r, g, b = rows[..., 0], rows[..., 1], rows[..., 2]
        for (wr, wg, wb), bias, weight in zip(self.w1, self.b1, self.w2, strict=True):
            total += weight * np.maximum(wr * r + wg * g + wb * b + bias, 0.0)
        return np.tanh(total)

    def equals(self, other: PointwiseGuide) -> bool:
        """Whether two guides are the same function, number for number.

        Args:
            other: The guide to compare with.

        Returns:
            True where all weights are equal.
        """
        pairs = ((self.w1, other.w1), (self.b1, other.b1), (self.w2, other.w2))
        return self.b2 == other.b2 and all(np.array_equal(mine, its) for mine, its in pairs)


@dataclass(frozen=True, eq=False)
class BilateralGrid(Adjustment):
    """Affine models in cells over x, y and a guide, sliced trilinearly (Gharbi et al. 2017).

    `cells` is (gh, gw, bins, 3, 4) float32: for each output channel three weights and an offset.
    Corners are aligned on all three axes: the first and last pixel centers, and the guide's -1
    and 1, lie on the first and last cells. affine: out = clip(A [r g b 1]). divide: the same is
    an illumination S, and out = clip(x / max(S + 1e-4, `least_light`)); with a least light of
    1e-4 that is the division as published, wherever S is not negative (Wang et al. 2019).
    Without a `guide`, luma from -1 to 1 guides.
    """

    cells: Floats
    mode: GridMode = "affine"
    guide: PointwiseGuide | None = None
    least_light: float = LEAST_LIGHT
    kind: ClassVar[str] = "bilateral_grid"

    def __post_init__(self) -> None:
        cells = finite_floats(self.cells, "the cells of a grid", (None, None, None, 3, 4))
        if not 2 <= cells.shape[2] <= MOST_BINS:
            raise AdjustmentError(f"expected 2 to {MOST_BINS} bins, got {cells.shape[2]}")
        if self.mode not in get_args(GridMode):
            raise AdjustmentError(f"expected mode 'affine' or 'divide', got {self.mode!r}")
        if not SMALLEST_LIGHT <= self.least_light <= 1:
            raise AdjustmentError(
                f"expected a least light from {SMALLEST_LIGHT} to 1, got {self.least_light}"
            )
        object.__setattr__(self, "cells", cells)

    def evaluate(self, rows: Floats, top: int, height: int) -> Floats:
        """The adjusted rows, unrounded; see `Adjustment.evaluate`."""
        out = np.empty_like(rows)
        y, fy = axis(height, self.cells.shape[0], "corners", top, len(rows))
        last = self.cells.shape[0] - 1
        for i in range(len(rows)):
            above, below = self.cells[y[i]], self.cells[min(y[i] + 1, last)]
            self._slice_row(rows[i], above + fy[i] * (below - above), out[i])
        return out

    def _slice_row(self, row: Floats, cells: Floats, out: Floats) -> None:
        """One (W, 3) row through the (gw, bins, 3, 4) cells at its height, into `out`."""
        gw, bins = cells.shape[:2]
        x, fx = axis(len(row), gw, "corners")
        depth = self._depth(row)
        z = np.minimum(depth.astype(np.int32), bins - 2)
        fz = (depth - z)[:, None]
        models = cells.reshape(gw * bins, 12)
        left = x * bins + z
        right = np.minimum(x + 1, gw - 1) * bins + z
        low, high = models[left], models[left + 1]
        near = low + fz * (high - low)
        low, high = models[right], models[right + 1]
        far = low + fz * (high - low)
        affine = (near + fx[:, None] * (far - near)).reshape(-1, 3, 4)
        r, g, b = row[:, :1], row[:, 1:2], row[:, 2:]
        value = affine[..., 0] * r + affine[..., 1] * g + affine[..., 2] * b + affine[..., 3]
        if self.mode == "divide":
            value = row / np.maximum(value + np.float32(OFFSET), np.float32(self.least_light))
        np.clip(value, 0.0, 1.0, out=out)

    def _depth(self, row: Floats) -> Floats:
        """Where each pixel of a (W, 3) row lies among the bins, (W,) from 0 to bins - 1."""
        if self.guide is None:
            r, g, b = (np.float32(weight) for weight in LUMA)
            unit = r * row[:, 0] + g * row[:, 1] + b * row[:, 2]
        else:
            unit = self.guide.evaluate(row[None])[0] * np.float32(0.5) + np.float32(0.5)
        deepest = np.float32(self.cells.shape[2] - 1)
        depth: Floats = np.clip(unit * deepest, np.float32(0), deepest)
        return depth

    def oriented(self, orientation: int) -> Self:
        """The cells turned as the photo is stored."""
        if orientation == 1:
            return self
        from nightlift.photo import turn_back

        gh, gw = self.cells.shape[:2]
        turned = turn_back(self.cells.reshape(gh, gw, -1), orientation)
        return replace(self, cells=turned.reshape(*turned.shape[:2], *self.cells.shape[2:]))

    def parameters(self) -> Mapping[str, Floats]:
        """`cells`, and the guide's `w1`, `b1`, `w2` where there is one."""
        if self.guide is None:
            return {"cells": self.cells}
        guide = self.guide
        return {"cells": self.cells, "w1": guide.w1, "b1": guide.b1, "w2": guide.w2}

    def settings(self) -> Settings:
        """`mode`, `b2` of the guide (None: luma guides), and `least_light` of grids that divide."""
        settings = {"mode": self.mode, "b2": None if self.guide is None else float(self.guide.b2)}
        return settings | ({"least_light": self.least_light} if self.mode == "divide" else {})

    @classmethod
    def stored(cls, settings: Settings, arrays: Arrays, rebuilt: Rebuilt) -> Self:
        """From what a file holds of it; see `Adjustment.stored`."""
        b2 = settings["b2"]
        guide = None
        if b2 is not None:
            guide = PointwiseGuide(arrays["w1"], arrays["b1"], arrays["w2"], float(b2))
        least = float(settings.get("least_light", LEAST_LIGHT))
        return cls(arrays["cells"], settings["mode"], guide, least)

    def stages(self, size: kernels.Size, top: int, rows: int) -> list[kernels.Stage]:
        """One stage: the cells, the guide, and where the rows and columns lie among the cells."""
        height, width = size
        gh, gw = self.cells.shape[:2]
        guide = self.guide and (self.guide.w1, self.guide.b1, self.guide.w2, self.guide.b2)
        down = axis(height, gh, "corners", top, rows)
        least = self.least_light if self.mode == "divide" else 0.0
        return [(self.kind, self.cells, least, guide, down, axis(width, gw, "corners"))]
