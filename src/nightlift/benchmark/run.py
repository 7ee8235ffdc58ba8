"""Measuring methods on several data sets, from what was measured before where it was."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations

import numpy as np

from nightlift.benchmark.costs import Cost, costs, processor
from nightlift.benchmark.overlap import overlap, terms
from nightlift.evaluate import (
    Candidate,
    Evaluation,
    GammaFit,
    MeasuredPicture,
    Provenance,
    Row,
    ScoreCache,
    Selection,
    baselines,
    evaluate,
    file_hash,
    fit_gamma,
    key_of,
    leaks,
    provenance,
)
from nightlift.metrics import Metric, Rank, holm, paired_tests, ranks

IDENTITY = "identity"


@dataclass(frozen=True)
class Test:
    """Whether two rows differ by a metric: the p-value, and it corrected for all of a data set's.

    Holm's correction is over every pair of rows and every metric of the data set.
    """

    metric: str
    first: str
    second: str
    p: float
    corrected: float


@dataclass(frozen=True)
class Part:
    """One data set: its table, and what may be said of it.

    `ranks` are by metric and row's name, of rows without problems, the photo itself left out;
    `overlaps` tell by row's name whether it was trained on such data.
    """

    evaluation: Evaluation
    source: Provenance
    tests: tuple[Test, ...]
    ranks: Mapping[str, Mapping[str, Rank]]
    overlaps: Mapping[str, str]


@dataclass(frozen=True)
class Benchmark:
    """All data sets, and for each row's name its cost and the terms of its weights.

    Costs were measured on `processor`; there are none where they were not asked for.
    """

    parts: tuple[Part, ...]
    costs: Mapping[str, tuple[Cost, ...]]
    terms: Mapping[str, str]
    processor: str

    @property
    def complete(self) -> bool:
        """Whether every picture was measured in every row."""
        return all(part.evaluation.complete for part in self.parts)


def benchmark(
    selections: Sequence[Selection],
    rows_of: Callable[[Selection], Sequence[Candidate]],
    metrics_of: Callable[[Selection], Sequence[Metric]],
    *,
    exact: bool = False,
    seed: int = 0,
    workers: int = 1,
    with_costs: bool = True,
    kept: ScoreCache,
    progress: Callable[[MeasuredPicture], object] | None = None,
) -> Benchmark:
    """Measure the rows of each data set by its metrics.

    Args:
        selections: The pictures.
        rows_of: The methods to be measured on a data set; baselines are added.
        metrics_of: By what they are measured.
        exact: How the methods were asked to work.
        seed: Of every resampling.
        workers: Pictures at a time.
        with_costs: Whether processor time and memory are measured too.
        kept: Where scores come from and go to.
        progress: Called after each picture.

    Returns:
        A table for each data set, with costs and terms.

    Raises:
        UsageError: Rows of one name, or metrics that need a reference where there is none.
        DataError: A data set of which no picture can be measured.
    """
    parts: list[Part] = []
    candidates: dict[str, Candidate] = {}
    for selection in selections:
        fitted, notes = _prepared(selection, workers, kept)
        asked = [*baselines(fitted), *rows_of(selection)]
        candidates |= {one.name: one for one in asked}
        evaluation = evaluate(
            asked,
            selection.samples,
            metrics_of(selection),
            seed=seed,
            workers=workers,
            progress=progress,
            kept=kept,
            own_depth=True,
        )
        source = provenance(selection, exact=exact, seed=seed, notes=notes)
        parts.append(_part(evaluation, source, seed))
    spent = {one.name: costs(one, exact, kept) for one in candidates.values() if with_costs}
    rows = {row.name: row for part in parts for row in part.evaluation.rows}
    told = {name: terms(row) for name, row in rows.items()}
    return Benchmark(tuple(parts), spent, told, processor())


def _prepared(
    selection: Selection, workers: int, kept: ScoreCache
) -> tuple[GammaFit | None, tuple[str, ...]]:
    """The best constant gamma of the training pairs, and whether pictures look alike; kept."""
    training = [
        [file_hash(path) for path in (one.photo, one.target) if path is not None]
        for one in selection.training + selection.good
    ]
    measured = [file_hash(one.reference) for one in selection.samples]

    def fit() -> dict[str, float] | None:
        found = fit_gamma(selection.training, workers=workers)
        return None if found is None else asdict(found)

    found = kept.made(key_of("gamma", training), fit)
    like = kept.made(key_of("alike", training, measured), lambda: leaks(selection, workers=workers))
    fitted = None if found is None else GammaFit(**found)
    notes = () if fitted else ("the best constant gamma is left out: there are no training pairs",)
    return fitted, (*notes, like) if like else notes


def _part(evaluation: Evaluation, source: Provenance, seed: int) -> Part:
    sound = [row for row in evaluation.rows if not row.problems]
    return Part(
        evaluation,
        source,
        _tests(sound, evaluation.metrics),
        {one.name: _ranks(sound, one, seed) for one in evaluation.metrics},
        {row.name: overlap(row, source.data) for row in evaluation.rows},
    )


def _tests(rows: Sequence[Row], metrics: Sequence[Metric]) -> tuple[Test, ...]:
    """Every pair of rows by every metric, corrected together."""
    pairs = list(combinations(rows, 2))
    if not pairs:
        return ()
    names = [(metric.name, a.name, b.name) for metric in metrics for a, b in pairs]
    scores = [(a.scores[one.name], b.scores[one.name]) for one in metrics for a, b in pairs]
    first, second = np.asarray(scores, np.float64).transpose(1, 0, 2)
    with np.errstate(invalid="ignore"):
        p_values = paired_tests(first - second).tolist()
    found = zip(names, p_values, holm(p_values), strict=True)
    return tuple(Test(*name, p, corrected) for name, p, corrected in found)


def _ranks(rows: Sequence[Row], metric: Metric, seed: int) -> Mapping[str, Rank]:
    """By row's name; rows with a score that is not finite are left out, as is the photo itself."""
    ranked = {
        row.name: row.scores[metric.name]
        for row in rows
        if row.name != IDENTITY and np.isfinite(row.scores[metric.name]).all()
    }
    if not ranked:
        return {}
    found = ranks(np.array(list(ranked.values())), metric.better, seed=seed)
    return dict(zip(ranked, found, strict=True))
