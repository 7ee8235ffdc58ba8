"""Whether data and recipe fit a method, asked before a training starts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from torch.nn.modules.batchnorm import _BatchNorm

from nightlift.data import Collection, Sample, size
from nightlift.errors import DataError, ReadError, UsageError
from nightlift.learned import METHODS, Method, Objective, Recipe

GOOD_PHOTOS = ("folder", "run")
"""Layouts whose photos may be taken for good ones that are darkened for a paired method."""


def check_data(method: Method[Any], recipe: Recipe, sources: Sequence[Collection]) -> None:
    """Raises DataError for data of another kind, and for files that cannot be trained on.

    Headers of all files are read: one that is no picture, or a target of another size than its
    photo, is found now and not in the third epoch.
    """
    for source in sources:
        _check_kind(method, recipe, source)
    if method.supervision == "unpaired" and not any(source.good for source in sources):
        raise DataError(
            f"{method.name} learns from photos and good pictures, but there are no good "
            f"pictures in {' and '.join(map(_spec, sources))}; expected the layout unpaired"
        )
    for source in sources:
        problems = list(_problems(method, source))
        if problems:
            more = f" (and {len(problems) - 1} more like it)" if len(problems) > 1 else ""
            raise DataError(
                f"{problems[0]}{more}; `nightlift data check {_spec(source)}` lists every problem"
            )


def check_training(method: Method[Any], recipe: Recipe, objective: Objective, devices: int) -> None:
    """Raises UsageError for a recipe or a number of devices that the method cannot train with."""
    if devices < 1 or recipe.batch % devices:
        raise UsageError(
            f"expected a number of devices that divides the batch of {recipe.batch}, got {devices}"
        )
    if (recipe.batch // devices) % recipe.accumulation_steps:
        raise UsageError(
            "expected accumulation_steps that divide the "
            f"{recipe.batch // devices} pictures of each device, got {recipe.accumulation_steps}"
        )
    normed = any(isinstance(module, _BatchNorm) for module in objective.modules())
    if normed and recipe.batch // devices // recipe.accumulation_steps < 2:
        raise UsageError(
            "batch norm compares the pictures of a batch: expected at least 2 on each device, got "
            f"a batch of {recipe.batch} on {devices} in {recipe.accumulation_steps} steps of "
            "accumulation; give larger batches, or fewer devices or accumulation_steps"
        )
    if recipe.keep_by != "loss" and method.supervision != "paired":
        raise UsageError(
            f"keep_by={recipe.keep_by} compares results with targets, and {method.name} learns "
            "without pairs: set keep_by=loss"
        )
    if recipe.sampling == "weighted" and len(objective.optimizer_groups) > 1:
        fitting = (one.name for one in METHODS.values() if one.supervision != "unpaired")
        raise UsageError(
            f"{method.name} has a critic, by whose mood no picture can be called ill done; "
            f"sampling=weighted is for {', '.join(fitting)}: set sampling=even"
        )


def _spec(source: Collection) -> str:
    return f"{source.layout}:{source.root}"


def _check_kind(method: Method[Any], recipe: Recipe, source: Collection) -> None:
    where = _spec(source)
    if not source.samples:
        raise DataError(f"{where} has no photo to train on")
    everything = source.samples + source.validation
    if method.supervision != "paired" or all(sample.target for sample in everything):
        return
    if source.good:
        raise DataError(
            f"{method.name} learns from pairs, but the photos of {where} have no targets; to learn "
            f"from its good pictures, darkened, give --data folder:{source.root / 'train_B'} "
            "--set darkened=0.7"
        )
    if source.layout not in GOOD_PHOTOS:
        raise DataError(
            f"{method.name} learns from pairs, but the photos of {where} have no targets; "
            "expected a layout such as lol, fivek, smnet or pairs"
        )
    if recipe.darkened == 0:
        raise DataError(
            f"{method.name} learns from pairs, but the photos of {where} have no targets; expected "
            "a layout such as lol, fivek, smnet or pairs, or, if all of them are good photos, "
            "--set darkened=0.7 to learn from them darkened"
        )


def _problems(method: Method[Any], collection: Collection) -> Iterator[str]:
    good = collection.good if method.supervision == "unpaired" else ()
    for sample in collection.samples + collection.validation + good:
        try:
            yield from _problem(method, sample)
        except ReadError as error:
            yield str(error)


def _problem(method: Method[Any], sample: Sample) -> Iterator[str]:
    own = size(sample.photo)
    if method.supervision == "paired" and sample.target is not None:
        target = size(sample.target)
        if own != target:
            yield (
                f"{sample.photo}: is {own[1]}x{own[0]}, but its target is "
                f"{target[1]}x{target[0]}; expected pairs of one size"
            )
