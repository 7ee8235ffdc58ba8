"""Frames a second of `nightlift.Live` at 1280×720 between two estimates, and with them.

    python benchmarks/live.py [--method NAME] [--threads 2]

The best of several runs: on a busy machine nothing else says what the code can do.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

import cv2
import numpy as np

import nightlift

LAMP = Path(__file__).resolve().parents[1] / "examples" / "dark" / "lamp.jpg"
RUNS, FRAMES = 20, 50


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--method", default="glenet-global-open")
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    frame = np.ascontiguousarray(cv2.resize(cv2.imread(str(LAMP)), (1280, 720)))
    enhancer = nightlift.Enhancer(given.method, threads=given.threads)
    print(f"load {os.getloadavg()[0]:.1f}; {given.method}, {given.threads} threads")
    for every, what in ((10**9, "between estimates"), (10, "with one every 10 frames")):
        for bgr in (False, True):
            live = nightlift.Live(enhancer, every=every, bgr=bgr, threads=given.threads)
            order = "BGR" if bgr else "RGB"
            print(f"{best(live, frame):7.0f} frames/s {what}, {order}")


def best(live: nightlift.Live, frame: np.ndarray) -> float:
    """Frames a second of the fastest run."""
    live(frame)
    found = 0.0
    for _ in range(RUNS):
        start = time.perf_counter()
        for _ in range(FRAMES):
            live(frame)
        found = max(found, FRAMES / (time.perf_counter() - start))
    return found


if __name__ == "__main__":
    main()
