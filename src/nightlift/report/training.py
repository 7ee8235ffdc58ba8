"""The page of a training: what was asked, how its losses went, and what it saw on the way."""

from __future__ import annotations

import io
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from nightlift.data import RUN, read_json
from nightlift.errors import DataError
from nightlift.report.charts import lines
from nightlift.report.page import Blob, facts, heading, page
from nightlift.train import RATE, VALIDATION, read

METRICS, PICTURES = "metrics.csv", "pictures"

MOST_SHEETS = 24
"""Epochs whose pictures are in the page, evenly spread; the first and the last are among them."""

LONGEST = 2000
"""Long side of a sheet in the page, in pixels."""

TIMES = """<h2>Samples over time</h2>
<div id="times"><label><span>Epoch</span>
<input type="range" min="0" max="{last}" value="{last}" step="1"><output></output></label>
<div class="frame" role="group" aria-label="Samples" tabindex="0"></div></div>"""


def training_page(run: Path) -> list[bytes]:
    """The page of a training, which may still go on.

    Args:
        run: Its folder.

    Returns:
        Pieces of one HTML file.

    Raises:
        DataError: There is no run, or a damaged one.
    """
    told = read_json(run / RUN) if (run / RUN).is_file() else None
    if not isinstance(told, dict) or not {"method", "recipe", "seed", "data"} <= told.keys():
        raise DataError(f"{run}: expected the folder of a run, with a {RUN} that describes it")
    curves = read(run / METRICS) if (run / METRICS).is_file() else {}
    sheets = _spread([*sorted((run / PICTURES).glob("epoch-????.png"))])
    blobs = [Blob(f"s{place}", "image/webp", _sheet(path)) for place, path in enumerate(sheets)]
    title = f"{told['method']}, recipe {told['recipe'].get('name', '')}"
    sections = [
        heading(title, escape(f"Training in {run.resolve().name}, {_so_far(curves)}")),
        "<main>",
        "<h2>Losses</h2>",
        _charts(curves),
        TIMES.format(last=len(sheets) - 1) if sheets else "",
        "<h2>Recipe</h2>",
        facts({key: str(value) for key, value in told["recipe"].items()}),
        "<h2>What is needed to repeat it</h2>",
        facts(_needed(told)),
        "</main>",
    ]
    times = [
        {"title": _epoch(path), "image": blob.id} for path, blob in zip(sheets, blobs, strict=True)
    ]
    return page(title, "report", "".join(sections), {"times": times}, blobs)


def _charts(curves: Mapping[str, list[tuple[int, float]]]) -> str:
    """The validation loss first, its least value marked, then the terms and the learning rate."""
    order = [VALIDATION, *(name for name in curves if name not in (VALIDATION, RATE)), RATE]
    drawn = []
    for name in order:
        points = curves.get(name, [])
        best = min(points, key=lambda point: point[1]) if name == VALIDATION and points else None
        note = f"least {best[1]:.5g} at step {best[0]}" if best else "over steps"
        steps, values = [step for step, _ in points], [value for _, value in points]
        drawn.append(lines(name.replace("_", " "), note, steps, values, best))
    if not any(drawn):
        return '<p class="notice">Nothing is logged yet.</p>'
    return f'<div class="charts">{"".join(drawn)}</div>'


def _so_far(curves: Mapping[str, list[tuple[int, float]]]) -> str:
    steps = [step for points in curves.values() for step, _ in points]
    return f"{max(steps)} steps" if steps else "before its first step"


def _needed(told: Mapping[str, Any]) -> dict[str, str]:
    versions = told.get("versions") or {}
    return {
        "command": str(told.get("command") or "not from the command line"),
        "seed": str(told["seed"]),
        "data": ", ".join(told["data"]) if isinstance(told["data"], list) else str(told["data"]),
        "data hash": str(told.get("data_hash", "")),
        "began with": str(told.get("init") or "fresh weights"),
        "versions": ", ".join(f"{name} {version}" for name, version in versions.items()),
    }


def _spread(paths: list[Path]) -> list[Path]:
    places = np.unique(np.linspace(0, len(paths) - 1, min(len(paths), MOST_SHEETS)).round())
    return [paths[int(place)] for place in places]


def _epoch(path: Path) -> str:
    return f"epoch {int(path.stem.removeprefix('epoch-'))}"


def _sheet(path: Path) -> bytes:
    buffer = io.BytesIO()
    with Image.open(path) as file:
        picture = file.convert("RGB")
    picture.thumbnail((LONGEST, LONGEST))
    picture.save(buffer, "WEBP", quality=88, method=2)
    return buffer.getvalue()
