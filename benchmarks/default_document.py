"""Puts the default's figures where documents say them: docs/default.md, natural's card, README.

    python benchmarks/default_document.py

The figures are those that `benchmarks/default.py --json` keeps in docs/figures/default.json (its
row `before` was measured so by an earlier revision), those that `benchmarks/denoising.py --json`
keeps in docs/figures/denoising.json, and for README what `nightlift evaluate`
measured, docs/results. What stands between a document's markers is written anew; the rest is left.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

ROOT = Path(__file__).resolve().parents[1]
FIGURES = ROOT / "docs" / "figures" / "default.json"
DENOISING = ROOT / "docs" / "figures" / "denoising.json"
RESULTS = ROOT / "docs" / "results"

Cells: TypeAlias = Mapping[str, str]
Figures: TypeAlias = Mapping[str, Mapping[str, Cells]]
"""By half, by row, by column."""

DEFAULT, ALONE, BEFORE = "natural+auto", "natural", "before"
ROWS = {
    DEFAULT: "**the default**",
    ALONE: "`natural` without a gate or denoising",
    BEFORE: "the default before",
}
HALVES = {"ab": "both", "a": "a", "b": "b"}
SUMMED = ("darkened", "lol", "fivek", "pairs")


def main() -> None:
    """Write the documents."""
    for path, text in documents().items():
        path.write_text(text, encoding="utf-8")


def documents() -> dict[Path, str]:
    """Each document as it should be."""
    figures = json.loads(FIGURES.read_text(encoding="utf-8"))
    page, readme = ROOT / "docs" / "default.md", ROOT / "README.md"
    natural = ROOT / "src" / "nightlift" / "learned" / "natural" / "card.md"
    return {
        page: marked(
            page.read_text("utf-8"),
            {"table": table(figures), "sum": sums(figures), "denoising": denoising()},
        ),
        natural: marked(natural.read_text("utf-8"), {"figures": card(figures)}),
        readme: with_row(readme.read_text("utf-8"), readme_row()),
    }


def marked(text: str, parts: Mapping[str, str]) -> str:
    """The text with each part between its markers, which must be there once."""
    for name, part in parts.items():
        around = re.compile(f"(<!-- {name} -->\n).*?(\n<!-- /{name} -->)", re.DOTALL)
        text, count = around.subn(lambda found, part=part: found[1] + part + found[2], text)
        if count != 1:
            raise ValueError(f"expected markers of {name} once, found them {count} times")
    return text


def with_row(text: str, row: str) -> str:
    """The text with a table's row in the place of the one with the same first cell."""
    first = re.escape(row[: row.index("|", 1)])
    text, count = re.subn(f"(?m)^{first}.*$", lambda _: row, text)
    if count != 1:
        raise ValueError(f"expected one row like {row!r}, found {count}")
    return text


def denoising() -> str:
    """What each way to denoise brings, as it was measured."""
    rows: list[Cells] = json.loads(DENOISING.read_text(encoding="utf-8"))
    lines = [_line(list(rows[0])), "|---" * len(rows[0]) + "|"]
    return "\n".join([*lines, *(_line(list(row.values())) for row in rows)])


def table(figures: Figures) -> str:
    """All rows, each for both halves and for each of them."""
    columns = [_heading(column) for column in figures["ab"][DEFAULT]]
    lines = [_line(["row", "half", *columns]), "|---" * (len(columns) + 2) + "|"]
    for row, title in ROWS.items():
        for half, name in HALVES.items():
            lines.append(_line([title, name, *figures[half][row].values()]))
    return "\n".join(lines)


def sums(figures: Figures) -> str:
    """The sum of the four PSNR by which candidates are compared."""
    now, before = (_sum(figures["ab"][row]) for row in (DEFAULT, BEFORE))
    return f"The sum of the four PSNR is {now:.1f} dB, and was {before:.1f} dB before."


def card(figures: Figures) -> str:
    """What the weights alone reach, in a paragraph."""
    both, b = (_named(figures[half][ALONE]) for half in ("ab", "b"))
    harm, worst = b["good: ΔE2000"], b["99th percentile"]
    lines = (
        "Without a gate and without denoising, plain PSNR in copies of at most 512",
        f"pixels: {both['lol']} dB on LOL's 40 validation pairs (SSIM {both['lol SSIM']}, means",
        f"matched {both['matched']}); on the halves that settled nothing {b['fivek']} dB on",
        f"FiveK, {b['pairs']} dB on exposures, {b['darkened']} dB on CC BY-SA photos, darkened.",
        f"These as they are change by a mean ΔE2000 of {harm}, at the 99th percentile {worst}:",
        "photos that are dark on purpose are lifted.",
    )
    return "\n".join(lines)


def readme_row() -> str:
    """The line of README's table of methods."""
    cells = []
    for name in ("lol", "fivek"):
        rows = json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))["rows"]
        found = rows["natural"]["summaries"]
        cells.append(f"{found['psnr']['mean']:.2f}, {found['ssim']['mean']:.3f}")
    learned = "good photos and panoramas, in a camera's darkness"
    return _line(["**`natural`** (default)", learned, "light grid", *cells, "any use"])


def _named(cells: Cells) -> dict[str, str]:
    return {_heading(column): cell for column, cell in cells.items()}


def _heading(column: str) -> str:
    """A column's name without the count of its photos, which differs between halves."""
    return re.sub(r"^\d+ ", "", column)


def _sum(cells: Cells) -> float:
    named = _named(cells)
    return sum(float(named[name]) for name in SUMMED)


def _line(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


if __name__ == "__main__":
    main()
