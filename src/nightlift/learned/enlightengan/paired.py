"""EnlightenGAN's generator learned from pairs: where its training without pairs may begin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch.nn.functional as F
from torch import Tensor, nn

from nightlift.errors import UsageError
from nightlift.learned.declaration import Batch
from nightlift.learned.enlightengan.painting import PaintingObjective
from nightlift.learned.recipe import Recipe
from nightlift.learned.terms import distances, ssim
from nightlift.learned.views import Pictures


@dataclass(frozen=True)
class PairedRecipe(Recipe):
    """How the generator learns from pairs, real ones or good photos that are darkened."""

    width: int = 32
    """Channels of the first level."""
    shrunk: float = 0.6
    """Least size of the copy that crops are cut from, as a share of the photo's sides."""
    validation_side: int = 480
    """The long side in pixels of the whole photos in validation."""
    absolute_weight: float = 1.0
    """Of the mean absolute difference to the target."""
    structure_weight: float = 0.5
    """Of what lacks of structural similarity."""
    logarithm_weight: float = 0.1
    """Of the logarithm of the mean squared difference."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.width < 1 or not 0 < self.shrunk <= 1:
            raise UsageError(
                "expected width of at least 1, and shrunk above 0 and at most 1, "
                f"got {self.width} and {self.shrunk}"
            )
        if min(self.size, self.validation_side) < 16:
            raise UsageError(
                "expected size and validation_side of at least 16 pixels, "
                f"got {self.size} and {self.validation_side}"
            )


PAIRED_RECIPES = {
    recipe.name: recipe
    for recipe in (
        PairedRecipe(
            name="pairs",
            epochs=40,
            batch=8,
            learning_rate=5e-4,
            schedule="cosine",
            clip_norm=1.0,
            ema=0.995,
            keep="last",
            precision="bf16",
            pictures_every=10,
        ),
    )
}


class PairedObjective(PaintingObjective):
    """The good picture of each pair, in its colors and in its structure."""

    def __init__(self, network: nn.Module, recipe: PairedRecipe) -> None:
        super().__init__(network)
        self.recipe = recipe

    def terms(self, batch: Batch, group: str) -> Mapping[str, Tensor]:
        """Differences of the unclipped results to their targets."""
        result, target, recipe = self.painted(batch.photo), _target(batch), self.recipe
        absolute, logarithm = (
            distances(result, target, kind).mean() for kind in ("absolute", "logarithm")
        )
        return {
            "absolute": recipe.absolute_weight * absolute,
            "structure": recipe.structure_weight * (1 - ssim(result, target)),
            "logarithm": recipe.logarithm_weight * logarithm,
        }

    def validation_loss(self, batch: Batch) -> Tensor:
        """The squared error of the result."""
        return F.mse_loss(self.enhance(batch.photo), _target(batch))


def _target(batch: Batch) -> Tensor:
    assert batch.target is not None, "a pair has a target"
    return batch.target


def whole_or_crop(
    recipe: PairedRecipe, rng: np.random.Generator | None, pictures: Pictures
) -> Pictures:
    """Photo and target, (H, W, 3) each, alike: a crop at a random scale, mirrored.

    In validation (no `rng`) the whole photo, its long side brought down to `validation_side`.
    """
    from nightlift.data import augment

    height, width = pictures[0].shape[:2]
    least = min(1.0, recipe.validation_side / max(height, width))
    scale = least if rng is None else rng.uniform(recipe.shrunk, 1)
    sides = (max(16, round(scale * side)) for side in (height, width))
    resized = augment.resize(pictures, *sides)
    if rng is None:
        return resized
    cropped = augment.crop(rng, resized, recipe.size, recipe.size)
    return augment.flip(rng, cropped) if recipe.flip else cropped
