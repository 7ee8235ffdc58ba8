"""The training loop's step against a plain PyTorch loop of the same network and batch.

    python benchmarks/training_step.py [--device cuda] [--batch 8] [--size 256] [--precision bf16]

Both do the same work, on the same bytes, in alternating rounds. Speeds are compared by the fastest
steps, which other programs have disturbed least; medians are printed beside them.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import replace

import torch
from lightning_fabric import Fabric
from torch.utils.data import DataLoader, SequentialSampler

from nightlift.learned import METHODS, Batch, Objective, total
from nightlift.train import Training


class Clock:
    """A recorder that only notes when each step was done."""

    def __init__(self, cuda: bool) -> None:
        self.cuda = cuda
        self.times: list[float] = []

    def started(self, module: Training) -> None:
        self.times = []

    def stepped(self, module: Training) -> None:
        self.note()

    def measured(self, module: Training, means: Mapping[str, float]) -> None:
        pass

    def noted(self, sentence: str) -> None:
        pass

    def finished_epoch(
        self, module: Training, loss: float, measures: Mapping[str, float], best: bool
    ) -> None:
        pass

    def note(self) -> None:
        if self.cuda:
            torch.cuda.synchronize()
        self.times.append(time.perf_counter())

    def steps(self) -> list[float]:
        """Seconds of each step but the first three, which warm up."""
        return [b - a for a, b in zip(self.times[2:], self.times[3:], strict=False)]


class InTurn(SequentialSampler):
    """The same order in every epoch."""

    def set_epoch(self, epoch: int) -> None:
        pass


class Fixed:
    """The same batch again and again, in place of a training's loaders."""

    seed, losses, measured = 0, None, ()

    def __init__(self, batch: Batch, steps: int) -> None:
        self.batches = [batch] * steps

    def training(self, rank: int, devices: int) -> DataLoader[Batch]:
        return DataLoader(self.batches, batch_size=None, sampler=InTurn(self.batches))  # type: ignore[arg-type]

    def validation(self) -> None:
        return None


def plain(given: argparse.Namespace, objective: Objective, data: Fixed) -> list[float]:
    """What one would write without Fabric, EMA, logs, checks and checkpoints."""
    device = torch.device(given.device)
    objective.to(device).train()
    recipe = given.recipe
    optimizer = torch.optim.Adam(
        objective.parameters(), recipe.learning_rate, recipe.betas, weight_decay=recipe.weight_decay
    )
    bf16 = recipe.precision == "bf16"
    clock = Clock(device.type == "cuda")
    for stored in data.batches:
        batch = stored.map(lambda t: t.to(device, non_blocking=True).float().div_(255))
        with torch.autocast(device.type, torch.bfloat16) if bf16 else nullcontext():
            loss = total(objective.terms(batch, "network"))
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(objective.parameters(), recipe.clip_norm)
        optimizer.step()
        clock.note()
    return clock.steps()


def ours(given: argparse.Namespace, objective: Objective, data: Fixed) -> list[float]:
    """The same through the training loop."""
    clock = Clock(given.device == "cuda")
    fabric = Fabric(
        accelerator="gpu" if given.device == "cuda" else "cpu",
        devices=1,
        precision="bf16-mixed" if given.recipe.precision == "bf16" else "32-true",
    )
    recipe = replace(given.recipe, epochs=1)
    fabric.launch(Training(objective, recipe, data, clock).fit)  # type: ignore[arg-type]
    return clock.steps()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--method", default="zero-dce")
    parser.add_argument("--device", default="cpu", choices=("cpu", "cuda"))
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--precision", default="32", choices=("32", "bf16"))
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    method = METHODS[given.method]
    default = next(iter(method.recipes.values()))
    given.recipe = replace(default, size=given.size, batch=given.batch, precision=given.precision)
    shape = (given.batch, 3, given.size, given.size)
    photo = torch.randint(0, 80, shape, dtype=torch.uint8)
    data = Fixed(Batch(photo), given.steps + 3)
    times: dict[str, list[float]] = {"plain": [], "ours": []}
    for _ in range(given.rounds):
        for name, way in (("plain", plain), ("ours", ours)):
            torch.manual_seed(0)
            objective = method.objective(method.network(given.recipe), given.recipe)
            times[name] += way(given, objective, data)
    for name, values in times.items():
        least, middle = min(values), statistics.median(values)
        print(f"{name:6} {1000 * least:9.2f} ms a step (median {1000 * middle:.2f})")
    print(f"speed of the plain loop reached: {min(times['plain']) / min(times['ours']):.3f}")


if __name__ == "__main__":
    main()
