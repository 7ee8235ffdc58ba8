"""Collections as a small folder: fewer bytes, the same splits, and where it is from."""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, TypeAlias

import numpy as np

from nightlift.data.packing import PackPlan
from nightlift.data.pictures import picture, shrunk
from nightlift.data.sample import as_bytes
from nightlift.data.workers import each
from nightlift.errors import DataError, UsageError, sentence
from nightlift.photo import Photo, encode, read, write_bytes

PackFormat: TypeAlias = Literal["jpeg", "png"]

RECORD = "pack.json"
QUALITY = 95
"""Of JPEGs, without color subsampling: noise that is to be learned survives it."""

LEAST_SIDE = 256
"""Long side in pixels below which crops of 128 pixels would be the whole photo."""

STEP = 0.97
"""How far below the size that should fit the next try is made."""

SUFFIXES: Mapping[PackFormat, str] = {"jpeg": ".jpg", "png": ".png"}
KEPT = (".jpg", ".jpeg", ".png", ".webp")
"""Files that may go into a pack as they are."""


@dataclass(frozen=True)
class File:
    """A picture encoded: its bytes, its extension, and whether it is the original file."""

    data: bytes
    suffix: str
    original: bool
    sha256: str


@dataclass(frozen=True)
class Packed:
    """What a pack has come to: bytes of its pictures, and the long side they were brought to.

    `problems` has a sentence for each picture that could not be read and was left out.
    """

    bytes: int
    side: int
    originals: int
    pictures: int
    problems: tuple[str, ...] = ()


Made: TypeAlias = File | str
"""A picture encoded, or the sentence that says why it could not be read."""

Progress: TypeAlias = Callable[[Iterable[Made], int, int], Iterable[Made]]
"""Hands on the files of a try, given their number and its side, perhaps showing how many passed."""


def silently(files: Iterable[Made], total: int, side: int) -> Iterable[Made]:
    """Hand on, and show nothing."""
    return files


def pack(
    planned: PackPlan,
    output: Path,
    *,
    side: int = 640,
    format: PackFormat = "jpeg",
    limit: int | None = None,
    workers: int | None = None,
    progress: Progress = silently,
) -> Packed:
    """Write a planned pack into a new folder.

    Pictures are upright and in sRGB; a file that is all of this already is taken as it is if that
    is smaller. A picture that cannot be read is left out, and so is its pair.

    Args:
        planned: What `plan` gave.
        output: A new folder, or one that holds nothing yet.
        side: Most pixels of a long side, at least 256.
        format: Of the pictures.
        limit: Bytes of all pictures, for which the side is made smaller; None: no limit.
        workers: Threads; None: one for each core.
        progress: Wraps the work, to show its progress.

    Returns:
        What was written and what was left out.

    Raises:
        UsageError: The folder holds something, or the side is too small.
        DataError: Nothing of at least 256 pixels fits, or nothing can be read.
    """
    if output.exists() and (not output.is_dir() or any(output.iterdir())):
        raise UsageError(f"{output} holds something already; name a new folder")
    if side < LEAST_SIDE:
        raise UsageError(f"expected a side of at least {LEAST_SIDE} pixels, got {side}")
    names = _scattered(planned.pictures)
    asked = side
    while True:
        files, estimate = _encoded(planned, names, side, format, limit, workers, progress)
        if files is not None:
            break
        assert limit is not None
        side = int(side * STEP * math.sqrt(limit / estimate)) // 8 * 8
        if side < LEAST_SIDE:
            raise DataError(
                f"the pictures take about {estimate / 1e6:.0f} MB and do not fit into "
                f"{limit / 1e6:.0f} MB with {LEAST_SIDE} pixels or more on the long side; pack "
                f"fewer collections, or raise the limit (asked for: {asked} pixels)"
            )
    problems = {name: made for name, made in files.items() if isinstance(made, str)}
    planned = planned.without(problems.keys())
    if not planned.pictures:
        raise DataError(f"no picture could be packed; {next(iter(problems.values()))}")
    known = {name: file for name, file in files.items() if name in planned.pictures}
    sound = {name: file for name, file in known.items() if isinstance(file, File)}
    _write(planned, output, sound, side, format)
    originals = sum(file.original for file in sound.values())
    taken = sum(len(file.data) for file in sound.values())
    return Packed(taken, side, originals, len(sound), tuple(problems.values()))


