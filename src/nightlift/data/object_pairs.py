"""Dark and good pictures of the same objects, cut out of ExDark's and COCO's photos.

The layout `unpaired` with classes: `train_A/<object>` holds dark crops, `train_B/<object>` good
ones, so that a dark car meets a good car.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np

from nightlift.data import sidecar
from nightlift.data.annotations import Box, Thing, read_coco, read_exdark
from nightlift.data.pictures import Bytes, to_bytes
from nightlift.data.sample import as_bytes
from nightlift.data.workers import each
from nightlift.errors import DataError, UsageError, sentence
from nightlift.photo import Photo, read, to_srgb, turn, write, write_bytes

RECORD = "objects.json"

Side: TypeAlias = Literal["train_A", "train_B"]
Status: TypeAlias = Literal["done", "skipped", "failed"]


@dataclass(frozen=True, slots=True)
class Crop:
    """One crop to be written: `name` is its path below the output, without extension."""

    name: str
    box: Box


@dataclass(frozen=True)
class AnnotatedPhoto:
    """A photo, the size that its annotation says it has, and what is cut out of it."""

    photo: Path
    size: tuple[int, int] | None
    crops: tuple[Crop, ...]


@dataclass(frozen=True)
class CropPlan:
    """Every crop by its photo; `counts` has those of each class as (dark, good)."""

    output: Path
    settings: Mapping[str, Any]
    sources: tuple[AnnotatedPhoto, ...]
    counts: Mapping[str, tuple[int, int]]
    left_out: tuple[str, ...]


@dataclass(frozen=True)
class CropOutcome:
    """What became of one photo's crops; `problem` is a sentence when it failed."""

    source: AnnotatedPhoto
    status: Status
    problem: str | None = None


def plan(
    exdark: Path,
    coco: Path,
    images: Path,
    output: Path,
    *,
    smallest: int = 64,
    limit: int | None = None,
    seed: int = 0,
    classes: Sequence[str] = (),
) -> CropPlan:
    """Plan the crops of the classes that both collections have, or of `classes` alone.

    `exdark` holds ExDark's photos and annotations, `coco` is an instances file of the photos in
    `images`. Both sides of a crop are at least `smallest` pixels; of each class at most `limit`
    are taken on each side, chosen by `seed`. Raises DataError where a class is on one side only
    and for annotations of another form, UsageError for values outside their range.
    """
    if smallest < 1 or (limit is not None and limit < 1):
        raise UsageError(f"expected smallest and limit of at least 1, got {smallest} and {limit}")
    for folder in (exdark, images):
        _check_apart(folder, output)
    dark = _by_kind(read_exdark(exdark), smallest)
    good = _by_kind(read_coco(coco, images), smallest)
    kinds = _chosen_kinds(dark, good, classes)
    chosen: list[tuple[Side, Thing]] = []
    for kind in kinds:
        chosen += [("train_A", thing) for thing in _limited(dark[kind], limit, seed, exdark)]
        chosen += [("train_B", thing) for thing in _limited(good[kind], limit, seed, images)]
    settings = {"coco": coco.name, "smallest": smallest, "limit": limit, "seed": seed}
    settings["classes"] = list(kinds)
    counted = Counter((side, thing.kind) for side, thing in chosen)
    counts = {kind: (counted["train_A", kind], counted["train_B", kind]) for kind in kinds}
    left_out = tuple(sorted((dark.keys() | good.keys()) - set(kinds)))
    return CropPlan(output, settings, _sources(chosen), counts, left_out)


def _check_apart(folder: Path, output: Path) -> None:
    inner, outer = output.resolve(), folder.resolve()
    if not folder.is_dir():
        raise DataError(f"{folder}: expected a folder of photos, but there is none")
    if inner == outer or outer in inner.parents or inner in outer.parents:
        raise UsageError(f"{output} and {folder} lie within each other; give another output folder")


def _by_kind(things: Sequence[Thing], smallest: int) -> dict[str, list[Thing]]:
    """Objects large enough, by class; what their photo cuts off is seen when it is read."""
    found: dict[str, list[Thing]] = {}
    for thing in things:
        if min(thing.box.width, thing.box.height) >= smallest:
            found.setdefault(thing.kind, []).append(thing)
    return found


