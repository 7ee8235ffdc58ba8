"""A benchmark as JSON and CSV, whose numbers are complete, and as Markdown and LaTeX for people."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from nightlift.benchmark.costs import MEGAPIXELS
from nightlift.benchmark.latex import as_latex
from nightlift.benchmark.run import Benchmark, Part
from nightlift.benchmark.tables import legend, table_rows
from nightlift.errors import WriteError
from nightlift.evaluate import Row, grid, plain
from nightlift.evaluate import as_json as table_json
from nightlift.photo import write_bytes

JSON, MARKDOWN, LATEX = "benchmark.json", "benchmark.md", "benchmark.tex"
ROWS, PICTURES = "rows.csv", "pictures.csv"
HTML = "report.html"


def files(folder: Path) -> list[Path]:
    """Where everything is written.

    Args:
        folder: Of the results.

    Returns:
        Six paths.
    """
    return [folder / name for name in (JSON, ROWS, PICTURES, MARKDOWN, LATEX, HTML)]


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
        ROWS: rows_csv(found),
        PICTURES: pictures_csv(found),
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
        "processor": found.processor,
        "terms": found.terms,
    }
    return json.dumps(plain(content), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _metrics(found: Benchmark) -> list[str]:
    return list(dict.fromkeys(m.name for part in found.parts for m in part.evaluation.metrics))


def rows_csv(found: Benchmark) -> str:
    """One line a data set and row: means, bounds, ranks, costs, what was seen, terms."""
    names = _metrics(found)
    scores = [f"{name}{of}" for name in names for of in ("", " low", " high", " rank")]
    costs = [f"{what} {size:g} MP" for size in MEGAPIXELS for what in ("CPU ms", "MB")]
    lines = [["data", "part", "row", *scores, *costs, "processor", "seen", "terms"]]
    for part in found.parts:
        for row in part.evaluation.rows:
            head = [part.source.data, part.source.part, row.name]
            told = [found.processor, part.overlaps[row.name], found.terms[row.name]]
            numbers = [*_numbers(part, row, names), *_costs(found, row.name)]
            lines.append([*head, *map(_written, numbers), *told])
    return _csv(lines)


def _numbers(part: Part, row: Row, metrics: Sequence[str]) -> Iterator[float]:
    for name in metrics:
        one, rank = row.summaries.get(name), part.ranks.get(name, {}).get(row.name)
        yield from (math.nan,) * 3 if one is None else (one.mean, one.low, one.high)
        yield math.nan if rank is None else rank.place


def _costs(found: Benchmark, row: str) -> Iterator[float]:
    measured = {one.megapixels: one for one in found.costs.get(row, ())}
    for size in MEGAPIXELS:
        one = measured.get(size)
        yield from (math.nan,) * 2 if one is None else (one.milliseconds, one.megabytes)


def pictures_csv(found: Benchmark) -> str:
    """One line a data set, row and picture, the scores in full; empty where there is none."""
    names = _metrics(found)
    lines = [["data", "part", "row", "picture", "width", "height", *names]]
    for part in found.parts:
        for row in part.evaluation.rows:
            for place, one in enumerate(part.evaluation.pictures):
                scores = (
                    row.scores[name][place] if name in row.scores else math.nan for name in names
                )
                head = [part.source.data, part.source.part, row.name, one.id]
                size = [str(one.width), str(one.height)]
                lines.append([*head, *size, *map(_written, scores)])
    return _csv(lines)


def _written(number: float) -> str:
    return "" if math.isnan(number) else repr(number)


def _csv(lines: Sequence[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(lines)
    return text.getvalue()


def as_markdown(found: Benchmark) -> str:
    """A table a data set.

    Args:
        found: What was measured.

    Returns:
        Markdown, with a last newline.
    """
    blocks = [block for part in found.parts for block in _part(found, part)]
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def _part(found: Benchmark, part: Part) -> Iterator[list[str]]:
    count = len(part.evaluation.pictures)
    yield [f"## {count} pictures of {part.source.data}, part: {part.source.part}"]
    yield grid(iter(table_rows(found, part)))
    yield [legend(found)]
    if part.source.notes:
        yield [f"- {note}" for note in part.source.notes]
