"""How SMNet is trained: as published for LOL, the same for FiveK, and two recipes of ours."""

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
    """How SMNet is trained."""

    epochs: int = EPOCHS
    """See `Recipe.epochs`."""
    batch: int = 10
    """See `Recipe.batch`."""
    size: int = 128
    """Pixels of each side of the crops."""
    learning_rate: float = 5e-4
    """See `Recipe.learning_rate`."""
    schedule: Literal["constant", "plateau", "cosine", "steps", "linear-decay"] = "steps"
    """See `Recipe.schedule`."""
    learning_rates: tuple[tuple[int, float], ...] = FALLING
    """See `Recipe.learning_rates`."""
    pictures_every: int = 10
    """See `Recipe.pictures_every`."""
    width: int = 64
    """Channels of the features at full size, a multiple of 4."""
    shrunk: float = 1.0
    """Least size of the copy that crops are cut from, as a share of the photo's sides."""
    turn: bool = True
    """Turn half of the crops by 180 degrees."""
    validation_side: int = 600
    """The long side in pixels of the whole photos in validation."""
    features: Extractor = "vgg16"
    """The network of the perceptual term."""
    features_file: str | None = None
    """Its weights; none: PyTorch's cache."""
    picture_weights: tuple[float, ...] = (1.0,)
    """Of the pictures the network paints, in its order: one for LOL, three for FiveK."""
    ssim_weight: float = 1.0
    """Of what lacks of structural similarity."""
    features_weight: float = 1.0
    """Of the perceptual term."""
    smooth_l1_weight: float = 1.0
    """Of the smooth absolute difference."""
    logarithm_weight: float = 0.0
    """Of the logarithm of each picture's squared error, which the paper does not have."""
    inner_product_weight: float = 1.0
    """Of the mean of result × photo."""
    variation_weight: float = 0.001
    """Of total variation."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.width < 4 or self.width % 4:
            raise UsageError(f"expected width to be a multiple of 4, got {self.width}")
        if not 0 < self.shrunk <= 1:
            raise UsageError(f"expected shrunk above 0 and at most 1, got {self.shrunk}")
        for field in ("size", "validation_side"):
            if getattr(self, field) < 16:
                raise UsageError(
                    f"expected {field} to be at least 16 pixels, got {getattr(self, field)}"
                )


LOL = SMNetRecipe(name="lol")
FIVEK = SMNetRecipe(name="fivek", picture_weights=(0.25, 0.5, 1.0))

_SMALL = SMNetRecipe(
    name="small",
    epochs=60,
    batch=4,
    size=96,
    learning_rate=1e-3,
    schedule="cosine",
    learning_rates=(),
    clip_norm=1.0,
    ema=0.995,
    keep="last",
    width=16,
    shrunk=0.25,
    validation_side=300,
    features="none",
    smooth_l1_weight=0.0,
    logarithm_weight=0.5,
    inner_product_weight=0.0,
)
"""Ours: a thirtieth of the work, no weights of others, and crops that see more of the scene.

Few steps on small crops teach noise before brightness; copies brought down show a crop enough of
the scene to judge by, and the logarithm weighs a photo by how much nearer it could still be.
"""

_ACCELERATOR = replace(
    _SMALL,
    name="accelerator",
    epochs=80,
    batch=16,
    size=160,
    repeats=10,
    learning_rate=5e-4,
    ema=0.999,
    precision="bf16",
    width=64,
    shrunk=0.4,
    validation_side=600,
)
"""Ours: the whole network and as many steps as published, on larger crops, in bfloat16.

An epoch shows each photo ten times, so that little time is spent between epochs.
"""

_RECIPES = (_SMALL, _ACCELERATOR)

SMNET_RECIPES = {recipe.name: recipe for recipe in (LOL, *_RECIPES)}
SMNET_FIVEK_RECIPES = {
    recipe.name: recipe
    for recipe in (
        FIVEK,
        *(replace(one, picture_weights=FIVEK.picture_weights) for one in _RECIPES),
    )
}
