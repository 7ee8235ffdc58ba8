"""Tables and plots of a benchmark, and their places in a page."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Growth:
    """Milliseconds of each contender by megapixels."""

    megapixels: Sequence[float]
    milliseconds: Mapping[str, Sequence[float]]


@dataclass(frozen=True)
class Table:
    """What a section says: a sentence, columns and rows; a plot where there is growth."""

    title: str
    sentence: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    growth: Growth | None = None


def section(table: Table, machine: str, folder: Path) -> str:
    """Markdown of a table; its plot is drawn into the folder's images."""
    lines = [f"### {table.title}", f"{table.sentence} ({machine})", ""]
    lines += [_line(table.columns), _line(["---"] * len(table.columns))]
    lines += [_line(row) for row in table.rows]
    if table.growth is not None:
        _plot(table.growth, folder / "images" / "growth.svg")
        lines += ["", "![Milliseconds by megapixels](images/growth.svg)"]
    return "\n".join(lines)


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _plot(growth: Growth, path: Path) -> None:
    import matplotlib

    matplotlib.use("svg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(6, 4), layout="constrained")
    for name, milliseconds in growth.milliseconds.items():
        axes.loglog(growth.megapixels, milliseconds, "o-", label=name, markersize=4)
    axes.set_xlabel("megapixels")
    axes.set_ylabel("milliseconds, file to file")
    axes.grid(which="both", alpha=0.3)
    axes.legend(frameon=False)
    path.parent.mkdir(exist_ok=True)
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def write_sections(page: Path, found: Mapping[str, str]) -> None:
    """Put each section between its markers in the page; new ones at its end."""
    text = page.read_text(encoding="utf-8")
    for name, body in found.items():
        start, stop = f"<!-- speed: {name} -->", f"<!-- /speed: {name} -->"
        block = f"{start}\n{body}\n{stop}"
        if start in text:
            place = re.escape(start) + ".*?" + re.escape(stop)
            text = re.sub(place, lambda _, block=block: block, text, flags=re.DOTALL)
        else:
            text = f"{text.rstrip()}\n\n{block}\n"
    page.write_text(text, encoding="utf-8")
