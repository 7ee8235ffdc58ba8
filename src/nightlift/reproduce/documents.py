"""Published numbers beside measured ones: as JSON, and from that as Markdown for people."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from nightlift.evaluate import NONE, grid, interval, places, plain, shown
from nightlift.reproduce.claims import Claim, Reproduction
from nightlift.reproduce.run import MeasuredSet

Summary = Mapping[str, Any]
"""Mean, low and high."""


def as_data(asked: Reproduction, folder: Path, found: Sequence[MeasuredSet]) -> dict[str, Any]:
    """All that is told, in types of JSON.

    Args:
        asked: What was reproduced.
        folder: The user's files, for what is missing and what is another file.
        found: What was measured.

    Returns:
        A mapping that `as_markdown` reads.
    """
    return {
        "name": asked.name,
        "title": asked.title,
        "claims": [_claim(one, found) for one in asked.claims],
        "tables": [_table(one) for one in found],
        "differences": _differences(asked, folder, found),
    }


def _claim(claim: Claim, found: Sequence[MeasuredSet]) -> dict[str, Any]:
    tables = {one.pictures.name: one.evaluation for one in found}
    rows = tables[claim.pictures].rows if claim.pictures in tables else ()
    summaries = next((row.summaries for row in rows if row.name == claim.row), {})
    return {**asdict(claim), "measured": _summary(summaries.get(claim.metric))}


def _table(one: MeasuredSet) -> dict[str, Any]:
    return {
        "pictures": one.pictures.name,
        "count": len(one.evaluation.pictures),
        "metrics": {metric.name: metric.title for metric in one.evaluation.metrics},
        "rows": {
            row.name: {name: _summary(found) for name, found in row.summaries.items()}
            for row in one.evaluation.rows
        },
    }


def _summary(found: Any) -> Summary | None:
    if found is None:
        return None
    said: Summary = plain({"mean": found.mean, "low": found.low, "high": found.high})
    return said


def _differences(asked: Reproduction, folder: Path, found: Sequence[MeasuredSet]) -> list[str]:
    others = filter(None, (one.difference(folder) for one in asked.needed))
    missing = (one for one in asked.needed if not one.there(folder))
    return [
        *asked.differences,
        *others,
        *(note for one in found for note in one.differences),
        *(f"{one.path} is missing, and what needs it" for one in missing),
        *(text for one in found for row in one.evaluation.rows for text in row.problems[:1]),
    ]


def as_markdown(told: Mapping[str, Any], level: str = "#") -> str:
    """The page of a reproduction.

    Args:
        told: What `as_data` gave.
        level: How its heading begins.

    Returns:
        Markdown, with a last newline.
    """
    blocks = [[f"{level} {told['title']}"]]
    if told["claims"]:
        blocks.append(grid(_claims(told["claims"])))
        blocks.append(["Measured: mean [95 % interval over pictures, bootstrap]."])
    for one in told["tables"]:
        pictures = "1 picture" if one["count"] == 1 else f"{one['count']} pictures"
        blocks.append([f"{level}# {one['pictures']}: {pictures}"])
        blocks.append(grid(_means(one)))
    notes = [f"- {note}" for note in told["differences"]]
    blocks += [["What differs from the publication:"], notes]
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def _claims(claims: Sequence[Mapping[str, Any]]) -> Iterator[list[str]]:
    yield ["pictures", "row", "metric", "published", "measured", "in the interval", "source"]
    for claim in claims:
        head = [claim["pictures"], claim["row"], claim["metric"], f"{claim['value']:g}"]
        yield [*head, *_beside(claim["measured"], claim["value"]), claim["source"]]


def _beside(one: Summary | None, published: float) -> tuple[str, str]:
    """The measured number, and whether the published one lies in its interval."""
    _, low, high = _numbers(one)
    if math.isnan(low) or math.isnan(high):
        return _cell(one), NONE
    return _cell(one), "yes" if low <= published <= high else "no"


def _means(table: Mapping[str, Any]) -> Iterator[list[str]]:
    yield ["row", *table["metrics"].values()]
    for name, row in table["rows"].items():
        yield [name, *(_cell(row.get(metric)) for metric in table["metrics"])]


def _cell(one: Summary | None) -> str:
    mean, low, high = _numbers(one)
    digits = places([mean])
    return f"{shown(mean, digits)} {interval(low, high, digits)}".strip()


def _numbers(one: Summary | None) -> tuple[float, float, float]:
    """Mean, low and high; NaN for what JSON has no number for."""
    found = ((one or {}).get(name) for name in ("mean", "low", "high"))
    mean, low, high = (math.nan if value is None else float(value) for value in found)
    return mean, low, high
