"""How SMNet is trained: as published for LOL, the same for FiveK, and small enough for a CPU."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from nightlift.errors import UsageError
from nightlift.learned.recipe import Recipe

Extractor: TypeAlias = Literal["none", "vgg16", "squeezenet"]

EPOCHS = 600

FALLING = tuple((start, 1.2 ** -(start // 50)) for start in range(0, EPOCHS, 50))
"""The learning rate is divided by 1.2 every 50 epochs."""


@dataclass(frozen=True)
class SMNetRecipe(Recipe):
    """How SMNet is trained.

    `width` is that of the features at full size, a multiple of 4. Crops have `size` pixels a
    side; `flip` mirrors half of them and `turn` turns half by 180 degrees. In validation photos
    are seen whole, their long side brought down to `validation_side`. `features` are those of the
    perceptual term and `features_file` the file of their weights. `picture_weights` weighs the
    pictures the network paints, in its order: one for LOL, three for FiveK.
    """

    epochs: int = EPOCHS
    batch: int = 10
    size: int = 128
    learning_rate: float = 5e-4
    schedule: Literal["constant", "plateau", "cosine", "steps", "linear-decay"] = "steps"
    learning_rates: tuple[tuple[int, float], ...] = FALLING
    pictures_every: int = 10
    width: int = 64
    turn: bool = True
    validation_side: int = 600
    features: Extractor = "vgg16"
    features_file: str | None = None
    picture_weights: tuple[float, ...] = (1.0,)
    ssim_weight: float = 1.0
    features_weight: float = 1.0
    smooth_l1_weight: float = 1.0
    inner_product_weight: float = 1.0
    variation_weight: float = 0.001

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.width < 4 or self.width % 4:
            raise UsageError(f"expected width to be a multiple of 4, got {self.width}")
        for field in ("size", "validation_side"):
            if getattr(self, field) < 16:
                raise UsageError(
                    f"expected {field} to be at least 16 pixels, got {getattr(self, field)}"
                )


LOL = SMNetRecipe(name="lol")
FIVEK = SMNetRecipe(name="fivek", picture_weights=(0.25, 0.5, 1.0))

_SMALL = replace(LOL, name="small", epochs=60, batch=4, width=16, features="none")
_SMALL = replace(_SMALL, learning_rates=tuple((start // 10, share) for start, share in FALLING))
"""Ours: a sixteenth of the work, and no weights of others needed."""

SMNET_RECIPES = {recipe.name: recipe for recipe in (LOL, _SMALL)}
SMNET_FIVEK_RECIPES = {
    recipe.name: recipe
    for recipe in (FIVEK, replace(_SMALL, picture_weights=FIVEK.picture_weights))
}
