"""Curve maps: quadratic curves whose parameter varies from place to place (Zero-DCE)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Self, get_args

import numpy as np

from nightlift.adjust import kernels
from nightlift.adjust.adjustment import Adjustment, Arrays, Rebuilt, Settings, finite_floats
from nightlift.adjust.resample import Alignment, Axis, axis
from nightlift.errors import AdjustmentError
from nightlift.photo import Floats

MOST_STEPS = 16
SLACK = 1e-3


@dataclass(frozen=True, eq=False)
class CurveMap(Adjustment):
    """The steps x <- x + a (x² - x), a from maps enlarged bilinearly (Eq. 4 of Guo et al. 2020).

    `maps` is (n, h, w, 3) float32 in [-1, 1], with n = `steps`, or n = 1 shared by all steps
    (Zero-DCE++). `alignment` says where the maps' cells lie, see `resample.axis`.
    """

    maps: Floats
    steps: int
    alignment: Alignment = "half-pixel"
    kind: ClassVar[str] = "curve_map"

    def __post_init__(self) -> None:
        maps = finite_floats(self.maps, "the maps of a curve map", (None, None, None, 3))
        if not 1 <= self.steps <= MOST_STEPS:
            raise AdjustmentError(f"expected 1 to {MOST_STEPS} steps, got {self.steps}")
        if len(maps) not in (1, self.steps):
            raise AdjustmentError(
                f"expected one map for all steps or {self.steps} maps, got {len(maps)}"
            )
        if self.alignment not in get_args(Alignment):
            raise AdjustmentError(
                f"expected alignment 'half-pixel' or 'corners', got {self.alignment!r}"
            )
        furthest = float(np.abs(maps).max())
        if furthest > 1 + SLACK:
            raise AdjustmentError(f"expected curve parameters from -1 to 1, got {furthest:.4g}")
        if furthest > 1:
            maps = finite_floats(np.clip(maps, -1.0, 1.0), "the maps of a curve map", maps.shape)
        object.__setattr__(self, "maps", maps)

    def with_steps(self, steps: int) -> Self:
        """The same curves with another number of steps.

        Args:
            steps: At most as many as there are maps; 1 to 16 where all steps share one map.

        Returns:
            A curve map of so many steps.

        Raises:
            AdjustmentError: There are no such steps.
        """
        if len(self.maps) > 1 and not 1 <= steps <= len(self.maps):
            raise AdjustmentError(f"expected 1 to {len(self.maps)} steps, got {steps}")
        maps = self.maps if len(self.maps) == 1 else self.maps[:steps]
        return replace(self, maps=maps, steps=steps)

    def evaluate(self, rows: Floats, top: int, height: int) -> Floats:
        """The adjusted rows, unrounded; see `Adjustment.evaluate`."""
        _, h, w, _ = self.maps.shape
        across = axis(rows.shape[1], w, self.alignment)
        down = axis(height, h, self.alignment, top, len(rows))
        x = rows
        a = rows
        for step in range(self.steps):
            if step < len(self.maps):
                a = _enlarged(self.maps[step], down, across)
            x = x + a * (x * x - x)
        return np.clip(x, 0.0, 1.0)

    def oriented(self, orientation: int) -> Self:
        """The maps turned as the photo is stored."""
        if orientation == 1:
            return self
        from nightlift.photo import turn_back

        turned = np.stack([turn_back(step, orientation) for step in self.maps])
        return replace(self, maps=turned)

    def parameters(self) -> Mapping[str, Floats]:
        """`maps`."""
        return {"maps": self.maps}

    def settings(self) -> Settings:
        """`steps` and `alignment`."""
        return {"steps": self.steps, "alignment": self.alignment}

    @classmethod
    def stored(cls, settings: Settings, arrays: Arrays, rebuilt: Rebuilt) -> Self:
        """From what a file holds of it; see `Adjustment.stored`."""
        return cls(arrays["maps"], int(settings["steps"]), settings["alignment"])

    def stages(self, size: kernels.Size, top: int, rows: int) -> list[kernels.Stage]:
        """One stage: the maps, and where the rows and columns lie in them."""
        height, width = size
        _, h, w, _ = self.maps.shape
        down = axis(height, h, self.alignment, top, rows)
        return [(self.kind, self.maps, self.steps, down, axis(width, w, self.alignment))]


def _enlarged(step: Floats, down: Axis, across: Axis) -> Floats:
    """One (h, w, 3) map at the pixels of `down` and `across`."""
    x, fx = across
    y, fy = down
    first = int(y[0])
    used = step[first : int(y[-1]) + 2]
    left = used[:, x]
    right = used[:, np.minimum(x + 1, step.shape[1] - 1)]
    wide = left + fx[:, None] * (right - left)
    above = wide[y - first]
    below = wide[np.minimum(y - first + 1, len(wide) - 1)]
    enlarged: Floats = above + fy[:, None, None] * (below - above)
    return enlarged
