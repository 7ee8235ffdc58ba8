"""Data checked before it costs a training run: one sentence for each problem."""

from __future__ import annotations

import hashlib
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np

from nightlift.data import layouts, leakage, sidecar
from nightlift.data.pictures import picture, size, small_gray
from nightlift.data.problem import Problem
from nightlift.data.sample import Collection, Sample
from nightlift.data.split import data_hash, size_of
from nightlift.data.workers import each
from nightlift.errors import sentence

SMALLEST = 64
"""Short side in pixels below which a picture is of no use to any recipe."""


@dataclass(frozen=True)
class Report:
    """What was looked at, and everything that is wrong with it."""

    collection: Collection
    problems: tuple[Problem, ...]
    pictures: int


@dataclass(frozen=True)
class CheckedFile:
    """What was learned of one file: its upright (height, width) or why it cannot be read.

    `hash` is the perceptual hash, where one was asked for.
    """

    path: Path
    size: tuple[int, int] | None = None
    hash: int | None = None
    complaint: str = ""


Progress: TypeAlias = Callable[[Iterator[CheckedFile], int], Iterable[CheckedFile]]
"""Hands on what it is given, perhaps showing how many of how many have passed."""


def silently(seen: Iterator[CheckedFile], total: int) -> Iterable[CheckedFile]:
    """Hand on, and show nothing."""
    return seen


def check(
    spec: str,
    *,
    decode: bool = False,
    smallest: int = SMALLEST,
    distance: int = leakage.DISTANCE,
    workers: int | None = None,
    progress: Progress = silently,
) -> Report:
    """Check the data that `LAYOUT:PATH` names.

    Looks for photos without partner, pairs of unequal size, files that cannot be read, equal files,
    small pictures, and pictures of validation or test that are near a training picture.

    Args:
        spec: `LAYOUT:PATH`.
        decode: Whether every pixel is read, rather than headers alone.
        smallest: Sides below so many pixels are told.
        distance: Bits of the perceptual hash within which two pictures are near.
        workers: Threads; None: one for each core.
        progress: Wraps the work, to show its progress.

    Returns:
        The collection and its problems.

    Raises:
        UsageError: The layout is unknown.
        DataError: The folder is missing or of another layout.
    """
    found = layouts.find(spec)
    paths = _paths(found.collection)
    hashed = _compared(found.collection)

    def checked(path: Path) -> CheckedFile:
        return _checked(path, decode, path in hashed)

    seen = {
        one.path: one
        for one in progress(each(checked, paths, workers or os.cpu_count() or 1), len(paths))
    }
    problems = [
        *found.problems,
        *_unreadable(seen.values()),
        *_small(seen.values(), smallest),
        *_unequal(found.collection, seen),
        *_duplicates(found.collection),
        *_leaks(found.collection, seen, distance),
        *_changed(found.collection),
    ]
    return Report(found.collection, tuple(problems), len(paths))


def _paths(collection: Collection) -> list[Path]:
    """Every file once: several photos may share a target."""
    samples = (sample for part in collection.parts.values() for sample in part)
    return list(dict.fromkeys(path for one in samples for path in (one.photo, one.target) if path))


def _training(collection: Collection) -> tuple[Sample, ...]:
    return collection.samples + collection.good


def _held_out(collection: Collection) -> tuple[Sample, ...]:
    return collection.validation + collection.test


def _compared(collection: Collection) -> set[Path]:
    """Pictures whose hash is needed: none where nothing is held out."""
    training, held = _training(collection), _held_out(collection)
    if not (training and held):
        return set()
    return {sample.reference for sample in training + held}


def _checked(path: Path, decode: bool, hashed: bool) -> CheckedFile:
    try:
        shape = picture(path).shape[:2] if decode else size(path)
        mark = leakage.perceptual_hash(small_gray(path)) if hashed else None
    except Exception as error:
        return CheckedFile(path, complaint=sentence(error).removeprefix(f"{path}: "))
    return CheckedFile(path, (int(shape[0]), int(shape[1])), mark)


