"""What stands beside a photo: what methods, released files and other tools made of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

import numpy as np

from nightlift.adjust import Adjustment, power_table, to_floats
from nightlift.data import Sample, picture
from nightlift.edit import RECOMMENDED, Edit, Enhancer, each_step
from nightlift.errors import UsageError
from nightlift.evaluate import result_files
from nightlift.photo import Floats, Photo, small_copy
from nightlift.report.drawings import SIZE, Drawing, attention, drawings

SEEN: Mapping[str, Callable[[Floats], Drawing]] = MappingProxyType({"enlightengan": attention})
"""What a method weighs the photo by, where that is no part of its adjustment."""


AUTO = "auto"
"""How a user asks for what `nightlift enhance` does by itself: gate, denoising and all."""

MATCHED = "matched-gamma"
"""How a user asks for `matched_gamma` of the first column."""

TITLES: Mapping[str, str] = MappingProxyType({"gamma": "gamma 0.4", AUTO: f"auto ({RECOMMENDED})"})
"""Headings of methods whose name alone says too little."""

PROBE = Photo(np.full((16, 16, 3), 64, np.uint8))
"""What a method is tried on, to see whether it has curves."""


@dataclass(frozen=True)
class Column:
    """A way to show a photo: `show` takes the sample and its photo as it was read.

    `draw` draws what was estimated of the photo; None where nothing was, or nobody knows what.
    `estimate` says what is done to it. `files` are what it reads beside the photo.
    """

    name: str
    show: Callable[[Sample, Photo], Photo]
    draw: Callable[[Photo], tuple[Drawing, ...]] | None = None
    estimate: Callable[[Photo], Edit] | None = None
    files: tuple[Path, ...] = ()


def method(name: str, steps: int | None = None) -> Column:
    """A method by its name, or `auto`, with `steps` where it has curves.

    Raises UsageError for an unknown one and for too many steps, and ModelError.
    """
    enhancer = _stopping(Enhancer(None if name == AUTO else name), steps)
    return _enhanced(TITLES.get(name, name), enhancer)


def released_file(path: Path, steps: int | None = None) -> Column:
    """A released model, named after its file, as `method`; raises ModelError."""
    return replace(_enhanced(path.stem, _stopping(Enhancer(model=path), steps)), files=(path,))


def _stopping(enhancer: Enhancer, steps: int | None) -> Enhancer:
    """The same method with so many curve steps, if it has curves."""
    if steps is None or not _has_curves(enhancer.estimate):
        return enhancer
    stopped = Enhancer(**{**enhancer.arguments, "steps": steps})
    stopped.estimate(PROBE)  # more steps than there are maps are told now, not at every photo
    return stopped


def _has_curves(estimate: Callable[[Photo], Edit]) -> bool:
    try:
        return bool(each_step(estimate(PROBE)))
    except UsageError:
        return False


def _enhanced(name: str, enhancer: Enhancer) -> Column:
    def show(sample: Sample, photo: Photo) -> Photo:
        return enhancer(photo)

    def draw(photo: Photo) -> tuple[Drawing, ...]:
        small = small_copy(photo, SIZE)
        seen = [SEEN[enhancer.name](small)] if enhancer.name in SEEN else []
        return (*drawings(_estimated(enhancer, photo), small), *seen)

    return Column(name, show, draw, enhancer.estimate)


def _estimated(enhancer: Enhancer, photo: Photo) -> Adjustment:
    adjustment = enhancer.estimate(photo, paint=False).adjustment
    assert adjustment is not None
    return adjustment


def other_results(name: str, folder: Path, samples: Sequence[Sample]) -> Column:
    """What any tool wrote into a folder, matched by the photos' stems.

    Args:
        name: Of the column.
        folder: Of the results.
        samples: The photos.

    Returns:
        The column.

    Raises:
        DataError: A photo has no result, or several.
    """
    files = result_files(folder, samples)

    def show(sample: Sample, photo: Photo) -> Photo:
        return Photo(picture(files[sample.id]))

    return Column(name, show, files=tuple(files.values()))


def matched_gamma(other: Column) -> Column:
    """The gamma that brings the photo to the mean of what `other` makes of it.

    The exponent is log(mean of the result) / log(mean of the photo), means over all values in
    [0, 1], as the reimplementation of Zero-DCE compares; 1 for a photo or a result
    that is black or white all over.
    """

    def show(sample: Sample, photo: Photo) -> Photo:
        wanted, own = _mean(other.show(sample, photo)), _mean(photo)
        usable = 0 < own < 1 and 0 < wanted < 1
        table = power_table(math.log(wanted) / math.log(own) if usable else 1.0)
        return Edit(table, method="gamma").apply(photo)

    return Column(f"gamma to the mean of {other.name}", show)


def _mean(photo: Photo) -> float:
    return float(to_floats(photo.pixels).mean(dtype=np.float64))


def _remembering(column: Column) -> Column:
    """The same column, which makes a photo once where it is asked for it again."""
    last: list[tuple[Photo, Photo]] = []

    def show(sample: Sample, photo: Photo) -> Photo:
        if not last or last[0][0] is not photo:
            last[:] = [(photo, column.show(sample, photo))]
        return last[0][1]

    return replace(column, show=show)


def after_each_step(column: Column, photo: Photo) -> Iterator[Column]:
    """A column for each step of a column's curves, as many as `photo` gets."""
    estimate = column.estimate
    assert estimate is not None

    def stopped(step: int) -> Column:
        def show(sample: Sample, photo: Photo) -> Photo:
            return each_step(estimate(photo))[step - 1].apply(photo)

        return Column(f"{column.name}: step {step}", show, files=column.files)

    for step in range(1, len(each_step(estimate(photo))) + 1):
        yield stopped(step)


