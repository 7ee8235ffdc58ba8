"""Natural image quality evaluator: how far a picture's statistics are from pristine photos'."""

from __future__ import annotations

import hashlib
import io
import math
import zipfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from nightlift.errors import DataError
from nightlift.metrics.picture import Values, checked
from nightlift.metrics.window import gaussian
from nightlift.photo import Pixels

BLOCK = 96
FEATURES = 36
FLAT = 1e-9
STUDIO = (65.481, 128.553, 24.966)
"""Weights of red, green and blue in [0, 1] in BT.601 luma of 16–235."""
SHIFTS = ((0, 1), (1, 0), (1, 1), (1, -1))
"""Rows and columns to the neighbor that a pixel is multiplied by, wrapping within the block."""


@dataclass(frozen=True, eq=False)
class NiqeParameters:
    """Mean (36,) and covariance (36, 36) of the features of pristine photos.

    `sha256` is that of the file they came from, to be printed beside every score: scores from
    different parameters are not comparable.
    """

    mean: Values
    covariance: Values
    sha256: str


def load_niqe_parameters(path: Path | str) -> NiqeParameters:
    """Read the statistics of pristine photos that NIQE compares with.

    Args:
        path: An .npz file with `mu_pris_param` (36 values) and `cov_pris_param` (36, 36).

    Returns:
        The parameters, with the hash of their file.

    Raises:
        DataError: The file is missing, is no such file, or holds other shapes.
    """
    path = Path(path)
    try:
        content = path.read_bytes()
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            mean, covariance = file["mu_pris_param"], file["cov_pris_param"]
        mean, covariance = mean.astype(np.float64).ravel(), covariance.astype(np.float64)
    except OSError as error:
        raise DataError(f"the NIQE parameters {path} cannot be read: {error}") from error
    except (ValueError, KeyError, TypeError, AttributeError, EOFError, zipfile.BadZipFile) as error:
        raise DataError(
            f"{path} holds no NIQE parameters: expected an .npz file with mu_pris_param and "
            f"cov_pris_param ({error})"
        ) from error
    if mean.shape != (FEATURES,) or covariance.shape != (FEATURES, FEATURES):
        raise DataError(
            f"{path} holds other parameters: expected a mean of {FEATURES} and a covariance of "
            f"{FEATURES}x{FEATURES}, got {mean.shape} and {covariance.shape}"
        )
    if not (np.isfinite(mean).all() and np.isfinite(covariance).all()):
        raise DataError(f"{path} holds NIQE parameters that are not all finite")
    return NiqeParameters(mean, covariance, hashlib.sha256(content).hexdigest())


def niqe(picture: Pixels, parameters: NiqeParameters, *, data_range: float) -> float:
    """The distance of a picture's natural-scene statistics from those of pristine photos.

    Eq. 10 of Mittal, Soundararajan and Bovik 2013 on all whole 96x96 blocks. `picture` is
    (H, W, 3), at least 96x96; from 0 up, lower is better; NaN where fewer than two blocks have
    any structure. Raises UsageError for a picture that `checked` refuses.
    """
    features = niqe_features(picture, data_range=data_range)
    complete = features[~np.isnan(features).any(axis=1)]
    if len(complete) < 2:
        return math.nan
    # As published, a block without structure still gives what features it has to the mean.
    gap = np.nanmean(features, axis=0) - parameters.mean
    pooled = (np.cov(complete, rowvar=False) + parameters.covariance) / 2
    return math.sqrt(float(gap @ np.linalg.pinv(pooled) @ gap))


