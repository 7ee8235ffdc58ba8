"""What can be a row of the table: a method, a released file, or a folder of results."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from nightlift.data import Bytes, Sample, picture, pictures_in, reference, stem
from nightlift.edit import EngineName, Enhancer
from nightlift.errors import DataError, UsageError
from nightlift.photo import is_light

if TYPE_CHECKING:
    from nightlift.models import ReleasedModel

Role: TypeAlias = Literal["baseline", "method"]
Render: TypeAlias = Callable[[Sample, Any], Any]

PASSPORT = (
    "title",
    "version",
    "kind",
    "supervision",
    "parameters",
    "data",
    "data_terms",
    "license",
    "date",
)
"""What is told of a released model."""

ENGINE: EngineName = "onnxruntime"
"""What networks are measured with: float32, whatever else is installed."""


@dataclass(frozen=True)
class Candidate:
    """A row to be: `render` turns a sample's (H, W, 3) uint8 picture into another of that shape.

    `about` says where it came from, in values that fit in JSON; `files` are what it reads beside
    the pictures. `render` must be safe to call from several threads. `identity` and `about` say all
    that its results depend on beside the picture, and `result_of` the file of one that is read;
    without an identity nothing is kept of it.
    """

    name: str
    title: str
    role: Role
    render: Render
    about: Mapping[str, Any] = field(default_factory=dict)
    files: tuple[Path, ...] = ()
    identity: str | None = None
    result_of: Callable[[Sample], Path] | None = None


def method(name: str, *, exact: bool = False) -> Candidate:
    """A method as a row, by its name.

    Args:
        name: As in `nightlift methods`.
        exact: As in `Enhancer`.

    Returns:
        The row; its method works in one thread, without gate and denoising.

    Raises:
        UsageError: There is no such method.
    """
    from nightlift.classical import CLASSICAL
    from nightlift.models import find

    if name in CLASSICAL:
        enhancer = Enhancer(name, threads=1)
        about: dict[str, Any] = {"method": name, "kind": "classical"}
    else:
        enhancer = Enhancer(name, threads=1, engine=ENGINE)
        about = _passport(find(name))
    return Candidate(
        name, name, "method", _render(enhancer, exact), about, identity=_way(name, exact)
    )


def released_file(path: Path, *, exact: bool = False) -> Candidate:
    """A released model as a row, named after its file.

    Args:
        path: The file.
        exact: As in `Enhancer`.

    Returns:
        The row.

    Raises:
        ModelError: The file is refused.
    """
    from nightlift.models import load

    enhancer = Enhancer(model=path, threads=1, engine=ENGINE)
    about = {"file": str(path), **_passport(load(path))}
    render, identity = _render(enhancer, exact), _way("model", exact)
    return Candidate(path.stem, path.stem, "method", render, about, (path,), identity)


def _way(name: str, exact: bool) -> str:
    return f"{name}, {'exact' if exact else 'default'}"


def _render(enhancer: Enhancer, exact: bool) -> Render:
    def render(sample: Sample, source: Bytes) -> Bytes:
        return enhancer(source, exact=exact)

    return render


def _passport(model: ReleasedModel) -> dict[str, Any]:
    told = {key: getattr(model.passport, key) for key in PASSPORT}
    return {"method": model.passport.method, "sha256": model.sha256, "engine": ENGINE, **told}


def results(name: str, folder: Path, samples: Sequence[Sample]) -> Candidate:
    """Results that any tool wrote as a row.

    Args:
        name: Of the row.
        folder: Where they are, found as by `result_files`.
        samples: Whose results are wanted.

    Returns:
        The row.

    Raises:
        DataError: As by `result_files`.
    """
    files = result_files(folder, samples)

    def render(sample: Sample, source: Bytes) -> Bytes:
        own_depth = source.dtype != np.uint8 or is_light(files[sample.id])
        return reference(files[sample.id]) if own_depth else picture(files[sample.id])

    about = {"folder": str(folder)}
    return Candidate(
        name,
        name,
        "method",
        render,
        about,
        tuple(files.values()),
        "results",
        lambda sample: files[sample.id],
    )


def result_files(folder: Path, samples: Sequence[Sample]) -> dict[str, Path]:
    """The results in a folder that are named after photos.

    A result is called as the sample's id, or as its photo, whatever the extension.

    Args:
        folder: Where the results are.
        samples: Whose results are wanted.

    Returns:
        A file for each sample's id.

    Raises:
        DataError: A sample has no result, or it cannot be told which one is meant.
    """
    if not folder.is_dir():
        raise DataError(f"{folder}: expected a folder of results, but there is none")
    matched = _matched(folder, samples)
    missing = [sample.id for sample in samples if not matched[sample.id]]
    if missing:
        raise DataError(
            f"{folder}: {len(missing)} of {len(samples)} pictures have no result here, the first "
            f"is {missing[0]}; name each result after its photo"
        )
    for sample in samples:
        found = matched[sample.id]
        if len(found) > 1:
            raise DataError(
                f"{folder}: {found[0].name} and {found[1].name} could both be the result for "
                f"{sample.id}; keep one of the two"
            )
    return {id: found[0] for id, found in matched.items()}


def _matched(folder: Path, samples: Sequence[Sample]) -> dict[str, list[Path]]:
    """Results by id: by the path below the folder or, where that is clear, by the name alone."""
    by_path: dict[str, list[Path]] = defaultdict(list)
    by_name: dict[str, list[Path]] = defaultdict(list)
    for path in pictures_in(folder, light=True):
        by_path[stem(path, folder)].append(path)
        by_name[path.stem].append(path)
    counts: dict[str, int] = defaultdict(int)
    for sample in samples:
        counts[sample.photo.stem] += 1
    matched: dict[str, list[Path]] = {}
    for sample in samples:
        name = sample.photo.stem
        alone = by_name.get(name, []) if counts[name] == 1 else []
        matched[sample.id] = by_path.get(sample.id) or alone
    return matched


def check_names(candidates: Iterable[Candidate]) -> None:
    """Check that no two rows would have one name.

    Args:
        candidates: The rows.

    Raises:
        UsageError: Two would.
    """
    seen: set[str] = set()
    for candidate in candidates:
        if candidate.name in seen:
            raise UsageError(
                f"expected rows of different names, got {candidate.name!r} twice; "
                "rename the file, or give the results another name"
            )
        seen.add(candidate.name)
