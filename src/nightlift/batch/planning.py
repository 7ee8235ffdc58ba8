"""Which photos are to be enhanced, and where each result goes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, partial
from os.path import realpath
from pathlib import Path
from typing import NamedTuple

from nightlift.arguments import check_type
from nightlift.batch.inputs import SUFFIX, FoundFile, Inputs, find, sniffed
from nightlift.errors import UsageError
from nightlift.photo import (
    EXTENSIONS,
    Format,
    Originals,
    TargetFormat,
    canonical,
    check_writable,
    target_format,
)

STREAM = "-"
"""Standard input as an input, standard output as an output."""


class Job(NamedTuple):
    """One photo to be enhanced: `target` None when it cannot be, and `problem` says why."""

    source: Path
    target: Path | None
    problem: str | None = None


class Plan(NamedTuple):
    """What is to be done: a job a photo; `inputs` is all that was found for them."""

    jobs: tuple[Job, ...]
    inputs: Inputs

    @property
    def targets(self) -> list[Path]:
        """Where results go."""
        return [job.target for job in self.jobs if job.target is not None]


class Naming(NamedTuple):
    """How results are called: `output` is None beside the photos, else a file or a folder.

    `keep_ending` keeps the source's ending where the result has another one: a.heic.jpg.
    """

    output: Path | None
    is_file: bool
    suffix: str
    format: TargetFormat | None
    keep_ending: bool

    def job(self, photo: FoundFile) -> Job:
        """A photo, and where its result goes.

        Args:
            photo: As it was found.

        Returns:
            The job, without a target where there is a problem.
        """
        if photo.problem is not None:
            return Job(photo.path, None, photo.problem)
        if self.output is not None and self.is_file:
            return Job(photo.path, self.output)
        name = self.name(photo.path, sniffed(photo.path))
        if self.output is None:
            return Job(photo.path, photo.path.with_name(name))
        below = photo.below.parent if photo.below is not None else Path()
        return Job(photo.path, self.output / below / name)

    def name(self, path: Path, source: Format | None) -> str:
        """The file name of a result; the extension changes only with the format.

        Args:
            path: The photo's.
            source: The photo's format; None: unknown.

        Returns:
            A name without a folder.
        """
        suffix = self.suffix if self.output is None else ""
        target = None if source is None else target_format(source, self.format or "same")
        if target is None or EXTENSIONS.get(path.suffix.lower()) == target:
            return path.stem + suffix + path.suffix
        return (path.name if self.keep_ending else path.stem) + suffix + _extension(target)


def plan(
    inputs: Sequence[str],
    output: str | None = None,
    *,
    suffix: str = SUFFIX,
    recursive: bool = False,
    format: TargetFormat | None = None,
    limit: int | None = None,
    keep_ending: bool = False,
    overwrite: bool = False,
) -> Plan:
    """One job a photo, none with another's target; nothing is written yet.

    Without `output` a result stands beside its photo; with a folder, names and sub-folders are
    kept.

    Args:
        inputs: Files, folders and patterns.
        output: A file or a folder; None: beside each photo.
        suffix: Added to the name of a result beside its photo.
        recursive: Whether folders below are looked into.
        format: Of the results; None: each photo's own.
        limit: At most the first so many photos; None: all.
        keep_ending: Whether names keep their ending where the format changes: photo.heic.jpg.
        overwrite: Whether results may replace older ones.

    Returns:
        The jobs, and what was found.

    Raises:
        UsageError: There is nothing to do, names clash, or a result would replace a photo of the
            inputs.
        MissingExtraError: The format that is asked for needs an extra that is not installed.
    """
    _check_suffix(suffix)
    if not inputs:
        raise UsageError("expected a file, a folder or a pattern at least, got none")
    where = None if output is None else Path(output)
    found = find(inputs, recursive=recursive, suffix=suffix, output=where)
    photos = found.photos[:limit]
    if not photos:
        raise UsageError(f"every photo that was given lies in the output folder {output}")
    several = len(photos) > 1 or len(inputs) > 1 or any(Path(given).is_dir() for given in inputs)
    is_file = output is not None and is_file_name(output, format, several=several)
    if is_file and keep_ending:
        raise UsageError(f"keep_ending=True is for names taken from photos, not for {output}")
    named = EXTENSIONS.get(where.suffix.lower()) if where is not None and is_file else None
    check_writable(format or named or "same")
    naming = Naming(where, is_file, suffix, format, keep_ending)
    jobs = [naming.job(photo) for photo in photos]
    planned = Plan(tuple(_without_clashes(jobs, photos, naming)), found)
    sources = Originals(photo.path for photo in photos)
    (found.originals() if overwrite else sources).check(planned.targets)
    return planned


def _check_suffix(suffix: str) -> None:
    check_type(suffix, str, f"a suffix for names, such as {SUFFIX}")
    if re.search(r"[/\\\0]", suffix):
        raise UsageError(
            f"expected a suffix for names, such as {SUFFIX}, got {suffix!r}; "
            "folders are named by the output"
        )


def is_file_name(output: str, format: TargetFormat | None, *, several: bool = False) -> bool:
    """Whether an output names the file of one result, not a folder.

    Args:
        output: As the user named it.
        format: The format that is asked for; None: any.
        several: Whether there will be several results.

    Returns:
        False: it is a folder, there or to be made.

    Raises:
        UsageError: It can be neither, is one file of several results, or promises another format.
    """
    if not output:
        raise UsageError('expected a file or a folder as output, got an empty name ("")')
    path = Path(output)
    if path.is_dir() or output.endswith(("/", "\\")):
        return False
    suffix = path.suffix.lower()
    if several and (path.is_file() or suffix in EXTENSIONS):
        raise UsageError(
            f"expected a folder for several results, got the file {output}; "
            f"a folder that is called so is written {output}/"
        )
    if suffix in EXTENSIONS:
        _check_format(path, format)
        return True
    if path.exists() or re.fullmatch(r"\.(?=.*[a-z])\w{1,5}", suffix):
        raise UsageError(
            f"no photo can be written as {path.name}: its name would have to end with one of "
            f"{', '.join(EXTENSIONS)}; a folder that is called so is written {output}/"
        )
    return False


def _check_format(path: Path, format: TargetFormat | None) -> None:
    if format is None or format == "same":
        return
    promised, asked = EXTENSIONS[path.suffix.lower()], target_format("jpeg", format)
    if promised != asked:
        raise UsageError(
            f"the name {path.name} promises {promised}, and the format asked for is {format}: "
            f"leave one out, or name the result {path.stem}{_extension(asked)}"
        )


def _extension(format: Format) -> str:
    return next(extension for extension, kind in EXTENSIONS.items() if kind == format)


def _without_clashes(jobs: Sequence[Job], photos: Sequence[FoundFile], naming: Naming) -> list[Job]:
    """The jobs; those that would write one file all fail, and each says with which other one."""
    place = partial(canonical, real=cache(realpath))
    sharing: dict[str, list[int]] = {}
    for number, job in enumerate(jobs):
        if job.target is not None:
            sharing.setdefault(place(job.target), []).append(number)
    kept = list(jobs)
    for numbers in sharing.values():
        advice = _apart([photos[number] for number in numbers], naming) if numbers[1:] else ""
        for number in numbers if advice else ():
            other = jobs[numbers[1] if number == numbers[0] else numbers[0]].source
            problem = f"{other} would be written to {jobs[number].target}, too; {advice}"
            kept[number] = Job(jobs[number].source, None, problem)
    return kept


def _apart(photos: Sequence[FoundFile], naming: Naming) -> str:
    """How photos that would share a target get one each."""
    named = naming._replace(keep_ending=True)
    targets = [named.job(photo).target for photo in photos]
    if len(set(targets)) == len(targets) and all(targets):
        told = " and ".join(target.name for target in targets if target is not None)
        return f"keep_ending=True names them {told}"
    return "enhance them one after the other, each with an output of its own"
