"""The table as JSON and CSV, whose numbers are complete, and the three files of a folder."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from nightlift.errors import WriteError
from nightlift.evaluate.markdown import as_markdown
from nightlift.evaluate.table import Evaluation, Row
from nightlift.evaluate.traceability import Provenance
from nightlift.photo import write_bytes

JSON, CSV, MARKDOWN = "results.json", "pictures.csv", "results.md"
HTML = "report.html"
"""The page, which is made of the same table by a room above."""


def as_json(evaluation: Evaluation, source: Provenance) -> str:
    """Everything: provenance, rows with every score, summaries, comparisons.

    JSON knows no infinity: it is the string "inf", as equal pictures have it in PSNR; what cannot
    be said is null.

    Args:
        evaluation: What was measured.
        source: Of what and how.

    Returns:
        JSON, with a last newline.
    """
    content = {
        "provenance": {**asdict(source), "number_of_pictures": len(evaluation.pictures)},
        "metrics": [
            {"name": one.name, "title": one.title, "better": one.better, "against": one.against}
            for one in evaluation.metrics
        ],
        "pictures": [asdict(picture) for picture in evaluation.pictures],
        "rows": [{**_row(row), "scores": row.scores} for row in evaluation.rows],
        "comparisons": [asdict(one) for one in evaluation.comparisons],
        "left_out": evaluation.left_out,
    }
    return json.dumps(plain(content), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def row_json(evaluation: Evaluation, row: Row) -> str:
    """A row's summaries, and how it differs from the others.

    Args:
        evaluation: What was measured.
        row: One of its rows.

    Returns:
        One line of JSON.
    """
    comparisons = [asdict(one) for one in evaluation.comparisons if one.first == row.name]
    content = {**_row(row), "pictures": len(evaluation.pictures), "comparisons": comparisons}
    return json.dumps(plain(content), allow_nan=False)


def as_csv(evaluation: Evaluation) -> str:
    """One line a row and picture, the scores in full; empty where there is none."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    names = [metric.name for metric in evaluation.metrics]
    table.writerow(["row", "picture", "width", "height", *names])
    for row in evaluation.rows:
        for place, picture in enumerate(evaluation.pictures):
            scores = (row.scores[name][place] for name in names)
            cells = ("" if math.isnan(score) else repr(score) for score in scores)
            table.writerow([row.name, picture.id, picture.width, picture.height, *cells])
    return text.getvalue()


def files(folder: Path) -> list[Path]:
    """Where the table and the page are written.

    Args:
        folder: Of the results.

    Returns:
        Four paths.
    """
    return [folder / name for name in (JSON, CSV, MARKDOWN, HTML)]


def check_free(folder: Path) -> None:
    """Check that nothing in a folder would be replaced.

    Args:
        folder: Where the table would be written.

    Raises:
        WriteError: One of the files is there already.
    """
    for path in files(folder):
        if path.exists():
            raise WriteError(
                f"{path} exists already; --overwrite replaces it, or name another folder"
            )


def write(
    evaluation: Evaluation, source: Provenance, folder: Path, *, overwrite: bool = False
) -> tuple[Path, ...]:
    """Write results.json, pictures.csv and results.md, each whole or not at all.

    Args:
        evaluation: What was measured.
        source: Of what and how.
        folder: Where; it is made where there is none.
        overwrite: Whether files there are replaced.

    Returns:
        The files.

    Raises:
        WriteError: One exists already, or cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WriteError(f"the folder {folder} cannot be made: {error.strerror}") from error
    if not overwrite:
        check_free(folder)
    contents = {
        CSV: as_csv(evaluation),
        MARKDOWN: as_markdown(evaluation, source),
        JSON: as_json(evaluation, source),
    }
    for name, text in contents.items():
        # What is no text in a file's name becomes an escape, which is what JSON calls it, too.
        write_bytes(folder / name, text.encode(errors="backslashreplace"), overwrite=overwrite)
    return tuple(folder / name for name in contents)


def _row(row: Row) -> dict[str, Any]:
    return {
        "name": row.name,
        "title": row.title,
        "role": row.role,
        "about": row.about,
        "summaries": {name: asdict(summary) for name, summary in row.summaries.items()},
        "problems": row.problems,
    }


def plain(value: Any) -> Any:
    """A value with numbers that JSON has.

    Args:
        value: Numbers, texts, mappings and sequences of them.

    Returns:
        The same, NaN as None and infinity as text.
    """
    if isinstance(value, float):
        if math.isnan(value):
            return None
        return value if math.isfinite(value) else str(value)
    if isinstance(value, Mapping):
        return {key: plain(one) for key, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, list | tuple) else value
