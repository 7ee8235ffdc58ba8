"""Learning rates by epoch, and what validation has to say about them."""

from __future__ import annotations

import math
from dataclasses import dataclass

from nightlift.learned import Recipe

THRESHOLD = 1e-4
"""Share by which the loss must fall to count as improved (as ReduceLROnPlateau does)."""


def factor(recipe: Recipe, epoch: int) -> float:
    """What the recipe's schedule multiplies the learning rate by in `epoch`, counted from 0.

    The schedule `plateau` depends on validation: see `Watch.scale`.
    """
    if recipe.schedule == "steps":
        reached = [by for start, by in sorted(recipe.learning_rates) if start <= epoch]
        return reached[-1] if reached else 1.0
    done = max(0, epoch - recipe.hold) / max(1, recipe.epochs - recipe.hold)
    if recipe.schedule == "cosine":
        return (1 + math.cos(math.pi * done)) / 2
    return 1 - done if recipe.schedule == "linear-decay" else 1.0


@dataclass
class Watch:
    """What has become of the loss of validation, and what follows from it.

    `best` and `best_epoch` are the least score and its epoch; `level` is the last loss that was
    clearly better than those before. `stale` counts epochs since then, for stopping early, and
    `waited` those since the learning rate fell too, whose factor is `scale`.
    """

    best: float = math.inf
    best_epoch: int = -1
    level: float = math.inf
    stale: int = 0
    waited: int = 0
    scale: float = 1.0

    def update(self, loss: float, score: float | None, epoch: int, recipe: Recipe) -> bool:
        """Take in an epoch's loss and score; True if its score is the least so far.

        The scale falls as in ReduceLROnPlateau: once more than `patience` epochs have passed.
        """
        least = score is not None and score < self.best
        if score is not None and least:
            self.best, self.best_epoch = score, epoch
        self.stale += 1
        self.waited += 1
        if loss < self.level * (1 - THRESHOLD):
            self.level = loss
            self.stale = self.waited = 0
        if recipe.schedule == "plateau" and self.waited > recipe.patience:
            self.scale *= recipe.factor
            self.waited = 0
        return least

    def over(self, recipe: Recipe) -> bool:
        """Whether the recipe wants to stop early."""
        return recipe.stop_after is not None and self.stale >= recipe.stop_after
