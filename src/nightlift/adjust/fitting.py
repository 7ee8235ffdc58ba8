"""From a small input and a small output to a bilateral grid that carries one to the other."""

from __future__ import annotations

import math
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from nightlift.adjust.adjustment import MOST_BINS
from nightlift.adjust.bilateral_grid import BilateralGrid, GridMode
from nightlift.adjust.resample import axis
from nightlift.errors import AdjustmentError
from nightlift.photo import LUMA, Floats

GridSize: TypeAlias = tuple[int, int, int]
Doubles: TypeAlias = NDArray[np.float64]

LONG_SIDE, SHORT_SIDE, BINS = 32, 16, 8
# Weights of the priors, in pixels of an average cell: of the global model in the coarse grid, of
# the coarse grid in the fine one, and of no change at all where nothing is known.
COARSE, FINE, NOTHING = 0.02, 1e-3, 1e-7
COARSE_BLURS, FINE_BLURS = 3, 1
UPPER = tuple((i, j) for i in range(4) for j in range(i, 4))
_FEATURES = len(UPPER) + 12
STRIP_ROWS = 16
ENOUGH = 20_000
"""Pixels for one affine model of twelve numbers."""


def default_grid(height: int, width: int) -> GridSize:
    """32 cells along the long side, 16 to 32 along the short one by aspect, and 8 bins."""
    short = round(LONG_SIDE * min(height, width) / max(height, width))
    short = max(short, SHORT_SIDE)
    return (LONG_SIDE, short, BINS) if height > width else (short, LONG_SIDE, BINS)


def fit(
    small_in: Floats,
    small_out: Floats,
    *,
    grid: GridSize | None = None,
    mode: GridMode = "affine",
) -> BilateralGrid:
    """Fit a grid of local affine models, guided by luma, to a pair of small pictures.

    Every cell solves a regularized least-squares problem whose prior is a coarser grid, whose prior
    is one affine model of the whole picture (after Chen et al. 2016, Bilateral Guided Upsampling).

    Args:
        small_in: (h, w, 3) float32 in [0, 1], before.
        small_out: The same after; in mode "divide" the illumination S that divides.
        grid: Rows, columns and bins of the grid, at least 1 by 1 by 2; None: `default_grid`.
        mode: Whether the grid's models are multiplied ("affine") or divide ("divide").

    Returns:
        The grid, for a photo of any size.

    Raises:
        AdjustmentError: The pictures do not match or are not finite, or there is no such grid.
    """
    _check(small_in, "the small input")
    _check(small_out, "the small output")
    if small_in.shape != small_out.shape:
        raise AdjustmentError(
            f"expected two pictures of one shape, got {small_in.shape} and {small_out.shape}"
        )
    height, width = small_in.shape[:2]
    gh, gw, bins = grid or default_grid(height, width)
    if min(gh, gw) < 1 or not 2 <= bins <= MOST_BINS:
        raise AdjustmentError(
            f"expected a grid of at least 1 x 1 cells and 2 to {MOST_BINS} bins, "
            f"got {gh} x {gw} x {bins}"
        )
    overall, rest = _global_model(small_in, small_out)
    sums = _splat(small_in, rest, (gh, gw, bins))
    cells = overall + _local_models(sums, height * width)
    return BilateralGrid(np.ascontiguousarray(cells, dtype=np.float32), mode)


def _check(picture: Floats, what: str) -> None:
    if picture.ndim != 3 or picture.shape[2] != 3 or 0 in picture.shape:
        raise AdjustmentError(f"expected {what} of shape (h, w, 3), got {picture.shape}")
    if picture.dtype != np.float32 or not np.isfinite(picture).all():
        raise AdjustmentError(
            f"expected {what} as finite float32 in [0, 1], got {picture.dtype} "
            f"from {np.min(picture)} to {np.max(picture)}"
        )


