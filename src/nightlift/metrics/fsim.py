"""Feature similarity: where phases agree, and how steep a picture is there."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from nightlift.metrics.picture import Values, checked_pair, luma
from nightlift.photo import Pixels

Complex: TypeAlias = npt.NDArray[np.complex128]

SHORT_SIDE = 256
"""Pixels of the short side at which a picture is compared, about."""
LEAST_SIDE = 16

SCALES, ORIENTATIONS = 4, 4
SHORTEST_WAVE = 6
BAND = 0.55
"""Deviation of a log-Gabor filter over its center frequency."""
SPREAD = math.pi / (ORIENTATIONS * 1.2)
"""Deviation of a filter's directions, in radians."""
CUTOFF, STEEPNESS = 0.45, 15
"""Of the low-pass filter that keeps the corners of the spectrum out."""
DEVIATIONS = 2.0
"""How far above the mean energy of noise a response must be."""
OVERESTIMATED = 1.7
"""How far the noise is, by Kovesi's experience with these filters."""

ALIKE_PHASES, ALIKE_SLOPES = 0.85, 160.0
"""T1 and T2 of the paper, for values of 0 to 255."""
SCHARR = np.array([[3, 0, -3], [10, 0, -10], [3, 0, -3]]) / 16
TINY = 1e-12


def fsim(output: Pixels, reference: Pixels, *, data_range: float) -> float:
    """How alike the features of two pictures are; 1 where equal, higher is better.

    FSIM of Zhang, Zhang, Mou and Zhang 2011 on BT.601 luma: phase congruency (Kovesi 1999, four
    scales and four orientations of log-Gabor filters) and Scharr gradients, pooled by the larger
    congruency. Pictures are (H, W, 3), at least 16x16; blocks are averaged first, so that the
    short side is about 256 pixels. NaN where neither picture has a feature. Raises UsageError for
    pictures that `checked_pair` refuses.
    """
    pair = checked_pair(output, reference, data_range, LEAST_SIDE)
    planes = [_shrunk(luma(picture) * (255 / data_range)) for picture in pair]
    filters = _filters(*planes[0].shape)
    phases = [_congruency(plane, filters) for plane in planes]
    slopes = [_slopes(plane) for plane in planes]
    weight = np.maximum(*phases)
    alike = _alike(phases, ALIKE_PHASES) * _alike(slopes, ALIKE_SLOPES)
    total = float(weight.sum())
    return float((alike * weight).sum()) / total if total > 0 else math.nan


def _shrunk(plane: Values) -> Values:
    """Means of square blocks; what is left at the right and at the bottom is dropped."""
    side = max(1, round(min(plane.shape) / SHORT_SIDE))
    rows, columns = (length // side for length in plane.shape)
    blocks = plane[: rows * side, : columns * side].reshape(rows, side, columns, side)
    means: Values = blocks.mean(axis=(1, 3))
    return means


def _alike(pair: Sequence[Values], constant: float) -> Values:
    first, second = pair
    found: Values = (2 * first * second + constant) / (first**2 + second**2 + constant)
    return found


def _slopes(plane: Values) -> Values:
    across, down = (
        cv2.filter2D(plane, cv2.CV_64F, kernel, borderType=cv2.BORDER_CONSTANT)
        for kernel in (SCHARR, SCHARR.T)
    )
    return np.hypot(across, down)


def _filters(rows: int, columns: int) -> Values:
    """Log-Gabor filters (orientations, scales, rows, columns), frequency 0 in the corner."""
    down, across = np.meshgrid(_frequencies(rows), _frequencies(columns), indexing="ij")
    radius = np.hypot(down, across)
    angle = np.arctan2(-down, across)
    low_pass = 1 / (1 + (radius / CUTOFF) ** (2 * STEEPNESS))
    logarithm = np.log(np.where(radius > 0, radius, 1))
    waves = [SHORTEST_WAVE * 2**scale for scale in range(SCALES)]
    bands = [
        np.exp(-((logarithm + math.log(wave)) ** 2) / (2 * math.log(BAND) ** 2)) for wave in waves
    ]
    radial = np.where(radius > 0, low_pass * np.stack(bands), 0)
    turned = [angle - orientation * math.pi / ORIENTATIONS for orientation in range(ORIENTATIONS)]
    apart = [np.abs(np.arctan2(np.sin(one), np.cos(one))) for one in turned]
    directions = np.exp(-(np.stack(apart) ** 2) / (2 * SPREAD**2))
    filters: Values = np.fft.ifftshift(directions[:, None] * radial[None], axes=(-2, -1))
    return filters


def _frequencies(length: int) -> Values:
    """From -1/2 to 1/2, 0 in the middle; to 1/2 itself where the length is odd."""
    return (np.arange(length) - length // 2) / (length - length % 2)


def _congruency(plane: Values, filters: Values) -> Values:
    """Phase congruency: energy above that of noise, over the sum of amplitudes."""
    spectrum = np.fft.fft2(plane)
    energy, amplitudes = np.zeros_like(plane), np.zeros_like(plane)
    for bank in filters:
        responses = np.fft.ifft2(spectrum * bank)
        sizes = np.abs(responses)
        noise = _noise(float(np.median(sizes[0] ** 2)), bank)
        energy += np.maximum(_energy(responses) - noise, 0)
        amplitudes += sizes.sum(axis=0)
    return np.divide(energy, amplitudes, out=np.zeros_like(energy), where=amplitudes > TINY)


def _energy(responses: Complex) -> Values:
    """Responses along their mean phase, less what lies across it."""
    whole = responses.sum(axis=0)
    mean = whole / np.maximum(np.abs(whole), TINY)
    along = responses * mean.conj()
    energy: Values = (along.real - np.abs(along.imag)).sum(axis=0)
    return energy


def _noise(median: float, bank: Values) -> float:
    """The energy that noise alone stays below, from the finest scale's median squared response.

    Squared responses to noise are exponentially distributed. Energies of all scales add up before
    squaring, in the even part of their filters (Parseval's theorem).
    """
    power = median / math.log(2) / float((bank[0] ** 2).sum())
    summed = bank.sum(axis=0)
    flipped = np.roll(summed[::-1, ::-1], (1, 1), axis=(0, 1))
    rayleigh = math.sqrt(power * float((((summed + flipped) / 2) ** 2).sum()))
    mean, deviation = math.sqrt(math.pi / 2), math.sqrt(2 - math.pi / 2)
    return rayleigh * (mean + DEVIATIONS * deviation) / OVERESTIMATED
