"""Where a training goes on from: a published checkpoint, with its optimizer and epoch."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from nightlift.errors import ModelError
from nightlift.learned.declaration import Start
from nightlift.learned.importing import read_checkpoint, state_dict
from nightlift.learned.zero_dce import published

_JOINED_WEIGHTS = (8, 10, 12)
"""Numbers of the weights of layers 5 to 7, each layer having a weight and a bias."""


def read_start(path: Path) -> Start:
    """The weights of a published checkpoint, and how far it had come where it says so.

    The reimplementation's checkpoint holds `model`, `optimizer` (Adam) and `epoch`, the number of
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
    return {
        "state": {
            number: _average(average, later_first and number in _JOINED_WEIGHTS)
            for number, average in enumerate(averages)
        },
        "param_groups": [{**group, "params": list(range(len(averages)))}],
    }


def _average(state: Mapping[str, Any], swapped: bool) -> dict[str, Tensor]:
    """One parameter's averages, the two halves of its inputs exchanged if `swapped`."""
    ours = {"step": torch.tensor(float(state["step"]))}
    for name in ("exp_avg", "exp_avg_sq"):
        value = state[name]
        ours[name] = torch.cat(value.chunk(2, dim=1)[::-1], dim=1) if swapped else value
    return ours
