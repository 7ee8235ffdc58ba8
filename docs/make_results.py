"""Write docs/results.md from docs/results/: what `nightlift evaluate` measured, and notes.

    python docs/make_results.py
    python docs/make_results.py --take lol report/results.json
    python docs/make_results.py --seeds report/results.json --name "zero-dce, 3 seeds"
    python docs/make_results.py --sheet PHOTO …

`--take` takes in the rows of an evaluation, `report/results.json`, in the place of older rows of
these methods; the page says the command of each table. `--seeds` takes the means and deviations of
an evaluation of exports that differ in their seed alone. A sheet shows every method on photos.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from nightlift.classical import CLASSICAL
from nightlift.models import released

DOCS = Path(__file__).parent
FOLDER = DOCS / "results"
SHEET = DOCS / "images" / "methods.jpg"
SHEET_SIDES = 2400, 2400
METRICS = ("psnr", "ssim", "delta-e-2000", "psnr-mean-matched")
PUBLISHED = "-published"
"""How the names of checkpoints of others end, imported by `nightlift import`."""

HEAD = """# Results

Made by `python docs/make_results.py` from [what `nightlift evaluate` measured](results/). Plain
PSNR unless a column says otherwise; methods as they are, without exposure gate and smoothing of
color noise. Baselines stand beside every row: the photo itself, gamma 0.4, the best constant
gamma (fitted on training pairs where there are any), gamma and gain to a mean of 0.4.

- LOL v1: the 40 validation pairs that `split.json` sets apart. 27 of its references look like
  training references; `smnet-small` was trained without those, no other method here on LOL's
  references.
- FiveK: 233 pairs, expert C. Exposures: a dark photo of a scene and its best single exposure.
  Methods that were trained on these pairs are left out; `glenet-unpaired` has seen FiveK's inputs,
  but no reference.
- Rows that end in `-published` are checkpoints of others, imported. DeepUPE's and GLeNet's were
  trained on 4,500 pairs of FiveK, which may include these 233, Zero-DCE's on the exposures' photos,
  without references.
"""

ON_FIVEK = ("deep-upe", "glenet", "glenet-global")
"""Trained on all pairs of FiveK: measured there by folds only (`benchmarks/folds.py`)."""
ON_EXPOSURES = (*ON_FIVEK, "zero-dce", "zero-dce-plus")


@dataclass(frozen=True)
class Section:
    """One table: a title, what `evaluate` is given beside the method, and what is left out."""

    title: str
    arguments: str
    left_out: tuple[str, ...] = ()


SECTIONS = {
    "lol": Section("LOL, default mode", "--data lol:LOL"),
    "lol-exact": Section("LOL, exact mode", "--data lol:LOL --exact"),
    "fivek": Section("FiveK, default mode", "--data fivek:FIVEK --split all", ON_FIVEK),
    "exposures": Section(
        "Exposures, default mode", "--data pairs:PAIRS --split all --limit 150", ON_EXPOSURES
    ),
}
SEEDS = "seeds"


def page() -> str:
    """The whole page."""
    parts = [HEAD, *(table(name) for name in SECTIONS), seeds_table()]
    return "\n".join((*parts, (FOLDER / "notes.md").read_text(encoding="utf-8")))


def take(section: str, report: Path) -> None:
    """Take in the rows of an evaluation, and leave its pictures' scores where they are.

    Raises ValueError where it measured other pictures, and for methods that learned from these.
    """
    found = json.loads(report.read_text(encoding="utf-8"))
    kept = _read(section)
    source = {key: found["provenance"][key] for key in ("pictures_hash", "exact")}
    if kept and kept["source"] != source:
        raise ValueError(f"{report}: expected the same pictures and mode as {kept['source']}")
    rows = {**kept.get("rows", {}), **{row["name"]: _brief(row) for row in found["rows"]}}
    if wrong := sorted(rows.keys() & set(SECTIONS[section].left_out)):
        raise ValueError(f"{report}: {', '.join(wrong)} learned from what is measured here")
    _write(section, {"source": source, "rows": rows})


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
    section, rows = SECTIONS[name], _read(name)["rows"]
    command = f"nightlift evaluate -m METHOD {section.arguments} --metrics {','.join(METRICS)}"
    lines = [f"## {section.title}", "```", command, "```", *_heading("row")]
    for row in sorted(rows, key=lambda row: _place(row, rows[row]["role"])):
        cells = (_cell(rows[row]["summaries"][metric]) for metric in METRICS)
        lines.append(f"| {rows[row]['title']} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def seeds_table() -> str:
    """How much the seed of a training matters."""
    lines = ["## Three seeds, LOL, default mode: mean ± standard deviation of the seeds' means"]
    lines += _heading("weights")
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


def _heading(first: str) -> list[str]:
    return [f"| {first} | " + " | ".join(METRICS) + " |", "|---" * (1 + len(METRICS)) + "|"]


def _cell(value: Mapping[str, float]) -> str:
    return f"{value['mean']:.3f} [{value['low']:.3f}, {value['high']:.3f}]"


def _brief(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row's means and bounds, rounded to five digits beyond the point."""
    summaries = {
        metric: {part: round(row["summaries"][metric][part], 5) for part in ("mean", "low", "high")}
        for metric in METRICS
    }
    return {"title": row["title"], "role": row["role"], "summaries": summaries}


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
    parser.add_argument("--seeds", type=Path, metavar="JSON")
    parser.add_argument("--name", help="of the row of seeds")
    parser.add_argument("--sheet", nargs="*", default=[], metavar="PHOTO")
    given = parser.parse_args()
    for section, report in given.take:
        take(section, Path(report))
    if given.seeds:
        take_seeds(given.name, given.seeds)
    (DOCS / "results.md").write_text(page(), encoding="utf-8")
    if given.sheet:
        _draw_sheet(given.sheet)


if __name__ == "__main__":
    main()
