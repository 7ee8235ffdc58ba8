"""A benchmark as LaTeX, for `booktabs`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from nightlift.benchmark.run import Benchmark, Part
from nightlift.benchmark.tables import cost_cells, cost_heads
from nightlift.evaluate import Row, decimals, shown

ARROWS = {"higher": r"$\uparrow$", "lower": r"$\downarrow$"}
SIGNS = {"Δ": r"$\Delta$", "°": r"$^\circ$", "—": "--"}


def as_latex(found: Benchmark) -> str:
    """A `tabular` a data set: means alone, the best in bold, and costs."""
    return "\n".join(_tabular(found, part) for part in found.parts)


def _tabular(found: Benchmark, part: Part) -> str:
    evaluation = part.evaluation
    digits = decimals(evaluation)
    heads = [f"{_tex(one.title)} {ARROWS[one.better]}" for one in evaluation.metrics]
    heads += map(_tex, cost_heads(found))
    lines = [
        f"% {len(evaluation.pictures)} pictures of {part.source.data}, {part.source.part}",
        *([f"% costs: {found.processor}"] if found.costs else []),
        rf"\begin{{tabular}}{{l{'r' * len(heads)}}}",
        r"\toprule",
        _line(["", *heads]),
        r"\midrule",
        *(_line(_cells(found, part, row, digits)) for row in evaluation.rows),
        r"\bottomrule",
        r"\end{tabular}",
        "",
    ]
    return "\n".join(lines)


def _cells(found: Benchmark, part: Part, row: Row, digits: Mapping[str, int]) -> list[str]:
    costs = map(_tex, cost_cells(found, row.name))
    return [_tex(row.name), *_means(part, row, digits), *costs]


def _means(part: Part, row: Row, digits: Mapping[str, int]) -> Iterator[str]:
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
    for sign, written in SIGNS.items():
        text = text.replace(sign, written)
    return text
