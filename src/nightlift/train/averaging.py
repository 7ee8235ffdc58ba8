"""The mean weights of several epochs, or of several trainings that began alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from nightlift.errors import ModelError, UsageError
from nightlift.train.checkpoint import Checkpoint, Weights


def averaged(paths: Sequence[Path]) -> Checkpoint:
    """Average the weights of checkpoints (P. Izmailov et al., UAI 2018, without their schedule).

    Args:
        paths: Two or more checkpoints of one network, such as a run's snapshots. Where a training
            averages its own steps, it is those averages that count.

    Returns:
        A checkpoint to begin from or to export: whole numbers are the last one's, and it has no
        optimizer's state.

    Raises:
        UsageError: Fewer than two are given.
        ModelError: One is no checkpoint of a training, or another network's.
    """
    if len(paths) < 2:
        raise UsageError(f"expected two or more checkpoints to average, got {len(paths)}")
    loaded = [Checkpoint.load(path) for path in paths]
    for path, one in zip(paths, loaded, strict=True):
        if _shapes(one.objective) != _shapes(loaded[0].objective):
            raise ModelError(f"{path}: expected the network of {paths[0]}, got another one")
    return replace(
        loaded[-1],
        objective=_mean([one.objective for one in loaded]),
        average=_mean([one.released for one in loaded]),
        optimizers=[],
        losses=None,
    )


def _shapes(weights: Weights) -> dict[str, torch.Size]:
    return {name: value.shape for name, value in weights.items()}


def _mean(each: Sequence[Weights]) -> dict[str, Tensor]:
    return {
        name: torch.stack([one[name].double() for one in each]).mean(0).to(last.dtype)
        if last.is_floating_point()
        else last
        for name, last in each[-1].items()
    }
