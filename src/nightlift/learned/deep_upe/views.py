"""How DeepUPE's pictures are prepared: augmented squares to train on, whole photos to validate."""

from __future__ import annotations

import numpy as np

from nightlift.learned.deep_upe.recipes import DeepUPERecipe
from nightlift.learned.views import Pictures


def view(recipe: DeepUPERecipe, rng: np.random.Generator | None, pictures: Pictures) -> Pictures:
    """Photo and target, (H, W, 3) each, alike.

    In training cropped, mirrored and rotated, then resized to a square of the recipe's size. In
    validation (no `rng`) the photo keeps its own aspect; only its long side is brought down to
    that size. Raises UsageError for a photo and a target of different sizes.
    """
    from nightlift.data import augment

    if rng is None:
        height, width = pictures[0].shape[:2]
        scale = min(1.0, recipe.size / max(height, width))
        return augment.resize(pictures, max(2, round(scale * height)), max(2, round(scale * width)))
    if recipe.augment:
        pictures = augment.crop_flip_rotate(rng, pictures)
    squares = augment.resize(pictures, recipe.size, recipe.size)
    return augment.flip(rng, squares) if recipe.flip else squares
