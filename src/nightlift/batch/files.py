"""Thousands of photo files from Python: one call, an outcome for each, as they come."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

from nightlift.adjust import check_strength
from nightlift.arguments import check_type, file_name, whole
from nightlift.batch.inputs import SUFFIX
from nightlift.batch.memory import Budget, half_of_machine
from nightlift.batch.planning import Plan, plan
from nightlift.batch.pool import Existing, Outcome, run
from nightlift.batch.series import evened
from nightlift.batch.work import Enhancing, FileWork, Writing, edit_path
from nightlift.edit import Enhancer
from nightlift.errors import UsageError
from nightlift.photo import GainMaps, Originals, Strip, TargetFormat, check_choices, keeping
from nightlift.processor import cores


class Outcomes:
    """The outcomes of many files, in order: an iterator that knows how many there will be.

    The files are worked on while it is iterated over; leaving the loop ends the work, and
    nothing is half-written. `left_out` says which files of the inputs were no photos.
    """

    def __init__(self, planned: Plan, outcomes: Iterator[Outcome], originals: Originals) -> None:
        self.left_out = planned.inputs.left_out
        self._count = len(planned.jobs)
        self._outcomes = _kept(outcomes, originals)

    def __len__(self) -> int:
        """How many photos there are."""
        return self._count

    def __iter__(self) -> Iterator[Outcome]:
        return self

    def __next__(self) -> Outcome:
        return next(self._outcomes)


def _kept(outcomes: Iterator[Outcome], originals: Originals) -> Iterator[Outcome]:
    """The outcomes, while no original is replaced."""
    with keeping(originals):
        yield from outcomes


def enhance_files(
    inputs: str | Path | Sequence[str | Path],
    output: str | Path | None = None,
    *,
    enhancer: Enhancer | None = None,
    strength: float = 1.0,
    exact: bool = False,
    recursive: bool = False,
    limit: int | None = None,
    suffix: str = SUFFIX,
    format: TargetFormat | None = None,
    quality: int = 92,
    upright: bool = False,
    strip: Strip = "none",
    gain_map: GainMaps = "keep",
    existing: Existing = "fail",
    save_edit: bool = False,
    series: bool = False,
    keep_ending: bool = False,
    workers: int | None = None,
    memory: int | None = None,
) -> Outcomes:
    """Enhance many photo files: iterate over what comes back, and it is done.

    Args:
        inputs: Files, folders and globs, one or several.
        output: A file or, for several results, a folder; None: beside each photo.
        enhancer: What enhances; None: `Enhancer()`.
        strength: 0 to 1.5.
        exact: See `Enhancer.estimate`.
        recursive: Whether the sub-folders of folders count.
        limit: The most photos.
        suffix: What is added to the names of results that lie beside their photos.
        format: What results are written as; None: as the photos are.
        quality: 1 to 100; this and all further settings of files as in `nightlift.write`.
        upright: Whether pixels are turned, instead of keeping the orientation tag.
        strip: Which metadata are left out.
        gain_map: What becomes of HDR gain maps: `keep` or `drop`.
        existing: What is done about a result that is there already: `fail`, `skip`, `overwrite`.
        save_edit: Whether each photo's edit is saved beside its result.
        series: Whether the photos are a series, such as a timelapse, that is to look even: each
            is looked at first, before anything is written.
        keep_ending: Whether names keep the photo's ending, as in `a.heic.jpg`.
        workers: Photos in hand at a time; None: as many as there are processor cores.
        memory: Bytes that photos in hand may take together; None: half of the machine's.

    Returns:
        An `Outcome` for each photo, in order; a photo that fails ends nothing.

    Raises:
        UsageError: Nothing can be done as asked; nothing was started.
        ModelError: The model is missing, damaged, or not installed.
        MissingExtraError: `format` needs an extra that is not installed.
    """
    _check(enhancer, existing, strength)
    check_choices(quality, strip, gain_map)
    _check_counts({"a limit": limit, "workers": workers, "bytes of memory": memory})
    planned = plan(
        _names(inputs, "a photo"),
        None if output is None else _names(output, "the result")[0],
        suffix=suffix,
        recursive=recursive,
        format=format,
        limit=limit,
        keep_ending=keep_ending,
        overwrite=existing == "overwrite",
    )
    workers = max(1, min(workers or cores(), len(planned.jobs)))
    threads = max(1, cores() // workers)
    enhancing = Enhancing(enhancer or Enhancer(threads=threads), strength, exact)
    if series:
        enhancing = enhancing._replace(edits=evened(planned.jobs, enhancing, workers))
    writing = Writing(
        format or "same", quality, upright, strip, existing == "overwrite", threads, gain_map
    )
    work = FileWork(enhancing, writing, Budget(memory or half_of_machine()), save_edit)
    return _outcomes(planned, work, existing, workers)


def _outcomes(planned: Plan, work: FileWork, existing: Existing, workers: int) -> Outcomes:
    originals = planned.inputs.originals()
    if existing == "overwrite":
        originals.check(map(edit_path, planned.targets if work.save_edit else ()))
    return Outcomes(planned, run(planned.jobs, work, existing=existing, workers=workers), originals)


def _names(given: Any, what: str) -> list[str]:
    """The names of files, folders and globs as text, of one or several."""
    each = given if isinstance(given, Sequence) and not isinstance(given, str) else [given]
    for one in each:
        file_name(one, what)
    return [os.fspath(one) for one in each]


def _check_counts(counts: Mapping[str, int | None]) -> None:
    for what, count in counts.items():
        if count is not None:
            whole(count, what, 1)


def _check(enhancer: object, existing: str, strength: float) -> None:
    """Raise UsageError for what every photo would fail by."""
    if enhancer is not None:
        check_type(enhancer, Enhancer, "an enhancer such as nightlift.Enhancer('lime')")
    if existing not in get_args(Existing):
        known = ", ".join(get_args(Existing))
        raise UsageError(f"expected existing among {known}, got {existing!r}")
    check_strength(strength)
