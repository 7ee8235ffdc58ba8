"""How DeepUPE is trained: as in the reimplementation."""

from __future__ import annotations

from dataclasses import dataclass

from nightlift.adjust import LEAST_LIGHT, SMALLEST_LIGHT
from nightlift.errors import UsageError
from nightlift.learned.deep_upe.network import GLOBAL_SIDE
from nightlift.learned.recipe import Recipe
from nightlift.learned.terms import Distance

MOST_BINS = 64
"""The most luma bins that a bilateral grid may have."""


@dataclass(frozen=True)
class DeepUPERecipe(Recipe):
    """How DeepUPE is trained."""

    luma_bins: int = 8
    """Models of each cell of the grid, by luma."""
    channel_multiplier: int = 1
    """What the width of every layer is multiplied by."""
    spatial_bins: int = 8
    """Cells of each side of the grid."""
    low_size: int = 256
    """Pixels of each side of the copy that the network sees."""
    batch_norm: bool = True
    """Normalize the layers by batch."""
    augment: bool = True
    """Crop, mirror and rotate at random, in place of `flip`."""
    least_light: float = LEAST_LIGHT
    """What the illumination plus 1e-4 divides by at least; 1e-4 is the published division."""
    reconstruction: Distance = "squared"
    """The mean `absolute` or `squared` difference to the target, or a `logarithm`."""
    reconstruction_weight: float = 1.0
    """Of the difference to the target."""
    color_weight: float = 0.2
    """Of the angle between colors."""
    smoothness_weight: float = 0.05
    """Of the illumination's smoothness."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 2 <= self.luma_bins <= MOST_BINS:
            raise UsageError(
                f"expected luma_bins to be from 2 to {MOST_BINS}, got {self.luma_bins}"
            )
        if not SMALLEST_LIGHT <= self.least_light <= 1:
            raise UsageError(
                f"expected least_light to be from {SMALLEST_LIGHT} to 1, got {self.least_light}"
            )
        if self.channel_multiplier < 1:
            raise UsageError(
                f"expected channel_multiplier to be at least 1, got {self.channel_multiplier}"
            )
        _check_doubled("spatial_bins", self.spatial_bins, GLOBAL_SIDE, 1)
        _check_doubled("low_size", self.low_size, self.spatial_bins, 2)
        if self.size < 16:
            raise UsageError(f"expected size to be at least 16 pixels, got {self.size}")
        if self.batch_norm and self.batch < 2:
            raise UsageError(
                "batch norm compares the pictures of a batch: expected batch to be at least 2, "
                f"got {self.batch}; give larger batches, or set batch_norm=false"
            )


def _check_doubled(field: str, value: int, unit: int, least: int) -> None:
    """`value` must be `unit` times a power of two that is at least `least`."""
    ratio, rest = divmod(value, unit)
    if rest or ratio < least or ratio & (ratio - 1):
        raise UsageError(
            f"expected {field} to be {unit} times a power of two, at least {least * unit}, "
            f"got {value}"
        )


REIMPLEMENTATION = DeepUPERecipe(
    name="reimplementation",
    epochs=50,
    batch=16,
    size=512,
    flip=False,
    learning_rate=1e-2,
    weight_decay=1e-5,
    schedule="steps",
    learning_rates=((0, 1.0), (1, 0.5), (2, 0.1), (9, 0.05), (19, 0.01), (31, 0.003)),
)

MINUTES = DeepUPERecipe(
    name="minutes",
    epochs=60,
    batch=8,
    size=128,
    low_size=128,
    learning_rate=3e-3,
    schedule="cosine",
    clip_norm=1.0,
    ema=0.99,
    keep="last",
    reconstruction="logarithm",
    color_weight=0.0,
    smoothness_weight=0.2,
)
"""A quarter of the network's pixels, a sixteenth of the photo's: minutes on a CPU."""

DEEP_UPE_RECIPES = {recipe.name: recipe for recipe in (REIMPLEMENTATION, MINUTES)}
