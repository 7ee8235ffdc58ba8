"""Whether differences over the same pictures may be chance, corrected for how many there are."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from nightlift.errors import UsageError
from nightlift.metrics.picture import Values

FLIPS = 10_000
"""Random signs tried where not all can be."""

MOST_EXACT = 13
"""Up to so many pictures all signs are tried: 8,192."""


def paired_test(a: Sequence[float] | Values, b: Sequence[float] | Values, seed: int = 0) -> float:
    """The two-sided p-value of the mean of a - b, by flipping signs (Fisher's randomization test).

    Under the hypothesis that both are alike, each picture's difference might as well have the other
    sign. All signs are tried for up to 13 pictures, else 10,000 random ones of `seed`, with the
    found ones counted among them (Phipson and Smyth 2010). NaN where a difference is not finite.
    Raises UsageError where there are no scores or lengths differ.
    """
    first, second = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if first.shape != second.shape or first.ndim != 1 or not len(first):
        raise UsageError(
            f"expected two scores of every picture, got {first.shape} and {second.shape}"
        )
    with np.errstate(invalid="ignore"):
        differences = first - second
    if not np.isfinite(differences).all():
        return float("nan")
    exact = len(differences) <= MOST_EXACT
    signs = _all_signs(len(differences)) if exact else _random_signs(len(differences), seed)
    found = abs(differences.sum())
    # Sums that differ by rounding alone count as equal.
    as_large = int(np.count_nonzero(np.abs(signs @ differences) >= found - 1e-12 * max(found, 1)))
    return as_large / len(signs) if exact else (as_large + 1) / (len(signs) + 1)


@lru_cache(maxsize=8)
def _all_signs(count: int) -> Values:
    """Every row of `count` signs, (2 ** count, count)."""
    bits = np.arange(2**count)[:, None] >> np.arange(count)
    return np.asarray(1.0 - 2.0 * (bits & 1), np.float64)


@lru_cache(maxsize=4)
def _random_signs(count: int, seed: int) -> Values:
    bits = np.random.default_rng(seed).integers(0, 2, (FLIPS, count), np.int8)
    signs: Values = 1.0 - 2.0 * bits
    return signs


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """p-values corrected for being looked at together (Holm 1979), in their order; NaN stays NaN.

    A corrected value below 0.05 bounds the chance of any false finding among all of them by 5 %.
    """
    known = [place for place, p in enumerate(p_values) if p == p]
    order = sorted(known, key=lambda place: p_values[place])
    corrected = [float("nan")] * len(p_values)
    largest = 0.0
    for rank, place in enumerate(order):
        largest = max(largest, min(1.0, (len(order) - rank) * p_values[place]))
        corrected[place] = largest
    return tuple(corrected)
