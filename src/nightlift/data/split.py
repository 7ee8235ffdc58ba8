"""Training and validation photos: by seed, never through a scene, kept as ids."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from nightlift.data.sample import Collection, Sample, as_bytes
from nightlift.errors import DataError, UsageError
from nightlift.photo import write_bytes


@dataclass(frozen=True)
class Split:
    """Ids of the training and of the validation photos.

    `seed` is None for a split that came with the data; `data_hash` is that of `data_hash`, or
    empty in a hand-written file.
    """

    train: tuple[str, ...]
    validation: tuple[str, ...]
    seed: int | None
    data_hash: str


def split(
    collection: Collection,
    *,
    validation: float = 0.1,
    seed: int = 0,
    fold: tuple[int, int] | None = None,
) -> Split:
    """The collection's own split, or a share `validation` in [0, 1) of its photos set apart.

    Photos are ordered by a hash of (seed, scene), so that the same photos always give the same
    split, on every machine, and a photo added later moves few others. A scene stays whole, so
    the share may be missed by part of a scene. With `fold` (k, n) the k-th of n equal parts of
    the scenes is set apart instead, k from 1: all n folds together validate every photo once.
    Raises UsageError for a share outside [0, 1) or a fold that there is not, and DataError when
    nothing could be left on one side.
    """
    if not 0 <= validation < 1:
        raise UsageError(f"expected a validation share of at least 0 and below 1, got {validation}")
    fingerprint = data_hash(collection)
    if collection.validation:
        return Split(_ids(collection.samples), _ids(collection.validation), None, fingerprint)
    scenes = _scenes(collection)
    if fold:
        chosen = _folded(scenes, *fold, seed)
    else:
        wanted = max(1, round(validation * len(collection.samples))) if validation else 0
        chosen = _chosen(scenes, wanted, seed)
    if (validation or fold) and not 0 < len(chosen) < len(collection.samples):
        raise DataError(
            f"{collection.root}: {len(collection.samples)} photos of "
            f"{len(scenes)} scenes cannot be divided into training and validation; "
            "add photos, or ask for a validation share of 0"
        )
    train = (sample for sample in collection.samples if sample.id not in chosen)
    held = (sample for sample in collection.samples if sample.id in chosen)
    return Split(_ids(train), _ids(held), seed, fingerprint)


def _scenes(collection: Collection) -> dict[str, list[str]]:
    """Ids that must stay together; object classes of unpaired collections need not."""
    scenes: dict[str, list[str]] = {}
    for sample in collection.samples:
        scene = f"scene {sample.group}" if sample.group and not collection.good else sample.id
        scenes.setdefault(scene, []).append(sample.id)
    return scenes


def _chosen(scenes: dict[str, list[str]], wanted: int, seed: int) -> set[str]:
    """Whole scenes in the seed's order, as many as fit in `wanted`; at least one if asked."""
    order = _ordered(scenes, seed)
    chosen: set[str] = set()
    for scene in order:
        if len(chosen) + len(scenes[scene]) <= wanted:
            chosen.update(scenes[scene])
    if wanted and not chosen and len(scenes) > 1:
        chosen.update(scenes[min(order, key=lambda scene: len(scenes[scene]))])
    return chosen


def _folded(scenes: dict[str, list[str]], part: int, parts: int, seed: int) -> set[str]:
    """Every `parts`-th scene of the seed's order, beginning with the `part`-th."""
    if not 1 <= part <= parts or parts < 2:
        raise UsageError(f"expected a fold such as 1/5, from 1/n to n/n, got {part}/{parts}")
    order = _ordered(scenes, seed)
    return {id for scene in order[part - 1 :: parts] for id in scenes[scene]}


def _ordered(scenes: dict[str, list[str]], seed: int) -> list[str]:
    return sorted(scenes, key=lambda scene: _digest(f"{seed}:{scene}"))


def _digest(text: str) -> str:
    return hashlib.sha256(as_bytes(text)).hexdigest()


def _ids(samples: Iterable[Sample]) -> tuple[str, ...]:
    return tuple(sample.id for sample in samples)


def data_hash(collection: Collection) -> str:
    """What tells whether data has changed: cheap, and the same whichever way it is divided.

    Args:
        collection: The data.

    Returns:
        `sha256:` and the hash of the sorted ids and file sizes.
    """
    lines = [_line("", sample) for sample in collection.samples + collection.validation]
    lines += [_line("good:", sample) for sample in collection.good]
    return "sha256:" + _digest("\n".join(sorted(lines)))


def _line(prefix: str, sample: Sample) -> str:
    target = size_of(sample.target) if sample.target else 0
    return f"{prefix}{sample.id} {size_of(sample.photo)} {target}"


def size_of(path: Path) -> int:
    """Bytes of a file; raises DataError when it is gone."""
    try:
        return path.stat().st_size
    except OSError as error:
        raise DataError(f"{path}: expected a file of the data set, got: {error}") from error


def with_split(collection: Collection, chosen: Split, source: str = "the split") -> Collection:
    """A collection divided by a split; photos in neither part are left out.

    Args:
        collection: The data.
        chosen: The split; an empty `train` stands for all other photos.
        source: What the split is called in messages.

    Returns:
        The collection with these parts.

    Raises:
        DataError: An id has no photo or is in both parts, or the training part is empty.
    """
    pool = {sample.id: sample for sample in collection.samples + collection.validation}
    doubles = [id for id, times in Counter(chosen.train + chosen.validation).items() if times > 1]
    if doubles:
        raise DataError(f"{source}: {_some(doubles)} named twice; an id has one place in a split")
    missing = [id for id in chosen.train + chosen.validation if id not in pool]
    if missing:
        raise DataError(
            f"{source}: {_some(missing)} not found in {collection.root}; "
            "bring the photos back, or train with a new split"
        )
    held = set(chosen.validation)
    train = chosen.train or tuple(id for id in pool if id not in held)
    return replace(
        collection,
        samples=tuple(pool[id] for id in train),
        validation=tuple(pool[id] for id in chosen.validation),
    )


def _some(ids: Sequence[str]) -> str:
    shown = ", ".join(ids[:3])
    return f"{shown} and {len(ids) - 3} more ids were" if len(ids) > 3 else f"{shown} was"


def save(chosen: Split, path: Path) -> None:
    """Write a split as JSON: a file that is also understood as a data folder's `split.json`."""
    write_bytes(path, (json.dumps(asdict(chosen), indent=1) + "\n").encode(), overwrite=True)


def load(path: Path) -> Split:
    """Read what `save` wrote, or a hand-written {"validation": [ids], "train": [ids]}.

    Args:
        path: The file.

    Returns:
        The split.

    Raises:
        DataError: It cannot be read, or is none.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(
            f"{path}: expected a split in JSON, but it cannot be read: {error}"
        ) from error
    return from_json(content, str(path))


def from_json(content: Any, source: str) -> Split:
    """A split from decoded JSON; `train` may be left out, and ids may be numbers."""
    parts = (
        [content.get("train", []), content.get("validation")] if isinstance(content, dict) else []
    )
    if not parts or not all(isinstance(part, list) for part in parts):
        raise DataError(
            f'{source}: expected a split such as {{"validation": [ids], "train": [ids]}}'
        )
    train, validation = (tuple(str(id) for id in part) for part in parts)
    return Split(train, validation, content.get("seed"), str(content.get("data_hash", "")))