def chosen(
    asked: Sequence[str],
    folders: Sequence[tuple[str, Path]],
    samples: Sequence[Sample],
    *,
    steps: int | None = None,
    in_steps: bool = False,
) -> tuple[Column, ...]:
    """The columns of what a user names, in that order, then those of folders.

    Args:
        asked: Methods, `auto` for what is done by default, released files (.onnx), folders of
            results, called NAME=FOLDER or after themselves, and `matched-gamma`: the gamma to the
            mean of the first column.
        folders: Names and folders of results.
        samples: The photos.
        steps: Curve steps of the methods that have curves; None: as each was released.
        in_steps: Whether methods of curves have a column for each of their steps.

    Returns:
        The columns.

    Raises:
        UsageError: Two would have one name, there is nothing to match, or `steps` are asked of
            methods without curves, or with fewer.
    """
    texts = list(dict.fromkeys(asked))
    columns = [_named(text, samples, steps) for text in texts if text != MATCHED]
    if steps is not None and not any(one.estimate and _has_curves(one.estimate) for one in columns):
        raise UsageError("steps are of curves, and no method here has any: name one that does")
    if MATCHED in texts:
        if not columns:
            raise UsageError(f"{MATCHED} matches the first other column: name a method beside it")
        columns[0] = _remembering(columns[0])
        columns.insert(texts.index(MATCHED), matched_gamma(columns[0]))
    if in_steps:
        columns = [one for column in columns for one in _in_steps(column)]
    columns += [other_results(name, folder, samples) for name, folder in folders]
    seen = {"input", "reference"}
    for column in columns:
        if column.name in seen:
            raise UsageError(
                f"expected columns of different names, got {column.name!r} twice; "
                "call results NAME=FOLDER, or rename the file"
            )
        seen.add(column.name)
    return tuple(columns)


def _in_steps(column: Column) -> Sequence[Column]:
    """The column after each of its steps, or as it is where it has none."""
    if column.estimate is None or not _has_curves(column.estimate):
        return [column]
    return list(after_each_step(column, PROBE))


def _named(text: str, samples: Sequence[Sample], steps: int | None) -> Column:
    name, equals, folder = text.partition("=")
    if equals:
        return other_results(name, Path(folder), samples)
    path = Path(text)
    if text.endswith(".onnx"):
        return released_file(path, steps)
    # A method's name counts for more than a folder that happens to be called so.
    if path.is_dir() and ("/" in text or "\\" in text or not _known(text)):
        return other_results(path.resolve().name, path, samples)
    return method(text, steps)


def _known(name: str) -> bool:
    from nightlift.classical import CLASSICAL
    from nightlift.models import names

    return name == AUTO or name in CLASSICAL or name in names()
