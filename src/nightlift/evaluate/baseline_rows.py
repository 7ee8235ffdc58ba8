"""The rows that are always there: what a single number a photo, or none, already achieves."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from nightlift.data import Bytes, Sample, to_bytes
from nightlift.evaluate.candidate import Candidate
from nightlift.evaluate.gamma_fit import GammaFit, gamma_table
from nightlift.metrics import Values

GAMMA = 0.4
"""The constant gamma that is nobody's choice in particular."""

MEAN = 0.4
"""The mean of all values in [0, 1] that two of the rows aim at: a usual well-lit photo's."""

STEEPEST = 32.0
"""Gammas from 1/32 to 32 are looked at."""


def baselines(fitted: GammaFit | None = None) -> tuple[Candidate, ...]:
    """Rows that need no method: identity, gammas and gains.

    Args:
        fitted: The best constant gamma of training pairs; None: without its row.

    Returns:
        Identity, gamma 0.4, the fitted gamma, gamma and gain to a mean of 0.4.
    """
    rows = [
        Candidate(
            "identity",
            "identity (the photo itself)",
            "baseline",
            lambda _, source: source,
            identity="identity",
        ),
        _by_table("gamma-0.4", f"gamma {GAMMA:g}", lambda _: gamma_table(GAMMA)),
    ]
    if fitted is not None:
        rows.append(_best_constant_gamma(fitted))
    rows += [
        _by_table("gamma-to-mean-0.4", f"gamma to a mean of {MEAN:g}", gamma_to_mean),
        _by_table("gain-to-mean-0.4", f"gain to a mean of {MEAN:g}, clipped", gain_to_mean),
    ]
    return tuple(rows)


def _best_constant_gamma(fitted: GammaFit) -> Candidate:
    table = gamma_table(fitted.gamma)
    return Candidate(
        "best-constant-gamma",
        f"best constant gamma ({fitted.gamma:.3f}, fitted on {fitted.pairs} training pairs)",
        "baseline",
        lambda _, source: _looked_up(to_bytes(source), table),
        {"gamma": fitted.gamma, "training_pairs": fitted.pairs, "training_psnr": fitted.psnr},
        identity="best-constant-gamma",
    )


def _by_table(name: str, title: str, table: Callable[[Bytes], Bytes]) -> Candidate:
    def render(sample: Sample, source: Bytes) -> Bytes:
        coarse = to_bytes(source)
        return _looked_up(coarse, table(coarse))

    return Candidate(name, title, "baseline", render, identity=name)


def gamma_to_mean(source: Bytes) -> Bytes:
    """256 entries of x ** g, with g such that the mean over all values, unrounded, is 0.4.

    Where no g from 1/32 to 32 reaches it (a picture of black and white alone), the nearest.
    """
    shares = _shares(source)
    x = np.arange(256) / 255
    low, high = -math.log(STEEPEST), math.log(STEEPEST)
    for _ in range(60):
        middle = (low + high) / 2
        if float(shares @ x ** math.exp(middle)) > MEAN:
            low = middle
        else:
            high = middle
    return gamma_table(math.exp((low + high) / 2))


def gain_to_mean(source: Bytes) -> Bytes:
    """256 entries of min(x * gain, 1), with the gain that brings the mean to 0.4 before clipping.

    A black picture stays black.
    """
    mean = float(_shares(source) @ np.arange(256)) / 255
    values = np.arange(256) * (MEAN / mean if mean > 0 else 1.0)
    table: Bytes = np.floor(np.minimum(values, 255) + 0.5).astype(np.uint8)
    return table


def _shares(source: Bytes) -> Values:
    """How many of all values have each of the 256 levels, as shares of 1."""
    import cv2

    planes = [cv2.calcHist([source], [channel], None, [256], [0, 256]) for channel in range(3)]
    counts = np.sum(planes, axis=0, dtype=np.float64).ravel()
    shares: Values = counts / counts.sum()
    return shares


def _looked_up(source: Bytes, table: Bytes) -> Bytes:
    import cv2

    return np.asarray(cv2.LUT(source, table), np.uint8)
