"""How fast photos are enhanced on this machine, over decoding and encoding them alone."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import simplejpeg

from nightlift.edit import Enhancer
from nightlift.photo import Photo, encode, read, write

FLOOR = "decode + encode"
"""What everything is compared with: libjpeg-turbo on one thread, from file to file."""

QUALITY = 92

Run = Callable[[], object]


@dataclass(frozen=True)
class Timing:
    """One line of a comparison: median milliseconds, and how often the floor's that is."""

    name: str
    milliseconds: float
    ratio: float


def synthetic(megapixels: float, *, icc: bytes | None = None, orientation: int = 1) -> bytes:
    """A JPEG (4:2:0) of dark shades with a camera's noise, 3:2.

    Args:
        megapixels: Its size.
        icc: A profile for it; None: without.
        orientation: The EXIF orientation, 1 to 8.

    Returns:
        The file's bytes.
    """
    height = round((megapixels * 1e6 * 2 / 3) ** 0.5)
    width = round(height * 1.5)
    rng = np.random.default_rng(0)
    down, across = (np.linspace(0, 40, side, dtype=np.float32) for side in (height, width))
    pixels = np.empty((height, width, 3), np.uint8)
    noise = rng.standard_normal((64, width, 3), dtype=np.float32) * np.float32(4.5)
    for top in range(0, height, 64):
        rows = down[top : top + 64, None, None]
        shade = 45 + 35 * np.sin(across[:, None] + np.arange(3)) * np.cos(rows * 0.7)
        pixels[top : top + 64] = np.clip(shade + np.roll(noise[: len(rows)], 97 * top, 1), 0, 255)
    photo = Photo(pixels, icc=icc, orientation=orientation, format="jpeg", subsampling="420")
    return encode(photo, quality=QUALITY)


def alternating(
    runs: Mapping[str, Run], rounds: int, before: Run | None = None
) -> dict[str, float]:
    """How long runs take, in turn, every other round backwards, after one warm-up.

    Args:
        runs: By name.
        rounds: How often each is measured.
        before: Run before each, and not measured; None: nothing.

    Returns:
        Median seconds by name.
    """
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for number in range(rounds + 1):
        order = list(runs.items())
        for name, run in order if number % 2 else reversed(order):
            if before is not None:
                before()
            start = time.perf_counter()
            run()
            if number:
                seconds[name].append(time.perf_counter() - start)
    return {name: statistics.median(found) for name, found in seconds.items()}


def file_to_file(
    enhancers: Mapping[str, Enhancer], source: Path, rounds: int, *, cold: bool = False
) -> list[Timing]:
    """How long methods and the floor take for one file, side by side.

    Results are synced to the disk as `nightlift enhance` does, the floor's are not.

    Args:
        enhancers: By name.
        source: A JPEG.
        rounds: How often each is measured.
        cold: Whether the file is dropped from the system's cache before each run, where the system
            can.

    Returns:
        The floor first, then the methods.
    """
    with _results_beside(source) as target:

        def codec() -> None:
            pixels = simplejpeg.decode_jpeg(source.read_bytes())
            data = simplejpeg.encode_jpeg(pixels, quality=QUALITY, colorsubsampling="420")
            target.write_bytes(data)

        def of(enhancer: Enhancer) -> Run:
            def run() -> None:
                photo = read(source, threads=enhancer.threads)
                edit = enhancer.estimate(photo)
                better = edit.apply(photo, threads=enhancer.threads, in_place=True)
                write(better, target, overwrite=True, threads=enhancer.threads)

            return run

        runs = {FLOOR: codec, **{name: of(enhancer) for name, enhancer in enhancers.items()}}
        before = (lambda: _dropped(source)) if cold else None
        seconds = alternating(runs, rounds, before)
    floor = seconds[FLOOR]
    return [Timing(name, 1000 * found, found / floor) for name, found in seconds.items()]


@contextmanager
def _results_beside(source: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=source.parent) as folder:
        yield Path(folder) / "result.jpg"


def _dropped(path: Path) -> None:
    if not hasattr(os, "posix_fadvise"):
        return
    with path.open("rb") as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
