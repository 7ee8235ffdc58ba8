"""Training photos without those whose scene is validated or tested."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from nightlift.data import leakage
from nightlift.data.pictures import small_gray
from nightlift.data.sample import Collection, Sample
from nightlift.data.workers import each


def without_overlap(
    collection: Collection, distance: int = leakage.DISTANCE, workers: int | None = None
) -> tuple[Collection, tuple[Sample, ...]]:
    """The collection without training and good pictures that look like held-out ones, and these.

    Pictures look alike whose references' perceptual hashes differ in at most `distance` bits:
    what `data check` calls a leak. Raises ReadError naming a file that cannot be read.
    """
    held = _hashes(collection.validation + collection.test, workers)
    kept, dropped = [], []
    for samples in (collection.samples, collection.good):
        own = _hashes(samples, workers) if len(held) else np.zeros(len(samples), np.uint64)
        near = {one.second for one in leakage.near_duplicates(held, own, distance)}
        kept.append(tuple(one for place, one in enumerate(samples) if place not in near))
        dropped += [one for place, one in enumerate(samples) if place in near]
    return replace(collection, samples=kept[0], good=kept[1]), tuple(dropped)


def _hashes(samples: Sequence[Sample], workers: int | None) -> leakage.Hashes:
    def hashed(sample: Sample) -> int:
        return leakage.perceptual_hash(small_gray(sample.reference))

    return np.array([*each(hashed, samples, workers or os.cpu_count() or 1)], np.uint64)
