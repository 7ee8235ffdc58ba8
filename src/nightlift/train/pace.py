"""How fast a training goes and how much memory it takes, an epoch at a time."""

from __future__ import annotations

import csv
import io
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import torch


@dataclass(frozen=True)
class Pace:
    """Of one epoch, counted from 1: its steps alone, without validation, drawing and saving.

    The first step of an epoch, which waits for the first pictures, is left out; the speeds are 0
    where it is the only one. `peak_memory` are bytes, the most so far: of the accelerator where
    there is one, else of the process.
    """

    epoch: int
    steps_a_second: float
    pictures_a_second: float
    peak_memory: int


class Stopwatch:
    """Times the steps of an epoch."""

    def __init__(self) -> None:
        self._times: list[float] = []

    def stepped(self) -> None:
        """A step is done."""
        self._times.append(time.monotonic())

    def pace(self, epoch: int, batch: int) -> Pace:
        """The pace since it was last asked for, with `batch` pictures a step."""
        times, self._times = self._times, []
        passed = times[-1] - times[0] if times else 0.0
        steps = (len(times) - 1) / passed if passed > 0 else 0.0
        return Pace(epoch, round(steps, 3), round(batch * steps, 3), peak_memory())


def peak_memory() -> int:
    """The most bytes taken so far; 0 where the system does not tell."""
    if torch.cuda.is_available():
        return torch.cuda.max_memory_allocated()
    try:
        import resource
    except ImportError:  # not on Windows
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak


def append(path: Path, pace: Pace) -> None:
    """Add a row to pace.csv, with a heading if it is the first."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(asdict(pace)), lineterminator="\n")
    if not path.is_file():
        writer.writeheader()
    writer.writerow(asdict(pace))
    with path.open("a", newline="", encoding="utf-8") as file:
        file.write(text.getvalue())
