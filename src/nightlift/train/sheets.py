"""Pictures of a run: photo, result and what the method estimated; histograms of the latter."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from nightlift.errors import MissingExtraError
from nightlift.learned import Batch, Objective, Panel

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BINS = 64
CELL = 2.4
"""Inches of a sheet's cell, drawn at 100 dots an inch."""

PAPER, INK = "#18181a", "#e4e4e4"
"""Of sheets of photos everywhere: on white, dark photos look darker than they are."""


@dataclass(frozen=True)
class Sheets:
    """PNG files: pictures, and histograms where the method has any."""

    pictures: bytes
    histograms: bytes | None


@torch.no_grad()
def draw(objective: Objective, batches: Sequence[Batch], *, targets: bool = False) -> Sheets:
    """Draw photos of batches of one, a row each, with their `targets` where they are pairs.

    The objective is put in evaluation mode.
    """
    training = objective.training
    objective.eval()
    rows = [_row(objective, batch, targets) for batch in batches]
    # One by one: photos of validation may keep their own sizes.
    each = [objective.histograms(batch.photo) for batch in batches]
    values = {key: torch.cat([one[key].flatten() for one in each]) for key in each[0]}
    objective.train(training)
    return Sheets(_pictures(rows), _histograms(values) if values else None)


@torch.no_grad()
def strip(objective: Objective, photos: Sequence[tuple[str, Tensor]]) -> bytes:
    """A PNG file of photos (1, 3, H, W) in [0, 1], named, and below each its result."""
    training = objective.training
    objective.eval()
    above = tuple(Panel(name, photo[0]) for name, photo in photos)
    below = tuple(Panel("", objective.enhance(photo)[0]) for _, photo in photos)
    objective.train(training)
    return _pictures([above, below])


def _row(objective: Objective, batch: Batch, targets: bool) -> tuple[Panel, ...]:
    photo, target = batch.photo, batch.target
    return (
        Panel("photo", photo[0]),
        Panel("result", objective.enhance(photo)[0]),
        *(() if target is None or not targets else (Panel("target", target[0]),)),
        *objective.panels(photo),
    )


def _pictures(rows: Sequence[tuple[Panel, ...]]) -> bytes:
    figure = _figure(len(rows[0]), len(rows))
    cells = figure.subplots(len(rows), len(rows[0]), squeeze=False)
    for row, panels in enumerate(rows):
        for column, panel in enumerate(panels):
            _panel(figure, cells[row, column], panel, titled=row == 0)
    return _png(figure)


def _panel(figure: Figure, cell: Axes, panel: Panel, titled: bool) -> None:
    values = panel.values.float().cpu()
    cell.set_axis_off()
    if titled:
        cell.set_title(panel.title, fontsize="small", color=INK)
    if values.ndim == 3:
        cell.imshow(values.permute(1, 2, 0).clamp(0, 1).numpy())
        return
    low, high = panel.reach
    drawn = cell.imshow(values.numpy(), cmap="viridis", vmin=low, vmax=high)
    figure.colorbar(drawn, ax=cell, fraction=0.046).ax.tick_params(labelsize="x-small", colors=INK)


def _histograms(values: Mapping[tuple[str, str], Tensor]) -> bytes:
    rows = list(dict.fromkeys(row for row, _ in values))
    columns = list(dict.fromkeys(column for _, column in values))
    figure = _figure(len(columns), len(rows) / 2)
    cells = figure.subplots(len(rows), len(columns), squeeze=False, sharex=True)
    for (row, column), sample in values.items():
        cell = cells[rows.index(row), columns.index(column)]
        color = column if column in ("red", "green", "blue") else "gray"
        counts, edges = np.histogram(sample.float().cpu().numpy(), bins=BINS)
        cell.stairs(counts, edges, fill=True, color=color)
        cell.set_title(f"{row}, {column}", fontsize="x-small", color=INK)
        cell.set_facecolor(PAPER)
        cell.tick_params(labelsize="xx-small", colors=INK)
        cell.set_yticks([])
        cell.locator_params(axis="x", nbins=5)
    return _png(figure)


def _figure(columns: float, rows: float) -> Figure:
    """A figure that belongs to no window; matplotlib is loaded only here."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise MissingExtraError("drawing the pictures of a training", "train") from None
    size = CELL * columns, CELL * rows
    return Figure(figsize=size, layout="tight", facecolor=PAPER)


def _png(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=100)
    return buffer.getvalue()
