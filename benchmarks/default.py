"""What the default does to good photos, to dark ones and to pairs: one table for each half.

    python benchmarks/default.py --good PHOTOS [--only NAMES.txt] [--dark PHOTOS]
        [--pairs lol:PATH --pairs fivek:PATH ...] [--rows auto natural ...] [--half a|b]
        [--json FIGURES.json]

What is settled is settled on half `a`, and reported on half `b`; a hash of the scene's name says
which is which, so that every set has the same halves everywhere. Without `--half`, one run prints
the tables of both together and of each.

Good photos are compared with themselves: CIEDE2000 by photo, and how many pixels clip that did not.
Darkened ones (`darken_physical`, seeded by the photo's place in the list) and pairs are measured by
plain PSNR, LOL by matched means as well. Of pairs that say which are for validation only those
count. Real dark photos (`--dark`, a folder or several) have no answer: measured are the drift of
hues (mean and 95th percentile over photos) and what becomes of black (0, 0, 0), both before
denoising; how much of the highlights' spread is kept (median and 10th percentile), L* of the
darkest third and speckle (means); see `nightlift.metrics.enhancement`.

A row is `auto`, which is what `nightlift enhance` does; the name or the file of a method, alone;
one with `+auto`, with the gate and denoising by it; or `identity`. `--json` keeps the figures;
`benchmarks/default_document.py` puts them into documents.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from itertools import chain
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from nightlift.data import darken_physical, open_collection, picture, pictures_in, shrunk
from nightlift.edit import Denoising, Enhancer, Mode
from nightlift.metrics import (
    delta_e_2000_map,
    highlights_kept,
    hue_drift,
    lifted_shadows,
    psnr,
    psnr_mean_matched,
    speckle,
    ssim,
    ssim_mean_matched,
)

Pixels = NDArray[np.uint8]
Way = Callable[[Pixels], tuple[Pixels, Pixels]]
"""A photo's result as the method runs, and before it is denoised."""
Numbers = dict[str, float]

MATCHED = "lol"
"""The set of pairs that is noisy enough for denoising to be judged on it."""

WAYS: dict[str, Way] = {}
"""Each process has its own: models are opened once."""


@dataclass(frozen=True)
class Task:
    """One photo and what it is measured for; `place` seeds its darkness."""

    part: str
    photo: Path
    target: Path | None = None
    place: int = 0

    @property
    def half(self) -> str:
        """By the scene's name alone."""
        name = (self.target or self.photo).stem
        return "ab"[hashlib.sha256(name.encode()).digest()[0] & 1]


def main() -> None:
    """Print the tables as Markdown."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--good", type=Path, help="a folder of well-lit photos")
    parser.add_argument(
        "--only", type=Path, help="a file that names the photos to take, one a line"
    )
    parser.add_argument("--pairs", action="append", default=[], metavar="LAYOUT:PATH")
    parser.add_argument("--dark", type=Path, nargs="*", default=[], help="real dark photos")
    parser.add_argument("--rows", nargs="+", default=["auto"])
    parser.add_argument("--half", choices=("a", "b"), help="take one half alone")
    parser.add_argument("--every", type=int, default=1, help="take every N-th photo and pair")
    parser.add_argument("--size", type=int, default=512, help="largest long side, in pixels")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--json", type=Path, help="a file for the figures")
    given = parser.parse_args()
    listed = chain(_good(given.good, given.only), _dark(given.dark), *map(pairs, given.pairs))
    tasks = [task for task in listed if given.half in (None, task.half)][:: given.every]
    found = measured(tasks, given.rows, given.size, given.processes)
    halves = (given.half,) if given.half else ("ab", "a", "b")
    figures = {
        half: {row: cells(tasks, found, place, half) for place, row in enumerate(given.rows)}
        for half in halves
    }
    if given.json:
        given.json.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n")
    for half, rows in figures.items():
        print(f"\n{'Both halves' if half == 'ab' else f'Half {half}'}\n")
        print(table(rows))


def _good(folder: Path | None, only: Path | None) -> Iterator[Task]:
    if folder is not None:
        paths = (
            [folder / name for name in sorted(only.read_text().split())]
            if only
            else pictures_in(folder)
        )
        for place, path in enumerate(paths):
            yield Task("good", path)
            yield Task("darkened", path, place=place)


def _dark(folders: Sequence[Path]) -> Iterator[Task]:
    for folder in folders:
        yield from (Task("dark", path) for path in pictures_in(folder))


def pairs(spec: str, half: str | None = None) -> Iterator[Task]:
    """The pairs of a set, or of one half of it."""
    found = open_collection(spec)
    for sample in found.validation or found.samples:
        if sample.target is not None:
            task = Task(spec.partition(":")[0], sample.photo, sample.target)
            if half in (None, task.half):
                yield task


def pairs_parser(description: str | None) -> argparse.ArgumentParser:
    """What every script asks that measures pairs alone: which sets, and which half of them."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pairs", action="append", required=True, metavar="LAYOUT:PATH")
    parser.add_argument("--half", choices=("a", "b"))
    return parser


def measured(
    tasks: Sequence[Task], rows: Sequence[str], size: int, processes: int
) -> list[list[Numbers]]:
    """The numbers of each photo, for each row."""
    # A fork of a process whose libraries have threads may wait for ever.
    context = get_context("spawn")
    with ProcessPoolExecutor(processes, context, initializer=_begin, initargs=(rows,)) as pool:
        work = pool.map(_measure, tasks, [size] * len(tasks), chunksize=4)
        return list(tqdm(work, total=len(tasks)))


