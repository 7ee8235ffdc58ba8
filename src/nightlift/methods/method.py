"""What a trainable method is: a network, recipes, and an objective that wraps the network."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Literal, TypeAlias, TypeVar

import torch
from torch import Tensor, nn

from nightlift.models.passport import Passport

Supervision: TypeAlias = Literal["zero-reference", "paired", "unpaired"]
Precision: TypeAlias = Literal["32", "bf16"]
Schedule: TypeAlias = Literal["constant", "plateau", "cosine", "steps", "linear-decay"]


@dataclass(frozen=True)
class Batch:
    """Pictures of one training step, (N, 3, H, W) RGB in [0, 1].

    `target` is the reference of each photo (paired), a random good picture (unpaired), or None.
    """

    photo: Tensor
    target: Tensor | None = None


@dataclass(frozen=True)
class Recipe:
    """How a method is trained; each method adds its own fields.

    `size` is the side of the square pictures of a batch in pixels; `learning_rates` are the
    (epoch, factor) points of the `steps` schedule; `clip_norm` bounds the gradient's norm;
    `ema` is the decay of the averaged weights; `patience` counts epochs without improvement of
    the validation loss: the learning rate falls by `factor` (plateau), or training stops after
    `stop_after` such epochs.
    """

    name: str = "default"
    epochs: int = 100
    batch: int = 8
    size: int = 256
    learning_rate: float = 1e-4
    weight_decay: float = 0.0
    betas: tuple[float, float] = (0.9, 0.999)
    schedule: Schedule = "constant"
    learning_rates: tuple[tuple[int, float], ...] = ()
    factor: float = 0.97
    patience: int = 10
    stop_after: int | None = None
    clip_norm: float | None = None
    ema: float | None = None
    precision: Precision = "32"
    flip: bool = True
    log_every: int = 10
    pictures_every: int = 1


@dataclass(frozen=True)
class Player:
    """Who is optimized: a generator, a critic; each in turn at every step."""

    name: str
    parameters: Callable[[], Iterable[nn.Parameter]]


class Objective(nn.Module, ABC):
    """A network and what it is asked for; the network itself knows nothing of training."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    @property
    def players(self) -> tuple[Player, ...]:
        """In the order in which they are optimized; the released network's player is first."""
        return (Player("network", self.network.parameters),)

    @abstractmethod
    def terms(self, batch: Batch, player: str) -> Mapping[str, Tensor]:
        """The weighted terms, by name, whose sum `player` minimizes."""

    @abstractmethod
    def enhance(self, photo: Tensor) -> Tensor:
        """The result (N, 3, H, W) in [0, 1], by the mathematics that will apply it."""

    def validation_loss(self, batch: Batch) -> Tensor:
        """What validation watches; the sum of the first player's terms unless overridden."""
        return total(self.terms(batch, self.players[0].name))


def total(terms: Mapping[str, Tensor]) -> Tensor:
    """The sum of named scalar terms."""
    return torch.stack(list(terms.values())).sum()


@dataclass(frozen=True)
class Published:
    """A published checkpoint, ready to be released: its network and its passport."""

    network: nn.Module
    passport: Passport


R = TypeVar("R", bound=Recipe)


@dataclass(frozen=True)
class Method(Generic[R]):
    """One trainable method: a folder, and a value in the table.

    `recipes` are by name, the first is the default. `passport` describes a trained network
    before it was measured. `read_published` imports a checkpoint of the published code.
    """

    name: str
    title: str
    supervision: Supervision
    sources: tuple[str, ...]
    recipes: Mapping[str, R]
    network: Callable[[R], nn.Module]
    objective: Callable[[nn.Module, R], Objective]
    passport: Callable[[R, nn.Module], Passport]
    read_published: Callable[[Path], Published] | None = None
