"""How the pictures of one item become those of a batch, alike for photo and target."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from nightlift.methods.recipe import Recipe

Pictures: TypeAlias = tuple[NDArray[np.uint8], ...]


def square(recipe: Recipe, rng: np.random.Generator | None, pictures: Pictures) -> Pictures:
    """Each (H, W, 3) picture resized to a square of the recipe's size; half of them mirrored."""
    import cv2

    side = (recipe.size, recipe.size)
    resized = tuple(cv2.resize(picture, side, interpolation=cv2.INTER_AREA) for picture in pictures)
    if rng is None or not recipe.flip or rng.random() < 0.5:
        return resized
    return tuple(picture[:, ::-1] for picture in resized)