def _chosen_kinds(
    dark: Mapping[str, Any], good: Mapping[str, Any], classes: Sequence[str]
) -> tuple[str, ...]:
    both = sorted(dark.keys() & good.keys())
    lacking = [kind for kind in classes if kind not in both]
    if lacking or not both:
        wanted = f"the class {lacking[0]}" if lacking else "one class"
        raise DataError(
            f"expected objects of {wanted} that are large enough in both ExDark and COCO, "
            f"but in both there are {', '.join(both) or 'none'}"
        )
    return tuple(sorted(set(classes))) or tuple(both)


def _limited(things: list[Thing], limit: int | None, seed: int, root: Path) -> list[Thing]:
    """At most `limit` of them, in the order of a hash, so that a higher limit adds to a lower."""

    def place(thing: Thing) -> bytes:
        name = f"{seed}:{thing.photo.relative_to(root).as_posix()}:{thing.number}"
        return hashlib.sha256(as_bytes(name)).digest()

    return sorted(things, key=place)[:limit]


def _sources(chosen: Sequence[tuple[Side, Thing]]) -> tuple[AnnotatedPhoto, ...]:
    """By photo, so that each is read once."""
    crops: dict[Path, list[Crop]] = {}
    sizes: dict[Path, tuple[int, int] | None] = {}
    for side, thing in chosen:
        name = f"{side}/{thing.kind}/{thing.photo.stem}-{thing.number}"
        crops.setdefault(thing.photo, []).append(Crop(name, thing.box))
        sizes[thing.photo] = thing.size
    return tuple(
        AnnotatedPhoto(photo, sizes[photo], tuple(crops[photo])) for photo in sorted(crops)
    )


def begin(planned: CropPlan) -> None:
    """Make the folders and write `objects.json`.

    Raises UsageError when the folder holds other pictures, or crops made with other settings.
    """
    path = planned.output / RECORD
    if path.is_file():
        if sidecar.read_json(path) != dict(planned.settings):
            raise UsageError(
                f"{planned.output} was made with other settings (see {RECORD}); give another "
                "output folder, or the same settings to go on"
            )
    elif any((planned.output / side).exists() for side in ("train_A", "train_B")):
        raise UsageError(
            f"{planned.output} holds train_A/ or train_B/ of other origin; "
            "give another output folder"
        )
    for kind in planned.counts:
        for side in ("train_A", "train_B"):
            (planned.output / side / kind).mkdir(parents=True, exist_ok=True)
    text = json.dumps(dict(planned.settings), indent=1) + "\n"
    write_bytes(path, text.encode(), overwrite=True)


def write_crops(planned: CropPlan, workers: int | None = None) -> Iterator[CropOutcome]:
    """Write every crop that is not there yet, photo by photo; one that fails is passed over."""

    def work(source: AnnotatedPhoto) -> CropOutcome:
        try:
            return CropOutcome(source, "done" if _write(planned, source) else "skipped")
        except Exception as error:
            text = sentence(error)
            return CropOutcome(source, "failed", text.removeprefix(f"{source.photo}: "))

    return each(work, planned.sources, workers or os.cpu_count() or 1)


def _write(planned: CropPlan, source: AnnotatedPhoto) -> bool:
    """Whether there was anything to write."""
    paths = [(planned.output / f"{crop.name}.png", crop.box) for crop in source.crops]
    missing = [(path, box) for path, box in paths if not path.exists()]
    if not missing:
        return False
    photo = read(source.photo)
    pixels = to_bytes(to_srgb(photo.pixels, photo.icc) if photo.mode == "rgb" else photo.pixels)
    if source.size is not None and pixels.shape[:2] != source.size:
        raise DataError(
            f"expected {source.size[1]}×{source.size[0]} pixels as its annotation says, got "
            f"{pixels.shape[1]}×{pixels.shape[0]}: the boxes would lie elsewhere"
        )
    written = False
    for path, box in missing:
        cut = cropped(pixels, box)
        if min(cut.shape[:2]) >= planned.settings["smallest"]:
            # Annotators saw the pixels as they are stored, networks see them upright.
            upright = np.ascontiguousarray(turn(cut, photo.orientation))
            write(Photo(upright), path, format="png")
            written = True
    return written


def cropped(pixels: Bytes, box: Box) -> Bytes:
    """The whole pixels that a box touches, as far as they are in the photo (perhaps none)."""
    height, width = pixels.shape[:2]
    left, top = max(0, math.floor(box.left)), max(0, math.floor(box.top))
    right = min(width, math.ceil(box.left + box.width))
    bottom = min(height, math.ceil(box.top + box.height))
    return np.ascontiguousarray(pixels[top : max(top, bottom), left : max(left, right)])
