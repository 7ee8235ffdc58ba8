"""The table: one row a candidate, and what may be said of the differences between rows."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from nightlift.evaluate.candidate import Candidate, Role
from nightlift.metrics import Difference, Metric, Summary, paired_bootstraps, summarize


@dataclass(frozen=True)
class Pictured:
    """A picture that was measured: its sample's id, and its size in pixels."""

    id: str
    width: int
    height: int


@dataclass(frozen=True)
class Row:
    """What was measured of one candidate.

    `scores` holds for each metric's name one score a picture, in the order of the evaluation's
    pictures; `summaries` what may be said of them. A row with `problems`, one sentence for each
    picture it failed on, has NaN there and no summaries: rows are compared on the same pictures
    or not at all.
    """

    name: str
    title: str
    role: Role
    about: Mapping[str, Any]
    scores: Mapping[str, tuple[float, ...]]
    summaries: Mapping[str, Summary]
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class PairedComparison:
    """The mean of `first` minus `second` (names of rows) by one metric, with its 95 % bounds.

    `against_baseline` where `second` is the best of the rows that are always there, chosen by the
    mean of this metric.
    """

    metric: str
    first: str
    second: str
    against_baseline: bool
    difference: Difference


@dataclass(frozen=True)
class Evaluation:
    """Everything that was measured.

    `left_out` holds a sentence, beginning with its path, for each picture that could not be
    measured: it is missing from every row. `seed` is that of the bootstrap.
    """

    metrics: tuple[Metric, ...]
    pictures: tuple[Pictured, ...]
    rows: tuple[Row, ...]
    comparisons: tuple[PairedComparison, ...]
    left_out: tuple[str, ...]
    seed: int

    @property
    def complete(self) -> bool:
        """Whether every picture was measured in every row."""
        return not self.left_out and not any(row.problems for row in self.rows)

    def row(self, name: str) -> Row:
        """The row of a name.

        Args:
            name: As the candidate was called.

        Returns:
            The row.

        Raises:
            KeyError: There is none.
        """
        for row in self.rows:
            if row.name == name:
                return row
        raise KeyError(name)

    def best_baseline(self, metric: str) -> str | None:
        """The baseline of the best mean by a metric.

        Args:
            metric: Its name.

        Returns:
            The row's name; None without baselines.
        """
        known = next(one for one in self.metrics if one.name == metric)
        return _best_baseline(self.rows, known)


def row(
    candidate: Candidate,
    metrics: Sequence[Metric],
    marks: Sequence[tuple[float, ...] | str],
    seed: int,
) -> Row:
    """The row of a candidate; `marks` holds for each picture its scores, or what went wrong."""
    problems = tuple(mark for mark in marks if isinstance(mark, str))
    scores = {
        metric.name: tuple(math.nan if isinstance(mark, str) else mark[place] for mark in marks)
        for place, metric in enumerate(metrics)
    }
    summaries = {} if problems else {n: summarize(s, seed=seed) for n, s in scores.items()}
    return Row(
        candidate.name,
        candidate.title,
        candidate.role,
        candidate.about,
        scores,
        summaries,
        problems,
    )


def compared(
    rows: Sequence[Row], metrics: Sequence[Metric], seed: int
) -> Iterator[PairedComparison]:
    """Each method against the best baseline row, then all pairs of methods, metric by metric."""
    sound = {row.name: row for row in rows if not row.problems}
    methods = [row for row in sound.values() if row.role == "method"]
    for metric in metrics:
        best = _best_baseline(rows, metric)
        pairs = [(one, sound[best], True) for one in methods] if best is not None else []
        pairs += [(one, other, False) for one, other in combinations(methods, 2)]
        if not pairs:
            continue
        scores = [[one.scores[metric.name] for one in pair[:2]] for pair in pairs]
        firsts, seconds = np.asarray(scores, np.float64).transpose(1, 0, 2)
        # Two infinite scores are equal pictures twice: no difference that can be measured.
        with np.errstate(invalid="ignore"):
            found = paired_bootstraps(firsts - seconds, seed)
        for (first, second, against_baseline), difference in zip(pairs, found, strict=True):
            yield PairedComparison(
                metric.name, first.name, second.name, against_baseline, difference
            )


def _best_baseline(rows: Sequence[Row], metric: Metric) -> str | None:
    """By the mean; the first of equals."""
    means = {
        row.name: row.summaries[metric.name].mean
        for row in rows
        if row.role == "baseline" and not row.problems
    }
    known = {name: mean for name, mean in means.items() if not np.isnan(mean)}
    if not known:
        return None
    choose = max if metric.better == "higher" else min
    return choose(known, key=lambda name: known[name])
