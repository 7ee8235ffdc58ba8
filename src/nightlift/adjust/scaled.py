"""An adjustment at less, or more, than its full strength, as a link of a chain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np

from nightlift.adjust import kernels
from nightlift.adjust.adjustment import Adjustment, Arrays, Rebuilt, Settings, check_strength
from nightlift.photo import Floats


@dataclass(frozen=True, eq=False)
class Scaled(Adjustment):
    """`clip(x + strength · (f(x) - x))` of an adjustment f, for further adjustments to act on.

    Alone, an adjustment takes its strength as an argument of `apply`; this is for chains.
    `strength` is from 0 to 1.5.
    """

    adjustment: Adjustment
    strength: float
    kind: ClassVar[str] = "scaled"

    def __post_init__(self) -> None:
        check_strength(self.strength)

    def evaluate(self, rows: Floats, top: int, height: int) -> Floats:
        """The adjusted rows, unrounded; see `Adjustment.evaluate`."""
        after = self.adjustment.evaluate(rows, top, height)
        return np.clip(rows + np.float32(self.strength) * (after - rows), 0.0, 1.0)

    @property
    def unbounded(self) -> bool:
        """Whether the adjustment is."""
        return self.adjustment.unbounded

    def unclipped(self, rows: Floats, top: int, height: int) -> Floats:
        """Pixels beyond 0 and 1, adjusted; see `Adjustment.unclipped`.

        A strength above 1 goes past `after`: it ends at 0 and 1, or at what is beyond those anyway.
        """
        after = self.adjustment.unclipped(rows, top, height)
        out = rows + np.float32(self.strength) * (after - rows)
        ends = np.stack([rows, after])
        return np.clip(out, np.minimum(ends.min(axis=0), 0), np.maximum(ends.max(axis=0), 1))

    def oriented(self, orientation: int) -> Self:
        """The adjustment turned as the photo is stored."""
        return replace(self, adjustment=self.adjustment.oriented(orientation))

    def parameters(self) -> Mapping[str, Floats]:
        """Those of the adjustment."""
        return self.adjustment.parameters()

    def settings(self) -> Settings:
        """`strength`, and kind and settings of the adjustment."""
        inner = {"kind": self.adjustment.kind, "settings": dict(self.adjustment.settings())}
        return {"strength": self.strength, "adjustment": inner}

    @classmethod
    def stored(cls, settings: Settings, arrays: Arrays, rebuilt: Rebuilt) -> Self:
        """From what a file holds of it; see `Adjustment.stored`."""
        return cls(rebuilt(settings["adjustment"], arrays), float(settings["strength"]))

    def stages(self, size: kernels.Size, top: int, rows: int) -> list[kernels.Stage]:
        """One stage around those of the adjustment."""
        return [(self.kind, self.adjustment.stages(size, top, rows), float(self.strength))]
