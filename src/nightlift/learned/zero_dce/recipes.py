"""How Zero-DCE and Zero-DCE++ are trained: as in the paper, and as in the reimplementation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Literal, TypeAlias

from nightlift.errors import UsageError
from nightlift.learned.recipe import Recipe

Losses: TypeAlias = Literal["paper", "reimplementation"]
ColorTerm: TypeAlias = Literal["difference", "ratio"]

SHRINK = 12
"""Zero-DCE++ looks at a picture shrunk so many times, whatever its size (its published code)."""

PLUS_SMOOTHNESS = 1600.0
"""One map serves eight steps: eight times 200 keeps the term's share of Zero-DCE's."""


@dataclass(frozen=True)
class ZeroDCERecipe(Recipe):
    """How Zero-DCE is trained."""

    width: int = 32
    """Channels of the network."""
    steps: int = 8
    """Curve steps."""
    losses: Losses = "paper"
    """Which published way the terms are computed in: the `paper`'s or the reimplementation's
    (`reimplementation`)."""
    color_term: ColorTerm = "difference"
    """What is asked of channel means: to be alike (`difference`), or in the photo's ratios
    (`ratio`)."""
    exposure_target: float = 0.6
    """Brightness in [0, 1] that patches should have."""
    exposure_patch: int | None = 16
    """Pixels of each side of these patches; none: the whole picture."""
    spatial_region: int = 4
    """Pixels of each side of the regions whose differences to their neighbors are kept."""
    spatial_weight: float = 1.0
    """Of these differences. `weights` sets all four: spatial, exposure, color, smoothness."""
    exposure_weight: float = 10.0
    """Of the brightness."""
    color_weight: float = 5.0
    """Of the color term."""
    smoothness_weight: float = 200.0
    """Of the smoothness of the curves' maps."""
    cut_from: int | None = None
    """The shorter side in pixels to which a photo is brought before a square is cut out of it;
    none: the whole photo becomes the square."""
    shrink: int = 1
    """What the square's sides are divided by before the network looks at it (Zero-DCE++'s
    speed)."""
    long_side: int = 384
    """The long side in pixels of the copies that the released network looks at, at most."""
    power_first: bool = False
    """Bring each photo to `exposure_target` by a power, before the curves."""
    contrast: float = 0.0
    """Regions are asked to differ from the picture's mean by that power to minus this number
    times as much; with `power_first`."""

    TOGETHER: ClassVar = {
        "weights": ("spatial_weight", "exposure_weight", "color_weight", "smoothness_weight")
    }

    @property
    def power_to(self) -> float | None:
        """The mean luma that a power brings photos to, if one comes first."""
        return self.exposure_target if self.power_first else None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.exposure_patch is not None and not 1 <= self.exposure_patch <= self.size:
            raise UsageError(
                f"expected exposure_patch to be from 1 to the size {self.size}, "
                f"got {self.exposure_patch}"
            )
        if not 1 <= self.spatial_region <= self.size // 2:
            raise UsageError(
                f"expected spatial_region to be from 1 to half the size {self.size}, "
                f"got {self.spatial_region}"
            )
        if not 1 <= self.steps <= 16:
            raise UsageError(f"expected steps to be from 1 to 16, got {self.steps}")
        if self.cut_from is not None and self.cut_from < self.size:
            raise UsageError(
                f"expected cut_from to be at least the size {self.size}, got {self.cut_from}"
            )
        if self.shrink < 1:
            raise UsageError(f"expected shrink to be at least 1, got {self.shrink}")
        if self.width < 1:
            raise UsageError(f"expected width to be at least 1, got {self.width}")
        if not 0 <= self.contrast <= 1:
            raise UsageError(f"expected contrast to be from 0 to 1, got {self.contrast}")
        if self.contrast and not self.power_first:
            raise UsageError("contrast is what a power takes: set power_first=true with it")


PAPER = ZeroDCERecipe(
    name="paper",
    epochs=100,
    size=256,
    flip=False,
    weight_decay=1e-4,
    clip_norm=0.1,
    pictures_every=10,
)

REIMPLEMENTATION = ZeroDCERecipe(
    name="reimplementation",
    epochs=140,
    size=512,
    flip=False,
    schedule="plateau",
    pictures_every=30,
    losses="reimplementation",
    exposure_target=0.62,
    spatial_weight=8.0,
    exposure_weight=1.75,
    color_weight=1.0,
    smoothness_weight=7.0,
)

PLUS_PAPER = replace(PAPER, size=512, shrink=SHRINK, smoothness_weight=PLUS_SMOOTHNESS)
"""At 512 pixels, so that the network sees what a twelfth of a small photo is."""

NIGHT = replace(
    PAPER,
    name="night",
    epochs=6,
    size=112,
    cut_from=170,
    long_side=256,
    width=16,
    steps=4,
    darkened=0.7,
    stops=(-6.0, -0.5),
    flip=True,
    learning_rate=2e-3,
    weight_decay=0.0,
    clip_norm=1.0,
    schedule="cosine",
    ema=0.99,
    pictures_every=1,
    power_first=True,
    contrast=0.75,
    exposure_target=0.42,
    exposure_patch=None,
    spatial_weight=100.0,
    color_term="ratio",
    color_weight=2.0,
    smoothness_weight=5.0,
    precision="bf16",
)
"""Ours: few epochs on a processor, at the scale of use, on photos darker than any collection's.

A power brings the photo to its brightness, which eight curves alone do badly: they spread the
middle tones, noise and all, where a power compresses them. What is left to half the curves and
half the width is the contrast that the power took, place by place. Exposure is asked of the whole
picture: small patches, each drawn to the same gray, flatten what they should keep apart and leave
halos. Colors keep the ratios that they have after the power; gray is not asked for.
"""

PLUS_REIMPLEMENTATION = replace(REIMPLEMENTATION, shrink=SHRINK)

PLUS_NIGHT = replace(NIGHT, smoothness_weight=8 * NIGHT.smoothness_weight)
"""Its network looks at the small copy itself, as Zero-DCE's does: no shrinking by twelve."""

ZERO_DCE_RECIPES = {recipe.name: recipe for recipe in (PAPER, REIMPLEMENTATION, NIGHT)}
ZERO_DCE_PLUS_RECIPES = {
    recipe.name: recipe for recipe in (PLUS_PAPER, PLUS_REIMPLEMENTATION, PLUS_NIGHT)
}
