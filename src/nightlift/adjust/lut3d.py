"""3D lookup tables: colors to colors, the same everywhere in the photo."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Self

import numpy as np

from nightlift.adjust import kernels
from nightlift.adjust.adjustment import Adjustment, Arrays, Rebuilt, Settings, finite_floats
from nightlift.errors import AdjustmentError
from nightlift.photo import Floats

MOST_POINTS = 129
"""Along each side of the cube."""

MOST_KNOTS = 65536


@dataclass(frozen=True, eq=False)
class Lut3D(Adjustment):
    """A curve for each channel, if any, and then a cube of colors, interpolated trilinearly.

    `cube` is (n, n, n, 3) float32, indexed by blue, green and red: `cube[b, g, r]` is the color
    that (r, g, b) / (n - 1) becomes, with red the fastest axis as in a .cube file. `curves` is
    (k, 3) float32 with knots at i / (k - 1) and straight lines between them, clipped to [0, 1].
    Both ends of each axis lie on the first and last point, and results are clipped to [0, 1]
    (Zeng et al., TPAMI 2020; Yang et al., ECCV 2022).
    """

    cube: Floats
    curves: Floats | None = None
    kind: ClassVar[str] = "lut3d"

    def __post_init__(self) -> None:
        cube = finite_floats(self.cube, "the colors of a 3D table", (None, None, None, 3))
        points = cube.shape[0]
        if cube.shape[:3] != (points,) * 3 or not 2 <= points <= MOST_POINTS:
            raise AdjustmentError(
                f"expected a cube of 2 to {MOST_POINTS} points a side, got {cube.shape[:3]}"
            )
        object.__setattr__(self, "cube", cube)
        if self.curves is not None:
            curves = finite_floats(self.curves, "the curves of a 3D table", (None, 3))
            if not 2 <= len(curves) <= MOST_KNOTS:
                raise AdjustmentError(
                    f"expected curves of 2 to {MOST_KNOTS} knots, got {len(curves)}"
                )
            object.__setattr__(self, "curves", curves)

    def evaluate(self, rows: Floats, top: int, height: int) -> Floats:
        """The adjusted rows, unrounded; see `Adjustment.evaluate`."""
        points = len(self.cube)
        at = self._curved(np.clip(rows, 0.0, 1.0)) * np.float32(points - 1)
        below = np.minimum(at.astype(np.int32), points - 2)
        part = (at - below)[..., None]
        r, g, b = (below[..., channel] for channel in range(3))
        red = [[self._between(b + i, g + j, r, part[..., 0, :]) for j in (0, 1)] for i in (0, 1)]
        green = [low + part[..., 1, :] * (high - low) for low, high in red]
        out = green[0] + part[..., 2, :] * (green[1] - green[0])
        return np.asarray(np.clip(out, 0.0, 1.0), np.float32)

    def _between(self, b: Floats, g: Floats, r: Floats, part: Floats) -> Floats:
        """The colors between two neighbors along red."""
        low = self.cube[b, g, r]
        between: Floats = low + part * (self.cube[b, g, r + 1] - low)
        return between

    def _curved(self, x: Floats) -> Floats:
        if self.curves is None:
            return x
        at = x * np.float32(len(self.curves) - 1)
        below = np.minimum(at.astype(np.int32), len(self.curves) - 2)
        channels = np.arange(3)
        low = self.curves[below, channels]
        curved = low + (at - below) * (self.curves[below + 1, channels] - low)
        return np.asarray(np.clip(curved, 0.0, 1.0), np.float32)

    def oriented(self, orientation: int) -> Self:
        """Itself: it is the same from every side."""
        return self

    def parameters(self) -> Mapping[str, Floats]:
        """`cube`, and `curves` where there are some."""
        return {"cube": self.cube} | ({} if self.curves is None else {"curves": self.curves})

    def settings(self) -> Settings:
        """Nothing."""
        return {}

    @cached_property
    def _padded(self) -> Floats:
        """The cube with a fourth number behind each color: one register holds it."""
        padded: Floats = np.zeros((*self.cube.shape[:3], 4), np.float32)
        padded[..., :3] = self.cube
        return padded

    @classmethod
    def stored(cls, settings: Settings, arrays: Arrays, rebuilt: Rebuilt) -> Self:
        """From what a file holds of it; see `Adjustment.stored`."""
        return cls(arrays["cube"], arrays.get("curves"))

    def stages(self, size: kernels.Size, top: int, rows: int) -> list[kernels.Stage]:
        """One stage: cube and curves."""
        return [(self.kind, self._padded, self.curves)]
