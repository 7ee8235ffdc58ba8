"""Rankings by hand: rows of a sheet's number and its letters, best first, `=` between ties."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from itertools import combinations
from pathlib import Path
from typing import TypeAlias

from nightlift.errors import DataError

Ranking: TypeAlias = tuple[frozenset[str], ...]
"""Letters or methods, best first; those of one set are tied."""

Letters: TypeAlias = Mapping[str, str]
"""Which method each letter of a sheet is, and under `photo` the photo's name."""


def parsed(text: str) -> Ranking:
    """`B>A=D>C` as sets of letters, best first."""
    return tuple(frozenset(part.strip().split("=")) for part in text.split(">"))


def points(ranking: Ranking) -> dict[tuple[str, str], float]:
    """For each pair of a ranking, the share of a win that the first of it has.

    Args:
        ranking: The best first, tied ones together.

    Returns:
        1, a half or 0 by pair, in both orders.
    """
    place = {name: rank for rank, tied in enumerate(ranking) for name in tied}
    won: dict[tuple[str, str], float] = {}
    for one, other in combinations(place, 2):
        first = float(place[one] < place[other]) + 0.5 * (place[one] == place[other])
        won[one, other], won[other, one] = first, 1 - first
    return won


def read(file: Path, key: Mapping[str, Letters]) -> list[tuple[str, Ranking]]:
    """The rankings of a file, methods in the place of letters.

    Args:
        file: A CSV, a sheet a row.
        key: The letters of each sheet.

    Returns:
        The photo and its ranking, for each row.

    Raises:
        DataError: The key does not know a sheet, or a row has not every letter once.
    """
    with file.open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.reader(lines) if row and not row[0].startswith("#")]
    return [_named(file, key, row) for row in rows]


def _named(file: Path, key: Mapping[str, Letters], row: list[str]) -> tuple[str, Ranking]:
    letters = key.get(row[0].strip(), {})
    told = parsed(row[1]) if len(row) > 1 else ()
    if sorted(one for tied in told for one in tied) != sorted(set(letters) - {"photo"}):
        raise DataError(f"{file}, sheet {row[0]}: expected every letter once, got {row[1:]}")
    return letters["photo"], tuple(frozenset(letters[one] for one in tied) for tied in told)
