"""Write docs/results.md from docs/results/: what `nightlift benchmark` measured, and notes.

    python docs/make_results.py
    python docs/make_results.py --take lol field/benchmark.json
    python docs/make_results.py --costs field/benchmark.json
    python docs/make_results.py --seeds report/results.json --name "zero-dce, 3 seeds"
    python docs/make_results.py --sheet PHOTO …

`--take` takes in the rows of `nightlift benchmark` in the place of older rows of these methods, and
compares all rows anew; the page says the command of each table. `--costs` takes in what rows cost,
and their terms. `--seeds` takes the means and deviations of an evaluation of exports that differ in
their seed alone. A sheet shows every method on photos.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from results_sections import METRICS, SECTIONS

from nightlift.benchmark.costs import MEGAPIXELS
from nightlift.classical import CLASSICAL
from nightlift.evaluate import GammaFit, baselines, places, shown
from nightlift.metrics.ranking import ranks
from nightlift.metrics.significance import holm, paired_tests
from nightlift.models import released

DOCS = Path(__file__).parent
FOLDER = DOCS / "results"
SHEET = DOCS / "images" / "methods.jpg"
SHEET_SIDES = 2400, 2400
LOWER = ("delta-e-2000", "loe", "hue-drift", "niqe", "speckle", "squeezenet")
BASELINES = [one.name for one in baselines(GammaFit(1.0, 0, math.nan))]
CLEAR = 0.05
"""Corrected p-values below this are said to differ."""
PUBLISHED = "-published"
"""How the names of checkpoints of others end, imported by `nightlift import`."""

SEEDS, COSTS = "seeds", "costs"
NONE = "—"


def page() -> str:
    """The whole page."""
    head, notes = ((FOLDER / name).read_text(encoding="utf-8") for name in ("head.md", "notes.md"))
    tables = [table(name) for name in SECTIONS if _read(name)]
    last = [costs_table()] if _read(COSTS) else []
    return "\n".join((head, *tables, seeds_table(), notes, *last))


def take(section: str, report: Path) -> None:
    """Take in the rows of a benchmark, and compare all rows.

    Raises ValueError where it measured other pictures, and for methods that learned from these.
    """
    found = _data_set(json.loads(report.read_text(encoding="utf-8")))
    kept = _read(section)
    source = {key: found["provenance"][key] for key in ("pictures_hash", "exact")}
    if kept and kept["source"] != source:
        raise ValueError(f"{report}: expected the same pictures and mode as {kept['source']}")
    rows = {**kept.get("rows", {}), **{row["name"]: _brief(row, found) for row in found["rows"]}}
    if wrong := sorted(rows.keys() & set(SECTIONS[section].left_out)):
        raise ValueError(f"{report}: {', '.join(wrong)} learned from what is measured here")
    if not SECTIONS[section].independent:
        rows = {name: {**row, "scores": {}} for name, row in rows.items()}
    _write(section, {"source": source, "rows": rows, "ranks": dict(_ranked(rows))})


def _data_set(found: Mapping[str, Any]) -> dict[str, Any]:
    """The one data set of a benchmark."""
    (one,) = found["data_sets"]
    return dict(one)


def take_costs(report: Path) -> None:
    """Take in what rows cost, and their terms; raises ValueError for another processor's."""
    found = json.loads(report.read_text(encoding="utf-8"))
    kept = _read(COSTS)
    if kept and kept["processor"] != found["processor"]:
        raise ValueError(f"{report}: expected costs on {kept['processor']}: measure all rows anew")
    rows = {
        name: {
            "costs": [[round(one["milliseconds"]), round(one["megabytes"])] for one in of],
            "terms": found["terms"][name],
        }
        for name, of in found["costs"].items()
    }
    _write(COSTS, {"processor": found["processor"], "rows": {**kept.get("rows", {}), **rows}})


