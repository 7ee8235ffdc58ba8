"""Hue kept: what an adjustment makes of the channels, without turning a color into another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np

from nightlift.adjust import kernels
from nightlift.adjust.adjustment import Adjustment, Arrays, Rebuilt, Settings
from nightlift.errors import AdjustmentError
from nightlift.photo import Floats

LEAST_SPREAD = 2e-5
"""Channels that differ by no more, a level of 16 bits, are equal: gray and yellow come so to sRGB
from another RGB, within what a profile's numbers leave of them."""


def keep_hue(before: Floats, after: Floats) -> Floats:
    """`after` with its channels in the order and at the proportions of `before`.

    The least channel of a pixel before becomes the lesser of what the adjustment has made of the
    least and of the greatest one, the greatest becomes the greater of the two (so that an
    adjustment that exchanges them, as a negative does, leaves their order as it was), and the
    middle one lies where it was between them:

        mid' = min' + (mid - min) / (max - min) (max' - min')

    Of channels that are equally great or small, within `LEAST_SPREAD`, those that end furthest
    apart count. A gray pixel has no hue to keep: it stays as the adjustment made it.

    Args:
        before: (h, W, 3) float32 in [0, 1].
        after: The same after an adjustment.

    Returns:
        (h, W, 3) float32 in [0, 1].
    """
    least, greatest = before.min(axis=2, keepdims=True), before.max(axis=2, keepdims=True)
    same = np.float32(LEAST_SPREAD)
    low = np.where(before - least <= same, after, np.float32(2)).min(axis=2, keepdims=True)
    high = np.where(greatest - before <= same, after, np.float32(-1)).max(axis=2, keepdims=True)
    low, high = np.minimum(low, high), np.maximum(low, high)
    spread = greatest - least
    share = (before - least) / np.maximum(spread, same)
    kept = np.clip(low + share * (high - low), 0, 1)
    out: Floats = np.where(spread > same, kept, after)
    return out


@dataclass(frozen=True, eq=False)
class HueKept(Adjustment):
    """An adjustment of any kind, after which each pixel has the hue (HSV) that it had before.

    See `keep_hue`. It is meant for adjustments that do much the same to all channels. By how much
    they differ, neighbors that are all but gray come apart: their hue is noise, and is kept.
    """

    adjustment: Adjustment
    kind: ClassVar[str] = "hue_kept"

    def __post_init__(self) -> None:
        inner = self.adjustment
        if not isinstance(inner, Adjustment):
            raise AdjustmentError(
                f"expected an adjustment to keep the hue of, got {type(inner).__name__}"
            )
        if isinstance(inner, HueKept):
            object.__setattr__(self, "adjustment", inner.adjustment)

    def evaluate(self, rows: Floats, top: int, height: int) -> Floats:
        """The adjusted rows, unrounded; see `Adjustment.evaluate`."""
        return keep_hue(rows, self.adjustment.evaluate(rows, top, height))

    def oriented(self, orientation: int) -> Self:
        """The adjustment turned as the photo is stored."""
        return replace(self, adjustment=self.adjustment.oriented(orientation))

    def parameters(self) -> Mapping[str, Floats]:
        """Those of the adjustment."""
        return self.adjustment.parameters()

    def settings(self) -> Settings:
        """`of`: kind and settings of the adjustment."""
        return {"of": {"kind": self.adjustment.kind, "settings": self.adjustment.settings()}}

    @classmethod
    def stored(cls, settings: Settings, arrays: Arrays, rebuilt: Rebuilt) -> Self:
        """From what a file holds of it; see `Adjustment.stored`."""
        return cls(rebuilt(settings["of"], arrays))

    def stages(self, size: kernels.Size, top: int, rows: int) -> list[kernels.Stage]:
        """One stage that holds those of the adjustment."""
        return [(self.kind, self.adjustment.stages(size, top, rows))]