def _begin(rows: Sequence[str]) -> None:
    os.nice(5)
    cv2.setNumThreads(1)
    WAYS.update({row: way(row) for row in rows})


def way(row: str) -> Way:
    """What a row of the table does to a photo."""
    if row == "identity":
        return lambda pixels: (pixels, pixels)
    name, plus, _ = row.partition("+auto")
    auto = True if plus else None
    denoise: Mode | None = "auto" if plus else None
    if name.endswith(".onnx"):
        enhancer = Enhancer(model=name, auto=auto, denoise=denoise, threads=1)
    else:
        named = None if row == "auto" else name
        enhancer = Enhancer(named, auto=auto, denoise=denoise, threads=1)

    def both(pixels: Pixels) -> tuple[Pixels, Pixels]:
        edit = enhancer.estimate(pixels)
        plain = edit if edit.denoising.mode == "off" else replace(edit, denoising=Denoising())
        before = np.asarray(plain.apply(pixels), np.uint8)
        return before if plain is edit else np.asarray(edit.apply(pixels), np.uint8), before

    return both


def _measure(task: Task, size: int) -> list[Numbers]:
    photo = shrunk(picture(task.photo), size)
    target = photo if task.target is None else shrunk(picture(task.target), size)
    if task.part == "darkened":
        photo = np.asarray(darken_physical(np.random.default_rng(task.place), photo), np.uint8)
    return [numbers(task.part, photo, target, *made(photo)) for made in WAYS.values()]


def numbers(part: str, photo: Pixels, target: Pixels, result: Pixels, before: Pixels) -> Numbers:
    """What a part of the table measures of one photo; `before` is the result, not denoised."""
    if part == "good":
        new = (result == 255).any(axis=2) & ~(photo == 255).any(axis=2)
        change = delta_e_2000_map(result, photo, data_range=255).mean()
        return {"change": float(change), "clipped": float(new.mean())}
    if part == "dark":
        return _lift(photo, result, before)
    found = {"psnr": psnr(result, target, data_range=255)}
    if part == MATCHED:
        found["ssim"] = ssim(result, target, data_range=255)
        found["matched"] = psnr_mean_matched(result, target, data_range=255)
        found["matched ssim"] = ssim_mean_matched(result, target, data_range=255)
    return found


def _lift(photo: Pixels, result: Pixels, before: Pixels) -> Numbers:
    black = (photo == 0).all(axis=2)
    return {
        "hue": hue_drift(before, photo, data_range=255),
        "black": float(before[black].max(axis=1).mean()) if black.any() else np.nan,
        "highlights": highlights_kept(result, photo, data_range=255),
        "shadows": lifted_shadows(result, photo, data_range=255),
        "speckle": speckle(result, photo, data_range=255),
    }


def cells(
    tasks: Sequence[Task], found: Sequence[Sequence[Numbers]], place: int, half: str
) -> dict[str, str]:
    """What the table of one half says of the row at `place`, by column."""
    gathered: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for task, of_rows in zip(tasks, found, strict=True):
        if task.half in half:
            for name, value in of_rows[place].items():
                gathered[task.part][name].append(value)
    return dict(chain(*(_cells(part, values).items() for part, values in gathered.items())))


def table(rows: Mapping[str, Mapping[str, str]]) -> str:
    """The table of one half, as Markdown, from the cells of each row."""
    columns = list(next(iter(rows.values())))
    lines = [line(["row", *columns]), "|---" * (len(columns) + 1) + "|"]
    for row, said in rows.items():
        lines.append(line([Path(row).stem if row.endswith(".onnx") else row, *said.values()]))
    return "\n".join(lines)


def line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _cells(part: str, lists: Mapping[str, Sequence[float]]) -> dict[str, str]:
    got = {name: np.array(values) for name, values in lists.items()}
    if part == "good":
        change, clipped = got["change"], 100 * got["clipped"].mean()
        return {
            f"{len(change)} good: ΔE2000": f"{change.mean():.2f}",
            "99th percentile": f"{np.percentile(change, 99):.2f}",
            "newly clipped": f"{clipped:.3f} %",
        }
    if part == "dark":
        return _dark_cells(got)
    cells = {f"{len(got['psnr'])} {part}": f"{got['psnr'].mean():.2f}"}
    if part == MATCHED:
        cells[f"{part} SSIM"] = f"{got['ssim'].mean():.3f}"
        cells["matched"] = f"{got['matched'].mean():.2f}, {got['matched ssim'].mean():.3f}"
    return cells


def _dark_cells(got: Mapping[str, NDArray[np.float64]]) -> dict[str, str]:
    hue, kept = got["hue"], got["highlights"]
    black = got["black"][~np.isnan(got["black"])]
    return {
        f"{len(hue)} dark: hue": f"{hue.mean():.1f}°, {np.percentile(hue, 95):.1f}°",
        "highlights": f"{np.median(kept):.2f}, {np.percentile(kept, 10):.2f}",
        "shadows": f"{got['shadows'].mean():.1f}",
        "speckle": f"{got['speckle'].mean():.2f}",
        "black": f"{black.mean():.1f}" if black.size else "",
    }


if __name__ == "__main__":
    main()
