"""A series of photos with an even look: a timelapse, an event, a burst.

Two things differ between neighbors that should not: what a method estimates of each, and the light
that the camera gave it. Edits become the mean of those of alike neighbors, as in a video, and
before that each photo's exposure is set so that its result's brightness follows the line through
what they would have by themselves. Photos that are not alike, and what changes slowly, stay as they
are.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nightlift.adjust import Chain, to_floats
from nightlift.batch.planning import Job
from nightlift.batch.work import Enhancing
from nightlift.data import each
from nightlift.edit import MOST_EXPOSURE, Controls, Denoising, Edit
from nightlift.errors import AdjustmentError
from nightlift.metrics import structure, thumbnail
from nightlift.photo import LUMA, Floats, Photo, moment, read

PAUSE = timedelta(minutes=30)
"""Between two photos of one series, at most."""

REACH = 30
"""Neighbors before and after that count, the nearest the most."""

UNLIKE, ALIKE = 0.5, 0.9
"""Structure that two photos share, from which they count as alike, and wholly so."""

SIDE = 128
"""Rows and columns of a photo, at most, whose pixels tell how bright a result is."""

EVEN = 1e-4
"""A difference of mean luma that nobody sees."""

MUCH = 0.5
"""Of an edit's strength."""

MOST = 3.0
"""Stops by which a photo's exposure is changed, at most."""

Values = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class SeriesPhoto:
    """What is kept of a photo: its edit, the time, how it looks, and some of its pixels."""

    source: Path
    edit: Edit
    moment: datetime | None
    thumbnail: Floats
    some: Photo


def evened(
    jobs: Sequence[Job],
    enhancing: Enhancing,
    workers: int,
    told: Callable[[], object] = lambda: None,
) -> dict[Path, Edit]:
    """The edit of each photo of a series, by its name.

    Args:
        jobs: The photos, in the order of the series where they do not tell the time.
        enhancing: How each is enhanced by itself.
        workers: Photos in hand at a time.
        told: Called for each photo that was looked at.

    Returns:
        No edit for photos that cannot be read: whoever enhances them will say why.
    """
    found = []
    for seen in each(lambda job: _seen(job.source, enhancing), jobs, workers):
        told()
        if seen is not None:
            found.append(seen)
    return {
        seen.source: edit
        for group in grouped(found)
        for seen, edit in zip(group, even(group), strict=True)
    }


def _seen(source: Path, enhancing: Enhancing) -> SeriesPhoto | None:
    try:
        photo = read(source, threads=enhancing.threads)
        edit = enhancing.enhancer.estimate(
            photo, enhancing.strength, exact=enhancing.exact, paint=False
        )
    except Exception:
        return None
    return SeriesPhoto(source, edit, moment(photo.exif), thumbnail(photo.pixels), _some_of(photo))


def _some_of(photo: Photo) -> Photo:
    """Every so many-th row and column: their mean after any edit is that of the photo."""
    step = max(1, math.ceil(max(photo.height, photo.width) / SIDE))
    pixels = photo.pixels[::step, ::step].copy()
    return Photo(pixels, mode=photo.mode, orientation=photo.orientation, icc=photo.icc)


def grouped(photos: Sequence[SeriesPhoto]) -> Iterator[list[SeriesPhoto]]:
    """The series among photos: by the time they were taken, where all tell it, and by shape."""
    times = [one.moment for one in photos if one.moment is not None]
    timed = len(times) == len(photos)
    ordered = sorted(photos, key=lambda one: one.moment or datetime.min) if timed else [*photos]
    group = ordered[:1]
    for before, after in pairwise(ordered):
        apart = before.some.pixels.shape != after.some.pixels.shape
        if timed and before.moment is not None and after.moment is not None:
            apart = apart or after.moment - before.moment > PAUSE
        if apart:
            yield group
            group = []
        group.append(after)
    if group:
        yield group


def even(series: Sequence[SeriesPhoto]) -> list[Edit]:
    """The edits of one series, evened."""
    weights = _weights([one.thumbnail for one in series])
    edits = [_mean(series, row, number) for number, row in enumerate(weights)]
    wanted = _lines(np.array([_luma(one.some, one.edit) for one in series]), weights)
    return [
        _at_brightness(one.some, edit, float(goal))
        for one, edit, goal in zip(series, edits, wanted, strict=True)
    ]


def _weights(thumbnails: Sequence[Floats]) -> Values:
    """(n, n): how much each photo counts for each: the nearer and the more alike, the more."""
    count = len(thumbnails)
    weights = np.zeros((count, count))
    for one in range(count):
        for other in range(one, min(count, one + REACH)):
            shared = structure(thumbnails[one], thumbnails[other])
            alike = np.clip((shared - UNLIKE) / (ALIKE - UNLIKE), 0, 1)
            weights[one, other] = weights[other, one] = alike * (1 - (other - one) / REACH)
    np.fill_diagonal(weights, 1)
    return weights


def _mean(series: Sequence[SeriesPhoto], weights: Values, number: int) -> Edit:
    """The mean of the edits around one; its own where those of the others are of other kinds."""
    own = series[number].edit
    near = [int(at) for at in np.flatnonzero(weights)]
    try:
        mean = Edit.mean([series[at].edit for at in near], [*weights[near]])
    except AdjustmentError:
        return own
    return replace(mean, noise=own.noise, notices=own.notices)


def _luma(some: Photo, edit: Edit) -> float:
    """The mean luma, 0 to 1, of what an edit makes of some pixels."""
    bare = replace(edit, denoising=Denoising(), notices=(), noise=None)
    better = to_floats(bare.apply(some, threads=1).pixels)
    return float(better.mean(axis=(0, 1), dtype=np.float64) @ np.array(LUMA))


def _lines(values: Values, weights: Values) -> Values:
    """At each place the line through the values around it (Cleveland, 1979, LOWESS)."""
    places = np.arange(len(values), dtype=np.float64)
    result = np.empty_like(values)
    for place, row in enumerate(weights):
        total = row.sum()
        middle, mean = row @ places / total, row @ values / total
        spread = row @ (places - middle) ** 2
        slope = row @ ((places - middle) * (values - mean)) / spread if spread > 0 else 0.0
        result[place] = mean + slope * (place - middle)
    return result


def _at_brightness(some: Photo, edit: Edit, wanted: float) -> Edit:
    """The edit with the exposure at which its result has this mean luma, by halving."""
    if abs(_luma(some, edit) - wanted) < EVEN:
        return edit
    low, high = -MOST, MOST
    for _ in range(12):
        middle = (low + high) / 2
        if _luma(some, _exposed(edit, middle)) < wanted:
            low = middle
        else:
            high = middle
    return _exposed(edit, (low + high) / 2)


def _exposed(edit: Edit, stops: float) -> Edit:
    """The edit of a photo whose exposure is set right first.

    Where an edit does little or nothing, what comes first does little, too: then last.
    """
    if edit.adjustment is not None and edit.amount >= MUCH:
        first = Controls(exposure=stops).adjustment()
        return replace(edit, adjustment=Chain((first, edit.adjustment)))
    exposure = min(max(edit.controls.exposure + stops, -MOST_EXPOSURE), MOST_EXPOSURE)
    return replace(edit, controls=replace(edit.controls, exposure=exposure))
