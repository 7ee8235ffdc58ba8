"""How the pictures of one item are augmented: alike for pairs, each on its own without pairs."""

from __future__ import annotations

import numpy as np

from nightlift.learned.glenet.recipes import GENRecipe
from nightlift.learned.views import Pictures, square


def paired(recipe: GENRecipe, rng: np.random.Generator | None, pictures: Pictures) -> Pictures:
    """Cropped, mirrored and rotated as in the reimplementation, then resized to a square."""
    from nightlift.data import augment

    if rng is not None and recipe.gray and rng.random() < recipe.gray:
        pictures = augment.gray(pictures)
    if rng is None or not recipe.augment:
        return square(recipe, rng, pictures)
    return square(recipe, None, augment.crop_flip_rotate(rng, pictures))


def unpaired(recipe: GENRecipe, rng: np.random.Generator | None, pictures: Pictures) -> Pictures:
    """As `paired`, every picture in its own way."""
    return tuple(paired(recipe, rng, (picture,))[0] for picture in pictures)
