"""The best constant gamma of a set of pairs, exactly: from histograms, at native size."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from nightlift.data import Bytes, Sample, each, picture
from nightlift.metrics import Values
from nightlift.photo import from_floats

MOST_PAIRS = 500
"""Pairs looked at, evenly spread."""

COARSE = np.round(np.arange(5, 401) * 0.01, 2)
"""Gammas tried first: 0.05 to 4."""

FINE = np.arange(-9, 10) * 0.001
"""Steps tried around the best of them."""

ROUNDING = 1 / 12
"""Mean squared error of rounding; a smaller one counts as this, so that no pair is infinite."""

CHUNK = 2**22


@dataclass(frozen=True)
class GammaFit:
    """The gamma of the highest mean PSNR over `pairs` pairs, and that mean in dB."""

    gamma: float
    pairs: int
    psnr: float
    skipped: int = 0


@dataclass(frozen=True)
class PairCounts:
    """All that a tone curve's error depends on: for each level its count and its targets' sum."""

    counts: Values
    sums: Values
    squares: float


def gamma_table(gamma: float) -> Bytes:
    """A gamma as a table of 8-bit values, rounded to the nearest, halves up.

    Args:
        gamma: The exponent.

    Returns:
        (256,) uint8: 255 (i / 255) ** gamma.
    """
    return from_floats((np.arange(256) / 255) ** gamma, np.dtype(np.uint8))


def fit_gamma(
    samples: Sequence[Sample],
    *,
    workers: int = 1,
    progress: Callable[[], object] | None = None,
) -> GammaFit | None:
    """The best constant gamma of some pairs, to 0.001, by the mean PSNR of 8-bit results.

    Args:
        samples: Those with a target count; of more than 500 every n-th is taken.
        workers: Threads.
        progress: Called after each pair.

    Returns:
        The gamma and how many pairs were skipped, for they cannot be read or have two sizes; None
        where none can be used.
    """
    pairs = chosen_pairs(samples)
    found = []
    for counts in each(_counts, pairs, workers):
        found.append(counts)
        if progress is not None:
            progress()
    known = [counts for counts in found if counts is not None]
    if not known:
        return None
    coarse = float(COARSE[int(np.argmax(mean_psnr(known, COARSE)))])
    near = np.round(coarse + FINE, 3)
    scores = mean_psnr(known, near)
    best = int(np.argmax(scores))
    return GammaFit(float(near[best]), len(known), float(scores[best]), len(found) - len(known))


def chosen_pairs(samples: Sequence[Sample]) -> list[Sample]:
    """At most 500 of the samples that have a target, evenly spread.

    Args:
        samples: With targets or without.

    Returns:
        The pairs, in their order.
    """
    pairs = [sample for sample in samples if sample.target is not None]
    return pairs[:: max(1, -(-len(pairs) // MOST_PAIRS))]


def _counts(sample: Sample) -> PairCounts | None:
    if sample.target is None:
        return None
    try:
        source, target = picture(sample.photo), picture(sample.target)
    except Exception:
        return None
    return pair_counts(source, target) if source.shape == target.shape else None


def pair_counts(source: Bytes, target: Bytes) -> PairCounts:
    """The counts of one pair of pictures of one shape."""
    levels, values = source.ravel(), target.ravel()
    joint = np.zeros(256 * 256, np.int64)
    for start in range(0, levels.size, CHUNK):
        part = slice(start, start + CHUNK)
        places = levels[part].astype(np.uint16) * np.uint16(256) + values[part]
        joint += np.bincount(places, minlength=256 * 256)
    table = joint.reshape(256, 256).astype(np.float64)
    level = np.arange(256.0)
    return PairCounts(table.sum(axis=1), table @ level, float((table @ level**2).sum()))


def mean_psnr(pairs: Sequence[PairCounts], gammas: Values) -> Values:
    """The mean PSNR in dB over the pairs, for each gamma."""
    tables = np.stack([gamma_table(float(gamma)) for gamma in gammas]).astype(np.float64)
    counts = np.stack([pair.counts for pair in pairs])
    sums = np.stack([pair.sums for pair in pairs])
    squares = np.array([[pair.squares] for pair in pairs])
    errors = counts @ (tables**2).T - 2 * (sums @ tables.T) + squares
    errors /= counts.sum(axis=1, keepdims=True)
    decibels: Values = 10 * np.log10(255**2 / np.maximum(errors, ROUNDING))
    return np.asarray(decibels.mean(axis=0))
