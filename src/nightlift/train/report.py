"""What a training tells its caller while it runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    from nightlift.train.module import Training


@dataclass(frozen=True)
class StepDone:
    """A step of an epoch is done; epochs and steps are counted from 1."""

    epoch: int
    epochs: int
    step: int
    steps: int


@dataclass(frozen=True)
class EpochDone:
    """An epoch is done, counted from 1, and everything about it saved.

    `loss` is the validation loss if `validated`, else the mean training loss; `terms` are the
    last means of the training's terms. `seconds` is the training's time so far, `remaining`
    what is left of it at this pace, which is `pictures_a_second` (see `Pace`); `peak_memory` are
    bytes. `measures` are PSNR and SSIM by their names, in the epochs that have them.
    """

    epoch: int
    epochs: int
    loss: float
    validated: bool
    best: bool
    learning_rate: float
    terms: Mapping[str, float]
    seconds: float
    remaining: float
    stopped: bool
    pictures_a_second: float = 0.0
    peak_memory: int = 0
    measures: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Notice:
    """Something the caller should know, in a sentence; the training goes on or has ended well."""

    sentence: str


Event: TypeAlias = StepDone | EpochDone | Notice
Report: TypeAlias = Callable[[Event], None]


class Recorder(Protocol):
    """Who is told what happens, on the first device alone."""

    def started(self, module: Training) -> None:
        """Training begins with `module.epoch`."""

    def stepped(self, module: Training) -> None:
        """A step is done."""

    def measured(self, module: Training, means: Mapping[str, float]) -> None:
        """The means of the terms since they were last told."""

    def noted(self, sentence: str) -> None:
        """Something else that the caller should know."""

    def finished_epoch(
        self, module: Training, loss: float, measures: Mapping[str, float], best: bool
    ) -> None:
        """An epoch is done; `best` if its score is the best so far."""
