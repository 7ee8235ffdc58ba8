"""What a row costs: processor time and memory for a photo, measured in a process of its own."""

from __future__ import annotations

import json
import math
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from nightlift.evaluate import Candidate, GammaFit, ScoreCache, baselines, key_of
from nightlift.machine import synthetic

MEGAPIXELS = (1.0, 12.0)

SMALL = 0.1
"""Megapixels of the photo that is enhanced first, so that everything is loaded."""

FEWEST, MOST, SECONDS = 2, 9, 1.0
"""Runs of which the quickest counts, more than the fewest where they are short."""

LIMIT = 600.0
"""Seconds after which a measurement is given up."""


@dataclass(frozen=True)
class Cost:
    """Of one photo: milliseconds of processor time, all threads together, and megabytes.

    The memory is the most that a process holds which enhances it, libraries, model and photo
    included. NaN is what could not be measured, and `problem` says why.
    """

    megapixels: float
    milliseconds: float
    megabytes: float
    problem: str | None = None


def costs(candidate: Candidate, exact: bool, kept: ScoreCache) -> tuple[Cost, ...]:
    """What `candidate` costs at 1 and 12 megapixels; none where it only reads results."""
    asked = _asked(candidate)
    if asked is None:
        return ()
    return tuple(_cost(candidate, asked, exact, size, kept) for size in MEGAPIXELS)


def processor() -> str:
    """The processor's name, as far as the system tells it, and how many it has."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    told = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    name = next(told, "") or platform.processor() or platform.machine()
    return f"{name}, {os.cpu_count()} cores"


def _asked(candidate: Candidate) -> Mapping[str, Any] | None:
    """How the row is named to another process; None where there is nothing to run."""
    if "folder" in candidate.about:
        return None
    if candidate.role == "baseline":
        return {"baseline": candidate.name, "gamma": candidate.about.get("gamma", 1.0)}
    named = {"model": candidate.about["file"]} if "file" in candidate.about else {}
    engine = {"engine": candidate.about["engine"]} if "engine" in candidate.about else {}
    return {**(named or {"method": candidate.name}), **engine}


def _cost(
    candidate: Candidate, asked: Mapping[str, Any], exact: bool, megapixels: float, kept: ScoreCache
) -> Cost:
    about = {key: value for key, value in candidate.about.items() if key != "file"}
    key = key_of(
        "cost", candidate.identity, about, exact, megapixels, platform.machine(), processor()
    )
    given = {**asked, "exact": exact, "megapixels": megapixels}
    try:
        milliseconds, megabytes = kept.made(key, lambda: _in_child(given))
    except subprocess.TimeoutExpired:
        return Cost(megapixels, math.nan, math.nan, f"not done after {LIMIT:g} seconds")
    except subprocess.CalledProcessError as error:
        told = error.stderr.decode(errors="replace").strip().splitlines()
        reason = told[-1] if told else f"the process ended with {error.returncode}"
        return Cost(megapixels, math.nan, math.nan, reason)
    return Cost(megapixels, float(milliseconds), float(megabytes))


def _in_child(given: Mapping[str, Any]) -> tuple[float, float]:
    command = [sys.executable, "-c", "from nightlift.benchmark.costs import child; child()"]
    with tempfile.TemporaryDirectory() as folder:
        # Made here: the child's peak of memory is to be that of enhancing.
        photos = {"photo": given["megapixels"], "first": SMALL}
        for name, megapixels in photos.items():
            Path(folder, f"{name}.jpg").write_bytes(_jpeg(megapixels))
        command.append(json.dumps({**given, "folder": folder}))
        done = subprocess.run(command, capture_output=True, timeout=LIMIT, check=True)
    found = json.loads(done.stdout)
    return found["milliseconds"], found["megabytes"]


@cache
def _jpeg(megapixels: float) -> bytes:
    return synthetic(megapixels)


def child() -> None:
    """Measure what the command line says, and print it: the entry of the other process."""
    print(json.dumps(_measured(json.loads(sys.argv[1]))))


def _measured(asked: Mapping[str, Any]) -> dict[str, float]:
    from nightlift.photo import read

    run, folder = _runner(asked), Path(asked["folder"])
    run(read(folder / "first.jpg"))
    photo = read(folder / "photo.jpg")
    # Linux forgets the peak of reading.
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    times: list[float] = []
    while len(times) < FEWEST or (sum(times) < SECONDS and len(times) < MOST):
        start = time.process_time()
        run(photo)
        times.append(time.process_time() - start)
    return {"milliseconds": 1000 * min(times), "megabytes": _peak()}


def _runner(asked: Mapping[str, Any]) -> Callable[[Any], object]:
    """What enhances a photo as the row does."""
    if "baseline" in asked:
        rows = baselines(GammaFit(asked["gamma"], 0, math.nan))
        render: Any = next(one.render for one in rows if one.name == asked["baseline"])
        return lambda photo: render(None, photo.pixels)
    from nightlift.edit import Enhancer

    named = {key: asked[key] for key in ("method", "model", "engine") if key in asked}
    enhancer = Enhancer(**named, threads=1)
    return lambda photo: enhancer(photo, exact=asked["exact"])


def _peak() -> float:
    """The most megabytes that this process has held; NaN where the system does not tell."""
    with suppress(OSError):
        # Not by resource, which counts what the parent held when it began this process.
        lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
        told = dict(line.split(":", 1) for line in lines if ":" in line)
        return int(told["VmHWM"].split()[0]) * 1.024e-3
    try:
        import resource
    except ImportError:
        return math.nan
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
