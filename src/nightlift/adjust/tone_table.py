"""Tone tables: one curve a channel, the same everywhere in the photo."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from nightlift.adjust import kernels
from nightlift.adjust.adjustment import Adjustment, Arrays, Rebuilt, Settings, finite_floats
from nightlift.photo import Floats

KNOTS = 256


@dataclass(frozen=True, eq=False)
class ToneTable(Adjustment):
    """A curve for each of R, G, B with knots at i/255 and straight lines between them.

    `values` is (256, 3) float32, in [0, 1] where nothing is to be clipped.
    """

    values: Floats
    kind: ClassVar[str] = "tone_table"

    def __post_init__(self) -> None:
        values = finite_floats(self.values, "the values of a tone table", (KNOTS, 3))
        object.__setattr__(self, "values", values)

    def evaluate(self, rows: Floats, top: int, height: int) -> Floats:
        """The adjusted rows, unrounded; see `Adjustment.evaluate`."""
        at = rows * np.float32(KNOTS - 1)
        index = np.minimum(at.astype(np.int32), KNOTS - 2)
        fraction = at - index
        out = np.empty_like(rows)
        for channel in range(3):
            knots = self.values[:, channel]
            below = index[..., channel]
            low = knots[below]
            out[..., channel] = low + fraction[..., channel] * (knots[below + 1] - low)
        return np.clip(out, 0.0, 1.0, out=out)

    def oriented(self, orientation: int) -> Self:
        """Itself: a tone table is the same from every side."""
        return self

    def parameters(self) -> Mapping[str, Floats]:
        """`values`."""
        return {"values": self.values}

    def settings(self) -> Settings:
        """Nothing."""
        return {}

    @classmethod
    def stored(cls, settings: Settings, arrays: Arrays, rebuilt: Rebuilt) -> Self:
        """From what a file holds of it; see `Adjustment.stored`."""
        return cls(arrays["values"])

    def stages(self, size: kernels.Size, top: int, rows: int) -> list[kernels.Stage]:
        """One stage: the table."""
        return [(self.kind, self.values)]
