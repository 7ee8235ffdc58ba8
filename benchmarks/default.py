"""What the default does to good photos, to the same photos darkened, and to pairs: one table.

    python benchmarks/default.py --good PHOTOS [--only NAMES.txt] [--pairs fivek:PATH ...]
        [--dark PHOTOS] [--methods natural ...]

Good photos are compared with themselves: CIEDE2000 by photo, and how many pixels clip that did not.
Darkened ones (`darken_physical`, seeded by the photo's place in the list) and pairs are measured by
plain PSNR. Real dark photos (`--dark`) have no answer: what is measured is the drift of hues (mean
and 95th percentile over photos), how much of the highlights' spread is kept (median and 10th
percentile), L* of the darkest third and speckle (means); see `nightlift.metrics.lift`. The default
runs as `nightlift enhance` runs it, `--methods` without a gate; classical rows at full strength.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from nightlift.classical import CLASSICAL
from nightlift.data.collection import open_collection
from nightlift.data.listing import pictures_in
from nightlift.data.pictures import picture, shrunk
from nightlift.data.synthesize import darken_physical
from nightlift.edit.enhancer import Enhancer
from nightlift.metrics.delta_e import delta_e_2000_map
from nightlift.metrics.lift import highlights_kept, hue_drift, lifted_shadows, speckle
from nightlift.metrics.psnr import psnr

LIFT = ("hue drift", "highlights kept", "darkest third, L*", "speckle")
MEASURES = (hue_drift, highlights_kept, lifted_shadows, speckle)

Pixels = NDArray[np.uint8]
Way = Callable[[Pixels], Pixels]


def main() -> None:
    """Print the table as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--good", type=Path, required=True, help="a folder of well-lit photos")
    parser.add_argument(
        "--only", type=Path, help="a file that names the photos to take, one a line"
    )
    parser.add_argument("--pairs", action="append", default=[], metavar="LAYOUT:PATH")
    parser.add_argument("--every", type=int, default=1, help="take every N-th photo and pair")
    parser.add_argument("--first", type=int, default=0, help="the first photo and pair to take")
    parser.add_argument("--dark", type=Path, help="a folder of real dark photos")
    parser.add_argument("--size", type=int, help="largest long side of the dark photos, in pixels")
    parser.add_argument("--model", help="judge this released file as the default")
    parser.add_argument("--methods", nargs="*", default=[], help="released methods, without a gate")
    given = parser.parse_args()
    paths = _good(given.good, given.only)[given.first :: given.every]
    sets = {"darkened": partial(_darkened, paths)}
    for spec in given.pairs:
        sets[spec.partition(":")[0]] = partial(_pairs, spec, given.first, given.every)
    dark = [shrunk(picture(path), given.size) for path in _good(given.dark)] if given.dark else []
    heads = ("row", "ΔE2000 mean", "99th percentile", "newly clipped", *sets, *(LIFT * bool(dark)))
    print("| " + " | ".join(heads) + " |")
    print("|---" * len(heads) + "|")
    for name, way in _ways(given.model, given.methods).items():
        gains = [f"{_mean_psnr(way, pairs()):.2f} dB" for pairs in sets.values()]
        lift = _lift(way, dark) if dark else []
        print("| " + " | ".join((name, _harm(way, paths), *gains, *lift)) + " |", flush=True)


def _ways(model: str | None, methods: Iterable[str]) -> dict[str, Way]:
    default = Enhancer(model=model) if model else Enhancer()

    def automatic(pixels: Pixels) -> Pixels:
        return np.asarray(default(pixels), np.uint8)

    ways: dict[str, Way] = {"the default": automatic, "identity": lambda pixels: pixels}
    return ways | {name: Enhancer(name) for name in (*methods, *CLASSICAL)}


def _good(folder: Path, only: Path | None = None) -> list[Path]:
    return (
        [folder / name for name in sorted(only.read_text().split())]
        if only
        else pictures_in(folder)
    )


def _lift(way: Way, photos: Iterable[Pixels]) -> list[str]:
    rows = [
        [measure(result, photo, data_range=255) for measure in MEASURES]
        for photo in tqdm(photos, leave=False)
        for result in (way(photo),)
    ]
    hue, kept, shadows, noise = np.transpose(rows)
    return [
        f"{hue.mean():.1f}°, {np.percentile(hue, 95):.1f}°",
        f"{np.median(kept):.2f}, {np.percentile(kept, 10):.2f}",
        f"{shadows.mean():.1f}",
        f"{noise.mean():.2f}",
    ]


def _harm(way: Way, paths: Iterable[Path]) -> str:
    changes, clipped = [], []
    for path in tqdm(list(paths), leave=False):
        good = picture(path)
        result = way(good)
        changes.append(float(delta_e_2000_map(result, good, data_range=255).mean()))
        new = (result == 255).any(axis=2) & ~(good == 255).any(axis=2)
        clipped.append(float(new.mean()))
    worst = np.percentile(changes, 99)
    return f"{np.mean(changes):.2f} | {worst:.2f} | {100 * np.mean(clipped):.3f} %"


def _darkened(paths: list[Path]) -> Iterator[tuple[Pixels, Pixels]]:
    for place, path in enumerate(paths):
        good = picture(path)
        dark = darken_physical(np.random.default_rng(place), good)
        yield np.asarray(dark, np.uint8), good


def _pairs(spec: str, first: int, every: int) -> Iterator[tuple[Pixels, Pixels]]:
    found = open_collection(spec)
    for sample in (*found.samples, *found.validation)[first::every]:
        if sample.target is not None:
            yield picture(sample.photo), picture(sample.target)


def _mean_psnr(way: Way, pairs: Iterable[tuple[Pixels, Pixels]]) -> float:
    scores = [
        psnr(way(photo), target, data_range=255) for photo, target in tqdm(pairs, leave=False)
    ]
    return float(np.mean(scores))


if __name__ == "__main__":
    main()