def _unreadable(seen: Iterable[CheckedFile]) -> Iterator[Problem]:
    for one in seen:
        if one.complaint:
            yield Problem("unreadable", f"{one.path}: {one.complaint}", (one.path,))


def _small(seen: Iterable[CheckedFile], smallest: int) -> Iterator[Problem]:
    for one in seen:
        if one.size and min(one.size) < smallest:
            sentence = f"{one.path}: is {_words(one.size)}, expected sides of at least {smallest}"
            yield Problem("small", sentence, (one.path,))


def _unequal(collection: Collection, seen: dict[Path, CheckedFile]) -> Iterator[Problem]:
    for sample in (sample for part in collection.parts.values() for sample in part):
        if sample.target is None:
            continue
        photo, target = seen[sample.photo].size, seen[sample.target].size
        if photo and target and photo != target:
            sentence = (
                f"{sample.photo}: is {_words(photo)}, but its target {sample.target} is "
                f"{_words(target)}; a pair must have one size"
            )
            yield Problem("size", sentence, (sample.photo, sample.target))


def _words(shape: tuple[int, int]) -> str:
    return f"{shape[1]}x{shape[0]} pixels"


def _duplicates(collection: Collection) -> Iterator[Problem]:
    """Photos of equal content, and photos that equal their own target.

    Equal targets are in order: several dark photos may share one reference.
    """
    samples = [sample for part in collection.parts.values() for sample in part]
    for photos in _alike({sample.photo for sample in samples}):
        for path in photos[1:]:
            sentence = f"{path}: has the same content as {photos[0]}; keep one of the two"
            yield Problem("duplicate", sentence, (path, photos[0]))
    for sample in samples:
        if sample.target and _alike({sample.photo, sample.target}):
            sentence = f"{sample.photo}: equals its target {sample.target}; take the pair out"
            yield Problem("duplicate", sentence, (sample.photo, sample.target))


def _alike(paths: Iterable[Path]) -> list[list[Path]]:
    """Groups of files of equal content; only files of equal length are read."""
    lengths: dict[int, list[Path]] = defaultdict(list)
    contents: dict[bytes, list[Path]] = defaultdict(list)
    for path in sorted(paths):
        lengths[size_of(path)].append(path)
    for candidates in lengths.values():
        for path in candidates if len(candidates) > 1 else ():
            contents[_content(path)].append(path)
    return [group for group in contents.values() if len(group) > 1]


def _content(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def _leaks(
    collection: Collection, seen: dict[Path, CheckedFile], distance: int
) -> Iterator[Problem]:
    training = _hashed(_training(collection), seen)
    for name, samples in (("validation", collection.validation), ("test", collection.test)):
        held = _hashed(samples, seen)
        for near in leakage.near_duplicates(_array(held), _array(training), distance):
            first, second = held[near.first].path, training[near.second].path
            sentence = (
                f"{first}: of {name} looks like {second} of training ({near.distance} of 64 bits "
                "differ); keep a scene on one side"
            )
            yield Problem("leak", sentence, (first, second))


def _hashed(samples: tuple[Sample, ...], seen: dict[Path, CheckedFile]) -> list[CheckedFile]:
    found = (seen[path] for path in dict.fromkeys(sample.reference for sample in samples))
    return [one for one in found if one.hash is not None]


def _array(seen: list[CheckedFile]) -> leakage.Hashes:
    return np.array([one.hash for one in seen], np.uint64)


def _changed(collection: Collection) -> Iterator[Problem]:
    """Whether a run's photos are still those it was trained on."""
    if collection.layout != "run":
        return
    _, stored = sidecar.run_data(collection.root)
    if stored.data_hash and stored.data_hash != data_hash(collection):
        sentence = f"{collection.root}: its photos have changed since the run; compare with care"
        yield Problem("split", sentence, (collection.root,))
