"""How `natural` is trained."""

from __future__ import annotations

from dataclasses import dataclass

from nightlift.errors import UsageError
from nightlift.learned.recipe import Recipe

HALVED = 8
"""What the network divides the sides of its copy by."""


@dataclass(frozen=True)
class NaturalRecipe(Recipe):
    """How `natural` is trained."""

    side: int = 128
    """Pixels of each side of the copy that the network sees."""
    cells: int = 16
    """Places along each side of the grid."""
    bins: int = 8
    """Tones of each place."""
    width: int = 16
    """Of the first layer."""
    middle: float = 0.6
    """In use: mean of the lifted brightest channel that photos come nearer to from below. Settled
    on half `a` of the sets that `benchmarks/default.py` reads, and by eye."""
    least_crop: float = 0.6
    """Least share of each side that a crop keeps."""
    absolute_weight: float = 1.0
    """Of the mean absolute difference to the target."""
    logarithm_weight: float = 0.05
    """Of the logarithm of the mean squared one."""
    structure_weight: float = 0.2
    """Of what lacks of structural similarity."""
    smoothness_weight: float = 0.02
    """Of squared differences of gains between neighboring places."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.side % HALVED or self.side // HALVED < self.cells:
            raise UsageError(
                f"expected side to be a multiple of {HALVED}, at least {HALVED} times the "
                f"{self.cells} cells, got {self.side}"
            )
        if (self.side // HALVED) % self.cells:
            raise UsageError(
                f"expected side / {HALVED} to be a multiple of cells, "
                f"got {self.side // HALVED} and {self.cells}"
            )
        if not 2 <= self.bins <= 64 or self.cells < 2 or self.width < 1:
            raise UsageError(
                "expected 2 to 64 bins, at least 2 cells and a width of at least 1, "
                f"got {self.bins}, {self.cells} and {self.width}"
            )
        if not 0 < self.middle < 1:
            raise UsageError(f"expected middle to be between 0 and 1, got {self.middle}")
        if not 0 < self.least_crop <= 1:
            raise UsageError(f"expected least_crop to be above 0, up to 1, got {self.least_crop}")


NATURAL_RECIPES = {
    recipe.name: recipe
    for recipe in (
        NaturalRecipe(
            name="camera",
            epochs=15,
            batch=16,
            size=128,
            darkened=0.15,
            darkness="camera",
            grain=0.3,
            stops=(-5.5, 0.0),
            learning_rate=2e-3,
            schedule="cosine",
            clip_norm=1.0,
            ema=0.995,
            keep="last",
            pictures_every=10,
        ),
    )
}
