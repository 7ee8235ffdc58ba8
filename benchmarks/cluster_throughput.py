"""Photos a second of a local Ray cluster and of the threaded batch, on the same cores.

python benchmarks/cluster_throughput.py PHOTO… --photos 12 --workers 2 --rounds 2

The photos are made 12 megapixels large. Rounds alternate; time runs from the first outcome to the
last one, so that starting up does not count. Processor time is that of all processes of a run.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2

import nightlift
from nightlift.cluster import ClusterRun, Folder, PhotoTask
from nightlift.photo import Photo

SIZE = (4000, 3000)
TICKS = os.sysconf("SC_CLK_TCK")


def make(photos: list[Path], folder: Path, count: int) -> None:
    for number in range(count):
        pixels = nightlift.read(photos[number % len(photos)]).pixels
        large = cv2.resize(pixels, SIZE, interpolation=cv2.INTER_CUBIC)
        nightlift.write(Photo(large, format="jpeg"), folder / f"{number:04d}.jpg")


def processor_time() -> float:
    """Seconds of processor time of this process and of all that come from it."""
    parents, spent = {}, {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents[int(entry.name)] = int(fields[1])
            spent[int(entry.name)] = (int(fields[11]) + int(fields[12])) / TICKS
    return sum(seconds for pid, seconds in spent.items() if _descends(pid, parents))


def _descends(pid: int, parents: dict[int, int]) -> bool:
    while pid > 1:
        if pid == os.getpid():
            return True
        pid = parents.get(pid, 0)
    return False


def measured(outcomes: Iterator[object]) -> dict[str, float]:
    """Photos a second of wall time and of processor time, from the first outcome on, and load."""
    next(outcomes)
    wall, spent, count = time.perf_counter(), processor_time(), 0
    for _ in outcomes:
        count += 1
        last, used = time.perf_counter(), processor_time()
    rates = {"a_second": count / (last - wall), "a_processor_second": count / (used - spent)}
    return rates | {"load": os.getloadavg()[0]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("given", nargs="+", type=Path, metavar="PHOTO")
    parser.add_argument("--photos", type=int, default=12)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=2)
    given = parser.parse_args()
    enhancer = nightlift.Enhancer(threads=1)
    with tempfile.TemporaryDirectory() as place:
        source = Path(place) / "in"
        source.mkdir()
        make(given.given, source, given.photos)

        def threaded(output: Path) -> Iterator[object]:
            return nightlift.enhance_files(source, output, enhancer=enhancer, workers=given.workers)

        def clustered(output: Path) -> Iterator[object]:
            task = PhotoTask(Folder.at(str(source)), Folder.at(str(output)), enhancer)
            return iter(ClusterRun(task, workers=given.workers))

        ways: dict[str, Callable[[Path], Iterator[object]]] = {
            "threads": threaded,
            "ray": clustered,
        }
        told: dict[str, list[dict[str, float]]] = {name: [] for name in ways}
        for number in range(given.rounds):
            for name, way in ways.items():
                told[name].append(measured(way(Path(place) / f"{name}{number}")))
                print(name, json.dumps(told[name][-1]), flush=True)
    for key in ("a_second", "a_processor_second"):
        best = {name: max(one[key] for one in rounds) for name, rounds in told.items()}
        print(key, json.dumps(best | {"ray_over_threads": best["ray"] / best["threads"]}))


if __name__ == "__main__":
    main()
