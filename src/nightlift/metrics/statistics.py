"""From one score per picture to what may be said of a method."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from nightlift.errors import UsageError
from nightlift.metrics.picture import Values

DRAWS = 2**20
"""Random numbers drawn at a time."""


@dataclass(frozen=True)
class Summary:
    """Scores of `count` pictures: mean, sample standard deviation, 95 % bounds of the mean.

    Where a score is infinite or NaN, or there is only one, what cannot be said is NaN.
    """

    count: int
    mean: float
    sd: float
    low: float
    high: float


@dataclass(frozen=True)
class Difference:
    """The mean of first minus second over `count` pictures, with its 95 % bounds."""

    count: int
    mean: float
    low: float
    high: float


def summarize(scores: Sequence[float] | Values, *, seed: int = 0, n: int = 10_000) -> Summary:
    """Mean, standard deviation (n - 1) and 95 % bounds of the mean: percentile bootstrap.

    Pictures are drawn with replacement (Efron and Tibshirani 1993, ch. 13).

    Args:
        scores: One for each picture; infinite ones are allowed.
        seed: Of the draws.
        n: How many draws.

    Returns:
        The summary; NaN where a number cannot be said.

    Raises:
        UsageError: There are no scores or no draws.
    """
    values = _checked(scores)
    sd = float(np.std(values, ddof=1)) if len(values) > 1 and np.isfinite(values).all() else np.nan
    low, high = _bounds(values, seed, n)
    return Summary(len(values), _mean(values), sd, low, high)


def paired_bootstrap(
    a: Sequence[float] | Values, b: Sequence[float] | Values, seed: int = 0, n: int = 10_000
) -> Difference:
    """The mean of a - b with 95 % bounds, the same pictures drawn for both.

    Percentile bootstrap as in `summarize`. A difference is clear where 0 lies outside the bounds.

    Args:
        a: Scores; `a[i]` is of the same picture as `b[i]`.
        b: As many scores.
        seed: Of the draws.
        n: How many draws.

    Returns:
        The mean difference and its bounds.

    Raises:
        UsageError: The lengths differ, or there are no scores.
    """
    first, second = _checked(a), _checked(b)
    if len(first) != len(second):
        raise UsageError(
            f"expected two scores of every picture, got {len(first)} and {len(second)}"
        )
    # Two infinite scores are equal pictures twice: no difference that can be measured.
    with np.errstate(invalid="ignore"):
        return paired_bootstraps((first - second)[None], seed, n)[0]


def paired_bootstraps(
    differences: Values, seed: int = 0, n: int = 10_000
) -> tuple[Difference, ...]:
    """Means of differences with bounds, the same pictures drawn for all; see `paired_bootstrap`.

    Args:
        differences: (comparisons, pictures), a row for each two that are compared.
        seed: Of the draws.
        n: How many draws.

    Returns:
        The mean difference of each row, and its bounds; NaN where they cannot be said.

    Raises:
        UsageError: There are no draws.
    """
    if n < 1:
        raise UsageError(f"expected at least one resample, got {n}")
    found = np.full((2, len(differences)), np.nan)
    known = np.isfinite(differences).all(axis=1)
    count = differences.shape[1]
    if count > 1 and known.any():
        means = [drawn @ differences[known].T / count for drawn in _draws(count, seed, n)]
        found[:, known] = np.quantile(np.concatenate(means), (0.025, 0.975), axis=0)
    rows = zip(differences, found.T.tolist(), strict=True)
    return tuple(Difference(count, _mean(row), low, high) for row, (low, high) in rows)


def _draws(count: int, seed: int, n: int) -> Iterator[Values]:
    """How often each of `count` pictures is drawn, (some, count) at a time, `n` rows in all."""
    random = np.random.default_rng(seed)
    rows = max(DRAWS // count, 1)
    for done in range(0, n, rows):
        some = min(rows, n - done)
        drawn = random.integers(count, size=(some, count)) + count * np.arange(some)[:, None]
        times = np.bincount(drawn.ravel(), minlength=some * count)
        yield times.reshape(some, count).astype(np.float64)


def _checked(scores: Sequence[float] | Values) -> Values:
    values = np.asarray(scores, np.float64)
    if values.ndim != 1 or not len(values):
        raise UsageError(f"expected one score per picture, got an array of shape {values.shape}")
    return values


def _mean(values: Values) -> float:
    with np.errstate(invalid="ignore"):
        return float(values.mean())


def _bounds(values: Values, seed: int, n: int) -> tuple[float, float]:
    """The 2.5 % and 97.5 % points of `n` resampled means."""
    (found,) = paired_bootstraps(values[None], seed, n)
    return found.low, found.high
