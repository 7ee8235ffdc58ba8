"""How the pictures of one item become those of a batch, alike for photo and target."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from nightlift.data.sample import Collection
from nightlift.learned.recipe import Recipe

Pictures: TypeAlias = tuple[NDArray[np.uint8], ...]


def everything(recipe: Recipe, collection: Collection) -> Collection:
    """The whole collection, whatever the recipe."""
    return collection


def square(recipe: Recipe, rng: np.random.Generator | None, pictures: Pictures) -> Pictures:
    """Each (H, W, 3) picture resized to a square of the recipe's size; half of them mirrored."""
    from nightlift.data import augment

    side = recipe.size
    resized = tuple(augment.resize((picture,), side, side)[0] for picture in pictures)
    return augment.flip(rng, resized) if rng is not None and recipe.flip else resized
