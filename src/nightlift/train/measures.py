"""PSNR and SSIM of a paired training: of its validation pictures and of training pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from nightlift.data import Bytes, each
from nightlift.learned import Batch, Method, Objective, Recipe
from nightlift.metrics import psnr, ssim
from nightlift.train.pictures import TrainingPictures, collate, plain

if TYPE_CHECKING:
    from nightlift.train.loaders import Loaders
    from nightlift.train.module import Training

MEASURES = ("validation_psnr", "validation_ssim", "training_psnr", "training_ssim")

TRAINING_PICTURES = 20
"""Training pictures that are measured, evenly spread, or as many as there are of validation."""

HIGHEST = 60.0
"""Of PSNR in dB: a picture that equals its target has this, so that means stay finite."""


def columns(method: Method[Any]) -> tuple[str, ...]:
    """The measures' names, none where a training has no pairs."""
    return MEASURES if method.supervision == "paired" else ()


def due(recipe: Recipe, epoch: int) -> bool:
    """Whether the recipe wants measures after `epoch` epochs; it does after the last one."""
    every, epochs = recipe.measure_every, recipe.epochs
    return bool(every) and (epoch % every == 0 or epoch == epochs)


def measure(module: Training, loaders: Loaders) -> dict[str, float]:
    """The mean PSNR in dB and SSIM of the weights that would be released, by their names.

    Pictures are as validation sees them: of the recipe's size, not varied at random. Results are
    rounded to 8 bits, and measured as by `nightlift evaluate`, which sees photos at their own size.
    """
    found: dict[str, float] = {}
    for name, pictures in (("validation", loaders.held), ("training", loaders.pictures)):
        most = max(TRAINING_PICTURES, len(loaders.held.samples))
        places = _spread(len(pictures.samples), most)
        if len(places):
            found |= {f"{name}_{key}": value for key, value in _means(module, pictures, places)}
    return found


def score(recipe: Recipe, loss: float, measures: Mapping[str, float]) -> float | None:
    """What the best epoch is chosen by, the lower the better; None where it was not measured."""
    if recipe.keep_by == "loss":
        return loss
    found = [
        measures[f"{part}_{recipe.keep_by}"]
        for part in ("validation", "training")
        if f"{part}_{recipe.keep_by}" in measures
    ]
    return -found[0] if found else None


def _spread(count: int, most: int) -> Sequence[int]:
    places = np.linspace(0, count - 1, min(count, most)).round()
    return [int(place) for place in places]


def _means(
    module: Training, pictures: TrainingPictures, places: Sequence[int]
) -> list[tuple[str, float]]:
    still = plain(pictures)

    def item(place: int) -> Batch:
        return collate([still[0, place]])

    with module.released() as objective:
        scores = [_scores(objective, module.on_device(batch)) for batch in each(item, places, 2)]
    means = np.mean(scores, axis=0)
    return [("psnr", float(means[0])), ("ssim", float(means[1]))]


@torch.no_grad()
def _scores(objective: Objective, batch: Batch) -> tuple[float, float]:
    training = objective.training
    objective.eval()
    assert batch.target is not None
    result, target = _bytes(objective.enhance(batch.photo)), _bytes(batch.target)
    objective.train(training)
    error = psnr(result, target, data_range=255)
    return min(error, HIGHEST), ssim(result, target, data_range=255)


def _bytes(picture: Tensor) -> Bytes:
    """One picture (1, 3, H, W) in [0, 1] as (H, W, 3) uint8."""
    rounded = picture[0].float().clamp(0, 1).mul(255).add(0.5).floor().byte()
    return rounded.permute(1, 2, 0).contiguous().cpu().numpy()
