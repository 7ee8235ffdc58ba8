"""How the pictures of `natural` are prepared: cropped squares to train on."""

from __future__ import annotations

import numpy as np

from nightlift.learned.natural.recipes import NaturalRecipe
from nightlift.learned.views import Pictures


def view(recipe: NaturalRecipe, rng: np.random.Generator | None, pictures: Pictures) -> Pictures:
    """Photo and target, (H, W, 3) each, cropped and mirrored alike, as squares.

    In validation (no `rng`) they are whole. Whatever their aspect, the network sees squares.
    """
    from nightlift.data import augment

    if rng is not None:
        pictures = augment.crop_share(rng, pictures, recipe.least_crop, 1.0)
    squares = augment.resize(pictures, recipe.size, recipe.size)
    return augment.flip(rng, squares) if rng is not None and recipe.flip else squares
