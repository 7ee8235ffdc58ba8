"""Blind sheets: results of several methods side by side, shuffled; a tally of rankings by pairs.

    python benchmarks/blind.py sheets PHOTOS -o SHEETS -m natural auto zero-dce-open adaptive-gamma
    python benchmarks/blind.py tally SHEETS/key.json RANKINGS.csv [MORE.csv ...]

`sheets` writes a PNG for each photo: the photo first, then the results, lettered A, B, C … in an
order drawn anew each time; the order of the photos is drawn, too. Which letter is which method
stands in `key.json` alone: look at it after ranking. Photos are enhanced as the files they are, at
their own size, and shown at most `--size` large; a photo larger than that has a second sheet, a
part of `--crop` pixels at 100 %. `auto` is what `nightlift enhance` does without a method, gate and
all; a method with `+auto` has the gate and denoising as well; `NAME=FOLDER` takes results of the
photos' names from a folder, such as another version's.

Rankings are rows of a sheet's number and its letters, best first, `=` between ties: `007,B>A=D>C`.
The tally counts each pair of methods on each sheet, ties half.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from nightlift.data import picture, pictures_in, shrunk, upright
from nightlift.edit import Enhancer, Mode
from nightlift.judging import Ranking, lettered, points, read, sheet
from nightlift.photo import read as read_photo

Pixels = NDArray[np.uint8]
Way = Callable[[Path], Pixels]
"""A result of the photo in a file, upright."""


def main() -> None:
    """Write sheets, or print a tally as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    actions = parser.add_subparsers(dest="action", required=True)
    sheets = actions.add_parser("sheets")
    sheets.add_argument("photos", type=Path)
    sheets.add_argument("-o", "--output", type=Path, required=True)
    sheets.add_argument("-m", "--methods", nargs="+", required=True)
    sheets.add_argument("--seed", type=int, default=0)
    sheets.add_argument("--size", type=int, default=560, help="long side of each picture")
    sheets.add_argument("--crop", type=int, default=400, help="long side of a part at 100 %%")
    sheets.add_argument("--columns", type=int, default=3)
    tally = actions.add_parser("tally")
    tally.add_argument("key", type=Path)
    tally.add_argument("rankings", type=Path, nargs="+")
    given = parser.parse_args()
    if given.action == "sheets":
        write_sheets(given)
    else:
        print_tally(json.loads(given.key.read_text()), given.rankings)


def write_sheets(given: argparse.Namespace) -> None:
    """One sheet a photo, or two, and the key."""
    given.output.mkdir(parents=True, exist_ok=True)
    ways = dict(map(_way, given.methods))
    rng = np.random.default_rng(given.seed)
    key: dict[str, dict[str, str]] = {}
    for number, path in enumerate(rng.permutation(pictures_in(given.photos)), 1):
        photo = picture(path)
        letters = lettered(list(ways), rng)
        panels = {"photo": photo} | {one: ways[name](path) for one, name in letters.items()}
        name = f"{number:03}"
        whole = {one: shrunk(pixels, given.size) for one, pixels in panels.items()}
        _write(given.output / f"{name}.png", sheet(whole, given.columns))
        if max(photo.shape) > given.size:
            part = _part(photo, given.crop)
            parts = {one: pixels[part] for one, pixels in panels.items()}
            _write(given.output / f"{name}-part.png", sheet(parts, given.columns))
        key[name] = {**letters, "photo": path.name}
    (given.output / "key.json").write_text(json.dumps(key, indent=1) + "\n")


def _write(file: Path, page: Pixels) -> None:
    cv2.imwrite(str(file), page[..., ::-1])


def _part(photo: Pixels, size: int) -> tuple[slice, slice]:
    """The part with the most detail for its light, of parts that half overlap."""
    luma = np.log(photo.mean(axis=2, dtype=np.float32) + 4)
    detail = np.abs(luma - cv2.blur(luma, (9, 9)))
    height, width = luma.shape
    parts = [
        (slice(top, top + size), slice(left, left + size))
        for top in range(0, max(height - size // 2, 1), size // 2)
        for left in range(0, max(width - size // 2, 1), size // 2)
    ]
    return max(parts, key=lambda part: detail[part].sum())


def _way(given: str) -> tuple[str, Way]:
    name, made, folder = given.partition("=")
    if made:
        return name, lambda path: picture(Path(folder) / path.name)
    method, plus, _ = name.partition("+auto")
    auto = True if plus else None
    denoise: Mode | None = "auto" if plus else None
    enhancer = Enhancer(None if name == "auto" else method, auto=auto, denoise=denoise)

    def result(path: Path) -> Pixels:
        return upright(enhancer(read_photo(path)))

    return name, result


def mean_places(ranking: Ranking) -> dict[str, float]:
    """The place of each, from 1; tied ones share the mean of theirs."""
    found, before = {}, 0
    for tied in ranking:
        found |= dict.fromkeys(tied, before + (len(tied) + 1) / 2)
        before += len(tied)
    return found


def firsts(ranking: Ranking) -> dict[str, float]:
    """The share of the first place that each has."""
    return dict.fromkeys(ranking[0], 1 / len(ranking[0]))


def print_tally(key: Mapping[str, Mapping[str, str]], files: Iterable[Path]) -> None:
    """Mean place, share of first places, and wins against each other method, by method."""
    rankings = [ranking for file in files for _, ranking in read(file, key)]
    names = sorted({name for ranking in rankings for tied in ranking for name in tied})
    won = [points(ranking) for ranking in rankings]
    places = [mean_places(ranking) for ranking in rankings]
    best = [firsts(ranking) for ranking in rankings]
    print(f"{len(rankings)} sheets ranked")
    print("| method | mean place | first | " + " | ".join(f"beats {name}" for name in names) + " |")
    print("|---" * (3 + len(names)) + "|")
    for name in sorted(names, key=lambda name: np.mean([place[name] for place in places])):
        wins = [
            "" if other == name else f"{100 * np.mean([one[name, other] for one in won]):.0f} %"
            for other in names
        ]
        mean, first = (
            np.mean([place[name] for place in places]),
            100 * np.mean([one.get(name, 0.0) for one in best]),
        )
        print(f"| {name} | {mean:.2f} | {first:.0f} % | " + " | ".join(wins) + " |")


if __name__ == "__main__":
    main()
