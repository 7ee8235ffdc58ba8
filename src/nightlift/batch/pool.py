"""Many photos: a bounded pipeline on all cores that goes on when one photo fails."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from nightlift.batch.planning import Job
from nightlift.errors import ExistsError, sentence
from nightlift.processor import cores, in_order

if TYPE_CHECKING:
    pass

Status: TypeAlias = Literal["done", "incomplete", "skipped", "failed"]
"""`incomplete`: a video that breaks off is written as far as it goes."""

Existing: TypeAlias = Literal["fail", "skip", "overwrite"]


@dataclass(frozen=True)
class Outcome:
    """What became of one photo.

    `problem` is a sentence when it failed; `auto` the exposure gate's factor and `strength` what
    was asked for; `seconds` wall time.
    """

    job: Job
    status: Status
    problem: str | None = None
    notices: tuple[str, ...] = ()
    width: int | None = None
    height: int | None = None
    method: str | None = None
    strength: float | None = None
    auto: float | None = None
    seconds: float = 0.0

    def record(self) -> dict[str, Any]:
        """The outcome as plain values, for JSON.

        Returns:
            A line of `--json`, see docs/cli.md.
        """
        target = self.job.target if self.status in ("done", "incomplete") else None
        return {
            "input": str(self.job.source),
            "output": None if target is None else str(target),
            "status": self.status,
            "error": self.problem,
            "notices": list(self.notices),
            "method": self.method,
            "strength": self.strength,
            "auto": self.auto,
            "width": self.width,
            "height": self.height,
            "seconds": round(self.seconds, 4),
        }


Work: TypeAlias = Callable[[Job], Outcome]


def run(
    jobs: Sequence[Job], work: Work, *, existing: Existing = "fail", workers: int | None = None
) -> Iterator[Outcome]:
    """The outcome of each job, in order, with at most `workers` photos in memory at a time.

    Nothing a photo does ends the run: every exception becomes a failed outcome, and one that nobody
    foresaw says so. Closing the iterator (Ctrl-C) waits for the photos in hand and drops the rest.
    """
    if len(jobs) == 1:
        yield guarded(jobs[0], work, existing)
    else:
        yield from _pooled(jobs, work, existing, max(1, min(workers or cores(), len(jobs))))


def _pooled(jobs: Sequence[Job], work: Work, existing: Existing, workers: int) -> Iterator[Outcome]:
    from concurrent.futures import ThreadPoolExecutor

    stop = threading.Event()

    def wanted(job: Job) -> Outcome:
        return Outcome(job, "skipped") if stop.is_set() else guarded(job, work, existing)

    with ThreadPoolExecutor(workers, thread_name_prefix="nightlift") as pool:
        try:
            yield from in_order(wanted, jobs, pool, 2 * workers)
        finally:
            stop.set()


def guarded(job: Job, work: Work, existing: Existing = "fail") -> Outcome:
    """The outcome of one job, whatever it does: nothing is raised but what ends the program.

    Args:
        job: The photo and its target.
        work: Does it.
        existing: What becomes of a target that is there.

    Returns:
        The outcome, with the seconds it took.
    """
    start = time.perf_counter()
    try:
        outcome = _refused(job, existing) or work(job)
    except ExistsError as error:
        # Where results are left, another run may have written this one in the meantime.
        left = existing == "skip" and error.path == job.target
        outcome = Outcome(job, "skipped") if left else _exists(job, error.path)
    except Exception as error:
        outcome = Outcome(job, "failed", _sentence(error, job.source))
    return replace(outcome, seconds=time.perf_counter() - start)


def _refused(job: Job, existing: Existing) -> Outcome | None:
    if job.target is None:
        return Outcome(job, "failed", problem=job.problem)
    if existing != "overwrite" and job.target.exists():
        if existing == "skip":
            return Outcome(job, "skipped")
        return _exists(job, job.target)
    return None


def _exists(job: Job, path: Path) -> Outcome:
    if path == job.target:
        told = f"the output {path} exists already; existing='skip' leaves it, and"
    else:
        told = f"the file {path.name} exists already;"
    return Outcome(job, "failed", f"{told} existing='overwrite' replaces it")


def _sentence(error: Exception, source: Path) -> str:
    """What went wrong, without the photo's name, which the job has."""
    advice = "; try fewer workers or less memory" if isinstance(error, MemoryError) else ""
    return sentence(error).removeprefix(f"{source}: ") + advice
