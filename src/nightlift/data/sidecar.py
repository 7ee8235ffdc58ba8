"""What a data folder says of itself: `split.json` and `groups.json`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from nightlift.data.sample import Collection, Sample
from nightlift.data.split import Split, from_json, load, with_split
from nightlift.errors import DataError

SPLIT = "split.json"
GROUPS = "groups.json"
RUN = "run.json"


def with_own_split(collection: Collection) -> Collection:
    """The collection divided as the `split.json` in its folder says, where there is one."""
    path = collection.root / SPLIT
    return with_split(collection, load(path), str(path)) if path.is_file() else collection


def with_groups(collection: Collection) -> Collection:
    """The collection with the scenes of the `groups.json` in its folder, where there is one.

    The file maps a scene to the names of its photos, or is a list of {"ids": [names]}. A name is
    an id, a file's name or its path below the folder; names without a photo are passed over,
    so that a part of a published set keeps its file.
    """
    path = collection.root / GROUPS
    if not path.is_file():
        return collection
    scenes = {name: scene for scene, names in _scenes(path) for name in names}

    def grouped(samples: tuple[Sample, ...]) -> tuple[Sample, ...]:
        return tuple(_grouped(sample, collection.root, scenes) for sample in samples)

    return replace(
        collection,
        samples=grouped(collection.samples),
        validation=grouped(collection.validation),
        test=grouped(collection.test),
    )


def _grouped(sample: Sample, root: Path, scenes: Mapping[str, str]) -> Sample:
    below = sample.photo.relative_to(root).as_posix()
    for name in (sample.id, below, sample.photo.name, sample.photo.stem):
        if name in scenes:
            return replace(sample, group=scenes[name])
    return sample


def _scenes(path: Path) -> Iterator[tuple[str, list[str]]]:
    content = read_json(path)
    if isinstance(content, list):
        content = {
            f"scene-{index}": entry.get("ids") if isinstance(entry, dict) else entry
            for index, entry in enumerate(content)
        }
    if not isinstance(content, dict) or not all(isinstance(v, list) for v in content.values()):
        raise DataError(f"{path}: expected an object of scenes, each a list of file names")
    for scene, names in content.items():
        yield scene, [str(name) for name in names]


def run_data(run: Path) -> tuple[tuple[str, ...], Split]:
    """The specs and the split that a training run has written down in its `run.json`.

    A run of a single source may have written its spec as a text.
    """
    path = run / RUN
    if not path.is_file():
        raise DataError(f"{run}: expected a run folder with a {RUN}; give the folder of a run")
    content = read_json(path)
    data = content.get("data") if isinstance(content, dict) else None
    given = [data] if isinstance(data, str) else data if isinstance(data, list) else []
    specs = tuple(spec for spec in given if isinstance(spec, str))
    if not specs or len(specs) < len(given) or content.get("split") is None:
        raise DataError(f"{path}: expected the fields data and split; train again to write them")
    stored = content["split"]
    if isinstance(stored, str):
        if Path(stored).name != stored:
            raise DataError(f"{path}: expected the name of a split beside it, got {stored!r}")
        return specs, load(run / stored)
    return specs, from_json(stored, str(path))


def read_json(path: Path) -> Any:
    """The content of a JSON file.

    Args:
        path: The file.

    Returns:
        Whatever it holds.

    Raises:
        DataError: It cannot be read, or is no JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(f"{path}: expected a JSON file, but it cannot be read: {error}") from error
