"""What Zero-DCE sees in training: squares, cut at the scale of use."""

from __future__ import annotations

import numpy as np

from nightlift.data import augment
from nightlift.learned.views import Pictures, square
from nightlift.learned.zero_dce.recipes import ZeroDCERecipe


def cut(recipe: ZeroDCERecipe, rng: np.random.Generator | None, pictures: Pictures) -> Pictures:
    """A square of the recipe's size, cut out at random; validation sees whole photos resized."""
    if rng is None or recipe.cut_from is None:
        return square(recipe, rng, pictures)
    seen = augment.crop(rng, _shrunk(pictures, recipe.cut_from), recipe.size, recipe.size)
    return augment.flip(rng, seen) if recipe.flip else seen


def _shrunk(pictures: Pictures, short_side: int) -> Pictures:
    """Pictures whose shorter side is `short_side` pixels, their aspect kept."""
    height, width = pictures[0].shape[:2]
    scale = short_side / min(height, width)
    return augment.resize(pictures, round(height * scale), round(width * scale))
