"""The table of a data set as texts: scores, ranks, what was seen, costs and terms of every row."""

from __future__ import annotations

from collections.abc import Iterator

from nightlift.benchmark.costs import MEGAPIXELS
from nightlift.benchmark.run import Benchmark, Part
from nightlift.evaluate import ARROWS, NONE, Row, decimals, interval, shown

CLEAR = 0.05
"""Corrected p-values below this are said to differ."""


def table_rows(found: Benchmark, part: Part) -> list[list[str]]:
    """The table of a data set.

    Args:
        found: What was measured.
        part: One of its data sets.

    Returns:
        Texts of each row, the heads first.
    """
    evaluation = part.evaluation
    heads = [f"{one.title} {ARROWS[one.better]}" for one in evaluation.metrics]
    digits = decimals(evaluation)
    rows = [["row", *heads, *cost_heads(found), "seen", "terms"]]
    for row in evaluation.rows:
        cells = (_cell(part, row, name, places) for name, places in digits.items())
        told = part.overlaps[row.name], found.terms[row.name]
        rows.append([row.name, *cells, *cost_cells(found, row.name), *told])
    return rows


def _cell(part: Part, row: Row, metric: str, digits: int) -> str:
    if metric not in row.summaries:
        return NONE
    one, rank = row.summaries[metric], part.ranks[metric].get(row.name)
    text = f"{shown(one.mean, digits)} {interval(one.low, one.high, digits)}".strip()
    if rank is None:
        return text
    mark = "≈" if like_best(part, row.name, metric) else ""
    places = (f"{one:.1f}".removesuffix(".0") for one in (rank.place, rank.low, rank.high))
    return "{} ({}{} [{}, {}])".format(text, mark, *places)


def like_best(part: Part, row: str, metric: str) -> bool:
    """Whether it cannot be said that a row differs from the best one, and it is another."""
    best = min(part.ranks[metric], key=lambda name: part.ranks[metric][name].place)
    pair = {best, row}
    found = [t for t in part.tests if t.metric == metric and {t.first, t.second} == pair]
    return best != row and any(not test.corrected < CLEAR for test in found)


def cost_heads(found: Benchmark) -> list[str]:
    """The heads of what rows cost; none where it was not measured."""
    heads = [f"{what}, {size:g} MP" for size in MEGAPIXELS for what in ("CPU ms", "MB")]
    return heads if found.costs else []


def cost_cells(found: Benchmark, row: str) -> Iterator[str]:
    """What a row costs, below those heads."""
    if not found.costs:
        return
    measured = found.costs.get(row) or [None] * len(MEGAPIXELS)
    for one in measured:
        yield NONE if one is None else shown(one.milliseconds, 0)
        yield NONE if one is None else shown(one.megabytes, 0)


def legend(found: Benchmark) -> str:
    """What cells of a table mean.

    Args:
        found: What was measured, which tells whether costs were.

    Returns:
        Sentences.
    """
    costs = (
        " CPU ms and MB: processor time, on one thread, and the most memory that a process holds, "
        f"all included, for a photo of 1 and of 12 megapixels ({found.processor})."
        if found.costs
        else ""
    )
    return (
        "Mean [95 % interval, bootstrap over pictures] (rank [95 % of resampled ranks]). ≈: it "
        "cannot be said that the row differs from the best one (paired sign-flip test, Holm's "
        f"correction over all pairs of rows and all metrics, {CLEAR:g}). seen: what both the "
        f"training data and these pictures name. terms: of weights and training data.{costs}"
    )
