"""Contrast-limited adaptive histogram equalization of lightness.

Zuiderveld, "Contrast Limited Adaptive Histogram Equalization", Graphics Gems IV, 1994.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from nightlift.adjust import BilateralGrid, fit
from nightlift.photo import Floats, Pixels, check_pixels, srgb_decode, srgb_encode

CLIP = 2.0
"""No bin counts for more than this many times the mean bin."""

TILES = 2
"""Tiles along each side."""

BINS = 256

STRIP_ROWS = 64

ROOTS = 1 << 18
"""Entries of the table from light to codes."""

Counts: TypeAlias = NDArray[np.int64]
Size: TypeAlias = tuple[int, int]


def estimate(small: Floats) -> BilateralGrid:
    """CLAHE of the small copy, (h, w, 3) float32 sRGB, carried over as a bilateral grid."""
    return fit(small, render(small))


def render(pixels: Pixels, threads: int | None = None) -> Pixels:
    """CLAHE of the photo: L of CIE Lab in 2 × 2 tiles with a clip limit of 2, a and b kept.

    `pixels` is upright sRGB, (H, W, 3) uint8, uint16 or float32 in [0, 1]; returns new pixels.
    Histograms have 256 bins for every depth; 16 bits and floats are interpolated between them.
    Works strip by strip, `threads` at once (None: OpenCV's number).
    """
    check_pixels(pixels)
    height, width = pixels.shape[:2]
    tile = _tile_size(height, width)
    out = np.empty_like(pixels)
    with ThreadPoolExecutor(threads or cv2.getNumThreads()) as pool:
        strips = list(_strips(height))
        counts = sum(pool.map(partial(_tile_counts, pixels, tile), strips))
        tables = _tone_tables(np.asarray(counts), tile[0] * tile[1])
        if pixels.dtype == np.uint8:
            tables = np.rint(tables * np.float32(255)) / np.float32(255)
        else:
            tables = _fine_tables(tables)
        for _ in pool.map(partial(_render_strip, pixels, out, tables, tile), strips):
            pass
    return out


def _strips(height: int) -> Iterator[tuple[int, int]]:
    for top in range(0, height, STRIP_ROWS):
        yield top, min(top + STRIP_ROWS, height)


def _tile_size(height: int, width: int) -> Size:
    """Rows and columns of a tile. As in OpenCV, where either side is no multiple, both grow."""
    if height % TILES == 0 and width % TILES == 0:
        return height // TILES, width // TILES
    return height // TILES + 1, width // TILES + 1


def _lab(rows: Pixels) -> Pixels:
    """CIE Lab: OpenCV's uint8, or float32 with L in [0, 100]."""
    if rows.dtype == np.uint8:
        return np.asarray(cv2.cvtColor(np.ascontiguousarray(rows), cv2.COLOR_RGB2Lab))
    # From sRGB, OpenCV goes through a coarse table that would show in 16 bits; from light, not.
    light = _light_of_codes()[rows] if rows.dtype == np.uint16 else srgb_decode(rows)
    return np.asarray(cv2.cvtColor(light.astype(np.float32), cv2.COLOR_LRGB2Lab))


def _rgb(lab: Pixels) -> Pixels:
    """The way back: uint8, or float32 sRGB in [0, 1]."""
    if lab.dtype == np.uint8:
        return np.asarray(cv2.cvtColor(lab, cv2.COLOR_Lab2RGB))
    light = np.sqrt(cv2.cvtColor(lab, cv2.COLOR_Lab2LRGB).clip(0, 1))
    nearest = (light * np.float32(ROOTS - 1) + np.float32(0.5)).astype(np.int32)
    return np.asarray(_codes_of_light()[nearest])


@cache
def _light_of_codes() -> Floats:
    """Linear light of every 16-bit code."""
    return srgb_decode(np.linspace(0, 1, 65536)).astype(np.float32)


@cache
def _codes_of_light() -> Floats:
    """Codes in [0, 1] at evenly spaced square roots of light: within 2e-6 at the nearest."""
    return srgb_encode(np.linspace(0, 1, ROOTS) ** 2).astype(np.float32)


def _levels(lab: Pixels) -> Pixels:
    """L over the whole range of uint8 or, where the photo is finer, of uint16."""
    if lab.dtype == np.uint8:
        return np.ascontiguousarray(lab[..., 0])
    return np.rint(lab[..., 0].clip(0, 100) * np.float32(655.35)).astype(np.uint16)


def _tile_counts(pixels: Pixels, tile: Size, rows: tuple[int, int]) -> Counts:
    """What these rows add to the histograms of the tiles, (TILES, TILES, BINS).

    Where the tiles reach beyond the far edge, the photo is mirrored there.
    """
    (top, bottom), (height, width) = rows, pixels.shape[:2]
    beyond = (TILES * tile[0] - height if bottom == height else 0, TILES * tile[1] - width)
    index = np.arange(top, bottom + beyond[0])
    mirrored = np.where(index < height, index, np.maximum(2 * (height - 1) - index, 0))
    levels = _levels(_lab(pixels[mirrored] if beyond[0] else pixels[top:bottom]))
    if levels.dtype == np.uint16:
        levels = ((levels + np.uint32(128)) // 257).astype(np.uint8)
    levels = np.asarray(cv2.copyMakeBorder(levels, 0, 0, 0, beyond[1], cv2.BORDER_REFLECT_101))
    counts = np.zeros((TILES, TILES, BINS), np.int64)
    for i in np.unique(index // tile[0]):
        for j in range(TILES):
            part = levels[index // tile[0] == i, j * tile[1] : (j + 1) * tile[1]]
            part = np.ascontiguousarray(part)
            counts[i, j] = cv2.calcHist([part], [0], None, [BINS], [0, BINS]).ravel()
    return counts


def _tone_tables(counts: Counts, area: int) -> Floats:
    """(TILES, TILES, BINS) in [0, 1]: the clipped, spread and summed histogram of each tile.

    The excess above the limit is handed out evenly, the remainder at equal distances, as OpenCV
    does.
    """
    limit = max(int(CLIP * area / BINS), 1)
    kept = np.minimum(counts, limit)
    for tile in kept.reshape(-1, BINS):
        share, remainder = divmod(area - int(tile.sum()), BINS)
        tile += share
        if remainder:
            tile[:: max(BINS // remainder, 1)][:remainder] += 1
    return np.asarray(np.cumsum(kept, axis=-1) / area, np.float32)


def _fine_tables(tables: Floats) -> Floats:
    """The tables for levels of 16 bits, with straight lines between the bins."""
    knots, levels = np.linspace(0, 1, BINS), np.linspace(0, 1, 65536)
    fine = [np.interp(levels, knots, table) for table in tables.reshape(-1, BINS)]
    return np.array(fine, np.float32).reshape(*tables.shape[:2], -1)


def _render_strip(
    pixels: Pixels, out: Pixels, tables: Floats, tile: Size, rows: tuple[int, int]
) -> None:
    """Write rows `rows` of the result; strips do not depend on each other."""
    top, bottom = rows
    lab = _lab(pixels[top:bottom])
    light = _equalized(_levels(lab), tables, tile, top)
    if lab.dtype == np.uint8:
        lab[..., 0] = np.rint(light * np.float32(255))
    else:
        lab[..., 0] = light * np.float32(100)
    rgb = _rgb(lab)
    out[top:bottom] = (
        rgb * np.float32(65535) + np.float32(0.5) if pixels.dtype == np.uint16 else rgb
    )


def _equalized(levels: Pixels, tables: Floats, tile: Size, top: int) -> Floats:
    """L in [0, 1], each pixel's tables blended between the centers of the tiles."""
    height, width = levels.shape
    down = ((np.arange(top, top + height) / tile[0]) - 0.5).clip(0, 1).astype(np.float32)
    across = ((np.arange(width) / tile[1]) - 0.5).clip(0, 1).astype(np.float32)
    above, below = (
        left + (right - left) * across
        for left, right in ([_looked_up(levels, table) for table in row] for row in tables)
    )
    return np.asarray(above + (below - above) * down[:, None], np.float32)


def _looked_up(levels: Pixels, table: Floats) -> Floats:
    if levels.dtype == np.uint8:
        return np.asarray(cv2.LUT(levels, table), np.float32)
    return np.asarray(table[levels], np.float32)
