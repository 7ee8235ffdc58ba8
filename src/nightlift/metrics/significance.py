"""Whether differences over the same pictures may be chance, corrected for how many there are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from nightlift.errors import UsageError
from nightlift.metrics.picture import Values

FLIPS = 100_000
"""Random signs tried where not all can be: what is left after a correction for a thousand
comparisons is still below 0.05."""

AT_ONCE = 2_000
"""Of these, tried at a time."""

MOST_EXACT = 13
"""Up to so many pictures all signs are tried: 8,192."""


def paired_test(a: Sequence[float] | Values, b: Sequence[float] | Values, seed: int = 0) -> float:
    """The two-sided p-value of the mean of a - b; see `paired_tests`.

    Raises UsageError where there are no scores or lengths differ.
    """
    first, second = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if first.shape != second.shape or first.ndim != 1 or not len(first):
        raise UsageError(
            f"expected two scores of every picture, got {first.shape} and {second.shape}"
        )
    with np.errstate(invalid="ignore"):
        return float(paired_tests((first - second)[None], seed)[0])


def paired_tests(differences: Values, seed: int = 0) -> Values:
    """The two-sided p-value of each mean, by flipping signs (Fisher's randomization test).

    Under the hypothesis that both of a pair are alike, each picture's difference might as well have
    the other sign. All signs are tried for up to 13 pictures, else 100,000 random ones of `seed`,
    with the found ones counted among them (Phipson and Smyth 2010).

    Args:
        differences: (comparisons, pictures).
        seed: Of the random signs, the same for all comparisons.

    Returns:
        (comparisons,), NaN where a difference is not finite.
    """
    finite = np.isfinite(differences).all(axis=1)
    known = differences[finite].T
    exact = len(known) <= MOST_EXACT
    found = np.abs(known.sum(axis=0))
    # Sums that differ by rounding alone count as equal.
    least = found - 1e-12 * np.maximum(np.abs(known).sum(axis=0), 1e-300)
    tried, as_large = 0, np.zeros(known.shape[1])
    for signs in [_all_signs(len(known))] if exact else _random_signs(len(known), seed):
        as_large += np.count_nonzero(np.abs(signs @ known) >= least, axis=0)
        tried += len(signs)
    p_values: Values = np.full(len(differences), np.nan)
    p_values[finite] = as_large / tried if exact else (as_large + 1) / (tried + 1)
    return p_values


def _all_signs(count: int) -> Values:
    """Every row of `count` signs, (2 ** count, count)."""
    bits = np.arange(2**count)[:, None] >> np.arange(count)
    return np.asarray(1.0 - 2.0 * (bits & 1), np.float64)


def _random_signs(count: int, seed: int) -> Iterator[Values]:
    """Random signs, (some, count) at a time."""
    rng = np.random.default_rng(seed)
    for _ in range(FLIPS // AT_ONCE):
        yield 1.0 - 2.0 * rng.integers(0, 2, (AT_ONCE, count), np.int8)


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """p-values corrected for being looked at together (Holm 1979).

    A corrected value below 0.05 bounds the chance of any false finding among all of them by 5 %.

    Args:
        p_values: 0 to 1, or NaN.

    Returns:
        The corrected values in the same order, at most 1; NaN stays NaN.
    """
    known = [place for place, p in enumerate(p_values) if p == p]
    order = sorted(known, key=lambda place: p_values[place])
    corrected = [float("nan")] * len(p_values)
    largest = 0.0
    for rank, place in enumerate(order):
        largest = max(largest, min(1.0, (len(order) - rank) * p_values[place]))
        corrected[place] = largest
    return tuple(corrected)
