"""What goes into a small copy of collections: pictures, their names, and the layout."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, TypeAlias

from nightlift.data.collection import open_collection
from nightlift.data.joining import joined, split_each
from nightlift.data.layouts import PAIRS
from nightlift.data.sample import Collection, Sample, as_bytes
from nightlift.data.scene_overlap import without_overlap
from nightlift.data.sidecar import GROUPS, SPLIT
from nightlift.data.split import data_hash, with_split
from nightlift.errors import DataError, UsageError

PackLayout: TypeAlias = Literal["pairs", "folder", "unpaired"]


@dataclass(frozen=True)
class PackSource:
    """A collection that is packed, by the name of its folder alone, and the files of its terms."""

    spec: str
    data_hash: str
    root: Path
    terms: tuple[Path, ...]


@dataclass(frozen=True)
class PackPlan:
    """A pack before anything is encoded.

    `pictures` are the files by their path in the pack, without extension; `pairs` are photos and
    targets by the same, `validation` ids of the pack's layout, and `groups` scenes of such ids.
    `left_out` are ids of photos whose scenes are validated.
    """

    layout: PackLayout
    sources: tuple[PackSource, ...]
    pictures: Mapping[str, Path]
    pairs: tuple[tuple[str, str], ...]
    validation: tuple[str, ...]
    groups: Mapping[str, list[str]]
    left_out: tuple[str, ...]

    def without(self, failed: AbstractSet[str]) -> PackPlan:
        """The plan without the pictures of these names, and what is of no use without them."""
        pairs = tuple(pair for pair in self.pairs if failed.isdisjoint(pair))
        of_pairs = {name for pair in self.pairs for name in pair}
        lone = of_pairs - {name for pair in pairs for name in pair}
        pictures = {k: v for k, v in self.pictures.items() if k not in failed and k not in lone}
        ids = {_id(self.layout, name) for name in pictures}
        groups = {name: [id for id in scene if id in ids] for name, scene in self.groups.items()}
        return replace(
            self,
            pictures=pictures,
            pairs=pairs,
            validation=tuple(id for id in self.validation if id in ids),
            groups={name: scene for name, scene in groups.items() if scene},
        )

    def sidecars(self, names: Mapping[str, str]) -> dict[str, bytes]:
        """The pack's own files by name, `names` being its pictures with their extensions."""
        found: dict[str, bytes] = {}
        if self.layout == "pairs":
            text = io.StringIO()
            rows = [(names[photo], names[target]) for photo, target in self.pairs]
            csv.writer(text, lineterminator="\n").writerows([("photo", "target"), *rows])
            found[PAIRS] = as_bytes(text.getvalue())
        if self.validation:
            found[SPLIT] = _json({"validation": list(self.validation)})
        if self.groups:
            found[GROUPS] = _json(dict(self.groups))
        return found


def plan(
    data: Sequence[str],
    *,
    dark: Sequence[str] = (),
    good: Sequence[str] = (),
    validation: float = 0.0,
    apart: int | None = None,
) -> PackPlan:
    """Plan a pack of collections, or of dark photos and good ones.

    Photos with targets become the layout pairs, photos alone the layout folder, and dark and good
    photos the layout unpaired. Test photos are left out.

    Args:
        data: `LAYOUT:PATH` of collections, or none.
        dark: Those of dark photos, with `good` and in place of `data`.
        good: Those of good photos.
        validation: The share that is set apart of a collection without a split, 0 to 1.
        apart: Leaves out training photos that are within so many bits of a validation photo; None:
            none.

    Returns:
        The plan.

    Raises:
        UsageError: The collections cannot be mixed.
        DataError: The data is not in order.
    """
    if bool(data) == bool(dark or good) or bool(dark) != bool(good):
        raise UsageError("expected collections, or dark ones and good ones, of which there is none")
    opened, bright = ([*map(_opened, specs)] for specs in (data or dark, good))
    whole = _divided(opened, validation)
    held = len(whole.validation)
    dropped: tuple[Sample, ...] = ()
    if bright:
        other = _divided(bright, validation)
        both = whole.validation + other.validation
        whole = replace(whole, good=other.samples, validation=both)
    if apart is not None:
        whole, dropped = without_overlap(whole, apart)
    if bright:
        whole = _unpaired(whole, held)
    sources = tuple(_source(one) for one in {one.root: one for one in opened + bright}.values())
    planned = _laid_out(whole, sources)
    return replace(planned, left_out=tuple(sample.id for sample in dropped))


