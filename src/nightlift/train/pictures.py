"""Pictures in batches: what an item looks like depends on (seed, epoch, index) and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import Dataset, Sampler

from nightlift.data import Bytes, Collection, Sample, picture
from nightlift.learned import Batch, Method, Recipe, dimmed

Key = tuple[int, int]
"""Epoch and index: a worker needs no other knowledge to make an item."""

Losses: TypeAlias = NDArray[np.float64]

FIRST_LOSS = 0.5
"""Of a picture that was never drawn (as in the reimplementation of GLeNet)."""

LEAST_LOSS = 1e-6
"""No picture is so well done that it could not be drawn again."""


@dataclass(frozen=True)
class TrainingPictures(Dataset[Batch]):
    """The items of a method's training or validation, read when asked for.

    An item is a Batch of uint8 tensors (3, H, W), with a target if the method is paired, or a
    random good picture, of the photo's object class where there are classes, if it is unpaired.
    A photo may be darkened, as the recipe says, unless it is one of a pair; a paired method's photo
    without a target is its own target. In training there are `repeats` items of each photo.
    `decoded` are pictures that need not be read again.
    """

    method: Method[Any]
    recipe: Recipe
    samples: tuple[Sample, ...]
    good: tuple[Sample, ...]
    seed: int
    augmented: bool
    decoded: Mapping[Path, Bytes] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.samples) * (self.recipe.repeats if self.augmented else 1)

    def __getitem__(self, key: Key) -> Batch:
        epoch, index = key
        rng = np.random.default_rng((self.seed, epoch, index + 1))  # 0: the order's
        sample = self.samples[index % len(self.samples)]
        chance = rng if self.augmented else None
        photo, *others = self.method.view(self.recipe, chance, self._read(sample, rng))
        if self.method.supervision != "paired":
            photo, _ = dimmed(self.recipe, chance, photo)
        elif sample.target is None:
            photo, *others = dimmed(self.recipe, chance, photo)
        target = _tensor(others[0]) if others else None
        return Batch(_tensor(photo), target, torch.tensor(index))

    def _read(self, sample: Sample, rng: np.random.Generator) -> tuple[Bytes, ...]:
        photo = self._picture(sample.photo)
        if self.method.supervision == "paired":
            return photo, photo if sample.target is None else self._picture(sample.target)
        if self.method.supervision == "unpaired":
            fitting = [good for good in self.good if good.group == sample.group] or self.good
            return photo, self._picture(fitting[rng.integers(len(fitting))].photo)
        return (photo,)

    def _picture(self, path: Path) -> Bytes:
        return self.decoded[path] if path in self.decoded else picture(path)


def plain(pictures: TrainingPictures) -> TrainingPictures:
    """The same pictures as validation sees them: once each, not varied at random."""
    return replace(pictures, augmented=False)


def paths(method: Method[Any], collection: Collection) -> Iterator[Path]:
    """What a training reads, in the order in which it is worth keeping."""
    good = collection.good if method.supervision == "unpaired" else ()
    for sample in (*collection.samples, *good, *collection.validation):
        yield sample.photo
        if method.supervision == "paired" and sample.target is not None:
            yield sample.target


def _tensor(made: np.ndarray[Any, np.dtype[np.uint8]]) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(made.transpose(2, 0, 1)))


def collate(items: list[Batch]) -> Batch:
    """Items of one size as a batch."""
    targets = [item.target for item in items if item.target is not None]
    indices = [item.index for item in items if item.index is not None]
    return Batch(
        torch.stack([item.photo for item in items]),
        torch.stack(targets) if targets else None,
        torch.stack(indices) if indices else None,
    )


class Order(Sampler[Key]):
    """Keys of one device in an epoch: a shuffle by (seed, epoch), filled up to whole batches.

    The last batch is filled with the shuffle's first pictures. Where there are `losses`, as many
    are drawn with replacement instead, with probabilities proportional to what they are then. Of
    each batch, device `rank` of `devices` takes every `devices`-th picture, so that any number of
    devices sees the same batches.
    """

    def __init__(
        self,
        count: int,
        batch: int,
        seed: int,
        epoch: int,
        rank: int = 0,
        devices: int = 1,
        losses: Losses | None = None,
    ) -> None:
        self.count, self.seed, self.epoch = count, seed, epoch
        self.losses = losses
        self.filled = -(-count // batch) * batch
        self.rank, self.devices = rank, devices

    def set_epoch(self, epoch: int) -> None:
        """The epoch whose order comes next."""
        self.epoch = epoch

    def __len__(self) -> int:
        return self.filled // self.devices

    def __iter__(self) -> Iterator[Key]:
        epoch = self.epoch
        for index in self._drawn()[self.rank :: self.devices]:
            yield epoch, int(index)

    def _drawn(self) -> NDArray[np.int64]:
        rng = np.random.default_rng((self.seed, self.epoch, 0))
        if self.losses is None:
            return np.resize(rng.permutation(self.count), self.filled)
        weights = np.maximum(self.losses, LEAST_LOSS)
        return rng.choice(self.count, self.filled, p=weights / weights.sum())