def _scattered(pictures: Mapping[str, Path]) -> list[str]:
    """The names in an order that mixes the collections, so that few tell how large all will be."""
    return sorted(pictures, key=lambda name: hashlib.sha256(as_bytes(name)).digest())


def _encoded(
    planned: PackPlan,
    names: list[str],
    side: int,
    format: PackFormat,
    limit: int | None,
    workers: int | None,
    progress: Progress,
) -> tuple[dict[str, Made] | None, float]:
    """Every picture, or None and an estimate of their bytes as soon as they pass the limit."""

    def work(name: str) -> Made:
        path = planned.pictures[name]
        try:
            return file_of(path, side, format)
        except Exception as error:
            return f"{path}: {sentence(error).removeprefix(f'{path}: ')}"

    files: dict[str, Made] = {}
    taken = 0
    made = each(work, names, workers or os.cpu_count() or 1)
    for name, file in zip(names, progress(made, len(names), side), strict=True):
        files[name] = file
        taken += len(file.data) if isinstance(file, File) else 0
        if limit is not None and taken > limit:
            _close(made)
            return None, taken / len(files) * len(names)
    return files, taken


def _close(made: Iterator[Made]) -> None:
    """Let the workers end what they have begun."""
    if (end := getattr(made, "close", None)) is not None:
        end()


def file_of(path: Path, side: int, format: PackFormat) -> File:
    """One picture for a pack; raises ReadError naming the file."""
    data = path.read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    pixels = shrunk(picture(path), side)
    coded = encode(Photo(pixels, format="jpeg", subsampling="444"), format=format, quality=QUALITY)
    if len(data) <= len(coded) and _plain(path, data, side):
        return File(data, path.suffix.lower(), True, digest)
    return File(coded, SUFFIXES[format], False, digest)


def _plain(path: Path, data: bytes, side: int) -> bool:
    """Whether a file's own pixels are what a pack would hold: eight bits, upright, sRGB, small."""
    if path.suffix.lower() not in KEPT:
        return False
    photo = read(data)
    fits = max(photo.pixels.shape[:2]) <= side and photo.orientation == 1
    plain = photo.icc is None and photo.mode == "rgb" and photo.pixels.dtype == np.uint8
    return fits and plain


def _write(
    planned: PackPlan, output: Path, files: Mapping[str, File], side: int, format: PackFormat
) -> None:
    """All of it in a hidden folder beside `output`, which then gets its name."""
    names = {name: name + file.suffix for name, file in files.items()}
    contents = {names[name]: file.data for name, file in files.items()}
    contents |= planned.sidecars(names)
    for number, source in enumerate(planned.sources, 1):
        folder = f"terms/{number}-{source.root.name}"
        contents |= {f"{folder}/{path.name}": path.read_bytes() for path in source.terms}
    contents[RECORD] = (json.dumps(_record(planned, files, side, format), indent=1) + "\n").encode()
    output.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".nightlift-", suffix=".part", dir=output.parent) as place:
        made = Path(place) / output.name
        for name, data in contents.items():
            (made / name).parent.mkdir(parents=True, exist_ok=True)
            write_bytes(made / name, data)
        if output.exists():
            output.rmdir()  # an empty one
        made.rename(output)


def _record(
    planned: PackPlan, files: Mapping[str, File], side: int, format: PackFormat
) -> dict[str, Any]:
    return {
        "layout": planned.layout,
        "side": side,
        "format": format,
        "quality": QUALITY if format == "jpeg" else None,
        "sources": [
            {
                "data": source.spec,
                "data_hash": source.data_hash,
                "terms": [path.name for path in source.terms],
            }
            for source in planned.sources
        ],
        "left_out": list(planned.left_out),
        "pictures": {
            name + files[name].suffix: {
                "from": _below(path, planned),
                "sha256": files[name].sha256,
                "original": files[name].original,
            }
            for name, path in planned.pictures.items()
        },
    }


def _below(path: Path, planned: PackPlan) -> str:
    """The file's path below its collection's folder."""
    for source in planned.sources:
        if source.root in path.parents:
            return f"{source.root.name}/{path.relative_to(source.root).as_posix()}"
    return path.name
