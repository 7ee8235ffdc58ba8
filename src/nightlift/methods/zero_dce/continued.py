"""Where a training goes on from: a published checkpoint, with the seed's optimizer and epoch."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from nightlift.errors import ModelError
from nightlift.methods.importing import read_checkpoint, state_dict
from nightlift.methods.method import Start
from nightlift.methods.zero_dce import published


def read_start(path: Path) -> Start:
    """The weights of a published checkpoint, and how far it had come where it says so.

    The seed document's checkpoint holds `model`, `optimizer` (Adam) and `epoch`, the number of
    finished epochs. ModelError for a file that cannot be read safely, or holds anything else.
    """
    checkpoint = read_checkpoint(path)
    network, dialect = published.network_of(state_dict(checkpoint, published.WRAPPERS))
    if "optimizer" not in checkpoint:
        return Start(network.state_dict())
    try:
        optimizer = _optimizer(checkpoint["optimizer"], dialect.later_first)
        return Start(network.state_dict(), int(checkpoint["epoch"]), optimizer)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise ModelError(
            f"{path}: expected the state of an Adam optimizer and an epoch beside the weights, "
            f"got something else ({type(error).__name__}: {error})"
        ) from error


def _optimizer(state: Mapping[str, Any], later_first: bool) -> dict[str, Any]:
    """Adam's state, its parameters numbered in our order; theirs are named by address."""
    (group,) = state["param_groups"]
    averages = [state["state"][parameter] for parameter in group["params"]]
    numbers = list(range(len(averages)))
    return {
        "state": {number: _average(averages[number], later_first) for number in numbers},
        "param_groups": [{**group, "params": numbers}],
    }


def _average(state: Mapping[str, Any], later_first: bool) -> dict[str, Tensor]:
    """One parameter's averages, the joined inputs of layers 5 to 7 in our order."""
    width = 2 * int(state["exp_avg"].shape[0])
    ours = {"step": torch.tensor(float(state["step"]))}
    for name in ("exp_avg", "exp_avg_sq"):
        value = state[name]
        joined = value.ndim == 4 and value.shape[1] in (width, 64) and value.shape[1] > 3
        ours[name] = torch.cat(value.chunk(2, 1)[::-1], 1) if joined and later_first else value
    return ours
