"""Thousands of photos through one process: its memory has to stay flat.

python benchmarks/soak.py --photos 10000 --workers 2

Twenty photos of all formats, some damaged, are enhanced over and over by `nightlift.enhance_files`;
the resident memory is told now and then. After the first tenth, which fills caches and pools, it
may rise by 5 % at most. Exit status 1 where it rises more, or a photo has no outcome.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np

SETTLED = 0.1
MOST = 1.05


def photos(folder: Path) -> list[Path]:
    """Photos of all formats, sizes and depths; every fifth one is cut off."""
    from nightlift.photo import Photo, write

    made = []
    for number in range(20):
        rng = np.random.default_rng(number)
        side = (120, 333, 640, 901)[number % 4]
        pixels = np.clip(rng.normal(40, 15, (side, side + 7, 3)), 0, 255).astype(np.uint8)
        deep = number % 7 == 3
        name = f"{number:02}.{('jpg', 'png', 'tif', 'webp', 'avif')[number % 5]}"
        write(Photo(pixels.astype(np.uint16) * 257 if deep else pixels), folder / name)
        if number % 5 == 4:
            data = (folder / name).read_bytes()
            (folder / name).write_bytes(data[: len(data) // 2])
        made.append(folder / name)
    return made


def resident() -> int:
    """KiB of memory that this process holds."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGESIZE") >> 10


def main() -> int:
    """Go through so many photos; 1 where memory rises."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    import nightlift

    seen, counts, begun = list[int](), Counter[str](), time.perf_counter()
    enhancer = nightlift.Enhancer()
    with tempfile.TemporaryDirectory(prefix="soak-") as place:
        names = photos(Path(place))
        rounds = max(20, given.photos // len(names))
        for number in range(rounds):
            outcomes = nightlift.enhance_files(
                names,
                Path(place) / "out",
                enhancer=enhancer,
                existing="overwrite",
                workers=given.workers,
            )
            counts.update(outcome.status for outcome in outcomes)
            seen.append(resident())
            if number % (rounds // 20) == 0:
                told = ", ".join(f"{count} {status}" for status, count in counts.items())
                print(f"{told}: {seen[-1] >> 10} MiB", flush=True)
    settled = max(seen[: max(2, int(SETTLED * rounds))])
    rise = max(seen) / settled
    print(
        f"{sum(counts.values())} photos in {time.perf_counter() - begun:.0f} s, "
        f"{settled >> 10} MiB settled, {max(seen) >> 10} MiB at most ({rise:.3f} times)"
    )
    return 0 if rise <= MOST and sum(counts.values()) == rounds * len(names) else 1


if __name__ == "__main__":
    sys.exit(main())
