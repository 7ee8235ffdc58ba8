"""How the pictures of one item become those of a batch, and which photos are darkened."""

from __future__ import annotations

import zlib
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from nightlift.data import Collection
from nightlift.learned.recipe import Recipe

Pictures: TypeAlias = tuple[NDArray[np.uint8], ...]


def everything(recipe: Recipe, collection: Collection) -> Collection:
    """The whole collection, whatever the recipe.

    Args:
        recipe: Of the training.
        collection: What was opened.

    Returns:
        The same.
    """
    return collection


def square(recipe: Recipe, rng: np.random.Generator | None, pictures: Pictures) -> Pictures:
    """A view of the whole picture: a square of the recipe's size, half of them mirrored.

    Args:
        recipe: Tells `size` and `flip`.
        rng: Draws; None in validation, which is not mirrored.
        pictures: (H, W, 3) each, of one item: photo and target.

    Returns:
        (size, size, 3) each, mirrored alike.
    """
    from nightlift.data import augment

    side = recipe.size
    resized = tuple(augment.resize((picture,), side, side)[0] for picture in pictures)
    return augment.flip(rng, resized) if rng is not None and recipe.flip else resized


def dimmed(
    recipe: Recipe, rng: np.random.Generator | None, picture: NDArray[np.uint8]
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """A picture darkened as often, and as much, as a recipe says.

    In validation whether and how depends on the picture alone.

    Args:
        recipe: Tells `darkened`, `darkness` and how far.
        rng: Draws; None in validation.
        picture: (H, W, 3) uint8 sRGB.

    Returns:
        The photo and its target, (H, W, 3) uint8; the target is the picture, without color where
        both lose theirs.
    """
    if recipe.darkened == 0:
        return picture, picture
    chance = np.random.default_rng(zlib.crc32(picture.tobytes())) if rng is None else rng
    if chance.random() >= recipe.darkened:
        return picture, picture
    if recipe.darkness == "camera":
        return _photographed(recipe, chance, picture)
    return _exposed(recipe, chance, picture), picture


def _photographed(
    recipe: Recipe, rng: np.random.Generator, picture: NDArray[np.uint8]
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    from nightlift.data import darken_scene, draw_scene

    return darken_scene(rng, picture, draw_scene(rng, recipe.stops, grain=recipe.grain))


def _exposed(
    recipe: Recipe, rng: np.random.Generator, picture: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    from nightlift.data import darken_physical

    dark = darken_physical(
        rng,
        picture,
        recipe.stops,
        highlights=recipe.highlights,
        tones=recipe.tones,
        grain=recipe.grain,
    )
    return np.asarray(dark, np.uint8)
