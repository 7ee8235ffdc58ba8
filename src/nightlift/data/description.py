"""What a data set holds, in numbers."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nightlift.data import layouts, pictures
from nightlift.data.sample import Collection, Sample
from nightlift.data.split import data_hash, size_of
from nightlift.data.workers import each
from nightlift.photo import Floats

LOOKED_AT = 1000
"""Photos whose brightness is measured at most, evenly spread."""

DARK = 50.0
"""Mean luma below which a photo counts as dark."""


@dataclass(frozen=True)
class Range:
    """Smallest, middle and largest of some numbers."""

    minimum: float
    median: float
    maximum: float


@dataclass(frozen=True)
class Brightness:
    """Mean luma in [0, 255] of the photos looked at.

    `histogram` counts their luma, averaged over 32x32 areas, in eight bins of 32: shares of 1.
    `dark` is the share of photos of a mean below 50.
    """

    mean: Range
    histogram: tuple[float, ...]
    dark: float
    looked_at: int


@dataclass(frozen=True)
class DataDescription:
    """A data set in numbers: counts are of samples, sizes in pixels, of upright photos.

    `variant` names a published rendition where the sizes tell it. `unreadable` counts photos
    that are missing from the sizes. `problems` counts pairs that are not in order.
    """

    layout: str
    root: Path
    parts: Mapping[str, int]
    pairs: int
    groups: Range | None
    group_count: int
    split: str
    data_hash: str
    bytes: int
    formats: Mapping[str, int]
    width: Range | None
    height: Range | None
    variant: str
    brightness: Mapping[str, Brightness]
    unreadable: int
    problems: int


def describe(spec: str, *, workers: int | None = None) -> DataDescription:
    """Describe the data that `LAYOUT:PATH` names.

    Sizes come from headers; the brightness is that of at most 1,000 photos of each kind.

    Args:
        spec: `LAYOUT:PATH`.
        workers: Threads; None: one for each core.

    Returns:
        Counts, sizes, split and brightness.

    Raises:
        UsageError: The layout is unknown.
        DataError: The folder is missing or of another layout.
    """
    found = layouts.find(spec)
    collection = found.collection
    samples = [sample for part in collection.parts.values() for sample in part]
    paths = sorted({path for one in samples for path in (one.photo, one.target) if path})
    workers = workers or os.cpu_count() or 1
    sizes = list(each(_size, (sample.photo for sample in samples), workers))
    known = [shape for shape in sizes if shape is not None]
    groups = Counter(sample.group for sample in samples if sample.group)
    return DataDescription(
        layout=collection.layout,
        root=collection.root,
        parts={name: len(part) for name, part in collection.parts.items()},
        pairs=sum(sample.target is not None for sample in samples),
        groups=_spread(list(groups.values())),
        group_count=len(groups),
        split=_split(collection),
        data_hash=data_hash(collection),
        bytes=sum(size_of(path) for path in paths),
        formats=dict(Counter(path.suffix.lower() for path in paths).most_common()),
        width=_spread([width for _, width in known]),
        height=_spread([height for height, _ in known]),
        variant=_variant(collection.layout, known),
        brightness=_brightness(collection, samples, workers),
        unreadable=len(sizes) - len(known),
        problems=len(found.problems),
    )


def _size(path: Path) -> tuple[int, int] | None:
    try:
        return pictures.size(path)
    except Exception:
        return None


def _spread(numbers: Sequence[float]) -> Range | None:
    if not numbers:
        return None
    return Range(float(min(numbers)), float(np.median(numbers)), float(max(numbers)))


def _split(collection: Collection) -> str:
    if collection.layout == "run":
        return "that of the run"
    if not collection.validation:
        return "none of its own; training sets a share aside by seed"
    own = (collection.root / "split.json").is_file()
    return "from split.json" if own else "by folders"


_VARIANTS: tuple[tuple[str, str, Callable[[int, int], bool]], ...] = (
    ("fivek", "FiveK at 512 pixels on the long side", lambda h, w: max(h, w) == 512),
    ("fivek", "FiveK at 480 pixels on the short side", lambda h, w: min(h, w) == 480),
    ("fivek", "FiveK at 500 pixels on the long side", lambda h, w: max(h, w) == 500),
    ("lol", "LOL v1 at 600x400", lambda h, w: (h, w) == (400, 600)),
    ("sice", "SICE at 512x512", lambda h, w: (h, w) == (512, 512)),
)


def _variant(layout: str, sizes: Sequence[tuple[int, int]]) -> str:
    """The first published rendition whose size every photo has; empty where there is none."""
    for name, words, fits in _VARIANTS:
        if name == layout and sizes and all(fits(*shape) for shape in sizes):
            return words
    return ""


def _brightness(
    collection: Collection, samples: Sequence[Sample], workers: int
) -> dict[str, Brightness]:
    good = {sample.photo for sample in collection.good}
    kinds = {
        "photos": [sample.photo for sample in samples if sample.photo not in good],
        "targets": list(dict.fromkeys(sample.target for sample in samples if sample.target)),
        "good": list(good),
    }
    found = {kind: _measure(sorted(paths), workers) for kind, paths in kinds.items()}
    return {kind: measured for kind, measured in found.items() if measured is not None}


def _measure(paths: Sequence[Path], workers: int) -> Brightness | None:
    step = max(1, -(-len(paths) // LOOKED_AT))
    grays = each(_gray, paths[step // 2 :: step], workers)
    means: list[float] = []
    counts = np.zeros(8, np.int64)
    for gray in grays:
        if gray is not None:
            means.append(float(gray.mean()))
            counts += np.histogram(gray, bins=8, range=(0, 256))[0]
    spread = _spread(means)
    if spread is None:
        return None
    shares = tuple(round(float(share), 4) for share in counts / counts.sum())
    dark = sum(mean < DARK for mean in means) / len(means)
    return Brightness(spread, shares, dark, len(means))


def _gray(path: Path) -> Floats | None:
    try:
        return pictures.small_gray(path)
    except Exception:
        return None
