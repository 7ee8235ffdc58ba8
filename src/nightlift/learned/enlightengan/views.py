"""What a training step sees of a dark photo and of a good picture that have nothing in common."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from nightlift.data import Collection, Sample
from nightlift.errors import DataError, did_you_mean
from nightlift.learned.enlightengan.recipes import EnlightenGANRecipe
from nightlift.learned.views import Pictures


def crops(
    recipe: EnlightenGANRecipe, rng: np.random.Generator | None, pictures: Pictures
) -> Pictures:
    """Each (H, W, 3) picture resized, cropped and flipped on its own; in validation its middle."""
    from nightlift.data import augment

    side = recipe.size
    made: list[NDArray[np.uint8]] = []
    for picture in pictures:
        if rng is None:
            (resized,) = augment.resize((picture,), *_room(recipe))
            top, left = ((have - side) // 2 for have in resized.shape[:2])
            made.append(resized[top : top + side, left : left + side])
            continue
        cropped = augment.resize_crop(
            rng, (picture,), side, side, full=recipe.resized, scale=recipe.enlarged
        )
        made += augment.flip(rng, cropped) if recipe.flip else cropped
    return tuple(made)


def _room(recipe: EnlightenGANRecipe) -> tuple[int, int]:
    """The resized height and width, enlarged where the crop would not fit."""
    scale = max(1.0, recipe.size / min(recipe.resized))
    height, width = (max(recipe.size, round(side * scale)) for side in recipe.resized)
    return height, width


def of_object(recipe: EnlightenGANRecipe, collection: Collection) -> Collection:
    """The part of a collection that the recipe's object class makes, or all of it.

    Raises DataError, naming the nearest class, where there are no photos of this class.
    """
    name = recipe.object
    if name is None:
        return collection

    def of_class(samples: tuple[Sample, ...]) -> tuple[Sample, ...]:
        return tuple(sample for sample in samples if sample.group == name)

    found = replace(
        collection,
        samples=of_class(collection.samples),
        good=of_class(collection.good),
        validation=of_class(collection.validation),
    )
    if found.samples and found.good:
        return found
    both = {one.group for one in collection.samples} & {one.group for one in collection.good}
    classes = sorted(both - {""})
    hint = did_you_mean(name, classes)
    raise DataError(
        f"{collection.layout}:{collection.root} has no object class {name!r} in both train_A and "
        f"train_B{hint} (there are: {', '.join(classes) or 'none'}); "
        "--set object=none trains on all of them"
    )
