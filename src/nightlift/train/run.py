"""Training a method on data into a run folder."""

from __future__ import annotations

import importlib.metadata
import platform
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch

from nightlift.data import (
    Collection,
    Split,
    data_hash,
    joined,
    open_collection,
    split_each,
    with_split,
)
from nightlift.errors import DataError, UsageError
from nightlift.learned import Method, Objective, Recipe, further_losses
from nightlift.train.checkpoint import Checkpoint
from nightlift.train.devices import Devices, check_devices, count
from nightlift.train.folder import RunDescription, RunFolder, load_run
from nightlift.train.launching import launch
from nightlift.train.loaders import Loaders
from nightlift.train.machines import check_machines, keeps_run
from nightlift.train.module import Training
from nightlift.train.preflight import check_data, check_training
from nightlift.train.preview_photos import read_previews
from nightlift.train.recorder import FolderRecorder
from nightlift.train.report import Notice, Report
from nightlift.train.warm_start import warm_start

__all__ = ["RunFolder", "load_run", "resume", "train"]

PACKAGES = (
    "nightlift",
    "torch",
    "lightning-fabric",
    "numpy",
    "opencv-python-headless",
    "pillow",
)
"""Whose versions a run keeps."""

FREE_TO_CHANGE = (
    "epochs",
    "stop_after",
    "log_every",
    "pictures_every",
    "pictures_every_steps",
    "shown",
    "keep",
    "measure_every",
    "snapshot_every",
    "snapshots",
    "features_file",
)
"""Fields of a recipe that may change when a run is resumed; another change is another run."""


def train(
    method: Method[Any],
    recipe: Recipe,
    data: str | Sequence[str],
    run: Path,
    *,
    init: Path | None = None,
    devices: Devices = 1,
    nodes: int = 1,
    seed: int = 0,
    fold: tuple[int, int] | None = None,
    workers: int = 2,
    cache: int = 0,
    compiled: bool = False,
    max_minutes: float | None = None,
    command: str = "",
    preview_folder: Path | None = None,
    report: Report | None = None,
) -> None:
    """Train a method into a new run folder.

    Where `workers` are processes, a script of your own needs `if __name__ == "__main__":`.

    Args:
        method: What is trained.
        recipe: How.
        data: LAYOUT:PATH, or several.
        run: A new folder, or one that holds nothing yet.
        init: A run folder, a checkpoint of a run, or a published checkpoint to begin with.
        devices: How many there are, or, as numbers, which accelerators are taken.
        nodes: Machines with so many devices, on each of which this is called with the same
            arguments; they share each batch, and the first one keeps the run.
        seed: Of everything that is drawn.
        fold: (k, n): validates the k-th of n parts of data that has no split of its own.
        workers: Processes that read pictures; 0: this one. The result does not depend on it.
        cache: Bytes of pictures that are kept decoded.
        compiled: Whether the terms' graphs are compiled.
        max_minutes: Stop, to be resumed, after the last epoch that is likely to be done in time;
            None: never.
        command: What run.json says was typed.
        preview_folder: Photos whose results are drawn whenever pictures are, after whole epochs.
        report: Told of what happens.

    Raises:
        UsageError: The folder is not empty, or the settings do not fit the method or the devices.
        DataError: The data does not fit.
        ModelError: What `init` names does not fit.
        TrainingError: A term is no longer finite.
    """
    deadline = _deadline(max_minutes)
    check_devices(devices)
    check_machines(count(devices), nodes)
    previews = () if preview_folder is None else read_previews(preview_folder)
    if seed < 0:
        raise UsageError(f"expected a seed of at least 0, got {seed}")
    sources = [open_collection(spec) for spec in ((data,) if isinstance(data, str) else data)]
    check_data(method, recipe, sources)
    chosen = split_each(sources, validation=recipe.validation, seed=seed, fold=fold)
    divided = method.select(recipe, with_split(joined(sources), chosen))
    description = _described(method, recipe, sources, chosen, seed, init, command)
    loaders = Loaders(method, recipe, divided, seed, workers, cache)
    objective = _fresh(method, recipe, seed, count(devices) * nodes)
    begin = warm_start(method, recipe, objective, init, _teller(report)) if init else None
    folder = RunFolder(run)
    if keeps_run(nodes):
        folder.create(description, chosen)
    recorder = FolderRecorder(folder, loaders, report, previews)
    training = Training(
        objective, recipe, loaders, recorder, begin, compiled=compiled, deadline=deadline
    )
    launch(training, devices, nodes)


