"""The table for people: Markdown that also reads well in a terminal."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence

from nightlift.evaluate.numbers import NONE, decimals, interval, shown
from nightlift.evaluate.table import Evaluation, PairedComparison, Row
from nightlift.evaluate.traceability import Provenance

Lines = list[str]

ARROWS = {"higher": "↑", "lower": "↓"}


def as_markdown(evaluation: Evaluation, source: Provenance) -> str:
    """What was measured, the table of rows, the table of differences, and what went wrong.

    Args:
        evaluation: What was measured.
        source: Of what and how.

    Returns:
        Markdown, with a last newline.
    """
    blocks = [
        _heading(evaluation, source),
        grid(_rows(evaluation)),
        _legend(evaluation),
    ]
    if evaluation.comparisons:
        blocks += [
            [
                "Differences, first minus second: mean [95 % interval, paired bootstrap]. "
                "A difference is clear where the interval does not hold 0."
            ],
            grid(_differences(evaluation)),
        ]
    problems = [f"- {text}" for text in (*source.notes, *_problems(evaluation))]
    if problems:
        blocks += [["Notes:"], problems]
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def _heading(evaluation: Evaluation, source: Provenance) -> Lines:
    number = len(evaluation.pictures)
    pictures = "1 picture" if number == 1 else f"{number} pictures"
    way = "exact" if source.exact else "default"
    return [
        f"# {pictures} of {source.data}, part: {source.part}",
        "",
        f"Measured after rounding to 8 bits, at native size, in sRGB. Methods in {way} mode, "
        f"without exposure gate and denoising{_engines(evaluation)}. "
        f"nightlift {source.versions['nightlift']}, "
        f"{source.date}, seed {source.seed}, data {source.data_hash[:23]}.",
    ]


def _engines(evaluation: Evaluation) -> str:
    """What computed the networks, where there are any and it was noted."""
    found = sorted({str(row.about["engine"]) for row in evaluation.rows if "engine" in row.about})
    return f", networks by {' and '.join(found)} (float32)" if found else ""


def _rows(evaluation: Evaluation) -> Iterator[list[str]]:
    yield ["row", *(f"{one.title} {ARROWS[one.better]}" for one in evaluation.metrics)]
    places = decimals(evaluation)
    for row in evaluation.rows:
        yield [_name(row), *(_summary(row, name, digits) for name, digits in places.items())]


def _name(row: Row) -> str:
    return row.title if row.role == "baseline" else f"**{row.name}**"


def _summary(row: Row, metric: str, digits: int) -> str:
    if metric not in row.summaries:
        return NONE
    one = row.summaries[metric]
    mean, sd = shown(one.mean, digits), shown(one.sd, digits)
    return f"{mean} ± {sd} {interval(one.low, one.high, digits)}".rstrip()


def _legend(evaluation: Evaluation) -> Lines:
    lines = [
        "Mean ± standard deviation over pictures [95 % interval of the mean, bootstrap]. "
        "↑ higher is better, ↓ lower is better."
    ]
    if any(metric.name == "psnr-mean-matched" for metric in evaluation.metrics):
        lines.append(
            "The mean-matched column uses the reference's brightness: it is never to be compared "
            "with plain PSNR."
        )
    return lines


def _differences(evaluation: Evaluation) -> Iterator[list[str]]:
    yield ["difference", *(metric.title for metric in evaluation.metrics)]
    places = decimals(evaluation)
    against = [one for one in evaluation.comparisons if one.against_baseline]
    for name in dict.fromkeys(one.first for one in against):
        found = {one.metric: one for one in against if one.first == name}
        cells = (_against(found.get(metric), digits) for metric, digits in places.items())
        yield [f"{name} − best baseline", *cells]
    others = [one for one in evaluation.comparisons if not one.against_baseline]
    for pair in dict.fromkeys((one.first, one.second) for one in others):
        found = {one.metric: one for one in others if (one.first, one.second) == pair}
        cells = (_difference(found.get(metric), digits) for metric, digits in places.items())
        yield [f"{pair[0]} − {pair[1]}", *cells]


def _against(comparison: PairedComparison | None, digits: int) -> str:
    cell = _difference(comparison, digits)
    return cell if comparison is None else f"{cell} ({comparison.second})"


def _difference(comparison: PairedComparison | None, digits: int) -> str:
    if comparison is None:
        return NONE
    one = comparison.difference
    return f"{shown(one.mean, digits, '+')} {interval(one.low, one.high, digits, '+')}".rstrip()


def _problems(evaluation: Evaluation) -> Iterator[str]:
    for text in evaluation.left_out:
        yield f"left out of every row: {text}"
    for row in evaluation.rows:
        if row.problems:
            count = len(row.problems)
            yield f"{row.name} failed on {count} of {len(evaluation.pictures)}: {row.problems[0]}"


def grid(rows: Iterator[list[str]]) -> Lines:
    """A Markdown table whose columns also line up as plain text.

    Args:
        rows: Cells of each row, the heads first; as many in each.

    Returns:
        Lines.
    """
    cells = [[cell.replace("|", "\\|") for cell in row] for row in rows]
    widths = [max(_width(row[column]) for row in cells) for column in range(len(cells[0]))]
    lines = [_line(row, widths) for row in cells]
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return [lines[0], rule, *lines[1:]]


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True))
    return "| " + " | ".join(padded) + " |"


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text)