def _global_model(small_in: Floats, small_out: Floats) -> tuple[Doubles, Floats]:
    """The (3, 4) affine model of the whole picture, and what it leaves over, (h, w, 3).

    It is fitted to every few pixels: it is no more than a prior of the cells' own models.
    """
    step = max(1, math.isqrt(small_in.shape[0] * small_in.shape[1] // ENOUGH))
    few = small_in[::step, ::step].reshape(-1, 3).astype(np.float64)
    pixels = np.concatenate([few, np.ones((len(few), 1))], axis=1)
    wanted = small_out[::step, ::step].reshape(-1, 3).astype(np.float64)
    square = pixels.T @ pixels + 1e-9 * len(pixels) * np.eye(4)
    model = _solved(square, pixels.T @ wanted).T
    rest = small_out - cv2.transform(small_in, model.astype(np.float32))
    return model, np.asarray(rest, np.float32)


def _splat(small_in: Floats, rest: Floats, grid: GridSize) -> Doubles:
    """Sums over the pixels around each cell, (gh, gw, bins, 22).

    They are of the products of [r g b 1] with each other, and with what is left over. The
    weights in x and y are the same for all pixels of a column or row, so that two matrix products
    add up where a loop would scatter.
    """
    height, width = small_in.shape[:2]
    gh, gw, bins = grid
    down, across = _hats(height, gh), _hats(width, gw)
    rows = np.zeros((bins, height, _FEATURES, gw), np.float32)
    for top in range(0, height, STRIP_ROWS):
        strip = slice(top, top + STRIP_ROWS)
        features, depth = _features(small_in[strip], rest[strip], bins)
        for z in range(bins):
            near = np.maximum(np.float32(1) - np.abs(depth - np.float32(z)), 0)
            if near.any():
                rows[z, strip] = (features * near[:, None]) @ across
    sums = np.tensordot(down, rows, axes=(0, 1))
    return sums.transpose(0, 3, 1, 2).astype(np.float64)


def _features(rgb: Floats, rest: Floats, bins: int) -> tuple[Floats, Floats]:
    """What is summed of each pixel, (h, 22, w), and where it lies among the bins, (h, w)."""
    planes = np.ones((rgb.shape[0], 4, rgb.shape[1]), np.float32)
    planes[:, :3] = rgb.swapaxes(1, 2)
    features = np.empty((rgb.shape[0], _FEATURES, rgb.shape[1]), np.float32)
    for k, (i, j) in enumerate(UPPER):
        np.multiply(planes[:, i], planes[:, j], out=features[:, k])
    for channel in range(3):
        first = len(UPPER) + 4 * channel
        np.multiply(planes, rest[:, None, :, channel], out=features[:, first : first + 4])
    luma = sum(np.float32(weight) * planes[:, c] for c, weight in enumerate(LUMA))
    return features, np.clip(luma, 0.0, 1.0) * np.float32(bins - 1)


def _hats(pixels: int, cells: int) -> Floats:
    """How much each pixel belongs to each cell along one axis, (pixels, cells), corners aligned."""
    index, fraction = axis(pixels, cells, "corners")
    hats = np.zeros((pixels, cells + 1), np.float32)
    hats[np.arange(pixels), index] = 1 - fraction
    hats[np.arange(pixels), index + 1] = fraction
    return hats[:, :cells]


def _local_models(sums: Doubles, pixels: int) -> Doubles:
    """What each cell's model adds to the global one, (gh, gw, bins, 3, 4)."""
    cells = sums[..., 0].size
    average = _squares(sums.sum((0, 1, 2))) / cells
    slack = NOTHING * pixels / cells * np.eye(4)
    coarse = _blurred(sums, COARSE_BLURS)
    square = _squares(coarse) + COARSE * average + slack
    guess = _solved(square, _right(coarse))
    fine = _blurred(sums, FINE_BLURS)
    square = _squares(fine) + FINE * average + slack
    return _solved(square, _right(fine) + FINE * average @ guess).swapaxes(-1, -2)


def _solved(square: Doubles, right: Doubles) -> Doubles:
    return np.asarray(np.linalg.solve(square, right), np.float64)


def _squares(sums: Doubles) -> Doubles:
    """The symmetric (…, 4, 4) matrices of [r g b 1] products."""
    out = np.empty((*sums.shape[:-1], 4, 4))
    for k, (i, j) in enumerate(UPPER):
        out[..., i, j] = out[..., j, i] = sums[..., k]
    return out


def _right(sums: Doubles) -> Doubles:
    """The (…, 4, 3) right-hand sides."""
    return sums[..., len(UPPER) :].reshape(*sums.shape[:-1], 3, 4).swapaxes(-1, -2)


def _blurred(sums: Doubles, times: int) -> Doubles:
    """Binomial blurs over both places and the bins, edges repeated."""
    for _ in range(times):
        for along in range(3):
            edge: Any = [(1, 1) if a == along else (0, 0) for a in range(sums.ndim)]
            wide = np.moveaxis(np.pad(sums, edge, mode="edge"), along, 0)
            mixed = 0.25 * wide[:-2] + 0.5 * wide[1:-1] + 0.25 * wide[2:]
            sums = np.moveaxis(mixed, 0, along)
    return sums
