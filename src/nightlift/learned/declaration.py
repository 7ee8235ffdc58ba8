"""What a trainable method is: a network, recipes, and an objective that wraps the network."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, Literal, NoReturn, Self, TypeAlias, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from nightlift.data import Collection
from nightlift.errors import UsageError
from nightlift.learned.recipe import Recipe
from nightlift.learned.views import Pictures, everything, square
from nightlift.models import Passport

Supervision: TypeAlias = Literal["zero-reference", "paired", "unpaired"]


@dataclass(frozen=True)
class Batch:
    """Pictures of one training step, (N, 3, H, W) RGB in [0, 1].

    `target` is the reference of each photo (paired), a random good picture (unpaired), or None.
    `index` (N,) says which of the training's or validation's photos these are, where it is known.
    """

    photo: Tensor
    target: Tensor | None = None
    index: Tensor | None = None

    def map(self, change: Callable[[Tensor], Tensor]) -> Self:
        """The batch with its pictures changed.

        Args:
            change: Applied to the photos, and to the targets where there are any; keeps N.

        Returns:
            A batch of the same photos.
        """
        target = None if self.target is None else change(self.target)
        return type(self)(change(self.photo), target, self.index)

    def one_by_one(self) -> list[Self]:
        """A batch of each photo alone.

        Returns:
            N batches of 1, which do not know their index.
        """
        photos = torch.split(self.photo, 1)
        if self.target is None:
            return [type(self)(photo) for photo in photos]
        return [type(self)(*pair) for pair in zip(photos, torch.split(self.target, 1), strict=True)]

    def micro_batches(self, count: int) -> list[Self]:
        """The batch in parts of equal size, for gradient accumulation.

        Args:
            count: How many; has to divide N.

        Returns:
            The parts, in order.
        """
        parts = [
            [None] * count if one is None else one.view(count, -1, *one.shape[1:]).unbind()
            for one in (self.photo, self.target, self.index)
        ]
        return [type(self)(*part) for part in zip(*parts, strict=True)]

    def pin_memory(self) -> Self:
        """The batch in page-locked memory, as PyTorch's loader asks for it.

        Returns:
            A copy.
        """
        return self.map(Tensor.pin_memory)


@dataclass(frozen=True)
class OptimizerGroup:
    """Parameters with an optimizer of their own: a generator's, a critic's; groups take turns."""

    name: str
    parameters: Callable[[], Iterable[nn.Parameter]]


@dataclass(frozen=True)
class Panel:
    """Something that a method estimated of a photo, to be looked at beside it.

    `values` is a picture (3, H, W) in [0, 1], or (H, W), drawn with a color bar over `reach`.
    """

    title: str
    values: Tensor
    reach: tuple[float, float] = (0.0, 1.0)


Loss: TypeAlias = Callable[[Tensor, "Batch"], Tensor]
"""A scalar of a result (N, 3, H, W) in [0, 1] and the batch that it was made from."""


@dataclass(frozen=True)
class WeightedLoss:
    """A loss that a recipe adds to those of its method."""

    name: str
    weight: float
    loss: Loss


class Objective(nn.Module, ABC):
    """A network and what it is asked for; the network itself knows nothing of training.

    Under mixed precision the network answers in half precision: take `.float()` of its output,
    so that terms are always computed in float32. Random numbers come from PyTorch's generator
    alone, which is seeded for every epoch.

    Args:
        network: What is trained and released, (N, 3, H, W) in.
    """

    further: tuple[WeightedLoss, ...] = ()
    """What the recipe asks the first optimizer group for besides; see `learned.plugins`."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    @property
    def optimizer_groups(self) -> tuple[OptimizerGroup, ...]:
        """In the order in which they are optimized; the released network's group is first."""
        return (OptimizerGroup("network", self.network.parameters),)

    @abstractmethod
    def terms(self, batch: Batch, group: str) -> Mapping[str, Tensor]:
        """The weighted terms whose sum a group of parameters minimizes.

        Args:
            batch: Of one step.
            group: The name of an optimizer group.

        Returns:
            Scalars by name; always the same names for a group.
        """

    @abstractmethod
    def enhance(self, photo: Tensor) -> Tensor:
        """The result, by the mathematics that will apply it.

        Args:
            photo: (N, 3, H, W) in [0, 1].

        Returns:
            (N, 3, H, W) in [0, 1].
        """

    def all_terms(self, batch: Batch, group: str) -> Mapping[str, Tensor]:
        """The terms and, for the first group, the recipe's further losses.

        Args:
            batch: Of one step.
            group: The name of an optimizer group.

        Returns:
            Scalars by name; the same names every time.

        Raises:
            UsageError: A further loss has the name of one of the method's own terms.
        """
        terms = self.terms(batch, group)
        if not self.further or group != self.optimizer_groups[0].name:
            return terms
        further = self._further(batch)
        both = sorted(terms.keys() & further.keys())
        if both:
            raise UsageError(f"the loss {both[0]} has the name of one of the method's own terms")
        return {**terms, **further}

    def _further(self, batch: Batch) -> dict[str, Tensor]:
        result = self.enhance(batch.photo).float()
        return {one.name: one.weight * one.loss(result, batch) for one in self.further}

    def watched_loss(self, batch: Batch) -> Tensor:
        """The validation loss with the recipe's further losses.

        Args:
            batch: Of validation photos.

        Returns:
            A scalar.
        """
        loss = self.validation_loss(batch)
        return loss + total(self._further(batch)) if self.further else loss

    def validation_loss(self, batch: Batch) -> Tensor:
        """What validation watches; the sum of the first group's terms unless overridden.

        Args:
            batch: Of validation photos.

        Returns:
            A scalar.
        """
        return total(self.terms(batch, self.optimizer_groups[0].name))

    def losses(self, batch: Batch) -> Tensor:
        """What validation watches, of each photo alone: photos are drawn by it if asked.

        Args:
            batch: N photos.

        Returns:
            (N,).
        """
        return torch.stack([self.validation_loss(one) for one in batch.one_by_one()])

    def panels(self, photo: Tensor) -> tuple[Panel, ...]:
        """What is estimated of a photo, for the pictures of a run.

        Args:
            photo: (1, 3, H, W) in [0, 1].

        Returns:
            Pictures to be drawn beside the photo; none unless overridden.
        """
        return ()

    def histograms(self, photo: Tensor) -> Mapping[tuple[str, str], Tensor]:
        """Estimated values, for a sheet of histograms of a run.

        Args:
            photo: (N, 3, H, W) in [0, 1].

        Returns:
            Values of any shape by (row, column) of the sheet; none unless overridden.
        """
        return {}


