"""What a run has come to, compared to the bit; and a way to cut one off."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from nightlift.train.checkpoint import Checkpoint
from nightlift.train.report import Event, StepDone
from nightlift.train.run import RunFolder


class Stop(Exception):
    """As if the process had been killed."""


class Kill:
    """Kills at a step of an epoch, both counted from 1."""

    def __init__(self, epoch: int, step: int) -> None:
        self.at = epoch, step

    def __call__(self, event: Event) -> None:
        if isinstance(event, StepDone) and (event.epoch, event.step) == self.at:
            raise Stop


def same(first: Any, second: Any) -> bool:
    """Equal to the bit, tensors in any containers."""
    if isinstance(first, torch.Tensor):
        return torch.equal(first, second)
    if isinstance(first, Mapping):
        return first.keys() == second.keys() and all(same(first[k], second[k]) for k in first)
    if isinstance(first, list | tuple):
        return len(first) == len(second) and all(map(same, first, second))
    return bool(first == second)


def state(run: Path, name: str = "last") -> dict[str, Any]:
    content = asdict(Checkpoint.load(getattr(RunFolder(run), name)))
    del content["seconds"]
    return content


def metrics(run: Path) -> list[dict[str, str]]:
    with RunFolder(run).metrics.open(newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        del row["seconds"]
    return rows


def assert_same_run(first: Path, second: Path) -> None:
    assert same(state(first), state(second))
    assert same(state(first, "best"), state(second, "best"))
    assert metrics(first) == metrics(second)
