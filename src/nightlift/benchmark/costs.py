"""What a method costs: processor time and memory for a photo, measured in a process of its own."""

from __future__ import annotations

import json
import math
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nightlift.evaluate import Candidate, ScoreCache, key_of

MEGAPIXELS = (1.0, 12.0)

LIMIT = 600.0
"""Seconds after which a measurement is given up."""


@dataclass(frozen=True)
class Cost:
    """Of one photo: milliseconds of processor time, all threads together, and megabytes.

    The memory is the peak above what the process held before, with the photo in it; NaN is what
    could not be measured.
    """

    megapixels: float
    milliseconds: float
    megabytes: float


def costs(candidate: Candidate, exact: bool, kept: ScoreCache) -> tuple[Cost, ...]:
    """What `candidate` costs at 1 and 12 megapixels; none where it only reads results."""
    asked = _asked(candidate)
    if asked is None:
        return ()
    return tuple(_cost(candidate, asked, exact, size, kept) for size in MEGAPIXELS)


def _asked(candidate: Candidate) -> Mapping[str, str] | None:
    """How the method is named to another process; None where there is none to run."""
    if candidate.role == "baseline" or "folder" in candidate.about:
        return None
    if "file" in candidate.about:
        return {"model": str(candidate.about["file"])}
    return {"method": candidate.name}


def _cost(
    candidate: Candidate, asked: Mapping[str, str], exact: bool, megapixels: float, kept: ScoreCache
) -> Cost:
    about = {key: value for key, value in candidate.about.items() if key != "file"}
    machine = platform.machine(), platform.processor(), _processor(), os.cpu_count()
    key = key_of("cost", candidate.identity, about, exact, megapixels, machine)
    milliseconds, megabytes = kept.made(key, lambda: _in_child(asked, exact, megapixels))
    return Cost(megapixels, float(milliseconds), float(megabytes))


def _processor() -> str:
    """The processor's name, where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    return next((line for line in lines if line.startswith("model name")), "")


def _in_child(asked: Mapping[str, str], exact: bool, megapixels: float) -> tuple[float, float]:
    given = json.dumps({**asked, "exact": exact, "megapixels": megapixels})
    command = [sys.executable, "-c", "from nightlift.benchmark.costs import child; child()", given]
    try:
        done = subprocess.run(command, capture_output=True, timeout=LIMIT, check=True)
        found = json.loads(done.stdout)
    except (subprocess.SubprocessError, ValueError):
        return math.nan, math.nan
    return found["milliseconds"], found["megabytes"]


def child() -> None:
    """Measure what the command line says, and print it: the entry of the other process."""
    print(json.dumps(_measured(json.loads(sys.argv[1]))))


def _measured(asked: Mapping[str, Any]) -> dict[str, float]:
    from nightlift.edit import Enhancer
    from nightlift.machine import synthetic
    from nightlift.photo import read

    name = {key: asked[key] for key in ("method", "model") if key in asked}
    enhancer = Enhancer(**name, threads=1)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "photo.jpg"
        path.write_bytes(synthetic(0.1))
        enhancer(read(path), exact=asked["exact"])
        path.write_bytes(synthetic(asked["megapixels"]))
        photo = read(path)
    before = _peak()
    times = []
    for _ in range(3 if asked["megapixels"] <= 1 else 2):
        start = time.process_time()
        enhancer(photo, exact=asked["exact"])
        times.append(time.process_time() - start)
    return {"milliseconds": 1000 * min(times), "megabytes": max(_peak() - before, 0.0)}


def _peak() -> float:
    """The most megabytes that this process has held."""
    try:
        import resource
    except ImportError:
        return math.nan
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1e6 if sys.platform == "darwin" else 1e3)
