"""How SMNet's pictures are prepared: crops to train on, whole photos to validate."""

from __future__ import annotations

import numpy as np

from nightlift.learned.smnet.recipes import SMNetRecipe
from nightlift.learned.views import Pictures


def view(recipe: SMNetRecipe, rng: np.random.Generator | None, pictures: Pictures) -> Pictures:
    """Photo and target, (H, W, 3) each, alike: a crop at a random scale, mirrored and turned.

    In validation (no `rng`) the whole photo, its long side brought down to `validation_side`.
    Raises UsageError for a photo and a target of different sizes.
    """
    from nightlift.data import augment

    if rng is None:
        height, width = pictures[0].shape[:2]
        scale = min(1.0, recipe.validation_side / max(height, width))
        # Both sides at least as long as the window of structural similarity.
        sides = (max(16, round(scale * side)) for side in (height, width))
        return augment.resize(pictures, *sides)
    if recipe.shrunk < 1:
        scale = rng.uniform(recipe.shrunk, 1)
        sides = (max(1, round(scale * side)) for side in pictures[0].shape[:2])
        pictures = augment.resize(pictures, *sides)
    pictures = augment.crop(rng, pictures, recipe.size, recipe.size)
    if recipe.flip:
        pictures = augment.flip(rng, pictures)
    return augment.half_turn(rng, pictures) if recipe.turn else pictures
