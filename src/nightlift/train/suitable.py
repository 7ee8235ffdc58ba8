"""Whether data fits a method, asked before a training starts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from nightlift.data.collection import Collection, Sample
from nightlift.data.pictures import size
from nightlift.errors import DataError, ReadError
from nightlift.learned.method import Method


def check_data(method: Method[Any], collection: Collection) -> None:
    """Raises DataError for data of another kind, and for files that cannot be trained on.

    Headers of all files are read: one that is no picture, or a target of another size than its
    photo, is found now and not in the third epoch.
    """
    _check_kind(method, collection)
    problems = list(_problems(method, collection))
    if problems:
        more = f" (and {len(problems) - 1} more like it)" if len(problems) > 1 else ""
        spec = f"{collection.layout}:{collection.root}"
        raise DataError(f"{problems[0]}{more}; `nightlift data check {spec}` lists every problem")


def _check_kind(method: Method[Any], collection: Collection) -> None:
    where = f"{collection.layout}:{collection.root}"
    if not collection.samples:
        raise DataError(f"{where} has no photo to train on")
    everything = collection.samples + collection.validation
    if method.supervision == "paired" and any(sample.target is None for sample in everything):
        raise DataError(
            f"{method.name} learns from pairs, but the photos of {where} have no targets; "
            "expected a layout such as lol, fivek or smnet"
        )
    if method.supervision == "unpaired" and not collection.good:
        raise DataError(
            f"{method.name} learns from photos and good pictures, but {where} has no good "
            "pictures; expected the layout unpaired"
        )


def _problems(method: Method[Any], collection: Collection) -> Iterator[str]:
    good = collection.good if method.supervision == "unpaired" else ()
    for sample in collection.samples + collection.validation + good:
        try:
            yield from _problem(method, sample)
        except ReadError as error:
            yield str(error)


def _problem(method: Method[Any], sample: Sample) -> Iterator[str]:
    own = size(sample.photo)
    if method.supervision == "paired" and sample.target is not None:
        target = size(sample.target)
        if own != target:
            yield (
                f"{sample.photo}: is {own[1]}x{own[0]}, but its target is "
                f"{target[1]}x{target[0]}; expected pairs of one size"
            )
