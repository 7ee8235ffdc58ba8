"""Which pictures are measured, and which ones a fit may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from nightlift.data import (
    Collection,
    Sample,
    Split,
    data_hash,
    each,
    leakage,
    load,
    open_collection,
    sidecar,
    small_gray,
    with_split,
)
from nightlift.errors import UsageError, did_you_mean
from nightlift.photo import LIGHT_NAMES

PARTS = ("train", "validation", "test", "all")


@dataclass(frozen=True)
class Selection:
    """The pictures to be measured and, apart from them, those of the training part.

    `data_hash` is that of the whole collection, `pictures_hash` that of the measured pictures
    (ids and file sizes, both); `good` the good pictures of an unpaired collection; `notes` are
    sentences about what the user should know.
    """

    spec: str
    part: str
    samples: tuple[Sample, ...]
    training: tuple[Sample, ...]
    good: tuple[Sample, ...]
    data_hash: str
    pictures_hash: str
    notes: tuple[str, ...] = ()

    @property
    def paired(self) -> bool:
        """Whether every picture has a reference."""
        return all(sample.target is not None for sample in self.samples)

    @property
    def light(self) -> bool:
        """Whether a reference is called as Radiance and OpenEXR pictures are."""
        targets = (sample.target for sample in self.samples if sample.target is not None)
        return any(target.suffix.lower() in LIGHT_NAMES for target in targets)


def select(spec: str, split: str | None = None, limit: int | None = None) -> Selection:
    """The pictures of a collection that are to be measured.

    Where some pictures have a reference, those without are left out.

    Args:
        spec: `LAYOUT:PATH`.
        split: A part (train, validation, test, all), a run's folder, or a file of a split; None:
            the validation part, or else the test part, or else all photos.
        limit: At most the first so many; None: all.

    Returns:
        The pictures, and what is to be told of them.

    Raises:
        UsageError: The layout or the part is unknown.
        DataError: The data or the split is not in order.
    """
    collection = open_collection(spec)
    fingerprint = data_hash(collection)
    collection, part, notes = _divided(collection, split, fingerprint)
    samples = _part(collection, part)
    paired = tuple(sample for sample in samples if sample.target is not None)
    if paired and len(paired) < len(samples):
        lonely = len(samples) - len(paired)
        notes += (f"{lonely} of {len(samples)} pictures have no reference and are left out",)
        samples = paired
    if limit is not None and limit < len(samples):
        notes += (f"only the first {limit} of {len(samples)} pictures are measured",)
    chosen = samples[:limit]
    measured = {sample.id for sample in samples}
    training = tuple(sample for sample in collection.samples if sample.id not in measured)
    bare = Collection(collection.layout, collection.root, chosen)
    label = part if split in (None, part) else f"{part} of {split}"
    return Selection(
        spec, label, chosen, training, collection.good, fingerprint, data_hash(bare), notes
    )


def fitted_on(selection: Selection, spec: str) -> Selection:
    """The same pictures, and the training pairs of another collection to fit the gamma on.

    Args:
        selection: The pictures.
        spec: `LAYOUT:PATH`; pictures that are measured are left out of it.

    Returns:
        The selection with other training pairs.

    Raises:
        UsageError: No pair is left.
    """
    measured = {sample.photo.resolve() for sample in selection.samples}
    training = tuple(
        sample
        for sample in open_collection(spec).samples
        if sample.target is not None and sample.photo.resolve() not in measured
    )
    if not training:
        raise UsageError(f"--gamma-data {spec}: there are no pairs, or all of them are measured")
    note = f"the best constant gamma is fitted on the {len(training)} training pairs of {spec}"
    return replace(selection, training=training, notes=(*selection.notes, note))


def _divided(
    collection: Collection, split: str | None, fingerprint: str
) -> tuple[Collection, str, tuple[str, ...]]:
    """The collection as the split divides it, the part that is meant, and notes."""
    if split is None:
        filled = (part for part in ("validation", "test") if collection.parts[part])
        part = next(filled, "all")
        note = "no part is set apart here: all photos are measured, training photos included"
        pairs = any(sample.target is not None for sample in collection.samples)
        return collection, part, (note,) if part == "all" and pairs else ()
    if split in PARTS:
        return collection, split, ()
    chosen = _stored(Path(split))
    notes: tuple[str, ...] = ()
    if chosen.data_hash and chosen.data_hash != fingerprint:
        notes = (f"the photos have changed since {split} was written; compare with care",)
    return with_split(collection, chosen, split), "validation", notes


def _stored(path: Path) -> Split:
    if path.is_dir():
        return sidecar.run_data(path)[1]
    if path.is_file():
        return load(path)
    hint = did_you_mean(str(path), PARTS)
    raise UsageError(
        f"expected a split as one of {', '.join(PARTS)}, a run's folder or a split's file, "
        f"got {str(path)!r}{hint}"
    )


def _part(collection: Collection, part: str) -> tuple[Sample, ...]:
    if part == "all":
        return collection.samples + collection.validation + collection.test
    return collection.part(part)


def leaks(selection: Selection, *, workers: int = 1) -> str | None:
    """Whether measured pictures look like training pictures.

    By the perceptual hash of references, or of photos without one; unreadable ones are passed over.

    Args:
        selection: The pictures, and those that were trained on.
        workers: Threads.

    Returns:
        One sentence; None where none does.
    """
    if not selection.training:
        return None
    measured = _hashed(selection.samples, workers)
    training = _hashed(selection.training + selection.good, workers)
    found = list(leakage.near_duplicates(_array(measured), _array(training)))
    if not found:
        return None
    count = len({near.first for near in found})
    root = Path(selection.spec.partition(":")[2])
    alike = measured[found[0].first][0], training[found[0].second][0]
    first, second = (one.relative_to(root) if one.is_relative_to(root) else one for one in alike)
    return (
        f"{count} of the {len(measured)} reference pictures look like training pictures, the "
        f"first is {first}, like {second}: what was trained or fitted on these has seen the answer"
    )


def _hashed(samples: Sequence[Sample], workers: int) -> list[tuple[Path, int]]:
    paths = dict.fromkeys(sample.reference for sample in samples)
    return [mark for mark in each(_hash, paths, workers) if mark is not None]


def _hash(path: Path) -> tuple[Path, int] | None:
    try:
        return path, leakage.perceptual_hash(small_gray(path))
    except Exception:
        return None


def _array(marks: Sequence[tuple[Path, int]]) -> leakage.Hashes:
    return np.array([mark for _, mark in marks], np.uint64)
