"""Thousands of photos through one process: its memory has to stay flat.

python benchmarks/soak.py --photos 10000 --calls 20 --workers 2

Twenty photos of all formats, some damaged, are enhanced over and over by calls of
`nightlift.enhance_files`; what malloc has handed out and the resident memory are told after each.
After the first tenth, which fills caches and pools, the former may rise by 5 % at most. Exit status
1 where it rises more, or a photo has no outcome. Linux with glibc. Each call starts threads, and
OpenCV keeps a kilobyte of each that resized a picture: with many calls that is what grows.

The resident memory has steps beside that: threads draw from arenas, eight a core at most, and each
stays as large as a photo once made it. Under MALLOC_ARENA_MAX=2 it is flat, too.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np

MALLINFO = ("arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks")
MALLINFO += ("fordblks", "keepcost")
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


def copies(made: list[Path], count: int) -> list[Path]:
    """So many photos: links to those that were made, over and over."""
    names = []
    for number in range(count):
        own = made[number % len(made)]
        names.append(own.with_name(f"{number:05}-{own.name}"))
        os.link(own, names[-1])
    return names


def resident() -> int:
    """KiB of memory that this process holds."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGESIZE") >> 10


class Mallinfo(ctypes.Structure):
    """What `mallinfo2` returns."""

    _fields_ = tuple((name, ctypes.c_size_t) for name in MALLINFO)


def handed_out() -> int:
    """KiB that malloc has handed out and not got back."""
    ask = ctypes.CDLL("libc.so.6").mallinfo2
    ask.restype = Mallinfo
    found = ask()
    return (found.uordblks + found.hblkhd) >> 10


def main() -> int:
    """Go through so many photos; 1 where memory rises."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", type=int, default=10_000)
    parser.add_argument("--calls", type=int, default=20)
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    import nightlift

    seen, held, counts = list[int](), list[int](), Counter[str]()
    begun = time.perf_counter()
    enhancer = nightlift.Enhancer()
    with tempfile.TemporaryDirectory(prefix="soak-") as place:
        rounds = max(20, given.calls)
        names = copies(photos(Path(place)), max(1, given.photos // rounds))
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
            held.append(handed_out())
            if number % (rounds // 20) == 0:
                told = ", ".join(f"{count} {status}" for status, count in counts.items())
                print(f"{told}: {held[-1] >> 10} of {seen[-1] >> 10} MiB", flush=True)
    settled = max(held[: max(2, int(SETTLED * rounds))])
    rise = max(held) / settled
    print(
        f"{sum(counts.values())} photos in {time.perf_counter() - begun:.0f} s: handed out "
        f"{settled >> 10} MiB settled, {max(held) >> 10} at most ({rise:.3f} times); "
        f"resident {min(seen) >> 10} to {max(seen) >> 10} MiB"
    )
    return 0 if rise <= MOST and sum(counts.values()) == rounds * len(names) else 1


if __name__ == "__main__":
    sys.exit(main())
