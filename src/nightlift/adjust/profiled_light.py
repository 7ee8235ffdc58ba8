"""Light grids on pixels whose RGB is not sRGB: the same photo comes out the same in any of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np

from nightlift.adjust import kernels
from nightlift.adjust.adjustment import Adjustment, Settings, check_strength
from nightlift.photo import Floats, Pixels

if TYPE_CHECKING:
    from nightlift.adjust.light_grid import LightGrid
    from nightlift.photo import RgbSpace


@dataclass(frozen=True, eq=False)
class ProfiledLight(Adjustment):
    """A light grid for pixels of another RGB; made by `LightGrid.in_profile`, and not to be saved.

    Each pixel goes to sRGB and back, and no color is clipped on the way; `strength` is that of the
    blend in sRGB.
    """

    light: LightGrid
    space: RgbSpace
    strength: float = 1.0
    kind: ClassVar[str] = "profiled_light"

    def evaluate(self, rows: Floats, top: int, height: int) -> Floats:
        """The adjusted rows, unrounded; see `Adjustment.evaluate`."""
        x = self.space.to_srgb.of(rows)
        y = self.light.lifted(x, top, height)
        if self.strength != 1:
            y = x + np.float32(self.strength) * (y - x)
        out: Floats = np.clip(self.space.from_srgb.of(y), 0, 1)
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
        check_strength(strength)
        if strength == 0:
            super().apply_rows(rows, out, top, height, strength, threads)
            return
        faded = replace(self, strength=strength)
        Adjustment.apply_rows(faded, rows, out, top, height, 1.0, threads)

    def oriented(self, orientation: int) -> Self:
        """The light turned as the photo is stored."""
        return replace(self, light=self.light.oriented(orientation))

    def parameters(self) -> Mapping[str, Floats]:
        """Those of the light."""
        return self.light.parameters()

    def settings(self) -> Settings:
        """Those of the light."""
        return self.light.settings()

    def stages(self, size: kernels.Size, top: int, rows: int) -> list[kernels.Stage]:
        """One stage: both conversions, and the light's stage between them."""
        there, back = (
            (one.decode, one.matrix, one.encode, one.quick)
            for one in (self.space.to_srgb, self.space.from_srgb)
        )
        return [("in_srgb", there, back, self.strength, self.light.stages(size, top, rows))]
