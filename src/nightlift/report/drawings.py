"""What a method estimated, as pictures to be looked at beside the photo."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, TypeAlias

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from nightlift.adjust import (
    KNOTS,
    Adjustment,
    BilateralGrid,
    Chain,
    CurveMap,
    HueKept,
    ToneTable,
)
from nightlift.data import Bytes, to_bytes
from nightlift.photo import LUMA, Floats, LongSide, from_floats
from nightlift.report.contact_sheet import INK, PAPER

SIZE = LongSide(440)
"""The small copy that drawings are made for."""

BAND = 40
TEXT = 15
BAR = 120
"""Height of the caption under a drawing, of its letters, and length of a color bar, in pixels."""

GAP = 2
CHANNELS = ((232, 96, 88), (110, 200, 120), (104, 146, 240))
GRID = (58, 58, 62)

DARKEST = 0.5 / 255
"""Below half a code value there is no gain to speak of."""


@dataclass(frozen=True)
class Drawing:
    """A picture (h, w, 3) uint8 sRGB of something estimated, its caption inside."""

    title: str
    pixels: Bytes


Draw: TypeAlias = Callable[[Any, Floats], Iterator[Drawing]]


def drawings(adjustment: Adjustment, small: Floats) -> tuple[Drawing, ...]:
    """An adjustment drawn for the photo whose small copy, (h, w, 3) float32 sRGB, this is."""
    draw = DRAW.get(type(adjustment), _gain)
    return tuple(draw(adjustment, small))


def attention(small: Floats) -> Drawing:
    """How dark each pixel is, 1 - luma: where EnlightenGAN looks (Jiang et al., TIP 2021)."""
    return _heat("attention", 1 - _luma(small), (0.0, 1.0))


def beside(drawn: Sequence[Drawing]) -> Bytes:
    """Several drawings of one height as one picture."""
    gap = np.full((drawn[0].pixels.shape[0], GAP, 3), PAPER, np.uint8)
    parts = [part for drawing in drawn for part in (gap, drawing.pixels)]
    return np.concatenate(parts[1:], axis=1)


def _tone_table(table: ToneTable, small: Floats) -> Iterator[Drawing]:
    """Three curves over the line of no change."""
    height, width = small.shape[:2]
    paper = Image.new("RGB", (2 * width, 2 * height), PAPER)
    draw = ImageDraw.Draw(paper)
    inset = 2 * min(16, height // 8, width // 8)
    right, bottom = 2 * width - inset, 2 * height - inset

    def at(x: float, y: float) -> tuple[float, float]:
        return inset + x * (right - inset), bottom - y * (bottom - inset)

    for quarter in (0.0, 0.25, 0.5, 0.75, 1.0):
        draw.line([at(quarter, 0), at(quarter, 1)], GRID, 2)
        draw.line([at(0, quarter), at(1, quarter)], GRID, 2)
    draw.line([at(0, 0), at(1, 1)], (128, 128, 132), 2)
    curves = np.clip(table.values, 0, 1)
    same = bool(np.abs(curves - curves[:, :1]).max() < DARKEST)
    colors = [INK] if same else CHANNELS
    for channel, color in enumerate(colors):
        points = [at(i / (KNOTS - 1), float(curves[i, channel])) for i in range(KNOTS)]
        draw.line(points, color, 5, "curve")
    plot = np.asarray(paper.resize((width, height), Image.Resampling.BOX))
    title = "tone curve, all channels" if same else "tone curves: red, green, blue"
    yield Drawing(title, _captioned(plot, title))


def _curve_map(curves: CurveMap, small: Floats) -> Iterator[Drawing]:
    """The mean over colors of each step's parameter, all steps in one picture."""
    height, width = small.shape[:2]
    across = math.ceil(math.sqrt(len(curves.maps)))  # square, to keep the photo's aspect
    down = math.ceil(len(curves.maps) / across)
    cell = max(1, (width - GAP * (across - 1)) // across), max(1, (height - GAP) // down)
    shown = np.full((height, width), np.nan, np.float32)
    for number, step in enumerate(curves.maps):
        left, top = number % across * (cell[0] + GAP), number // across * (cell[1] + GAP)
        enlarged = cv2.resize(step.mean(axis=2), cell, interpolation=cv2.INTER_LINEAR)
        room = shown[top : top + cell[1], left : left + cell[0]]
        room[...] = enlarged[: room.shape[0], : room.shape[1]]
    steps = len(curves.maps)
    title = "curve parameter" if steps == 1 else f"curve parameter, steps 1 to {steps}"
    low, high = _reach(shown, 0.02)
    # The least parameter brightens most.
    yield _heat(title, shown, (high, low))


def _grid(grid: BilateralGrid, small: Floats) -> Iterator[Drawing]:
    """The illumination that a grid divides by; the gain of one that does not."""
    if grid.mode != "divide":
        yield from _gain(grid, small)
        return
    illumination = replace(grid, mode="affine").evaluate(small, 0, small.shape[0])
    yield Drawing("illumination", _captioned(to_bytes(illumination), "illumination"))


def _chain(chain: Chain, small: Floats) -> Iterator[Drawing]:
    """Each link, drawn for what the links before it have made of the photo."""
    for link in chain.adjustments:
        yield from drawings(link, small)
        small = link.evaluate(small, 0, small.shape[0])


def _hue_kept(kept: HueKept, small: Floats) -> Iterator[Drawing]:
    """What keeps the hue of an adjustment, as that adjustment."""
    yield from drawings(kept.adjustment, small)


def _gain(adjustment: Adjustment, small: Floats) -> Iterator[Drawing]:
    """How much lighter each place becomes, in stops."""
    after = adjustment.evaluate(small, 0, small.shape[0])
    ratio = np.maximum(_luma(after), DARKEST) / np.maximum(_luma(small), DARKEST)
    stops = np.log2(ratio)
    yield _heat("gain in stops", stops, _reach(stops, 0.5))


DRAW: Mapping[type[Adjustment], Draw] = MappingProxyType(
    {
        ToneTable: _tone_table,
        CurveMap: _curve_map,
        BilateralGrid: _grid,
        HueKept: _hue_kept,
        Chain: _chain,
    }
)
"""One function a kind; a kind that is not here is drawn as its gain."""


def _luma(picture: Floats) -> Floats:
    return np.asarray(picture @ np.array(LUMA, np.float32), np.float32)


def _reach(values: Floats, step: float) -> tuple[float, float]:
    """From where to where nearly all values lie, in whole steps, at least one of them."""
    low, high = np.nanquantile(values, (0.005, 0.995))
    first, last = math.floor(float(low) / step), math.ceil(float(high) / step)
    return first * step, max(last, first + 1) * step


def _heat(title: str, values: Floats, reach: tuple[float, float]) -> Drawing:
    """Values (h, w) from dark to light over `reach`, with a color bar; NaN is paper."""
    low, high = reach
    levels = np.clip((values - low) / (high - low), 0, 1)
    empty = np.isnan(levels)
    colors = _colored(np.where(empty, 0, levels))
    colors[empty] = PAPER
    return Drawing(title, _captioned(colors, title, reach))


def _colored(levels: Floats) -> Bytes:
    """Viridis: even steps to the eye, and to eyes that see few colors."""
    codes = from_floats(levels, np.dtype(np.uint8))
    return np.ascontiguousarray(cv2.applyColorMap(codes, cv2.COLORMAP_VIRIDIS)[..., ::-1])


def _captioned(picture: Bytes, title: str, reach: tuple[float, float] | None = None) -> Bytes:
    """The picture with its title below, and the color bar where there is a reach."""
    height, width = picture.shape[:2]
    paper = Image.new("RGB", (width, height + BAND), PAPER)
    paper.paste(Image.fromarray(picture))
    draw, font = ImageDraw.Draw(paper), ImageFont.load_default(TEXT)
    middle = height + BAND // 2
    room = width
    if reach is not None and width > 2 * BAR:
        room = _color_bar(paper, draw, font, middle, reach)
    text = title
    while len(text) > 1 and draw.textlength(text, font) > room - 8:
        text = text.rstrip("…")[:-1] + "…"
    draw.text((4, middle), text, INK, font, "lm")
    return np.asarray(paper)


def _color_bar(
    paper: Image.Image,
    draw: ImageDraw.ImageDraw,
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
    middle: int,
    reach: tuple[float, float],
) -> int:
    """Draw the bar at the right; returns the first column that it needs."""
    ends = [f"{end:.3g}" for end in reach]
    right = paper.width - 8 - int(draw.textlength(ends[1], font))
    left = right - 8 - BAR
    bar = _colored(np.broadcast_to(np.linspace(0, 1, BAR, dtype=np.float32), (12, BAR)))
    paper.paste(Image.fromarray(bar), (left, middle - 6))
    draw.text((left - 6, middle), ends[0], INK, font, "rm")
    draw.text((right - 2, middle), ends[1], INK, font, "lm")
    return left - 10 - int(draw.textlength(ends[0], font))
