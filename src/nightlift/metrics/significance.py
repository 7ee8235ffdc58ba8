"""Whether differences over the same pictures may be chance, corrected for how many there are."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import numpy as np

from nightlift.errors import UsageError
from nightlift.metrics.picture import Values

MOST_TRIED = 13
"""Up to so many pictures all signs are tried, 8,192; of more they are counted."""

CELLS = 4096
"""Counted are differences that are rounded to their sum over twice this."""


def paired_test(a: Sequence[float] | Values, b: Sequence[float] | Values) -> float:
    """The two-sided p-value of the mean of a - b; see `paired_tests`.

    Raises UsageError where there are no scores or lengths differ.
    """
    first, second = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if first.shape != second.shape or first.ndim != 1 or not len(first):
        raise UsageError(
            f"expected two scores of every picture, got {first.shape} and {second.shape}"
        )
    with np.errstate(invalid="ignore"):
        return float(paired_tests((first - second)[None])[0])


def paired_tests(differences: Values) -> Values:
    """The two-sided p-value of each mean, by flipping signs (Fisher's randomization test).

    Under the hypothesis that both of a pair are alike, each picture's difference might as well have
    the other sign. All signs count, whatever the number of pictures: nothing is drawn, and a
    p-value is as small as the pictures allow, 2 ** (1 - pictures).

    Args:
        differences: (comparisons, pictures).

    Returns:
        (comparisons,), NaN where a difference is not finite.
    """
    finite = np.isfinite(differences).all(axis=1)
    found: Values = np.full(len(differences), np.nan)
    if differences.shape[1] <= MOST_TRIED:
        found[finite] = _tried(differences[finite])
    else:
        found[finite] = [_counted(one) for one in differences[finite]]
    return found


def _tried(differences: Values) -> Values:
    """p-values by trying every sign."""
    count = differences.shape[1]
    bits = np.arange(2**count)[:, None] >> np.arange(count)
    signs = 1.0 - 2.0 * (bits & 1)
    # Sums that differ by rounding alone count as equal.
    rounding = 1e-12 * np.maximum(np.abs(differences).sum(axis=1), 1e-300)
    least = np.abs(differences.sum(axis=1)) - rounding
    shares: Values = (np.abs(signs @ differences.T) >= least).mean(axis=0)
    return shares


def _counted(differences: Values) -> float:
    """The p-value of rounded differences, exactly: rounding keeps signs apart alike.

    With sizes s, a sum is as far from 0 as the found one where the sizes of one sign add up to at
    most what the lighter sign's do here: how many subsets do is counted size by size.
    """
    total = float(np.abs(differences).sum())
    if total == 0:
        return 1.0
    steps = np.rint(differences * (2 * CELLS / total)).astype(np.int64)
    lighter = int(min(steps[steps > 0].sum(), -steps[steps < 0].sum()))
    shares = np.zeros(lighter + 1)
    shares[0] = 1
    for size in np.abs(steps[steps != 0]):
        shares /= 2
        shares[size:] += shares[: max(len(shares) - size, 0)]
    return float(np.clip(2 * shares.sum(), sys.float_info.min, 1))


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