def niqe_features(picture: Pixels, *, data_range: float) -> Values:
    """The 36 features (18 at each of two scales) of every whole 96x96 block, (blocks, 36).

    Rounded BT.601 luma of 16–235, cut to whole blocks from the top left; the second scale is half
    the size by MATLAB's antialiased bicubic. Values that a block without structure has not are NaN.
    """
    gray = _studio_luma(checked(picture, data_range, BLOCK) / data_range)
    height, width = (side - side % BLOCK for side in gray.shape)
    gray = gray[:height, :width]
    coarse = _halved(gray)
    scales = [_features(gray, BLOCK), _features(coarse, BLOCK // 2)]
    return np.concatenate(scales, axis=1)


def _studio_luma(rgb: Values) -> Values:
    # Halves go up; without the last summand a rounding error would decide them.
    gray: Values = np.floor(rgb @ np.array(STUDIO) + 16.5 + 1e-9)
    return gray


def _halved(gray: Values) -> Values:
    """Half of an even size as MATLAB's imresize(gray, 0.5) makes it.

    The cubic of Keys 1981 (a = -1/2), twice as wide, falls on the same eight taps everywhere;
    borders are mirrored, the edge pixel twice.
    """
    x = np.array([0.25, 0.75, 1.25, 1.75])
    near, far = 1.5 * x**3 - 2.5 * x**2 + 1, -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2
    half = np.where(x <= 1, near, far)
    taps = np.concatenate([half[::-1], half]) / (2 * half.sum())
    rows, columns = gray.shape
    wide = cv2.copyMakeBorder(gray, 4, 4, 4, 4, cv2.BORDER_REFLECT)
    smooth = cv2.sepFilter2D(wide, cv2.CV_64F, taps, taps, anchor=(3, 3))
    return np.asarray(smooth[4 : 4 + rows : 2, 4 : 4 + columns : 2], np.float64)


def _features(gray: Values, side: int) -> Values:
    """The 18 features of every block of `side` pixels at one scale, (blocks, 18)."""
    normal = _normalized(gray)
    rows, columns = normal.shape[0] // side, normal.shape[1] // side
    cut = normal.reshape(rows, side, columns, side).swapaxes(1, 2)
    blocks = cut.reshape(rows * columns, side, side)
    shape, _, left, right = _fit(blocks)
    features = [shape, (left + right) / 2]
    for shift in SHIFTS:
        features += _fit(blocks * np.roll(blocks, shift, axis=(1, 2)))
    return np.stack(features, axis=1)


def _normalized(gray: Values) -> Values:
    """Mean-subtracted, contrast-normalized luminance (Eq. 1): 7x7 Gaussian of sigma 7/6."""
    taps, edge = gaussian(7, 7 / 6), cv2.BORDER_REPLICATE
    mean = cv2.sepFilter2D(gray, cv2.CV_64F, taps, taps, borderType=edge)
    square = cv2.sepFilter2D(gray * gray, cv2.CV_64F, taps, taps, borderType=edge)
    normal: Values = (gray - mean) / (np.sqrt(np.abs(square - mean * mean)) + 1)
    # Flat places are exactly 0, neither left nor right; a rounding error must not take sides.
    normal[np.abs(normal) < FLAT] = 0
    return normal


def _fit(blocks: Values) -> tuple[Values, Values, Values, Values]:
    """Shape, mean, left and right scale of every block's asymmetric generalized Gaussian.

    Moment matching of Lasmar, Stitou and Berthoumieu 2009, on the published grid of shapes.
    """
    values = blocks.reshape(len(blocks), -1)
    squares = values * values
    with np.errstate(invalid="ignore", divide="ignore"):
        left = np.sqrt((squares * (values < 0)).sum(axis=1) / (values < 0).sum(axis=1))
        right = np.sqrt((squares * (values > 0)).sum(axis=1) / (values > 0).sum(axis=1))
        ratio = np.abs(values).mean(axis=1) ** 2 / squares.mean(axis=1)
        tilt = left / right
        ratio *= (tilt**3 + 1) * (tilt + 1) / (tilt**2 + 1) ** 2
    grid, ratios, widths, factors = _shapes()
    place = _nearest(ratios, ratio)
    left, right = left * widths[place], right * widths[place]
    return grid[place], (right - left) * factors[place], left, right


def _nearest(ratios: Values, ratio: Values) -> NDArray[np.intp]:
    """Places of the nearest of the rising `ratios`; the first for NaN, as published."""
    above = np.clip(np.searchsorted(ratios, ratio), 1, len(ratios) - 1)
    nearer = ratio - ratios[above - 1] <= ratios[above] - ratio
    return np.where(np.isnan(ratio), 0, np.where(nearer, above - 1, above))


@lru_cache(maxsize=1)
def _shapes() -> tuple[Values, Values, Values, Values]:
    """Shapes 0.2 to 10 in steps of 0.001: their moment ratio, width and mean's factor."""
    grid = np.arange(200, 10001) / 1000
    one, two, three = (
        np.array([math.gamma(order / shape) for shape in grid]) for order in (1, 2, 3)
    )
    return grid, two**2 / (one * three), np.sqrt(one / three), two / one
