"""Loaders of a training's pictures."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader

from nightlift.data import Collection
from nightlift.learned import Batch, Method, Recipe
from nightlift.train.cache import decoded
from nightlift.train.measures import columns
from nightlift.train.pictures import FIRST_LOSS, Order, TrainingPictures, collate, paths, plain
from nightlift.train.workers import processes, start


class Loaders:
    """The loaders of a training; every device validates all validation pictures.

    `losses` are the training pictures' last ones, by which they are drawn; None if drawn evenly.
    `measured` are the names of what is measured of pictures, none where there are no pairs.
    Decoded pictures are kept in at most `cache` bytes.
    """

    def __init__(
        self,
        method: Method[Any],
        recipe: Recipe,
        collection: Collection,
        seed: int,
        workers: int,
        cache: int = 0,
    ) -> None:
        self.recipe, self.seed, self.workers = recipe, seed, workers
        self.measured = columns(method)
        kept = decoded(paths(method, collection), cache) if cache else {}
        samples, good = collection.samples, collection.good
        self.pictures = TrainingPictures(method, recipe, samples, good, seed, True, kept)
        weighted = recipe.sampling == "weighted"
        self.losses = np.full(len(self.pictures), FIRST_LOSS) if weighted else None
        self.held = TrainingPictures(method, recipe, collection.validation, good, seed, False, kept)

    def training(self, rank: int, devices: int) -> DataLoader[Batch]:
        """The shuffled, augmented training pictures of one of several devices."""
        batch = self.recipe.batch
        order = Order(len(self.pictures), batch, self.seed, 0, rank, devices, self.losses)
        return self._loader(self.pictures, order, batch // devices)

    def validation(self) -> DataLoader[Batch] | None:
        """The validation pictures as they are, in their order; none without such pictures."""
        if not self.held.samples:
            return None
        return self._loader(self.held, [(0, index) for index in range(len(self.held))], 1)

    def shown(self) -> list[Batch]:
        """The items whose pictures are drawn: the first of validation, or else of training."""
        items = self.held if self.held.samples else self.pictures
        still = plain(items)
        return [collate([still[0, i]]) for i in range(min(self.recipe.shown, len(still)))]

    def _loader(self, pictures: TrainingPictures, order: Any, batch: int) -> DataLoader[Batch]:
        return DataLoader(
            pictures,
            batch_size=batch,
            sampler=order,
            num_workers=self.workers,
            collate_fn=collate,
            worker_init_fn=start,
            multiprocessing_context=processes() if self.workers else None,
            persistent_workers=self.workers > 0,
            pin_memory=torch.cuda.is_available(),
            generator=torch.Generator(),  # leaves the generator of the training alone
        )
