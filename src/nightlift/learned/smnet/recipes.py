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
    """How SMNet is trained.

    `width` is that of the features at full size, a multiple of 4. Crops have `size` pixels a
    side and are cut from a copy whose sides are `shrunk` to 1 of the photo's; `flip` mirrors half
    of them and `turn` turns half by 180 degrees. In validation photos are seen whole, their long
    side brought down to `validation_side`. `features` are those of the perceptual term and
    `features_file` the file of their weights. `picture_weights` weighs the pictures the network
    paints, in its order: one for LOL, three for FiveK. `logarithm_weight` is that of the logarithm
    of each picture's squared error, which the paper does not have.
    """

    epochs: int = EPOCHS
    batch: int = 10
    size: int = 128
    learning_rate: float = 5e-4
    schedule: Literal["constant", "plateau", "cosine", "steps", "linear-decay"] = "steps"
    learning_rates: tuple[tuple[int, float], ...] = FALLING
    pictures_every: int = 10
    width: int = 64
    shrunk: float = 1.0
    turn: bool = True
    validation_side: int = 600
    features: Extractor = "vgg16"
    features_file: str | None = None
    picture_weights: tuple[float, ...] = (1.0,)
    ssim_weight: float = 1.0
    features_weight: float = 1.0
    smooth_l1_weight: float = 1.0
    logarithm_weight: float = 0.0
    inner_product_weight: float = 1.0
    variation_weight: float = 0.001

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