def _ranked(rows: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """For each metric the ranks of the rows whose scores are known, and who is like the best."""
    measured = dict.fromkeys(one for row in rows.values() for one in row["summaries"])
    shared = [metric for metric in measured if sum(_known(rows, metric).values()) > 2]
    tests = _tests(rows, shared)
    for metric in shared:
        names = [name for name, known in _known(rows, metric).items() if known]
        scores = np.array([_scores(rows[name], metric) for name in names])
        places = ranks(scores, "lower" if metric in LOWER else "higher")
        best = names[int(np.argmin([one.place for one in places]))]
        yield (
            metric,
            {
                name: {**asdict(one), "like_best": tests.get((metric, best, name), 0) >= CLEAR}
                for name, one in zip(names, places, strict=True)
            },
        )


def _known(rows: Mapping[str, Any], metric: str) -> dict[str, bool]:
    """Of which rows the scores are known; the photo itself has no rank."""
    return {
        name: metric in row.get("scores", {}) and np.isfinite(_scores(row, metric)).all()
        for name, row in rows.items()
        if name != "identity"
    }


def _tests(rows: Mapping[str, Any], metrics: Sequence[str]) -> dict[tuple[str, str, str], float]:
    """Corrected p-values by metric and two rows, either way around."""
    asked = [
        (metric, *pair)
        for metric in metrics
        for pair in combinations([name for name, known in _known(rows, metric).items() if known], 2)
    ]
    if not asked:
        return {}
    differences = [_scores(rows[a], metric) - _scores(rows[b], metric) for metric, a, b in asked]
    corrected = holm(paired_tests(np.array(differences)).tolist())
    found = dict(zip(asked, corrected, strict=True))
    return found | {(metric, b, a): p for (metric, a, b), p in found.items()}


def _scores(row: Mapping[str, Any], metric: str) -> np.ndarray:
    return np.array(row["scores"][metric].split(), np.float64)


def take_seeds(name: str, report: Path) -> None:
    """Take in the mean and deviation of the means of an evaluation's methods."""
    found = json.loads(report.read_text(encoding="utf-8"))
    ours = [row["summaries"] for row in found["rows"] if row["role"] == "method"]
    cells = {}
    for metric in METRICS:
        means = [row[metric]["mean"] for row in ours]
        cells[metric] = {"mean": statistics.mean(means), "deviation": statistics.stdev(means)}
    _write(SEEDS, {**_read(SEEDS), name: cells})


def table(name: str) -> str:
    """A section: its title, its command, and a row of every method."""
    section, found = SECTIONS[name], _read(name)
    rows, placed = found["rows"], found.get("ranks", {})
    digits = {
        one: places(
            row["summaries"][one]["mean"] for row in rows.values() if one in row["summaries"]
        )
        for one in section.metrics
    }
    lines = [f"## {section.title}", "```", section.command, "```"]
    lines += _heading("row", [*section.metrics, "seen"])
    for row in sorted(rows, key=lambda row: _place(row, rows[row]["role"])):
        cells = [
            _cell(rows[row]["summaries"].get(one), placed.get(one, {}).get(row), digits[one])
            for one in section.metrics
        ]
        cells.append(rows[row].get("seen", NONE))
        lines.append(f"| {rows[row]['title']} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def costs_table() -> str:
    """What each row costs, and on which terms it may be used."""
    found = _read(COSTS)
    heads = [f"{what}, {size:g} MP" for size in MEGAPIXELS for what in ("CPU ms", "MB")]
    lines = [
        "## Costs and terms",
        "Of one photo in default mode, reading and writing left out: processor time in",
        "milliseconds, on one thread, and the most megabytes that a process holds meanwhile,",
        "libraries, model and photo included. Networks that paint see photos of up to a megapixel",
        "whole, and of larger ones a small copy. Measured by `nightlift benchmark`, on an idle",
        f"machine ({found.get('processor', NONE)}).",
        "",
        *_heading("row", [*heads, "terms"]),
    ]
    rows = found.get("rows", {})
    for row in sorted(
        rows, key=lambda row: _place(row, "baseline" if row in BASELINES else "method")
    ):
        cells = [str(number) for pair in rows[row]["costs"] for number in pair]
        lines.append(f"| {row} | " + " | ".join([*cells, rows[row]["terms"]]) + " |")
    return "\n".join(lines) + "\n"


def seeds_table() -> str:
    """How much the seed of a training matters."""
    lines = ["## Three seeds, LOL, default mode: mean ± standard deviation of the seeds' means"]
    lines += _heading("weights", METRICS)
    for name, cells in _read(SEEDS).items():
        both = (f"{cells[one]['mean']:.3f} ± {cells[one]['deviation']:.3f}" for one in METRICS)
        lines.append(f"| {name} | " + " | ".join(both) + " |")
    return "\n".join(lines) + "\n"


def _place(name: str, role: str) -> tuple[int, str]:
    """Baselines as they come, then the main wheel's weights, research, published, classical."""
    if role != "method":
        return 0, ""
    kinds = (name in CLASSICAL, name.endswith(PUBLISHED), name in released.RESEARCH_MODELS)
    return next((4 - place for place, true in enumerate(kinds) if true), 1), name


def _heading(first: str, others: Sequence[str]) -> list[str]:
    return [f"| {first} | " + " | ".join(others) + " |", "|---" * (1 + len(others)) + "|"]


def _cell(value: Mapping[str, float] | None, rank: Mapping[str, float] | None, digits: int) -> str:
    if value is None:
        return NONE
    mean, low, high = (shown(value[part], digits) for part in ("mean", "low", "high"))
    text = f"{mean} [{low}, {high}]"
    if rank is None:
        return text
    mark = "≈" if rank["like_best"] else ""
    place, low, high = (f"{rank[part]:.1f}".removesuffix(".0") for part in ("place", "low", "high"))
    return f"{text} ({mark}{place} [{low}, {high}])"


def _brief(row: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    """A row's means, bounds and scores, rounded to five digits beyond the point."""
    summaries = {
        metric: {part: round(float(summary[part]), 5) for part in ("mean", "low", "high")}
        for metric, summary in row["summaries"].items()
    }
    scores = {
        metric: " ".join(f"{_number(score):.5g}" for score in all_of)
        for metric, all_of in row.get("scores", {}).items()
    }
    told = {"title": row["title"], "role": row["role"], "summaries": summaries, "scores": scores}
    return {**told, "seen": found["overlaps"][row["name"]]}


def _number(score: float | str | None) -> float:
    return math.nan if score is None else float(score)


def _read(name: str) -> dict[str, Any]:
    path = FOLDER / f"{name}.json"
    found: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return found


def _write(name: str, content: Mapping[str, Any]) -> None:
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    (FOLDER / f"{name}.json").write_text(text, encoding="utf-8")


def _draw_sheet(photos: Sequence[str]) -> None:
    methods = ",".join((*(path.stem for path, _ in released.available()), *CLASSICAL))
    words = ["compare", *photos, "-o", str(SHEET), "-m", methods, "--overwrite"]
    subprocess.run([sys.executable, "-m", "nightlift", *words], check=True)
    with Image.open(SHEET) as sheet:
        sheet.thumbnail(SHEET_SIDES)
        sheet.save(SHEET, quality=88)


def main() -> None:
    """Take in what was measured, and write the page and the sheet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--take", nargs=2, action="append", default=[], metavar=("TABLE", "JSON"))
    parser.add_argument("--costs", type=Path, metavar="JSON")
    parser.add_argument("--seeds", type=Path, metavar="JSON")
    parser.add_argument("--name", help="of the row of seeds")
    parser.add_argument("--sheet", nargs="*", default=[], metavar="PHOTO")
    given = parser.parse_args()
    for section, report in given.take:
        take(section, Path(report))
    if given.costs:
        take_costs(given.costs)
    if given.seeds:
        take_seeds(given.name, given.seeds)
    (DOCS / "results.md").write_text(page(), encoding="utf-8")
    if given.sheet:
        _draw_sheet(given.sheet)


if __name__ == "__main__":
    main()
