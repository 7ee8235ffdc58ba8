"""Folders of pictures as lists of samples; only names are looked at."""

from __future__ import annotations

import csv
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import groupby
from pathlib import Path

from nightlift.data.problem import Problem
from nightlift.data.sample import Sample
from nightlift.photo import LIGHT_NAMES, PHOTO_NAMES


def pictures_in(folder: Path, *, light: bool = False) -> list[Path]:
    """Every picture below a folder, by the extension of its name; hidden ones left out.

    Args:
        folder: Where to look.
        light: Whether Radiance and OpenEXR pictures count too, which may be compared with.

    Returns:
        Paths, sorted.
    """
    return sorted(_walk(folder, PHOTO_NAMES | LIGHT_NAMES if light else PHOTO_NAMES))


def holds_pictures(folder: Path) -> bool:
    """Whether there is at least one picture below `folder`."""
    return next(_walk(folder, PHOTO_NAMES), None) is not None


def _walk(folder: Path, extensions: frozenset[str]) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for path in (Path(place, name) for name in names if not name.startswith(".")):
            if path.suffix.lower() in extensions and not _is_special(path):
                yield path


def _is_special(path: Path) -> bool:
    """Whether it is a pipe, a socket or a device, which is never opened."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return False  # reading it will tell what is wrong
    return not stat.S_ISREG(mode)


def stem(path: Path, folder: Path) -> str:
    """What a file is called below a folder.

    Args:
        path: The file.
        folder: A folder above it.

    Returns:
        The path below the folder without its extension, with forward slashes.
    """
    return path.relative_to(folder).with_suffix("").as_posix()


def singles(folder: Path, prefix: str = "") -> tuple[Sample, ...]:
    """One sample a picture; pictures that differ in the extension alone keep it in their id.

    Args:
        folder: Where to look.
        prefix: What ids begin with.

    Returns:
        The samples, sorted by stem.
    """
    samples: list[Sample] = []
    for _, group in groupby(sorted(pictures_in(folder), key=_by_stem), key=_by_stem):
        paths = list(group)
        for path in paths:
            below = path.relative_to(folder)
            key = below if len(paths) > 1 else below.with_suffix("")
            samples.append(Sample(prefix + key.as_posix(), path))
    return tuple(samples)


def _by_stem(path: Path) -> str:
    return path.with_suffix("").as_posix()


def pairs(low: Path, high: Path, prefix: str = "") -> tuple[tuple[Sample, ...], list[Problem]]:
    """Pictures of equal stem in `low` and `high`, and a problem for each that has no partner."""
    problems: list[Problem] = []
    photos = _by_name(low, problems)
    targets = _by_name(high, problems, light=True)
    samples = tuple(
        Sample(prefix + name, photo, targets[name])
        for name, photo in photos.items()
        if name in targets
    )
    problems += [_lonely(photos[name], high) for name in photos.keys() - targets.keys()]
    problems += [_lonely(targets[name], low) for name in targets.keys() - photos.keys()]
    return samples, sorted(problems, key=lambda problem: problem.paths)


def listed_pairs(table: Path) -> tuple[tuple[Sample, ...], list[Problem]]:
    """The pairs of a CSV table: each row's first two columns name a photo and its target.

    The first row is a heading. A name is a path below the table's folder, or that of a file
    anywhere below it. A photo stands in one row; a problem for each row that fits nothing, or
    names a file elsewhere.
    """
    known = {path.name: path for path in pictures_in(table.parent, light=True)}
    samples: dict[str, Sample] = {}
    problems: list[Problem] = []
    with table.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
        for number, row in enumerate(list(csv.reader(file))[1:], 2):
            paths = [_named(table.parent, name, known) for name in row[:2]]
            photo, target = paths if len(paths) == 2 else (None, None)
            outside = next((name for name in row[:2] if _leads_out(name)), None)
            if outside is not None:
                sentence = f"{table}: row {number} names {outside}, which is not below its folder"
                problems.append(Problem("partner", sentence, (table,)))
            elif photo is None or target is None:
                said = ",".join(row[:2])
                sentence = f"{table}: row {number} ({said}) names no pair of pictures beside it"
                problems.append(Problem("partner", sentence, (table,)))
            elif (id := stem(photo, table.parent)) in samples:
                sentence = f"{table}: row {number} names {photo.name} again; give it one target"
                problems.append(Problem("name", sentence, (table, photo)))
            else:
                samples[id] = Sample(id, photo, target)
    return tuple(samples[id] for id in sorted(samples)), problems


def _leads_out(name: str) -> bool:
    """Whether a name leads out of the folder that it is meant to be below."""
    return Path(name).is_absolute() or Path(os.path.normpath(name)).parts[:1] == ("..",)


def _named(folder: Path, name: str, known: Mapping[str, Path]) -> Path | None:
    path = folder / name
    with suppress(OSError):  # a name that no file can have, such as one of 300 letters
        if path.is_file():
            return path
    return known.get(path.name)


def _by_name(folder: Path, problems: list[Problem], *, light: bool = False) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for path in pictures_in(folder, light=light):
        name = stem(path, folder)
        if name in found:
            sentence = f"{path}: has the same stem as {found[name].name}; keep one of the two"
            problems.append(Problem("name", sentence, (path, found[name])))
        else:
            found[name] = path
    return found


def _lonely(path: Path, other: Path) -> Problem:
    sentence = f"{path}: has no partner of the same stem in {other}; add it or take this one out"
    return Problem("partner", sentence, (path,))
