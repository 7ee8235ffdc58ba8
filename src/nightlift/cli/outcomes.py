"""How the fate of many photos is told: a progress bar, one line a failure, or JSON."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable, Sequence
from typing import Any, Protocol, TextIO

from nightlift.batch import Outcome
from nightlift.cli.rewording import in_options


class ProgressBar(Protocol):
    """A progress bar, or nothing."""

    def update(self) -> object:
        """One photo more is done."""

    def write(self, text: str, file: TextIO) -> object:
        """Print a line above the bar."""

    def close(self) -> object:
        """Take the bar away."""


class NoBar:
    """Where nobody watches, or there is one photo only."""

    def update(self) -> None:
        """Nothing to show."""

    def write(self, text: str, file: TextIO) -> None:
        """Print a line."""
        print(text, file=file, flush=True)

    def close(self) -> None:
        """Nothing to take away."""


class ProgressLines(NoBar):
    """Progress where no bar can be drawn: a line every `SECONDS`, on standard error."""

    SECONDS = 10.0

    def __init__(self, total: int, unit: str) -> None:
        self._total, self._unit, self._done = total, unit, 0
        self._told = time.monotonic()

    def update(self) -> None:
        """Count one more, and tell how many there are if nothing was told for a while."""
        self._done += 1
        now = time.monotonic()
        if now - self._told >= self.SECONDS:
            self._told = now
            print(f"{self._done} of {self._total} {self._unit}s", file=sys.stderr, flush=True)


def bar(total: int, unit: str = "photo") -> ProgressBar:
    """Progress of more than one: a bar with rate and time left on a terminal, else lines."""
    if total < 2:
        return NoBar()
    if not sys.stderr.isatty():
        return ProgressLines(total, unit)
    from tqdm import tqdm

    shown: ProgressBar = tqdm(
        total=total, unit=unit, file=sys.stderr, smoothing=0.1, dynamic_ncols=True
    )
    return shown


def report(
    outcomes: Iterable[Outcome], total: int, as_json: bool, notes: Sequence[str] = ()
) -> int:
    """Tell each outcome as it comes, then the notes; the exit status is 1 when any photo failed."""
    counts = {"done": 0, "skipped": 0, "failed": 0}
    shown = bar(total)
    try:
        for outcome in outcomes:
            counts[outcome.status] += 1
            tell(outcome, as_json, shown)
            shown.update()
    finally:
        shown.close()
    if total > 1 and not as_json and sys.stderr.isatty():
        told = ", ".join(f"{number} {status}" for status, number in counts.items() if number)
        print(f"{total} photos: {told}", file=sys.stderr)
    for text in notes:
        note(text)
    return 1 if counts["failed"] else 0


def note(text: str) -> None:
    """One line on standard error that is no failure."""
    print(f"note: {in_options(text)}", file=sys.stderr)


def tell(outcome: Outcome, as_json: bool, shown: ProgressBar) -> None:
    """Tell one outcome."""
    source = outcome.job.source
    if outcome.problem is not None:
        shown.write(f"{source}: {in_options(outcome.problem)}", file=sys.stderr)
    if as_json:
        shown.write(json.dumps(in_words(outcome.record())), file=sys.stdout)
        return
    for notice in outcome.notices:
        shown.write(f"note: {source}: {in_options(notice)}", file=sys.stderr)
    if outcome.status == "done":
        shown.write(f"{source} -> {outcome.job.target}", file=sys.stdout)


def in_words(record: dict[str, Any]) -> dict[str, Any]:
    """An outcome as JSON with its sentences in the words of the command line."""
    told = [in_options(notice) for notice in record["notices"]]
    return record | {"error": record["error"] and in_options(record["error"]), "notices": told}
