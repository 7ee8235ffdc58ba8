"""A history of checkpoints, with their scores in their names."""

from __future__ import annotations

from collections.abc import Mapping

from nightlift.learned import Recipe
from nightlift.train.checkpoint import Checkpoint
from nightlift.train.folder import RunFolder
from nightlift.train.measures import score


def keep(
    folder: RunFolder,
    recipe: Recipe,
    checkpoint: Checkpoint,
    loss: float,
    measures: Mapping[str, float],
) -> None:
    """Keep a checkpoint of an epoch, if the recipe wants one; the oldest beyond its number go."""
    if not recipe.snapshot_every or checkpoint.epoch % recipe.snapshot_every:
        return
    checkpoint.save(folder.snapshot(checkpoint.epoch, _scored(recipe, loss, measures)))
    if recipe.snapshots is not None:
        for old in folder.snapshots[: -recipe.snapshots]:
            old.unlink()


def _scored(recipe: Recipe, loss: float, measures: Mapping[str, float]) -> str:
    """What the best epoch is chosen by, such as `psnr-21.37`; the loss where it is not measured."""
    chosen_by = score(recipe, loss, measures)
    if recipe.keep_by == "loss" or chosen_by is None:
        return f"loss-{loss:.4g}"
    digits = 2 if recipe.keep_by == "psnr" else 4
    return f"{recipe.keep_by}-{-chosen_by:.{digits}f}"
