"""Where a training begins that does not begin from nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nightlift.errors import ModelError, UsageError
from nightlift.learned.importing import read_checkpoint
from nightlift.learned.method import Method, Objective, Start
from nightlift.learned.recipe import Recipe
from nightlift.train.checkpoint import Checkpoint, fill
from nightlift.train.folder import load_run


def beginning(
    method: Method[Any], recipe: Recipe, objective: Objective, source: Path
) -> Checkpoint | None:
    """Fill the network from `source`; the state to go on from, if `source` knows more than weights.

    `source` is a run folder (its kept epoch), a checkpoint of a run, or a published checkpoint.
    Raises ModelError when it is another network's, and UsageError when it is past the recipe's
    last epoch.
    """
    start = _start(method, source)
    fill(objective.network, start.weights, str(source))
    if start.optimizer is None:
        return None
    if start.epoch >= recipe.epochs:
        raise UsageError(
            f"{source} has {start.epoch} epochs behind it, and the recipe ends after "
            f"{recipe.epochs}; to train on, add --set epochs=N"
        )
    if recipe.optimizer not in ("adam", "adamw"):
        raise UsageError(
            f"{source} goes on with the state of an Adam optimizer, which {recipe.optimizer} "
            "cannot take over: set optimizer=adam, or begin with weights alone"
        )
    rate = start.optimizer["param_groups"][0]["lr"]
    scale = rate / recipe.learning_rate if recipe.schedule == "plateau" else 1.0
    return Checkpoint(
        epoch=start.epoch,
        steps=0,
        seconds=0.0,
        objective=objective.state_dict(),
        average=None,
        optimizers=[start.optimizer["state"]],
        watch={"scale": scale},
    )


def _start(method: Method[Any], source: Path) -> Start:
    if source.is_dir():
        return Start(load_run(source)[2].state_dict())
    if Checkpoint.matches(read_checkpoint(source)):
        return Start(Checkpoint.load(source).released)
    if method.read_start is not None:
        return method.read_start(source)
    if method.read_published is not None:
        return Start(method.read_published(source).network.state_dict())
    raise ModelError(f"{source}: {method.name} can begin from a run or a checkpoint of a run only")
