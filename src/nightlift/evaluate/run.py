"""Measuring: one picture at a time in all rows, several pictures at a time."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from nightlift.adjust import to_floats
from nightlift.data import Sample, deep, each, picture, reference
from nightlift.errors import DataError, UsageError, sentence
from nightlift.evaluate.candidate import Candidate, check_names
from nightlift.evaluate.score_cache import ScoreCache, key_of_mark, names_of
from nightlift.evaluate.table import Evaluation, Pictured, compared, row
from nightlift.metrics import METRICS, Metric, Values
from nightlift.photo import Pixels, is_light

Mark = tuple[float, ...] | str
"""The scores of one row on one picture, or the sentence that says what went wrong."""


@dataclass(frozen=True)
class MeasuredPicture:
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
    progress: Callable[[MeasuredPicture], object] | None = None,
    kept: ScoreCache | None = None,
    own_depth: bool = False,
) -> Evaluation:
    """Measure every candidate on every sample.

    Pictures are 8-bit upright sRGB at their own size; a result of another size is a problem of its
    row.

    Args:
        candidates: The rows.
        samples: The pictures.
        metrics: What is measured.
        seed: Of the bootstrap.
        workers: Threads, each with one picture; None: one for each core.
        progress: Called after each picture, from this thread.
        kept: Where scores come from and go to; None: all are measured.
        own_depth: Whether pairs of which a picture has more than 8 bits are measured unrounded.

    Returns:
        The table.

    Raises:
        UsageError: Two rows have one name, or a metric needs a reference that a sample has not.
        DataError: No picture can be measured.
    """
    check_names(candidates)
    _check(candidates, samples, metrics)
    work = partial(
        _measured, candidates=candidates, metrics=metrics, kept=kept, own_depth=own_depth
    )
    known: list[MeasuredPicture] = []
    left_out: list[str] = []
    for measured in each(work, samples, workers or os.cpu_count() or 1):
        if measured.problem is None:
            known.append(measured)
            if kept is not None:
                _keep(kept, candidates, metrics, measured, own_depth)
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


def _keep(
    kept: ScoreCache,
    candidates: Sequence[Candidate],
    metrics: Sequence[Metric],
    measured: MeasuredPicture,
    own_depth: bool,
) -> None:
    """Put the scores of one picture where they are kept, and its size."""
    names = names_of(metrics)
    for candidate, mark in zip(candidates, measured.marks, strict=True):
        if candidate.identity is not None and not isinstance(mark, str):
            key = key_of_mark(candidate, measured.sample, own_depth)
            size = {"width": measured.width, "height": measured.height}
            kept.put(key, {**size, **dict(zip(names, mark, strict=True))})


def _known(
    kept: ScoreCache | None,
    candidates: Sequence[Candidate],
    metrics: Sequence[Metric],
    sample: Sample,
    own_depth: bool,
) -> list[Mapping[str, Any]]:
    """What is kept of each row on one picture."""
    if kept is None:
        return [{} for _ in candidates]
    return [
        {} if one.identity is None else kept.get(key_of_mark(one, sample, own_depth))
        for one in candidates
    ]


def _measured(
    sample: Sample,
    *,
    candidates: Sequence[Candidate],
    metrics: Sequence[Metric],
    kept: ScoreCache | None,
    own_depth: bool,
) -> MeasuredPicture:
    names = names_of(metrics)
    try:
        known = _known(kept, candidates, metrics, sample, own_depth)
        if all(name in one for one in known for name in names):
            read = tuple(tuple(float(one[name]) for name in names) for one in known)
            return MeasuredPicture(sample, known[0]["width"], known[0]["height"], read)
        source, target = _pictures(sample, own_depth)
    except Exception as error:
        return MeasuredPicture(sample, problem=_beginning_with(sample, error))
    found: list[Mark] = []
    for candidate, one in zip(candidates, known, strict=True):
        wanted = [metric for metric, name in zip(metrics, names, strict=True) if name not in one]
        mark = _mark(candidate, sample, source, target, wanted) if wanted else ()
        if not isinstance(mark, str):
            new = dict(zip(names_of(wanted), mark, strict=True))
            mark = tuple(float(new.get(name, one.get(name, math.nan))) for name in names)
        found.append(mark)
    marks = tuple(found)
    height, width = source.shape[:2]
    first = marks[0]
    # What goes wrong alike in every row lies with the picture, not with the rows.
    if isinstance(first, str) and len(marks) > 1 and len(set(marks)) == 1:
        return MeasuredPicture(sample, width, height, problem=first)
    return MeasuredPicture(sample, width, height, marks)


def _pictures(sample: Sample, own_depth: bool) -> tuple[Pixels, Pixels | None]:
    source = deep(sample.photo) if own_depth else picture(sample.photo)
    if sample.target is None:
        return source, None
    if not own_depth and is_light(sample.target):
        raise DataError(f"{sample.target}: holds light, which `nightlift benchmark` measures")
    target = reference(sample.target) if own_depth else picture(sample.target)
    if source.shape != target.shape:
        raise DataError(
            f"{sample.photo}: is {_size(source)}, but its reference {sample.target} is "
            f"{_size(target)}; a pair must have one size"
        )
    return source, target


def _mark(
    candidate: Candidate,
    sample: Sample,
    source: Pixels,
    target: Pixels | None,
    metrics: Sequence[Metric],
) -> Mark:
    try:
        output = candidate.render(sample, source)
        rounded = all(one is None or one.dtype == np.uint8 for one in (source, target))
        if output.shape != source.shape or (rounded and output.dtype != np.uint8):
            raise DataError(
                f"expected a result of {_size(source)} and {8 * source.itemsize} bits, got "
                f"{_size(output)} and {8 * output.itemsize} bits; results are measured at the "
                "photo's own size"
            )
        others = {"reference": target, "source": source, "nothing": None}
        measure = _rounded if rounded else _unrounded
        return tuple(_score(measure, one, output, others[one.against]) for one in metrics)
    except Exception as error:
        return _beginning_with(sample, error)


def _score(
    measure: Callable[..., float], metric: Metric, output: Pixels, other: Pixels | None
) -> float:
    """The score; what a metric refuses begins with its name."""
    try:
        return measure(metric, output, other)
    except UsageError as error:
        raise UsageError(f"{metric.name}: {error}") from error


def _rounded(metric: Metric, output: Pixels, other: Pixels | None) -> float:
    return metric.measure(output, other)


def _unrounded(metric: Metric, output: Pixels, other: Pixels | None) -> float:
    """The score of pictures of any depth, in floats of which 1 is white."""
    pictures = [_floats(one) for one in (output, other) if one is not None]
    if not metric.light and max(float(one.max()) for one in pictures) > 1:
        able = " and ".join(one.name for one in METRICS.values() if one.light)
        raise DataError(
            f"{metric.name} compares values from 0 to 1, and its reference or result is brighter "
            f"than white; measure {able}"
        )
    return metric.function(*pictures, data_range=1.0)


def _floats(pixels: Pixels) -> Values:
    """As float64; unlike `to_floats`, what is brighter than white stays so."""
    floats = pixels if pixels.dtype == np.float32 else to_floats(pixels)
    return floats.astype(np.float64)


def _size(pixels: Pixels) -> str:
    return f"{pixels.shape[1]}x{pixels.shape[0]} pixels"


def _beginning_with(sample: Sample, error: Exception) -> str:
    """The error in one line that begins with the path of what it is about."""
    text = sentence(error) + ("; try fewer jobs" if isinstance(error, MemoryError) else "")
    paths = [str(path) for path in (sample.photo, sample.target) if path is not None]
    return text if text.startswith(tuple(paths)) else f"{sample.photo}: {text}"
