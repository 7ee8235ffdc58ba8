"""The page of a benchmark: a table and charts for each data set, offline."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from nightlift.benchmark import CLEAR, Benchmark, Part, legend, table_rows
from nightlift.report.evaluation import chart, provenance_facts, wide
from nightlift.report.page import heading, page

MATCHED = (
    "The mean-matched column uses the reference's brightness: it is never to be compared with "
    "plain PSNR."
)


def benchmark_page(found: Benchmark) -> list[bytes]:
    """The page of a benchmark.

    Args:
        found: What was measured.

    Returns:
        Pieces of one HTML file.
    """
    count = sum(len(part.evaluation.pictures) for part in found.parts)
    sets = "1 data set" if len(found.parts) == 1 else f"{len(found.parts)} data sets"
    title = f"Benchmark: {count} pictures of {sets}"
    body = [heading(title, "Every method on the same pictures, beside rows that need no method.")]
    body += ["<main>", *(_part(found, part) for part in found.parts), "</main>"]
    return page(title, "report", "".join(body))


def _part(found: Benchmark, part: Part) -> str:
    evaluation, source = part.evaluation, part.source
    notes = "".join(f'<p class="notice">{escape(note)}</p>' for note in source.notes)
    charts = "".join(chart(evaluation, metric) for metric in evaluation.metrics)
    name = f"{len(evaluation.pictures)} pictures of {source.data}, part: {source.part}"
    return (
        f"<h2>{escape(name)}</h2>{notes}{table(table_rows(found, part))}"
        f'<p class="soft">{escape(legend(found))} {MATCHED}</p><div class="charts">{charts}</div>'
        f"{_tests(part)}{provenance_facts(source)}"
    )


def _tests(part: Part) -> str:
    clear = [one for one in part.tests if one.corrected < CLEAR]
    text = (
        f"{len(clear)} of {len(part.tests)} differences between two rows are clear after Holm's "
        "correction for all pairs and metrics (paired sign-flip test)."
    )
    return f'<p class="soft">{text}</p>'


def table(rows: Sequence[Sequence[str]]) -> str:
    """A table of texts, its heads first."""
    head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in rows[0])
    body = "".join(
        f'<tr><th scope="row">{escape(row[0])}</th>'
        + "".join(f"<td>{escape(cell)}</td>" for cell in row[1:])
        + "</tr>"
        for row in rows[1:]
    )
    return wide(f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>")
