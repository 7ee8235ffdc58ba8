"""Blind sheets: results of several methods side by side, shuffled; a tally of rankings by pairs.

    python benchmarks/blind.py sheets PHOTOS -o SHEETS -m natural auto zero-dce-open adaptive-gamma
    python benchmarks/blind.py tally SHEETS/key.json RANKINGS.csv [MORE.csv ...]

`sheets` writes a PNG for each photo: the photo first, then the results, lettered A, B, C … in an
order drawn anew each time. Which letter is which method stands in `key.json` alone: look at it
after ranking. `auto` is what `nightlift enhance` does without a method, gate and all; a method with
`+auto` has the gate and denoising as well.

Rankings are rows of a sheet's number and its letters, best first, `=` between ties: `007,B>A=D>C`.
The tally counts each pair of methods on each sheet, ties half.
"""

from __future__ import annotations

import argparse
import csv
import json
import string
from collections.abc import Callable, Iterable, Mapping
from itertools import combinations
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from nightlift.data.listing import pictures_in
from nightlift.data.pictures import picture, shrunk
from nightlift.edit.enhancer import Enhancer

Pixels = NDArray[np.uint8]
Way = Callable[[Pixels], Pixels]
Ranking = tuple[frozenset[str], ...]
"""Letters or methods, best first; those of one set are tied."""

GAP, HEAD = 8, 26


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
    """One sheet a photo, and the key."""
    given.output.mkdir(parents=True, exist_ok=True)
    ways = {name: _way(name) for name in given.methods}
    rng = np.random.default_rng(given.seed)
    key: dict[str, dict[str, str]] = {}
    for number, path in enumerate(pictures_in(given.photos), 1):
        photo = shrunk(picture(path), given.size)
        order = [given.methods[index] for index in rng.permutation(len(given.methods))]
        letters = dict(zip(string.ascii_uppercase, order, strict=False))
        panels = {"photo": photo} | {letter: ways[name](photo) for letter, name in letters.items()}
        name = f"{number:03}"
        cv2.imwrite(str(given.output / f"{name}.png"), sheet(panels, given.columns)[..., ::-1])
        key[name] = {**letters, "photo": path.name}
    (given.output / "key.json").write_text(json.dumps(key, indent=1) + "\n")


def _way(name: str) -> Way:
    method, plus, _ = name.partition("+auto")
    enhancer = Enhancer(None if name == "auto" else method, auto=True if plus else None)

    def result(pixels: Pixels) -> Pixels:
        return np.asarray(enhancer(pixels), np.uint8)

    return result


def sheet(panels: Mapping[str, Pixels], columns: int) -> Pixels:
    """Pictures of one size in rows, each under its name."""
    rows = [list(panels.items())[at : at + columns] for at in range(0, len(panels), columns)]
    height, width = next(iter(panels.values())).shape[:2]
    page = np.full((len(rows) * (height + HEAD + GAP), columns * (width + GAP), 3), 118, np.uint8)
    for down, row in enumerate(rows):
        for across, (name, pixels) in enumerate(row):
            top, left = down * (height + HEAD + GAP), across * (width + GAP)
            place = (left + 4, top + HEAD - 7)
            cv2.putText(page, name, place, cv2.FONT_HERSHEY_SIMPLEX, 0.7, (255, 255, 255), 2)
            page[top + HEAD : top + HEAD + height, left : left + width] = pixels
    return page


def parsed(text: str) -> Ranking:
    """`B>A=D>C` as sets of letters, best first."""
    return tuple(frozenset(part.strip().split("=")) for part in text.split(">"))


def points(ranking: Ranking) -> dict[tuple[str, str], float]:
    """For each pair, the share of a win that the first of it has: 1, a half or 0."""
    place = {name: rank for rank, tied in enumerate(ranking) for name in tied}
    won: dict[tuple[str, str], float] = {}
    for one, other in combinations(place, 2):
        first = float(place[one] < place[other]) + 0.5 * (place[one] == place[other])
        won[one, other], won[other, one] = first, 1 - first
    return won


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
    rankings = [_named(key, row) for file in files for row in _rows(file)]
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


def _rows(file: Path) -> list[list[str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        return [row for row in csv.reader(lines) if row and not row[0].startswith("#")]


def _named(key: Mapping[str, Mapping[str, str]], row: list[str]) -> Ranking:
    letters = key[row[0].strip()]
    ranking = tuple(frozenset(letters[one] for one in tied) for tied in parsed(row[1]))
    named = {name for tied in ranking for name in tied}
    if named != set(letters.values()) - {letters["photo"]}:
        raise SystemExit(f"sheet {row[0]}: expected every letter once, got {row[1]}")
    return ranking


if __name__ == "__main__":
    main()
