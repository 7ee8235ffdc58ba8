"""Ranks of methods by their means, and how far they hold when the pictures are drawn again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from nightlift.errors import UsageError
from nightlift.metrics.picture import Values

DRAWS = 2_000


@dataclass(frozen=True)
class Rank:
    """A row's place by its mean, 1 the best, ties sharing the mean of theirs.

    `low` and `high` hold 95 % of its places over resampled pictures; `first` is the share of the
    resamples in which none is better.
    """

    place: float
    low: float
    high: float
    first: float


def ranks(
    scores: Values, better: Literal["higher", "lower"], *, seed: int = 0, n: int = DRAWS
) -> tuple[Rank, ...]:
    """The rank of each row, and how sure it is: the same pictures are drawn for all.

    Args:
        scores: (rows, pictures), finite.
        better: Which scores are better.
        seed: Of the draws.
        n: How many draws.

    Returns:
        For each row its rank from 1, 95 % bounds, and how often it was first.

    Raises:
        UsageError: A score is not finite, or there are none.
    """
    values = np.asarray(scores, np.float64)
    if values.ndim != 2 or not values.size or not np.isfinite(values).all():
        raise UsageError("expected finite scores of every row on every picture")
    signed = -values if better == "higher" else values
    drawn = np.random.default_rng(seed).integers(values.shape[1], size=(n, values.shape[1]))
    weights = np.apply_along_axis(np.bincount, 1, drawn, minlength=values.shape[1])
    resampled = _places(weights @ signed.T)
    own = _places(signed.sum(axis=1)[None])[0]
    low, high = np.quantile(resampled, (0.025, 0.975), axis=0)
    first = (resampled == resampled.min(axis=1, keepdims=True)).mean(axis=0)
    columns = zip(own, low, high, first, strict=True)
    return tuple(Rank(*map(float, column)) for column in columns)


def _places(sums: Values) -> Values:
    """Places along the rows of (n, rows), the least first; equal ones share a mean place."""
    below = (sums[:, None, :] < sums[:, :, None]).sum(axis=2)
    equal = (sums[:, None, :] == sums[:, :, None]).sum(axis=2)
    places: Values = below + (equal + 1) / 2
    return places
