"""How `natural` is trained."""

from __future__ import annotations

from dataclasses import dataclass

from nightlift.errors import UsageError
from nightlift.learned.recipe import Recipe

HALVED = 8
"""What the network divides the sides of its copy by."""


@dataclass(frozen=True)
class NaturalRecipe(Recipe):
    """How `natural` is trained.

    The network sees a copy of `side` pixels a side and says gains for `cells` by `cells` places
    with `bins` tones each; `width` is that of its first layer. Pictures are cropped to `least_crop`
    of each side or more. The terms are the mean absolute difference to the target, the logarithm
    of the mean squared one, what lacks of structural similarity, and squared differences of
    gains between neighboring places.
    """

    side: int = 128
    cells: int = 16
    bins: int = 8
    width: int = 16
    least_crop: float = 0.6
    absolute_weight: float = 1.0
    logarithm_weight: float = 0.05
    structure_weight: float = 0.2
    smoothness_weight: float = 0.02

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
