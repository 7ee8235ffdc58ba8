"""Structural similarity, weighted by how much information a place holds."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from nightlift.metrics.picture import Values, checked_pair, luma
from nightlift.metrics.structural_similarity import SCALE_WEIGHTS, SIDE, similarity_maps
from nightlift.metrics.window import filter_inside, uniform
from nightlift.photo import Pixels

LEAST_SIDE = (SIDE - 1) * 2 ** (len(SCALE_WEIGHTS) - 1) + 1
BINOMIAL = np.array([1, 4, 6, 4, 1]) * np.sqrt(2) / 16
"""Of the Laplacian pyramid, along one direction."""
BLOCK = 3
"""Side of the neighborhoods whose information is measured."""
NOISE = 0.4
"""Variance of the eye's noise, for values of 0 to 255."""
TINY = float(np.finfo(np.float64).eps)


def iw_ssim(output: Pixels, reference: Pixels, *, data_range: float) -> float:
    """Information content weighted structural similarity; 1 where equal, higher is better.

    Wang and Li 2011 on BT.601 luma: contrast and structure in four bands of a Laplacian pyramid,
    each place weighted by the mutual information of reference and output there (Gaussian scale
    mixtures of 3x3 neighborhoods and of the next coarser band), and the whole index, unweighted,
    in what is left. Pictures are (H, W, 3), at least 161x161; in [0, 1]. NaN where the reference
    is flat. Raises UsageError for pictures that `checked_pair` refuses.
    """
    pair = checked_pair(output, reference, data_range, LEAST_SIDE)
    seen, wanted = ([*_bands(luma(one) * (255 / data_range))] for one in pair)
    coarsest = len(SCALE_WEIGHTS) - 1
    means = []
    for scale in range(len(SCALE_WEIGHTS)):
        whole, contrast = similarity_maps(seen[scale], wanted[scale], 255)
        if scale == coarsest:
            means.append(float(whole.mean()))
            continue
        coarser = wanted[scale + 1] if scale + 1 < coarsest else None
        means.append(_weighted(contrast, _information(seen[scale], wanted[scale], coarser)))
    weights = np.array(SCALE_WEIGHTS) / sum(SCALE_WEIGHTS)
    return float(np.prod(np.abs(means) ** weights))


def _bands(plane: Values) -> Iterator[Values]:
    """A Laplacian pyramid, the finest band first, and what is left last."""
    for _ in SCALE_WEIGHTS[1:]:
        coarse = _blurred(plane)[::2, ::2]
        spread = np.zeros((2 * coarse.shape[0], 2 * coarse.shape[1]))
        spread[::2, ::2] = coarse
        yield plane - _blurred(spread)[: plane.shape[0], : plane.shape[1]]
        plane = coarse
    yield plane


def _blurred(plane: Values) -> Values:
    found = cv2.sepFilter2D(
        plane, cv2.CV_64F, BINOMIAL, BINOMIAL, borderType=cv2.BORDER_REFLECT_101
    )
    return np.asarray(found, np.float64)


def _weighted(similarity: Values, information: Values) -> float:
    """The mean of a map, weighted by another whose windows are smaller."""
    margin = (SIDE - BLOCK) // 2
    inside = information[margin:-margin, margin:-margin]
    total = float(inside.sum())
    return float((similarity * inside).sum()) / total if total > 0 else np.nan


def _information(seen: Values, wanted: Values, coarser: Values | None) -> Values:
    """Bits that neighborhoods of a band share with the eye's view of them, (h - 2, w - 2)."""
    gain, rest = _distortion(seen, wanted)
    variances, multiplier = _scale_mixture(_neighborhoods(wanted, coarser))
    multiplier = multiplier.reshape(gain.shape)
    through = (rest + (1 + gain * gain) * NOISE) * multiplier
    bits = np.zeros_like(gain)
    for variance in variances:
        bits += np.log2(1 + (through * variance + NOISE * rest) / NOISE**2)
    return np.where(bits < TINY, 0, bits)


def _distortion(seen: Values, wanted: Values) -> tuple[Values, Values]:
    """The output in each window as a gain of the reference, and the variance of what is left."""
    taps = uniform(BLOCK)
    mean_a, mean_b = filter_inside(seen, taps), filter_inside(wanted, taps)
    variance_a = np.maximum(filter_inside(seen * seen, taps) - mean_a * mean_a, 0)
    variance_b = np.maximum(filter_inside(wanted * wanted, taps) - mean_b * mean_b, 0)
    covariance = filter_inside(seen * wanted, taps) - mean_a * mean_b
    slope = covariance / (variance_b + TINY)
    flat = (variance_b < TINY) | (variance_a < TINY)
    rest = np.where(flat, variance_a, variance_a - slope * covariance)
    return np.where(flat, 0, slope), np.where(variance_a < TINY, 0, rest)


def _neighborhoods(band: Values, coarser: Values | None) -> Values:
    """Each inner pixel's 3x3 values, and the coarser band's value there: (pixels, 9 or 10)."""
    blocks = np.lib.stride_tricks.sliding_window_view(band, (BLOCK, BLOCK))
    vectors = blocks.reshape(-1, BLOCK * BLOCK)
    if coarser is None:
        return vectors
    margin = BLOCK // 2
    rows, columns = (length - 2 * margin for length in band.shape)
    parents = _enlarged(coarser)[margin : margin + rows, margin : margin + columns]
    return np.column_stack([vectors, parents.ravel()])


def _enlarged(band: Values) -> Values:
    """A band at twice its size: bilinear at four times, extrapolated by one, every second."""
    height, width = band.shape
    fine = cv2.resize(band, (4 * width - 3, 4 * height - 3), interpolation=cv2.INTER_LINEAR)
    wide = np.pad(np.asarray(fine, np.float64), 1, "reflect", reflect_type="odd")
    return wide[::2, ::2]


def _scale_mixture(vectors: Values) -> tuple[Values, Values]:
    """Variances along the axes of a Gaussian scale mixture, and each vector's multiplier."""
    variances, axes = np.linalg.eigh(vectors.T @ vectors / len(vectors))
    total, positive = variances.sum(), variances > 0
    variances, axes = variances[positive], axes[:, positive]
    if not len(variances):
        return variances, np.zeros(len(vectors))
    variances = variances * (total / variances.sum())
    multiplier: Values = ((vectors @ axes) ** 2 / variances).sum(axis=1) / vectors.shape[1]
    return variances, multiplier
