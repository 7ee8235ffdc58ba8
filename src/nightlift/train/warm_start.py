"""Where a training begins that does not begin from nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from nightlift.errors import ModelError, UsageError
from nightlift.learned import Method, Objective, Recipe, Start, read_checkpoint
from nightlift.train.checkpoint import NETWORK, Checkpoint, fill
from nightlift.train.folder import load_kept
from nightlift.train.widening import widened


def warm_start(
    method: Method[Any],
    recipe: Recipe,
    objective: Objective,
    source: Path,
    notice: Callable[[str], object],
) -> Checkpoint | None:
    """Fill the network from `source`; the state to go on from, if `source` knows more than weights.

    `source` is a run folder (its kept epoch), a checkpoint of a run, or a published checkpoint. Of
    a narrower network of the same layers it is widened, and `notice` is told; where there are
    critics, of where they begin. Raises ModelError when it is another network's or holds numbers
    that are not finite, and UsageError when it is past the recipe's last epoch.
    """
    start = _start(method, source)
    _check_finite(start, source)
    wider = widened(start.weights, objective.network)
    if wider is not None:
        notice(f"{wider[1]} times as wide as {source}, and at first the same")
    fill(objective.network, start.weights if wider is None else wider[0], str(source))
    if critics := _critics(objective):
        notice(_fill_critics(objective, critics, start, source))
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


def _check_finite(start: Start, source: Path) -> None:
    """A norm's statistics beyond half precision, for instance, would stay infinite for ever."""
    for name, value in {**start.weights, **start.others}.items():
        if value.is_floating_point() and not value.isfinite().all():
            raise ModelError(
                f"{source} has weights in {name} that are not finite, as half precision makes "
                "of what is larger than 65,504; begin with a checkpoint that has not been halved"
            )


def _critics(objective: Objective) -> dict[str, Tensor]:
    """The weights of whatever is trained beside the network."""
    state = objective.state_dict()
    return {name: value for name, value in state.items() if not name.startswith(NETWORK)}


def _fill_critics(
    objective: Objective, critics: Mapping[str, Tensor], start: Start, source: Path
) -> str:
    """Fill the critics where all fit, or those whose own files were found; where they begin."""
    others = start.others
    if not others:
        return f"the critics begin anew: {source} has none, and none lie beside it"
    whose = {name.partition(".")[0] for name in others}
    wanted = {name for name in critics if name.partition(".")[0] in whose}
    strange = sorted(wanted ^ others.keys()) or [
        name for name, value in others.items() if critics[name].shape != value.shape
    ]
    files = " and ".join(map(str, start.files))
    if files and strange:
        raise ModelError(
            f"{files}: expected the critics of this recipe, but {strange[0]} does not fit; set "
            "critic_width, global_strides and local_strides as they were, or move the files away"
        )
    if strange or not (files or len(others) == len(critics)):
        return f"the critics begin anew: those of {source} are of another recipe"
    objective.load_state_dict(others, strict=False)
    return f"the critics go on from {files or source}"


def _start(method: Method[Any], source: Path) -> Start:
    if source.is_dir():
        return _start_of_run(load_kept(source))
    if _is_of_a_run(method, source):
        return _start_of_run(Checkpoint.load(source))
    if method.read_start is not None:
        return method.read_start(source)
    if method.read_published is not None:
        return Start(method.read_published(source)[0].state_dict())
    raise ModelError(f"{source}: {method.name} can begin from a run or a checkpoint of a run only")


def _is_of_a_run(method: Method[Any], source: Path) -> bool:
    try:
        return Checkpoint.matches(read_checkpoint(source))
    except ModelError:
        if method.read_published is None:
            raise
        return False  # published files need not be PyTorch's; the method's reader tells its own


def _start_of_run(checkpoint: Checkpoint) -> Start:
    state = checkpoint.objective
    others = {name: value for name, value in state.items() if not name.startswith(NETWORK)}
    return Start(checkpoint.released, others=others)
