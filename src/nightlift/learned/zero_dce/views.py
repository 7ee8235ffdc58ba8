"""What Zero-DCE sees in training: squares, cut at the scale of use, some of them darkened."""

from __future__ import annotations

import zlib

import numpy as np

from nightlift.data import augment
from nightlift.data.synthesize import darken_physical
from nightlift.learned.views import Pictures, square
from nightlift.learned.zero_dce.recipes import ZeroDCERecipe


def cut_and_darkened(
    recipe: ZeroDCERecipe, rng: np.random.Generator | None, pictures: Pictures
) -> Pictures:
    """A square of the recipe's size, cut out at random, and darkened as often as said.

    Validation (`rng` None) sees whole photos resized; which of them are darkened, and how, depends
    on the photo alone.
    """
    if rng is None or recipe.cut_from is None:
        seen = square(recipe, rng, pictures)
    else:
        seen = augment.crop(rng, _shrunk(pictures, recipe.cut_from), recipe.size, recipe.size)
        seen = augment.flip(rng, seen) if recipe.flip else seen
    chance = np.random.default_rng(zlib.crc32(seen[0].tobytes())) if rng is None else rng
    if recipe.darkened == 0 or chance.random() >= recipe.darkened:
        return seen
    return tuple(darken_physical(chance, picture, recipe.stops) for picture in seen)


def _shrunk(pictures: Pictures, short_side: int) -> Pictures:
    """Pictures whose shorter side is `short_side` pixels, their aspect kept."""
    height, width = pictures[0].shape[:2]
    scale = short_side / min(height, width)
    return augment.resize(pictures, round(height * scale), round(width * scale))