def resume(
    run: Path,
    *,
    recipe: Recipe | None = None,
    data: Sequence[str] | None = None,
    devices: Devices = 1,
    nodes: int = 1,
    workers: int = 2,
    cache: int = 0,
    compiled: bool = False,
    max_minutes: float | None = None,
    preview_folder: Path | None = None,
    report: Report | None = None,
) -> None:
    """Go on with a run from its last finished epoch, as if it had not stopped.

    The numbers are those of `train`.

    Args:
        run: Its folder.
        recipe: May change what does not touch the finished epochs; None: the run's own.
        data: Where the data is now; None: where the run says. A run that somebody else wrote may
            name any folder.
        devices: How many there are, or, as numbers, which accelerators are taken.
        nodes: Machines with so many devices, on each of which this is called with the same
            arguments; they share each batch, and the first one keeps the run.
        workers: Processes that read pictures; 0: this one. The result does not depend on it.
        cache: Bytes of pictures that are kept decoded.
        compiled: Whether the terms' graphs are compiled.
        max_minutes: Stop after the last epoch that is likely to be done in time; None: never.
        preview_folder: Photos whose results are drawn whenever pictures are, after whole epochs.
        report: Told of what happens.

    Raises:
        UsageError: There is no run, it is done, or the recipe changes what it must not.
        DataError: The data has changed.
    """
    deadline = _deadline(max_minutes)
    check_devices(devices)
    check_machines(count(devices), nodes)
    previews = () if preview_folder is None else read_previews(preview_folder)
    folder = RunFolder(run)
    description, chosen = folder.read()
    method, stored = description.parsed()
    recipe = stored if recipe is None else recipe
    _check_same(stored, recipe)
    sources = [open_collection(spec) for spec in data or description.data]
    collection = joined(sources)
    _check_unchanged(collection, description, data or description.data, run)
    check_data(method, recipe, sources)
    divided = method.select(recipe, with_split(collection, chosen, str(folder.split)))
    loaders = Loaders(method, recipe, divided, description.seed, workers, cache)
    objective = _fresh(method, recipe, description.seed, count(devices) * nodes)
    begin = _where_it_stopped(method, recipe, objective, folder, description, _teller(report))
    _check_not_done(begin, recipe, run)
    named = _named(sources) if data else description.data
    if keeps_run(nodes) and (recipe != stored or named != description.data):
        folder.describe(replace(description, recipe=asdict(recipe), data=named))
    recorder = FolderRecorder(folder, loaders, report, previews)
    training = Training(
        objective, recipe, loaders, recorder, begin, compiled=compiled, deadline=deadline
    )
    launch(training, devices, nodes)


def _described(
    method: Method[Any],
    recipe: Recipe,
    sources: Sequence[Collection],
    chosen: Split,
    seed: int,
    init: Path | None,
    command: str,
) -> RunDescription:
    """What run.json says of a new run."""
    return RunDescription(
        method=method.name,
        recipe=asdict(recipe),
        data=_named(sources),
        data_hash=chosen.data_hash,
        seed=seed,
        init=None if init is None else str(init.resolve()),
        command=command,
        versions=_versions(),
    )


def _named(sources: Sequence[Collection]) -> tuple[str, ...]:
    """Collections as LAYOUT:PATH, wherever this is asked from."""
    return tuple(f"{source.layout}:{source.root.resolve()}" for source in sources)


def _where_it_stopped(
    method: Method[Any],
    recipe: Recipe,
    objective: Objective,
    folder: RunFolder,
    description: RunDescription,
    notice: Callable[[str], object],
) -> Checkpoint | None:
    if folder.last.is_file():
        return Checkpoint.load(folder.last)
    if description.init is not None:
        return warm_start(method, recipe, objective, Path(description.init), notice)
    return None


def _teller(report: Report | None) -> Callable[[str], object]:
    """What reports a sentence."""
    return lambda sentence: None if report is None else report(Notice(sentence))


def _deadline(max_minutes: float | None) -> float | None:
    """When a training that begins now has to end, of `time.monotonic`."""
    return None if max_minutes is None else time.monotonic() + 60 * max_minutes


def _fresh(method: Method[Any], recipe: Recipe, seed: int, devices: int) -> Objective:
    """An objective whose first weights, every optimizer group's, depend on the seed alone."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        objective = method.objective(method.network(recipe), recipe)
    objective.further = further_losses(recipe)
    check_training(method, recipe, objective, devices)
    return objective


def _check_same(stored: Recipe, recipe: Recipe) -> None:
    before, now = asdict(stored), asdict(recipe)
    changed = [key for key in now if now[key] != before.get(key) and key not in FREE_TO_CHANGE]
    if type(stored) is not type(recipe) or changed:
        raise UsageError(
            f"a resumed run keeps its recipe, but {', '.join(changed) or 'the method'} changed; "
            f"only {', '.join(FREE_TO_CHANGE)} may: begin a new run with --init"
        )


def _check_unchanged(
    collection: Collection, description: RunDescription, data: Sequence[str], run: Path
) -> None:
    if data_hash(collection) != description.data_hash:
        raise DataError(
            f"{' or '.join(data)} has changed since {run} began, or is "
            "other data; bring the photos back, or begin a new run with --init"
        )


def _check_not_done(begin: Checkpoint | None, recipe: Recipe, run: Path) -> None:
    if begin and begin.epoch >= recipe.epochs:
        raise UsageError(
            f"{run} is done with its {begin.epoch} epochs; to train on, add --set epochs=N"
        )


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version(), "platform": sys.platform}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            found[package] = "not installed as a package"
    return found
