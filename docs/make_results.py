"""Write docs/results.md: every released method beside the baselines, by `nightlift evaluate`.

    python docs/make_results.py --lol LOL --fivek FIVEK --exposures EXPOSURES \
        [--seeds NAME=0.onnx,1.onnx,2.onnx …] [--sheet PHOTO …]

Seeds are exports of the same training but for its seed. A sheet shows every method on photos.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from nightlift.classical import CLASSICAL
from nightlift.models import released

DOCS = Path(__file__).parent
SHEET = DOCS / "images" / "methods.jpg"
SHEET_SIDES = 2400, 2400
METRICS = "psnr,ssim,delta-e-2000,psnr-mean-matched"
ON_FIVEK = ("deep-upe", "glenet", "glenet-global")
"""Trained on all pairs of FiveK: measured there by folds only (`benchmarks/folds.py`)."""
ON_EXPOSURES = (*ON_FIVEK, "zero-dce", "zero-dce-plus")

HEAD = """# Results

Made by `python docs/make_results.py`; the notes below the line are kept. Plain PSNR unless a column
says otherwise; methods as they are, without exposure gate and smoothing of color noise. Baselines
stand beside every row: the photo itself, gamma 0.4, the best constant gamma (fitted on training
pairs where there are any), gamma and gain to a mean of 0.4.

- LOL v1: the 40 validation pairs that `split.json` sets apart. 27 of its references look like
  training references; `smnet-small` was trained without those, no other method here on LOL's
  references.
- FiveK: 233 pairs, expert C. Exposures: a dark photo of a scene and its best single exposure.
  Methods that were trained on these pairs are left out; `glenet-unpaired` has seen FiveK's inputs,
  but no reference.
"""
NOTES = "\n---\n"


@dataclass(frozen=True)
class Section:
    """One evaluation: a title, the data, and the methods that may be measured on it."""

    title: str
    data: str
    left_out: tuple[str, ...] = ()
    exact: bool = False
    limit: int | None = None


def main() -> None:
    """Evaluate, and write the page and the sheet."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("lol", "fivek", "exposures"):
        parser.add_argument(f"--{name}", required=True, metavar="DIR")
    parser.add_argument("--seeds", nargs="*", default=[], metavar="NAME=FILES")
    parser.add_argument("--sheet", nargs="*", default=[], metavar="PHOTO")
    given = parser.parse_args()
    sections = (
        Section("LOL, default mode", f"lol:{given.lol}"),
        Section("LOL, exact mode", f"lol:{given.lol}", exact=True),
        Section("FiveK, default mode", f"fivek:{given.fivek}", ON_FIVEK),
        Section("Exposures, default mode", f"pairs:{given.exposures}", ON_EXPOSURES, limit=150),
    )
    parts = [HEAD, *(_section(section) for section in sections)]
    if given.seeds:
        parts.append(_seeds(given.seeds, f"lol:{given.lol}"))
    page = DOCS / "results.md"
    kept = page.read_text(encoding="utf-8").partition(NOTES)[2] if page.exists() else ""
    page.write_text("\n".join(parts) + NOTES + kept, encoding="utf-8")
    if given.sheet:
        methods = ",".join((*_learned(), *CLASSICAL))
        _nightlift(["compare", *given.sheet, "-o", str(SHEET), "-m", methods, "--overwrite"])
        with Image.open(SHEET) as sheet:
            sheet.thumbnail(SHEET_SIDES)
            sheet.save(SHEET, quality=88)


def _section(section: Section) -> str:
    methods = [name for name in _learned() if name not in section.left_out]
    arguments = ["-m", ",".join((*methods, *CLASSICAL)), "--data", section.data]
    arguments += ["--split", "all"] if section.left_out else []
    arguments += ["--exact"] if section.exact else []
    arguments += ["--limit", str(section.limit)] if section.limit else []
    rows = _rows(arguments)
    layout, _, _ = section.data.partition(":")
    shown = " ".join(arguments).replace(section.data, f"{layout}:{layout.upper()}")
    lines = [f"## {section.title}", "```", f"nightlift evaluate {shown} --metrics {METRICS}", "```"]
    lines += ["| row | " + " | ".join(METRICS.split(",")) + " |", "|---" * 5 + "|"]
    for row in rows:
        cells = [_cell(row["summaries"][metric]) for metric in METRICS.split(",")]
        lines.append(f"| {row['title']} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _seeds(given: Sequence[str], data: str) -> str:
    lines = ["## Three seeds, LOL, default mode: mean ± standard deviation of the seeds' means"]
    lines += ["| weights | " + " | ".join(METRICS.split(",")) + " |", "|---" * 5 + "|"]
    for one in given:
        name, _, files = one.partition("=")
        rows = _rows(["--model", *files.split(","), "--data", data])
        ours = [row for row in rows if row["role"] == "method"]
        cells = []
        for metric in METRICS.split(","):
            means = [row["summaries"][metric]["mean"] for row in ours]
            cells.append(f"{np.mean(means):.3f} ± {np.std(means, ddof=1):.3f}")
        lines.append(f"| {name}, {len(ours)} seeds | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _learned() -> list[str]:
    return [path.stem for path, _ in released.available()]


def _rows(arguments: Sequence[str]) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        lines = _nightlift(["evaluate", *arguments, "--metrics", METRICS, "--json", "-o", folder])
    return [json.loads(line) for line in lines.splitlines() if line.startswith("{")]


def _cell(value: dict[str, Any]) -> str:
    return f"{value['mean']:.3f} [{value['low']:.3f}, {value['high']:.3f}]"


def _nightlift(arguments: Sequence[str]) -> str:
    command = [sys.executable, "-m", "nightlift", *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


if __name__ == "__main__":
    main()
