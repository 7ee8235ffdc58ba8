"""A cold `nightlift enhance` of 600×400 over importing its own libraries, in new processes.

    python benchmarks/cold_start.py [--rounds 15] [METHOD …]

Commands run in turn, every other round backwards; the ratio of medians and that of minima are
printed. On a busy machine only the minima say something.
"""

from __future__ import annotations

import argparse
import compileall
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2

import nightlift

ROOT = Path(__file__).resolve().parents[1]
FLOOR = "import numpy, cv2, simplejpeg, onnxruntime"
DEFAULT = "the default"


def main() -> None:
    """Print a line for each command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("methods", nargs="*", default=["glenet-global-open", "zero-dce-open"])
    parser.add_argument("--rounds", type=int, default=15)
    given = parser.parse_args()
    compileall.compile_dir(Path(nightlift.__file__).parent, quiet=2)  # as pip does
    with tempfile.TemporaryDirectory() as folder:
        commands = _commands(Path(folder), given.methods)
        seconds = measured(commands, given.rounds)
    floor = seconds[FLOOR]
    print(f"load {os.getloadavg()[0]:.1f}, {len(os.sched_getaffinity(0))} cores")
    for name, found in seconds.items():
        median = statistics.median(found) / statistics.median(floor)
        least = min(found) / min(floor)
        print(f"{1000 * min(found):7.0f} ms  {median:.2f} (medians)  {least:.2f} (minima)  {name}")


def _commands(folder: Path, methods: list[str]) -> dict[str, list[str]]:
    photo = folder / "photo.jpg"
    pixels = cv2.resize(cv2.imread(str(ROOT / "examples" / "dark" / "lamp.jpg")), (600, 400))
    cv2.imwrite(str(photo), pixels)
    enhance = [sys.executable, "-m", "nightlift", "enhance", str(photo), "--overwrite"]
    commands = {FLOOR: [sys.executable, "-c", FLOOR], DEFAULT: enhance}
    return commands | {method: [*enhance, "-m", method] for method in methods}


def measured(commands: dict[str, list[str]], rounds: int) -> dict[str, list[float]]:
    """Seconds of each command, as often as there are rounds."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for number in range(rounds):
        order = list(commands) if number % 2 else list(commands)[::-1]
        for name in order:
            start = time.perf_counter()
            subprocess.run(commands[name], check=True, stdout=subprocess.DEVNULL, env=environment)
            seconds[name].append(time.perf_counter() - start)
    return seconds


if __name__ == "__main__":
    main()