def _opened(spec: str) -> Collection:
    return replace(open_collection(spec), test=())


def _divided(sources: Sequence[Collection], validation: float) -> Collection:
    return with_split(joined(sources), split_each(sources, validation=validation, seed=0))


def _source(collection: Collection) -> PackSource:
    beginnings = ("licen", "copying", "terms", "readme")
    terms = sorted(
        path
        for path in collection.root.iterdir()
        if path.is_file() and path.name.lower().startswith(beginnings)
    )
    spec = f"{collection.layout}:{collection.root.resolve().name}"
    return PackSource(spec, data_hash(collection), collection.root, tuple(terms))


def _unpaired(whole: Collection, validation: int) -> Collection:
    """Dark photos, and what the photos of the good ones are to look like."""
    return replace(
        whole,
        samples=tuple(Sample(one.id, one.photo) for one in whole.samples),
        good=tuple(Sample(one.id, one.reference) for one in whole.good),
        validation=tuple(Sample(one.id, one.photo) for one in whole.validation[:validation]),
    )


def _laid_out(whole: Collection, sources: tuple[PackSource, ...]) -> PackPlan:
    everything = whole.samples + whole.validation
    paired = [sample for sample in everything if sample.target is not None]
    if paired and (len(paired) < len(everything) or whole.good):
        raise UsageError(
            "expected pairs or photos without targets, got both; give each a pack of its own, and "
            "train on both with --data twice"
        )
    layout: PackLayout = "unpaired" if whole.good else "pairs" if paired else "folder"
    photos = _paths_in_pack("train_A" if whole.good else "photo", everything, bool(whole.good))
    good = _paths_in_pack("train_B", whole.good, True)
    targets = _targets(paired)
    ids = {sample.id: _id(layout, photos[sample.id]) for sample in everything}
    groups: dict[str, list[str]] = {}
    for sample in everything if layout != "unpaired" else ():
        if sample.group:
            groups.setdefault(sample.group, []).append(ids[sample.id])
    pictures = {name: sample.photo for sample in everything for name in [photos[sample.id]]}
    pictures |= {good[sample.id]: sample.photo for sample in whole.good}
    pictures |= {name: path for path, name in targets.items()}
    if not whole.samples:
        raise DataError("expected photos to train on, but every one of them is left out or held")
    return PackPlan(
        layout=layout,
        sources=sources,
        pictures=pictures,
        pairs=tuple((photos[one.id], targets[one.target]) for one in paired if one.target),
        validation=tuple(ids[sample.id] for sample in whole.validation),
        groups=groups,
        left_out=(),
    )


def _paths_in_pack(folder: str, samples: Iterable[Sample], classes: bool) -> dict[str, str]:
    """Each sample's path in the pack; a folder inside would be taken for a class of objects."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for sample in samples:
        inside = f"{folder}/{sample.group}" if classes and sample.group else folder
        name = f"{inside}/{sample.id.replace('/', '_')}"
        while name in taken:
            name += "_"
        taken.add(name)
        found[sample.id] = name
    return found


def _targets(paired: Sequence[Sample]) -> dict[Path, str]:
    """A name for each target, which several photos may share: that of the first."""
    first = {one.target: one for one in reversed(paired) if one.target is not None}
    names = _paths_in_pack("target", first.values(), False)
    return {path: names[one.id] for path, one in first.items()}


def _id(layout: PackLayout, name: str) -> str:
    return name.removeprefix("train_A/") if layout == "unpaired" else name


def _json(content: object) -> bytes:
    return (json.dumps(content, indent=1) + "\n").encode()
