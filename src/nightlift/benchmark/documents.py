"""A benchmark as JSON and CSV, whose numbers are complete, and as Markdown and LaTeX for people."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from nightlift.benchmark.run import Benchmark, Part
from nightlift.errors import WriteError
from nightlift.evaluate import ARROWS, NONE, Row, decimals, grid, interval, plain, shown
from nightlift.evaluate import as_json as table_json
from nightlift.photo import write_bytes

JSON, CSV, MARKDOWN, LATEX = "benchmark.json", "pictures.csv", "benchmark.md", "benchmark.tex"
HTML = "report.html"

CLEAR = 0.05
"""Corrected p-values below this are said to differ."""


def files(folder: Path) -> list[Path]:
    """Where everything is written.

    Args:
        folder: Of the results.

    Returns:
        Five paths.
    """
    return [folder / name for name in (JSON, CSV, MARKDOWN, LATEX, HTML)]


def write(found: Benchmark, folder: Path, *, overwrite: bool = False) -> None:
    """Write all but the page, each whole or not at all.

    Args:
        found: What was measured.
        folder: Where; it is made where there is none.
        overwrite: Whether files there are replaced.

    Raises:
        WriteError: One exists already, or cannot be written.
    """
    for path in files(folder):
        if path.exists() and not overwrite:
            raise WriteError(f"{path} exists already; --overwrite replaces it")
    folder.mkdir(parents=True, exist_ok=True)
    texts = {
        JSON: as_json(found),
        CSV: as_csv(found),
        MARKDOWN: as_markdown(found),
        LATEX: as_latex(found),
    }
    for name, text in texts.items():
        write_bytes(folder / name, text.encode(errors="backslashreplace"), overwrite=overwrite)


def as_json(found: Benchmark) -> str:
    """Everything: each data set as `nightlift evaluate` writes it, with tests and ranks."""
    content = {
        "data_sets": [
            {
                **json.loads(table_json(part.evaluation, part.source)),
                "tests": [asdict(one) for one in part.tests],
                "ranks": {
                    metric: {name: asdict(rank) for name, rank in of.items()}
                    for metric, of in part.ranks.items()
                },
                "overlaps": part.overlaps,
            }
            for part in found.parts
        ],
        "costs": {name: [asdict(one) for one in of] for name, of in found.costs.items()},
        "terms": found.terms,
    }
    return json.dumps(plain(content), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def as_csv(found: Benchmark) -> str:
    """One line a data set, row and picture, the scores in full; empty where there is none."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    names = list(dict.fromkeys(m.name for part in found.parts for m in part.evaluation.metrics))
    table.writerow(["data", "part", "row", "picture", "width", "height", *names])
    for part in found.parts:
        for row in part.evaluation.rows:
            for place, one in enumerate(part.evaluation.pictures):
                scores = [row.scores.get(name, ())[place : place + 1] for name in names]
                cells = [repr(s[0]) if s and not math.isnan(s[0]) else "" for s in scores]
                head = (part.source.data, part.source.part, row.name, one.id, one.width, one.height)
                table.writerow([*head, *cells])
    return text.getvalue()


def as_markdown(found: Benchmark) -> str:
    """A table a data set, then costs and terms.

    Args:
        found: What was measured.

    Returns:
        Markdown, with a last newline.
    """
    blocks = [block for part in found.parts for block in _part(part)]
    blocks.append(["## What it costs, and on which terms"])
    blocks.append(grid(iter(cost_rows(found))))
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def _part(part: Part) -> Iterator[list[str]]:
    count = len(part.evaluation.pictures)
    yield [f"## {count} pictures of {part.source.data}, part: {part.source.part}"]
    yield grid(iter(table_rows(part)))
    yield [
        "Mean [95 % interval, bootstrap over pictures] (rank [95 % of resampled ranks]). "
        "`seen`: what both the training data and these pictures name. Rows that differ clearly "
        f"from the best one by a metric are not marked; `≈` marks those of which this cannot be "
        f"said (paired sign-flip test, Holm over all pairs and metrics, {CLEAR:g})."
    ]
    if part.source.notes:
        yield [f"- {note}" for note in part.source.notes]


