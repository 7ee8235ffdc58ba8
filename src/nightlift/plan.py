"""Which photos are to be enhanced, and where each result goes."""

from __future__ import annotations

import glob
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from nightlift.errors import UsageError
from nightlift.photo.formats import EXTENSIONS, PHOTO_NAMES, TargetFormat, sniff, target_format
from nightlift.photo.photo import Format

STREAM = "-"
"""Standard input as an input, standard output as an output."""


@dataclass(frozen=True)
class Job:
    """One photo to be enhanced: `target` None when it cannot be, and `problem` says why."""

    source: Path
    target: Path | None
    problem: str | None = None


@dataclass(frozen=True)
class Found:
    """One input file, and its place below the folder that was given (None: given by itself)."""

    path: Path
    below: Path | None = None
    problem: str | None = None


def plan(
    inputs: Sequence[str],
    output: str | None = None,
    *,
    suffix: str = "-lifted",
    recursive: bool = False,
    format: TargetFormat | None = None,
    limit: int | None = None,
) -> list[Job]:
    """One job a photo of `inputs` (files, folders, globs), none with another's target.

    Without `output` a result stands beside its photo, `suffix` added to its name; with a folder
    as `output`, names and sub-folders are kept. Raises UsageError before anything starts.
    """
    found = [photo for given in inputs for photo in _find(given, recursive)]
    if output is None:
        found = _without_results(found, suffix)
    found = _unique(found)[:limit]
    one_file = output is not None and not _is_folder(output, inputs, found)
    jobs = [_job(photo, output, one_file, suffix, format) for photo in found]
    _check_targets(jobs)
    return jobs


def _find(given: str, recursive: bool) -> Iterator[Found]:
    path = Path(given)
    if path.is_dir():
        photos = sorted(_photos_in(path, recursive))
        if not photos:
            below = "" if recursive else " (its sub-folders are searched with --recursive)"
            yield Found(path, problem=f"there is no photo in this folder{below}")
        yield from (Found(photo, below=photo.relative_to(path)) for photo in photos)
    elif path.exists() or path.is_symlink() or not glob.has_magic(given):
        yield Found(path)
    else:
        # Path.glob would find hidden files too.
        matches = sorted(Path(match) for match in glob.glob(given, recursive=True))  # noqa: PTH207
        photos = [match for match in matches if match.is_file()]
        if not photos:
            yield Found(path, problem="no file matches this pattern")
        yield from (Found(photo) for photo in photos)


def _photos_in(folder: Path, recursive: bool) -> Iterator[Path]:
    for path in folder.rglob("*") if recursive else folder.iterdir():
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if not hidden and not path.is_dir() and _looks_like_photo(path):
            yield path


def _looks_like_photo(path: Path) -> bool:
    """By its name or, where the name says nothing, by its first bytes."""
    if path.suffix.lower() in PHOTO_NAMES:
        return True
    return path.suffix == "" and _sniffed(path) is not None


def _sniffed(path: Path) -> Format | None:
    try:
        with path.open("rb") as file:
            return sniff(file.read(64))
    except OSError:
        return None


def _without_results(found: list[Found], suffix: str) -> list[Found]:
    """Leave out what an earlier run put beside its photos."""
    stems = {photo.path.parent / photo.path.stem for photo in found}

    def is_result(photo: Found) -> bool:
        stem = photo.path.stem
        if photo.below is None or not suffix or not stem.endswith(suffix):
            return False
        return photo.path.parent / stem.removesuffix(suffix) in stems

    return [photo for photo in found if not is_result(photo)]


def _unique(found: list[Found]) -> list[Found]:
    seen: dict[Path, Found] = {}
    for photo in found:
        seen.setdefault(photo.path.absolute(), photo)
    return list(seen.values())


def _is_folder(output: str, inputs: Sequence[str], found: list[Found]) -> bool:
    path = Path(output)
    if path.is_dir() or output.endswith(("/", "\\")):
        return True
    several = len(found) > 1 or len(inputs) > 1 or any(Path(given).is_dir() for given in inputs)
    if several and path.is_file():
        raise UsageError(f"expected a folder for several results, got the file {output}")
    return several or path.suffix.lower() not in EXTENSIONS


def _job(
    photo: Found, output: str | None, one_file: bool, suffix: str, format: TargetFormat | None
) -> Job:
    if photo.problem is not None:
        return Job(photo.path, None, photo.problem)
    if output is not None and one_file:
        return Job(photo.path, Path(output))
    name = _target_name(photo.path, format, suffix if output is None else "")
    if output is None:
        return Job(photo.path, photo.path.with_name(name))
    below = photo.below.parent if photo.below is not None else Path()
    return Job(photo.path, Path(output) / below / name)


def _target_name(path: Path, format: TargetFormat | None, suffix: str) -> str:
    """The result's file name; its extension changes only with the format."""
    source = _sniffed(path)
    if source is None:
        return path.stem + suffix + path.suffix
    target = target_format(source, format or "same")
    fits = EXTENSIONS.get(path.suffix.lower()) == target
    return path.stem + suffix + (path.suffix if fits else _extension(target))


def _extension(format: Format) -> str:
    return next(extension for extension, kind in EXTENSIONS.items() if kind == format)


def _check_targets(jobs: list[Job]) -> None:
    taken: dict[Path, Path] = {}
    for job in jobs:
        if job.target is None:
            continue
        key = job.target.absolute()
        if key in taken:
            raise UsageError(
                f"{taken[key]} and {job.source} would both be written to {job.target}; "
                "enhance them separately or give another --suffix or --output"
            )
        if key == job.source.absolute():
            raise UsageError(
                f"{job.source} would be written over itself; the original is never touched: "
                "give another output folder or a --suffix"
            )
        taken[key] = job.source
