"""How fast the default is: arrays in a program, and a JPEG from file to file.

    python benchmarks/default_speed.py [--rounds 9] [--photo PHOTO.jpg]

Medians of wall time on an idle machine; the first call of each is not counted.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np

from nightlift.edit import Enhancer
from nightlift.machine import file_to_file, synthetic
from nightlift.photo import Pixels, read

NAMED = ("glenet-global-open", "deep-upe-open", "zero-dce-open", "natural")
CALLS = 60


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--photo", type=Path, default=Path("examples/dark/lamp.jpg"))
    given = parser.parse_args()
    print(f"load {os.getloadavg()[0]:.1f}")
    enhancers = {name: Enhancer(name) for name in NAMED}
    enhancers |= {"the default, --denoise off": Enhancer(denoise="off"), "the default": Enhancer()}
    picture = frame(given.photo)
    print(f"an array of {picture.shape[1]} × {picture.shape[0]}, second call on")
    for name, enhancer in enhancers.items():
        print(f"  {1e3 * seconds(enhancer, picture):6.1f} ms  {name}")
    with tempfile.TemporaryDirectory() as folder:
        photo = Path(folder) / "24.jpg"
        photo.write_bytes(synthetic(24))
        print("24 megapixels from file to file, over decoding and encoding them")
        for timing in file_to_file(enhancers, photo, given.rounds):
            print(f"  {timing.ratio:6.2f}  {timing.name}")


def frame(path: Path) -> Pixels:
    """A photo as an array of 720 rows."""
    return np.asarray(cv2.resize(read(path).pixels, (1280, 720), interpolation=cv2.INTER_CUBIC))


def seconds(enhancer: Enhancer, picture: Pixels) -> float:
    """Of a call, the median."""
    enhancer(picture)
    found = []
    for _ in range(CALLS):
        start = time.perf_counter()
        enhancer(picture)
        found.append(time.perf_counter() - start)
    return statistics.median(found)


if __name__ == "__main__":
    main()
