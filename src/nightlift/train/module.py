"""The training loop: any objective, its optimizer groups in turn."""

from __future__ import annotations

import copy
import logging
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import torch
from lightning_fabric import Fabric
from torch import Tensor
from torch.utils.data import DataLoader

from nightlift.errors import TrainingError
from nightlift.learned import Batch, Objective, OptimizerGroup, Recipe, total
from nightlift.train.checkpoint import Checkpoint
from nightlift.train.compiled import CompiledTerms
from nightlift.train.ema import MovingAverage
from nightlift.train.measures import due, measure, score
from nightlift.train.optimizers import optimizer_of
from nightlift.train.pictures import Losses
from nightlift.train.report import Recorder
from nightlift.train.schedules import Watch, factor
from nightlift.train.terms import Terms, in_floats, lay_out

logging.getLogger("lightning_fabric").setLevel(logging.ERROR)  # here, so in every process

if TYPE_CHECKING:
    from nightlift.train.loaders import Loaders
    from nightlift.train.pictures import Order

SPARE = 1.2
"""An epoch may take so much longer than the last one, and still be done in time."""


class Training:
    """An objective, trained by a recipe so that (seed, epoch) determine what an epoch does.

    At each step each optimizer group in turn minimizes the sum of its terms by its own optimizer.
    Terms stay on the device until they are logged; then every one is checked, so that a value that
    is not finite stops the training before it is saved. Fabric brings it to devices.

    Args:
        objective: With the network.
        recipe: How.
        loaders: Give the pictures.
        recorder: Writes down what happens.
        begin: The state to go on from; None: the objective's own weights.
        compiled: Whether the terms' graphs are compiled.
        deadline: Of `time.monotonic`: the training stops after the last epoch that is likely to be
            done by then; None: never.
    """

    fabric: Fabric

    def __init__(
        self,
        objective: Objective,
        recipe: Recipe,
        loaders: Loaders,
        recorder: Recorder,
        begin: Checkpoint | None = None,
        *,
        compiled: bool = False,
        deadline: float | None = None,
    ) -> None:
        lay_out(objective)
        self.objective = objective
        self.recipe, self.loaders, self.seed = recipe, loaders, loaders.seed
        self.recorder, self.begin = recorder, begin
        self.compiled, self.deadline = compiled, deadline
        self.average = (
            MovingAverage(objective.network, recipe.ema) if recipe.ema is not None else None
        )
        self.watch = Watch()
        self.epoch, self.steps, self.seconds = 0, 0, 0.0
        self.steps_an_epoch = 0
        self.stopped = False
        self.optimizers: list[torch.optim.Optimizer] = []
        self._unread: list[dict[str, Tensor]] = []
        self._losses: list[float] = []
        self._weighed: list[tuple[Tensor, Tensor]] = []

    @property
    def losses(self) -> Losses | None:
        """The training pictures' last losses, where these are drawn by them."""
        return self.loaders.losses

    @property
    def device(self) -> torch.device:
        """Where this process trains."""
        return self.fabric.device

    def fit(self, fabric: Fabric) -> None:
        """Train from the checkpoint `begin`, or the first epoch, to the last one or until stopped.

        Args:
            fabric: this process's part of the devices, launched.
        """
        self._set_up(fabric)
        training = self.loaders.training(fabric.global_rank, fabric.world_size)
        validation = self.loaders.validation()
        self.steps_an_epoch = len(training)
        if fabric.is_global_zero:
            self.recorder.started(self)
        self._ended = time.monotonic()
        while self.epoch < self.recipe.epochs and not self.stopped:
            self._start_epoch(cast("Order", training.sampler))
            for batch in training:
                self._step(self._sent(batch))
            self._finish_epoch(self._validate(validation))

    def on_device(self, batch: Batch) -> Batch:
        """A batch on this device.

        Args:
            batch: Of uint8.

        Returns:
            Of floats in [0, 1].
        """
        return in_floats(self._sent(batch))

    def _sent(self, batch: Batch) -> Batch:
        return batch.map(lambda pictures: pictures.to(self.device, non_blocking=True))

    def _set_up(self, fabric: Fabric) -> None:
        """Bring everything to this process's device, in the state of `begin` where there is one."""
        self.fabric = fabric
        if fabric.world_size > 1:  # PyTorch hands tensors to other processes in shared memory
            self.objective, self.average = copy.deepcopy((self.objective, self.average))
        terms = self.objective.all_terms
        if self.compiled:
            terms = CompiledTerms(self.objective, self._note)
        self._terms = fabric.setup_module(Terms(self.objective, terms))
        if self.average is not None:
            self.average.to(self.device)
        self.optimizers = [
            optimizer_of(self.recipe, list(group.parameters()))
            for group in self.objective.optimizer_groups
        ]
        if self.begin is not None:
            self.begin.restore(self)

    def _start_epoch(self, order: Order) -> None:
        """Seed PyTorch by (seed, epoch, device), and set order and learning rate."""
        order.set_epoch(self.epoch)
        mixed = np.random.SeedSequence((self.seed, self.epoch, self.fabric.global_rank, 1))
        torch.manual_seed(int(mixed.generate_state(1, np.uint64)[0] >> 1))
        rate = self.recipe.learning_rate * factor(self.recipe, self.epoch) * self.watch.scale
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = rate

    def _step(self, batch: Batch) -> None:
        """Each group in turn: its terms, their gradients, its step."""
        values: dict[str, Tensor] = {}
        optimizer_groups = self.objective.optimizer_groups
        micro_batches = batch.micro_batches(self.recipe.accumulation_steps)
        for group, optimizer in zip(optimizer_groups, self.optimizers, strict=True):
            with self._alone(group):
                optimizer.zero_grad()
                measured = self._descend(micro_batches, group.name) | self._clip(group)
                optimizer.step()
            prefix = f"{group.name}/" if len(optimizer_groups) > 1 else ""
            values |= {prefix + name: value.detach() for name, value in measured.items()}
        self.steps += 1
        if self.average is not None:
            self.average.update(self.objective.network, self.steps)
        if self.losses is not None:
            self._weigh(in_floats(batch))
        self._unread.append(values)
        if self.steps % self.recipe.log_every == 0:
            self._read()
        if self.fabric.is_global_zero:
            self.recorder.stepped(self)

    @torch.no_grad()
    def _validate(self, validation: DataLoader[Batch] | None) -> float:
        """The loss of the weights that would be released; of training without such pictures."""
        self._read()
        if validation is None:
            own = torch.tensor(sum(self._losses) / len(self._losses), dtype=torch.float64)
            return float(self._gathered(own.to(self.device)).mean())
        with self.released() as objective, self.fabric.autocast():
            objective.eval()
            losses = [objective.watched_loss(self.on_device(batch)) for batch in validation]
        self.objective.train()
        return torch.stack(losses).mean().item()

    def _finish_epoch(self, loss: float) -> None:
        """Watch the loss, stop early if asked, and let everything be saved."""
        if not math.isfinite(loss):
            raise TrainingError(_not_finite("validation loss", loss, "its end", self.epoch))
        self._share_losses()
        measures = self._measures()
        chosen_by = score(self.recipe, loss, measures)
        best = self.watch.update(loss, chosen_by, self.epoch, self.recipe)
        self.epoch += 1
        self._losses = []
        self.stopped = self.watch.over(self.recipe) or self._late()
        if self.fabric.is_global_zero:
            self.recorder.finished_epoch(self, loss, measures, best)

    def _descend(self, micro_batches: list[Batch], group: str) -> dict[str, Tensor]:
        """Gather the gradients of a batch; its terms and their sum, means over micro-batches."""
        found: list[dict[str, Tensor]] = []
        for micro_batch in micro_batches:
            terms = self._terms(group, micro_batch.photo, micro_batch.target, micro_batch.index)
            loss = total(terms)
            self.fabric.backward(loss / len(micro_batches))
            found.append({name: value.detach() for name, value in {**terms, "loss": loss}.items()})
        return {name: torch.stack([one[name] for one in found]).mean() for name in found[0]}

    def _late(self) -> bool:
        """Whether another epoch, as long as the last one, would not be done in time."""
        now, before = time.monotonic(), self._ended
        self._ended = now
        if self.deadline is None or self.epoch >= self.recipe.epochs:
            return False
        late = now + SPARE * (now - before) > self.deadline
        late = bool(self._gathered(torch.tensor(late)).any())
        if late:
            self._note(
                f"time is up after epoch {self.epoch} of {self.recipe.epochs}, which is saved; "
                "--resume goes on from there"
            )
        return late

    def _note(self, sentence: str) -> None:
        if self.fabric.is_global_zero:
            self.recorder.noted(sentence)

    @contextmanager
    def released(self) -> Iterator[Objective]:
        """The objective around the network that would be released: the averaged one, if any.

        Yields:
            The objective, which is the trained network's again after the block.
        """
        trained = self.objective.network
        if self.average is not None:
            self.objective.network = self.average.network
        try:
            yield self.objective
        finally:
            self.objective.network = trained

    @contextmanager
    def _alone(self, group: OptimizerGroup) -> Iterator[None]:
        """Gradients for this group's parameters only."""
        others = [
            parameter
            for other in self.objective.optimizer_groups
            if other.name != group.name
            for parameter in other.parameters()
            if parameter.requires_grad
        ]
        for parameter in others:
            parameter.requires_grad_(False)
        yield
        for parameter in others:
            parameter.requires_grad_(True)

    def _clip(self, group: OptimizerGroup) -> dict[str, Tensor]:
        if self.recipe.clip_norm is None:
            return {}
        norm = torch.nn.utils.clip_grad_norm_(group.parameters(), self.recipe.clip_norm)
        return {"gradient_norm": norm}

    def _read(self) -> None:
        """Bring the terms of the last steps from the device, in one go; check and log them."""
        if not self._unread:
            return
        names = list(self._unread[0])
        rows = torch.stack([torch.stack(list(step.values())) for step in self._unread]).tolist()
        first = self.steps - len(rows) + 1
        self._unread = []
        for step, row in enumerate(rows, first):
            for name, value in zip(names, row, strict=True):
                if not math.isfinite(value):
                    raise TrainingError(_not_finite(name, value, f"step {step}", self.epoch))
        means = [sum(column) / len(rows) for column in zip(*rows, strict=True)]
        loss = next(index for index, name in enumerate(names) if name.rpartition("/")[2] == "loss")
        self._losses += [row[loss] for row in rows]
        if self.fabric.is_global_zero:
            self.recorder.measured(self, dict(zip(names, means, strict=True)))

    def _weigh(self, batch: Batch) -> None:
        """Note the loss of each picture of a batch, as the network now does it."""
        assert batch.index is not None
        self.objective.eval()
        with torch.no_grad(), self.fabric.autocast():
            self._weighed.append((batch.index, self.objective.losses(batch).float()))
        self.objective.train()

    def _share_losses(self) -> None:
        """Let every device know the losses of all, in the order in which pictures were drawn."""
        losses = self.losses
        if losses is None:
            return
        own = [torch.stack((index.to(loss), loss)) for index, loss in self._weighed]
        together = self._gathered(torch.cat(own, 1))
        self._weighed = []
        index, loss = together.reshape(-1, *together.shape[-2:]).permute(1, 2, 0).flatten(1).cpu()
        if not loss.isfinite().all():
            raise TrainingError(
                _not_finite("loss of a picture", float(loss.sum()), "its end", self.epoch)
            )
        losses[index.long().numpy()] = loss.numpy()  # of a picture drawn twice, the later one

    def _measures(self) -> dict[str, float]:
        """PSNR and SSIM by their names, where they are due; alike on every device."""
        asked = self.loaders.measured and due(self.recipe, self.epoch + 1)
        return measure(self, self.loaders) if asked else {}

    def _gathered(self, value: Tensor) -> Tensor:
        """What every device has, behind one another."""
        everywhere: Any = self.fabric.all_gather(value)
        return cast("Tensor", everywhere)


def _not_finite(name: str, value: float, where: str, epoch: int) -> str:
    return (
        f"the term {name} became {value} in epoch {epoch + 1}, at {where}; the last checkpoint is "
        "sound: resume with a lower learning_rate or with clip_norm"
    )