def total(terms: Mapping[str, Tensor]) -> Tensor:
    """The sum of named terms.

    Args:
        terms: Scalars, at least one.

    Returns:
        A scalar.
    """
    return torch.stack(list(terms.values())).sum()


@dataclass(frozen=True)
class Start:
    """Where a training begins: a network's weights, and how far it had come.

    `epoch` counts finished epochs; `optimizer` is the state of a `torch.optim.Adam` over the
    network's parameters, or None where only the weights are known. `others` are the weights of the
    critics as the objective names them, as far as they are known, and `files` where they were
    found.
    """

    weights: Mapping[str, Tensor]
    epoch: int = 0
    optimizer: Mapping[str, Any] | None = None
    others: Mapping[str, Tensor] = field(default_factory=dict)
    files: tuple[Path, ...] = ()


Published: TypeAlias = tuple[nn.Module, Passport]
"""A published checkpoint, ready to be released."""

R = TypeVar("R", bound=Recipe)


def _untrained(*_: object) -> NoReturn:
    """Refuse to train.

    Raises:
        UsageError: Always.
    """
    raise UsageError("this network is imported only: nothing trains it here")


@dataclass(frozen=True)
class Method(Generic[R]):
    """One method: a folder, and a value in a table.

    `recipes` are by name, the first is the default; a network that is imported only has none, and
    neither `network`, `objective` nor `passport`. `passport` describes a trained network
    before it was measured. `read_published` imports a checkpoint of the published code as a
    network with its passport, and `read_start` one to train on from; `published_license` says on
    which terms the former are, as far as known. `view` makes a batch's pictures of (recipe,
    generator, pictures of one item), alike for photo and target; the generator is None in
    validation, which is not augmented. `select` leaves the part of a collection that the recipe
    asks for.
    """

    name: str
    title: str
    supervision: Supervision
    sources: tuple[str, ...]
    recipes: Mapping[str, R] = field(default_factory=dict)
    network: Callable[[R], nn.Module] = _untrained
    objective: Callable[[nn.Module, R], Objective] = _untrained
    passport: Callable[[R, nn.Module], Passport] = _untrained
    read_published: Callable[[Path], Published] | None = None
    published_license: str | None = None
    read_start: Callable[[Path], Start] | None = None
    view: Callable[[R, np.random.Generator | None, Pictures], Pictures] = square
    select: Callable[[R, Collection], Collection] = everything