def table_rows(part: Part) -> list[list[str]]:
    """The table of a data set.

    Args:
        part: The data set.

    Returns:
        Texts of each row, the heads first.
    """
    evaluation = part.evaluation
    heads = [f"{one.title} {ARROWS[one.better]}" for one in evaluation.metrics]
    digits = decimals(evaluation)
    rows = [["row", *heads, "seen"]]
    for row in evaluation.rows:
        cells = (_cell(part, row, name, places) for name, places in digits.items())
        rows.append([row.name, *cells, part.overlaps[row.name]])
    return rows


def _cell(part: Part, row: Row, metric: str, digits: int) -> str:
    if metric not in row.summaries:
        return NONE
    one, rank = row.summaries[metric], part.ranks[metric].get(row.name)
    text = f"{shown(one.mean, digits)} {interval(one.low, one.high, digits)}".strip()
    if rank is None:
        return text
    mark = "≈" if like_best(part, row.name, metric) else ""
    return f"{text} ({mark}{rank.place:g} [{rank.low:g}, {rank.high:g}])"


def like_best(part: Part, row: str, metric: str) -> bool:
    """Whether it cannot be said that a row differs from the best one, and it is another."""
    best = min(part.ranks[metric], key=lambda name: part.ranks[metric][name].place)
    pair = {best, row}
    found = [t for t in part.tests if t.metric == metric and {t.first, t.second} == pair]
    return best != row and any(not test.corrected < CLEAR for test in found)


def cost_rows(found: Benchmark) -> list[list[str]]:
    """What each method costs and its terms.

    Args:
        found: What was measured.

    Returns:
        Texts of each row, the heads first.
    """
    rows = [["row", "CPU ms at 1 MP", "MB at 1 MP", "CPU ms at 12 MP", "MB at 12 MP", "terms"]]
    for name, terms in found.terms.items():
        measured = [
            shown(value, 0)
            for one in found.costs.get(name, ())
            for value in (one.milliseconds, one.megabytes)
        ]
        rows.append([name, *(measured or [NONE] * 4), terms])
    return rows


def as_latex(found: Benchmark) -> str:
    """A `tabular` a data set, means alone, the best in bold, for `booktabs`."""
    return "\n".join(_tabular(part) for part in found.parts)


def _tabular(part: Part) -> str:
    evaluation = part.evaluation
    digits = decimals(evaluation)
    arrows = {"higher": r"$\uparrow$", "lower": r"$\downarrow$"}
    heads = [f"{_tex(one.title)} {arrows[one.better]}" for one in evaluation.metrics]
    lines = [
        f"% {len(evaluation.pictures)} pictures of {part.source.data}, {part.source.part}",
        rf"\begin{{tabular}}{{l{'r' * len(heads)}}}",
        r"\toprule",
        _line(["", *heads]),
        r"\midrule",
        *(_line([_tex(row.name), *_means(part, row, digits)]) for row in evaluation.rows),
        r"\bottomrule",
        r"\end{tabular}",
        "",
    ]
    return "\n".join(lines)


def _means(part: Part, row: Row, digits: Any) -> Iterator[str]:
    for metric, places in digits.items():
        if metric not in row.summaries:
            yield "--"
            continue
        rank = part.ranks[metric].get(row.name)
        best = rank is not None and rank.place == min(r.place for r in part.ranks[metric].values())
        text = shown(row.summaries[metric].mean, places)
        yield rf"\textbf{{{text}}}" if best else text


def _line(cells: Sequence[str]) -> str:
    return " & ".join(cells) + r" \\"


def _tex(text: str) -> str:
    for sign in "&%$#_{}":
        text = text.replace(sign, "\\" + sign)
    return text.replace("Δ", r"$\Delta$").replace("°", r"$^\circ$")
