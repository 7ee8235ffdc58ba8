"""Measuring: one picture at a time in all rows, several pictures at a time."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from nightlift.data.pictures import Bytes, picture
from nightlift.data.sample import Sample
from nightlift.data.workers import each
from nightlift.errors import DataError, UsageError, sentence
from nightlift.evaluate.candidate import Candidate, check_names
from nightlift.evaluate.table import Evaluation, Pictured, compared, row
from nightlift.metrics.metric import Metric

Mark = tuple[float, ...] | str
"""The scores of one row on one picture, or the sentence that says what went wrong."""


@dataclass(frozen=True)
class Measured:
    """One picture in all rows; `problem` where it could not be measured in any."""

    sample: Sample
    width: int = 0
    height: int = 0
    marks: tuple[Mark, ...] = ()
    problem: str | None = None


def evaluate(
    candidates: Sequence[Candidate],
    samples: Sequence[Sample],
    metrics: Sequence[Metric],
    *,
    seed: int = 0,
    workers: int | None = None,
    progress: Callable[[Measured], object] | None = None,
) -> Evaluation:
    """Measure every candidate on every sample.

    Pictures are 8-bit upright sRGB at their own size; a result of another size is a problem of
    its row. `progress` is called after each picture, from this thread. Raises UsageError where
    two rows have one name or a metric needs a reference that a sample has not, and DataError
    where no picture can be measured.
    """
    check_names(candidates)
    _check(candidates, samples, metrics)
    work = partial(_measured, candidates=candidates, metrics=metrics)
    known: list[Measured] = []
    left_out: list[str] = []
    for measured in each(work, samples, workers or os.cpu_count() or 1):
        if measured.problem is None:
            known.append(measured)
        else:
            left_out.append(measured.problem)
        if progress is not None:
            progress(measured)
    if not known:
        raise DataError(f"none of {len(samples)} pictures could be measured; {left_out[0]}")
    rows = tuple(
        row(candidate, metrics, [measured.marks[place] for measured in known], seed)
        for place, candidate in enumerate(candidates)
    )
    pictures = tuple(Pictured(one.sample.id, one.width, one.height) for one in known)
    comparisons = tuple(compared(rows, metrics, seed))
    return Evaluation(tuple(metrics), pictures, rows, comparisons, tuple(left_out), seed)


def _check(
    candidates: Sequence[Candidate], samples: Sequence[Sample], metrics: Sequence[Metric]
) -> None:
    if not (candidates and samples and metrics):
        raise UsageError(
            "expected at least one row, one picture and one metric, got "
            f"{len(candidates)}, {len(samples)} and {len(metrics)}"
        )
    lonely = next((sample for sample in samples if sample.target is None), None)
    paired = [metric.name for metric in metrics if metric.reference]
    if lonely is not None and paired:
        raise UsageError(
            f"{', '.join(paired)} compare with a reference picture, and {lonely.id} has none; "
            "use metrics that need none, such as loe"
        )


def _measured(
    sample: Sample, *, candidates: Sequence[Candidate], metrics: Sequence[Metric]
) -> Measured:
    try:
        source, target = _pictures(sample)
    except Exception as error:
        return Measured(sample, problem=_beginning_with(sample, error))
    marks = tuple(_mark(candidate, sample, source, target, metrics) for candidate in candidates)
    height, width = source.shape[:2]
    first = marks[0]
    # What goes wrong alike in every row lies with the picture, not with the rows.
    if isinstance(first, str) and len(marks) > 1 and len(set(marks)) == 1:
        return Measured(sample, width, height, problem=first)
    return Measured(sample, width, height, marks)


def _pictures(sample: Sample) -> tuple[Bytes, Bytes | None]:
    source = picture(sample.photo)
    if sample.target is None:
        return source, None
    target = picture(sample.target)
    if source.shape != target.shape:
        raise DataError(
            f"{sample.photo}: is {_size(source)}, but its reference {sample.target} is "
            f"{_size(target)}; a pair must have one size"
        )
    return source, target


def _mark(
    candidate: Candidate,
    sample: Sample,
    source: Bytes,
    target: Bytes | None,
    metrics: Sequence[Metric],
) -> Mark:
    try:
        output = candidate.render(sample, source)
        if output.shape != source.shape or output.dtype != np.uint8:
            raise DataError(
                f"expected a result of {_size(source)} and 8 bits, got {_size(output)} and "
                f"{8 * output.itemsize} bits; results are measured at the photo's own size"
            )
        others = {"reference": target, "source": source, "nothing": None}
        return tuple(metric.measure(output, others[metric.against]) for metric in metrics)
    except Exception as error:
        return _beginning_with(sample, error)


def _size(pixels: Bytes) -> str:
    return f"{pixels.shape[1]}x{pixels.shape[0]} pixels"


def _beginning_with(sample: Sample, error: Exception) -> str:
    """The error in one line that begins with the path of what it is about."""
    text = sentence(error) + ("; try fewer jobs" if isinstance(error, MemoryError) else "")
    paths = [str(path) for path in (sample.photo, sample.target) if path is not None]
    return text if text.startswith(tuple(paths)) else f"{sample.photo}: {text}"
