"""--cluster: a folder of photos or clips on any file system, by the machines of a Ray cluster."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from nightlift.batch import Enhancing, Existing, Writing
    from nightlift.cluster import ClusterRun, Counted, Task
    from nightlift.edit import Enhancer

_NOT_THERE = ("series", "preserve", "stream", "suffix")
"""Options that need one machine, or folders on its own disk."""


def enhance(given: argparse.Namespace, enhancing: Enhancing, writing: Writing) -> int:
    """Enhance the folder's photos; the exit status is 1 when any failed."""
    from nightlift.cli.photo_options import unused
    from nightlift.cluster import Folder, PhotoTask
    from nightlift.errors import UsageError

    for option in _NOT_THERE:
        if getattr(given, option):
            raise UsageError(f"--{option.replace('_', '-')} does not go with --cluster")
    if len(given.inputs) != 1:
        raise UsageError("--cluster takes one folder of photos, such as s3://bucket/photos/")
    _check(given.inputs[0], given.output)
    task = PhotoTask(
        Folder.at(given.inputs[0]),
        Folder.at(given.output),
        enhancing.enhancer,
        enhancing.strength,
        _existing(given),
        enhancing.exact,
        given.format,
        writing,
        given.save_edit,
        given.memory,
    )
    return _run(given, task, given.limit, "photo", lambda results: unused(given, results))


def brighten(given: argparse.Namespace, enhancer: Enhancer) -> int:
    """Brighten the folder's clips; the exit status is 1 when any failed, or breaks off."""
    from nightlift.cluster import ClipTask, Folder
    from nightlift.video import Encoding

    _check(given.input, given.output)
    task = ClipTask(
        Folder.at(given.input),
        Folder.at(given.output),
        enhancer,
        given.strength,
        _existing(given),
        given.smooth,
        given.every,
        Encoding(given.codec, given.crf, given.preset),
        given.tone_map,
        given.threads or 1,
    )
    return _run(given, task, None, "clip", lambda results: ())


def _run(
    given: argparse.Namespace,
    task: Task,
    limit: int | None,
    unit: str,
    unused: Callable[[Counter[str]], Iterable[str]],
) -> int:
    """Do the task; the exit status."""
    from nightlift.cli.outcomes import note
    from nightlift.cluster import ClusterRun, Counted

    # Ray's own reports about how it is used would leave the machine.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    run = ClusterRun(
        task, given.cluster, recursive=given.recursive, limit=limit, workers=given.jobs
    )
    if given.cluster != "local" and task.output.is_local:
        note(
            f"each worker writes its results to {task.output.url} as it is on its own machine: "
            "this has to be a folder that all machines share, such as a network mount"
        )
    # Ray prints what it has to tell about lost workers among the outcomes.
    out, shown = sys.stdout, Progress(sys.stderr, unit)
    with redirect_stdout(sys.stderr):
        failed, results = _print_outcomes(run, Counted(run), given.json, out, shown)
    notes = [*run.left_out, *unused(results)]
    if run.replaced:
        notes.append(f"{run.replaced} workers were lost and replaced")
    for text in notes:
        note(text)
    return 1 if failed else 0


def _existing(given: argparse.Namespace) -> Existing:
    return "overwrite" if given.overwrite else "skip" if given.skip_existing else "fail"


def _check(source: str, output: str | None) -> None:
    """Raise UsageError for pipes, which no cluster reaches."""
    from nightlift.errors import UsageError

    if source == "-":
        raise UsageError("--cluster takes one folder of photos, such as s3://bucket/photos/")
    if output is None or output == "-":
        raise UsageError("--cluster needs a folder for the results: -o s3://bucket/results/")


def _print_outcomes(
    run: ClusterRun, counted: Counted, as_json: bool, out: TextIO, shown: Progress
) -> tuple[int, Counter[str]]:
    """Tell each outcome on `out` as it comes; how many failed, and how many results end how."""
    from nightlift.cli.outcomes import in_words
    from nightlift.cli.rewording import in_options

    failed = 0
    results: Counter[str] = Counter()
    try:
        for record in run:
            counted.begin()
            failed += record["status"] in ("failed", "incomplete")
            if record["output"] is not None:
                results[Path(record["output"]).suffix.lower()] += 1
            if as_json:
                shown.write(json.dumps(in_words(record)), out)
            elif record["output"] is not None:
                shown.write(f"{record['input']} -> {record['output']}", out)
            if record["error"]:
                shown.write(f"{record['input']}: {in_options(record['error'])}", sys.stderr)
            for notice in () if as_json else record["notices"]:
                shown.write(f"note: {record['input']}: {in_options(notice)}", sys.stderr)
            shown.update(counted.total)
    finally:
        shown.close()
    return failed, results


class Progress:
    """A line every few seconds, or a bar on a terminal, of how much is done and how long it takes.

    How many there are becomes known while the work goes on.
    """

    SECONDS = 10.0

    def __init__(self, stream: TextIO, unit: str) -> None:
        from tqdm import tqdm

        self._unit = unit
        self._bar = tqdm(unit=unit, file=stream, dynamic_ncols=True) if stream.isatty() else None
        self._stream = stream
        self._done, self._first, self._told = 0, 0.0, 0.0

    def update(self, total: int | None) -> None:
        """One more is done, of so many."""
        self._done += 1
        if self._bar is not None:
            self._bar.total = total
            self._bar.update()
            return
        now = time.monotonic()
        if self._done == 1:  # what came before was the start of the cluster
            self._first = self._told = now
        elif now - self._told >= self.SECONDS:
            self._told = now
            rate = (self._done - 1) / (now - self._first)
            print(told(self._done, total, rate, self._unit), file=self._stream, flush=True)

    def write(self, text: str, stream: TextIO) -> None:
        """Print a line above the bar."""
        if self._bar is not None:
            self._bar.write(text, file=stream)
        else:
            print(text, file=stream, flush=True)

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.close()


def told(done: int, total: int | None, rate: float, unit: str) -> str:
    """How far it is, and how long it will still take at this rate a second."""
    if total is None:
        return f"{done} {unit}s, {rate:.3g} a second (still counting)"
    left = round((total - done) / rate)
    hours, minutes = left // 3600, left // 60 % 60
    return f"{done} of {total} {unit}s, {hours}:{minutes:02d}:{left % 60:02d} left"
