"""Runs below a folder, and how far each has come: read from its files alone, without PyTorch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nightlift.data import RUN, read_json
from nightlift.errors import DataError
from nightlift.train.metrics_file import VALIDATION, read

METRICS = "metrics.csv"


@dataclass(frozen=True)
class RunSummary:
    """A run: `epochs` are done of `wanted`; `loss` is the least validation loss, or None.

    `measures` are the best values of what else was measured, such as psnr; `problem` says why a run
    cannot be read.
    """

    path: Path
    method: str = ""
    recipe: str = ""
    data: tuple[str, ...] = ()
    epochs: int = 0
    wanted: int = 0
    loss: float | None = None
    loss_epoch: int | None = None
    measures: Mapping[str, float] = field(default_factory=dict)
    problem: str | None = None


def runs(root: Path) -> Iterator[RunSummary]:
    """Every run at or below a folder, by path.

    Args:
        root: Where to look.

    Yields:
        A summary of each, or what is wrong with it.
    """
    for told in sorted(root.rglob(RUN)):
        try:
            yield _listed(told.parent)
        except (DataError, KeyError, TypeError, ValueError) as error:
            yield RunSummary(told.parent, problem=str(error))


def _listed(run: Path) -> RunSummary:
    told: dict[str, Any] = read_json(run / RUN)
    curves = read(run / METRICS) if (run / METRICS).is_file() else {}
    watched = curves.get(VALIDATION, [])
    best = min(range(len(watched)), key=lambda at: watched[at][1]) if watched else None
    measured = {name: curves.get(f"validation_{name}", []) for name in ("psnr", "ssim")}
    best_of = {name: max(value for _, value in of) for name, of in measured.items() if of}
    return RunSummary(
        run,
        str(told["method"]),
        str(told["recipe"].get("name", "")),
        tuple(told["data"]),
        len(watched),
        int(told["recipe"].get("epochs", 0)),
        None if best is None else watched[best][1],
        None if best is None else best + 1,
        best_of,
    )
