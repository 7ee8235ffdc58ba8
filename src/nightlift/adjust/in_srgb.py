"""Adjustments on pixels whose RGB is not sRGB: the same photo comes out the same in any of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np

from nightlift.adjust import kernels
from nightlift.adjust.adjustment import Adjustment, Settings, check_strength
from nightlift.adjust.scaled import Scaled
from nightlift.photo import Floats, Pixels

if TYPE_CHECKING:
    from nightlift.photo import RgbSpace


@dataclass(frozen=True, eq=False)
class InSrgb(Adjustment):
    """An adjustment for pixels of another RGB; `Adjustment.in_profile` makes it; not to be saved.

    Each pixel goes to sRGB and back, and no color is clipped on the way: what lies outside sRGB is
    adjusted by `Adjustment.unclipped`.
    """

    adjustment: Adjustment
    space: RgbSpace
    kind: ClassVar[str] = "in_srgb"

    def evaluate(self, rows: Floats, top: int, height: int) -> Floats:
        """The adjusted rows, unrounded; see `Adjustment.evaluate`."""
        after = self.adjustment.unclipped(self.space.to_srgb.of(rows), top, height)
        out: Floats = np.clip(self.space.from_srgb.of(after), 0, 1)
        return out

    def apply_rows(
        self,
        rows: Pixels,
        out: Pixels,
        top: int,
        height: int,
        strength: float = 1.0,
        threads: int | None = None,
    ) -> None:
        """See `Adjustment.apply_rows`; the strength counts in sRGB, not in these codes."""
        strength = check_strength(strength)
        if strength in (0.0, 1.0):
            super().apply_rows(rows, out, top, height, strength, threads)
            return
        self._faded(strength).apply_rows(rows, out, top, height, 1.0, threads)

    def apply_each(self, pictures: Pixels, strength: float = 1.0) -> Pixels:
        """See `Adjustment.apply_each`; the strength counts in sRGB, as in `apply_rows`."""
        strength = check_strength(strength)
        if strength in (0.0, 1.0):
            return super().apply_each(pictures, strength)
        return self._faded(strength).apply_each(pictures)

    def _faded(self, strength: float) -> Self:
        return replace(self, adjustment=Scaled(self.adjustment, strength))

    def oriented(self, orientation: int) -> Self:
        """The adjustment turned as the photo is stored."""
        return replace(self, adjustment=self.adjustment.oriented(orientation))

    def parameters(self) -> Mapping[str, Floats]:
        """Those of the adjustment."""
        return self.adjustment.parameters()

    def settings(self) -> Settings:
        """Those of the adjustment."""
        return self.adjustment.settings()

    def stages(self, size: kernels.Size, top: int, rows: int) -> list[kernels.Stage]:
        """One stage: both conversions, and the adjustment's stages between them."""
        there, back = (
            (one.decode, one.mixing, one.encode, one.quick)
            for one in (self.space.to_srgb, self.space.from_srgb)
        )
        return [(self.kind, there, back, self.adjustment.stages(size, top, rows))]
