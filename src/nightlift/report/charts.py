"""Charts as inline SVG: lines over steps, and how the scores of many pictures are spread."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

WIDTH = 640
HEIGHT = 230
LEFT, RIGHT, TOP, BOTTOM = 56, 12, 10, 26
ROW = 34
NAMES = 190
"""Sizes of a chart and of its margins, in units of its own."""

LOGARITHMIC = 30
"""Positive values that reach over more than this factor are drawn on a logarithmic scale."""


@dataclass(frozen=True)
class Scale:
    """From values to places on a chart: `low` lies at `start`, `high` at `end`."""

    low: float
    high: float
    start: float
    end: float
    logarithmic: bool = False

    def at(self, value: float) -> float:
        """The place of a value, beyond the ends kept at them."""
        low, high, x = self.low, self.high, value
        if self.logarithmic:
            low, high, x = math.log(low), math.log(high), math.log(max(value, low))
        share = 0.5 if high == low else (x - low) / (high - low)
        return self.start + min(max(share, 0.0), 1.0) * (self.end - self.start)

    def ticks(self, count: int = 5) -> list[float]:
        """Round values within the scale."""
        if not self.logarithmic:
            return round_values(self.low, self.high, count)
        first, last = math.ceil(math.log10(self.low)), math.floor(math.log10(self.high))
        decades = [10.0**exponent for exponent in range(first, last + 1)]
        return decades if len(decades) > 1 else round_values(self.low, self.high, count)


@dataclass(frozen=True)
class Distribution:
    """A row of a chart of distributions: scores of pictures, their mean and its bounds."""

    name: str
    scores: Sequence[float]
    mean: float
    low: float
    high: float
    method: bool


def round_values(low: float, high: float, count: int = 5) -> list[float]:
    """About `count` values 1, 2 or 5 times a power of ten apart, within [low, high]."""
    if not high > low:
        return [low]
    rough = (high - low) / count
    power = 10.0 ** math.floor(math.log10(rough))
    step = min((one * power for one in (1, 2, 5, 10)), key=lambda one: abs(one - rough))
    first = math.ceil(low / step - 1e-9)
    return [round(n * step, 12) for n in range(first, math.floor(high / step + 1e-9) + 1)]


def lines(
    title: str,
    note: str,
    xs: Sequence[float],
    ys: Sequence[float],
    marked: tuple[float, float] | None = None,
) -> str:
    """A figure of one line; `marked` is a point to be seen. What is not finite is left out."""
    points = [(x, y) for x, y in zip(xs, ys, strict=True) if math.isfinite(y)]
    if not points:
        return ""
    values = [y for _, y in points]
    logarithmic = min(values) > 0 and max(values) / min(values) > LOGARITHMIC
    pad = 0.0 if logarithmic else 0.05 * (max(values) - min(values))
    down = Scale(min(values) - pad, max(values) + pad, HEIGHT - BOTTOM, TOP, logarithmic)
    across = Scale(points[0][0], points[-1][0], LEFT, WIDTH - RIGHT)
    path = "M" + "L".join(f"{across.at(x):.1f} {down.at(y):.1f}" for x, y in points)
    drawn = [*_grid(across, down), f'<path class="line" d="{path}"/>']
    if marked is not None:
        x, y = across.at(marked[0]), down.at(marked[1])
        drawn.append(f'<circle class="marked" cx="{x:.1f}" cy="{y:.1f}" r="4"/>')
    scale = ", logarithmic" if logarithmic else ""
    said = f"{title} from {points[0][1]:.4g} to {points[-1][1]:.4g}"
    return _figure(title, note + scale, said, WIDTH, HEIGHT, drawn)


def spreads(title: str, note: str, rows: Sequence[Distribution]) -> str:
    """A figure of distributions, one row each: every score, quartiles, mean and its bounds."""
    finite = [score for row in rows for score in row.scores if math.isfinite(score)]
    if not finite:
        return ""
    across = Scale(min(finite), max(finite), NAMES, WIDTH - RIGHT)
    height = TOP + ROW * len(rows) + BOTTOM
    drawn = [_tick(across.at(tick), tick, height) for tick in across.ticks()]
    drawn += [_spread(row, TOP + ROW * (n + 0.5), across) for n, row in enumerate(rows)]
    said = "; ".join(f"{row.name}: mean {row.mean:.4g}" for row in rows)
    return _figure(title, note, said, WIDTH, height, drawn)


def _spread(row: Distribution, y: float, across: Scale) -> str:
    scores = np.array([score for score in row.scores if math.isfinite(score)])
    # Points above each other in a fixed order, so that the same table gives the same file.
    lifts = np.random.default_rng(0).uniform(-9, 9, len(scores))
    parts = [
        f'<circle class="dot" cx="{across.at(x):.1f}" cy="{y + lift:.1f}" r="2.2"/>'
        for x, lift in zip(scores, lifts, strict=True)
    ]
    if len(scores):
        low, middle, high = (across.at(q) for q in np.quantile(scores, (0.25, 0.5, 0.75)))
        box = f'x="{low:.1f}" y="{y - 9:.1f}" width="{high - low:.1f}" height="18" rx="2"'
        parts.append(f'<rect class="box" {box}/>')
        parts.append(f'<path class="box" d="M{middle:.1f} {y - 9:.1f}v18"/>')
    if math.isfinite(row.low) and math.isfinite(row.high):
        ends = across.at(row.low), across.at(row.high)
        parts.append(f'<path class="range" d="M{ends[0]:.1f} {y:.1f}H{ends[1]:.1f}"/>')
    if math.isfinite(row.mean):
        parts.append(f'<circle class="mean" cx="{across.at(row.mean):.1f}" cy="{y:.1f}" r="3.4"/>')
    name = row.name if len(row.name) <= 27 else row.name[:26] + "…"
    text = f'<text class="name" x="0" y="{y + 4:.1f}">{escape(name)}</text>'
    return f'<g class="{"method" if row.method else "other"}">{text}{"".join(parts)}</g>'


def _grid(across: Scale, down: Scale) -> list[str]:
    drawn = []
    for tick in down.ticks(4):
        y = down.at(tick)
        drawn.append(f'<path class="axis" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>')
        drawn.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{tick:g}</text>')
    for tick in across.ticks(6):
        place = f'x="{across.at(tick):.1f}" y="{HEIGHT - 8}"'
        drawn.append(f'<text {place} text-anchor="middle">{tick:g}</text>')
    return drawn


def _tick(x: float, value: float, height: float) -> str:
    line = f'<path class="axis" d="M{x:.1f} {TOP}V{height - BOTTOM}"/>'
    return f'{line}<text x="{x:.1f}" y="{height - 8}" text-anchor="middle">{value:g}</text>'


def _figure(
    title: str, note: str, said: str, width: float, height: float, drawn: Sequence[str]
) -> str:
    caption = f"<figcaption>{escape(title)} <small>{escape(note)}</small></figcaption>"
    size = f'viewBox="0 0 {width:g} {height:g}"'
    svg = f'<svg {size} role="img" aria-label="{escape(said)}">{"".join(drawn)}</svg>'
    return f"<figure>{caption}{svg}</figure>"
