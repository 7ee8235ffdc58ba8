"""Objects in photos, as ExDark and COCO write them down.

ExDark (Loh and Chan, "Getting to Know Low-light Images with The Exclusively Dark Dataset", 2019)
has a text file beside each photo's name; COCO (Lin et al., 2014) one JSON file of instances.
Boxes are in pixels of the photo as it is stored, from its top left.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nightlift.data import listing
from nightlift.data.sidecar import read_json
from nightlift.errors import DataError

EXDARK_HEADING = "% bbGt version=3"

SAME = {"motorcycle": "motorbike", "person": "people", "dining table": "table"}
"""COCO's name of a class → ExDark's, where they differ by more than capitals."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle; sides may be fractions of a pixel and reach beyond the photo."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Thing:
    """One object in a photo: its class by ExDark's name in small letters, and where it is.

    `number` counts the photo's objects from 1; `size` is the photo's (height, width) where the
    annotation says it.
    """

    kind: str
    photo: Path
    box: Box
    number: int
    size: tuple[int, int] | None = None


def read_exdark(folder: Path) -> tuple[Thing, ...]:
    """Every object that the annotation files below `folder` name; photos lie below it too.

    Objects marked as to be ignored are left out. Raises DataError where there is no annotation,
    for a line of another form, and for a photo that is missing.
    """
    texts = sorted(path for path in folder.rglob("*.txt") if _is_exdark(path))
    if not texts:
        raise DataError(
            f"{folder}: expected ExDark's annotations, text files such as 2015_00001.png.txt that "
            f"begin with {EXDARK_HEADING!r}, but there are none"
        )
    photos: dict[str, list[Path]] = {}
    for path in listing.pictures_in(folder):
        photos.setdefault(path.name.lower(), []).append(path)
    return tuple(thing for text in texts for thing in _exdark_things(text, photos))


def _is_exdark(path: Path) -> bool:
    with path.open(encoding="utf-8", errors="replace") as file:
        return file.read(len(EXDARK_HEADING)) == EXDARK_HEADING


def _exdark_things(text: Path, photos: Mapping[str, Sequence[Path]]) -> Iterator[Thing]:
    found = photos.get(text.stem.lower(), ())
    # The same name in two folders: the one of the class that the annotation lies in.
    close = [path for path in found if path.parent.name.lower() == text.parent.name.lower()]
    if len(close or found) != 1:
        what = "there is none" if not found else f"there are {len(found)}"
        raise DataError(f"{text}: expected one photo named {text.stem} beside it, but {what}")
    (photo,) = close or found
    lines = text.read_text(encoding="utf-8", errors="replace").splitlines()[1:]
    for number, line in enumerate((line for line in lines if line.strip()), 1):
        kind, box, ignored = _exdark_line(text, line)
        if not ignored:
            yield Thing(kind, photo, box, number)


def _exdark_line(text: Path, line: str) -> tuple[str, Box, bool]:
    """Class, box, and whether to ignore it, of `Class l t w h occ lv lt lw lh ign ang`."""
    words = line.split()
    try:
        kind, numbers = words[0], [float(word) for word in words[1:]]
        left, top, width, height = numbers[:4]
    except ValueError:
        raise DataError(
            f"{text}: expected lines such as 'Bicycle 204 28 271 193 0 0 0 0 0 0 0', got {line!r}"
        ) from None
    return kind.lower(), Box(left, top, width, height), len(numbers) > 9 and numbers[9] == 1


def read_coco(annotations: Path, folder: Path) -> tuple[Thing, ...]:
    """Every object of a COCO instances file whose photo is in `folder`, crowds left out.

    Photos of the file that are not in the folder are passed over, so that a part of COCO will
    do. Raises DataError for a file of another form, and where no photo is there.
    """
    content = read_json(annotations)
    try:
        kinds = {one["id"]: _common(one["name"]) for one in content["categories"]}
        photos = {one["id"]: one for one in content["images"]}
        instances = sorted(content["annotations"], key=lambda one: (one["image_id"], one["id"]))
        there = {id for id, one in photos.items() if (folder / one["file_name"]).is_file()}
        things = tuple(_coco_things(kinds, photos, instances, there, folder))
    except (KeyError, TypeError, ValueError, AttributeError, OSError) as error:
        raise DataError(
            f"{annotations}: expected COCO's instances, JSON with images, annotations and "
            f"categories, got something else ({type(error).__name__}: {error})"
        ) from error
    if not there:
        raise DataError(
            f"{folder}: expected the {len(photos)} photos of {annotations}, but none is there"
        )
    return things


def _coco_things(
    kinds: Mapping[int, str],
    photos: Mapping[int, Mapping[str, Any]],
    instances: Sequence[Mapping[str, Any]],
    there: set[int],
    folder: Path,
) -> Iterator[Thing]:
    counts: dict[int, int] = {}
    for one in instances:
        photo = photos[one["image_id"]]
        number = counts[photo["id"]] = counts.get(photo["id"], 0) + 1
        if one.get("iscrowd", 0) or photo["id"] not in there:
            continue
        left, top, width, height = (float(value) for value in one["bbox"])
        size = (int(photo["height"]), int(photo["width"]))
        box = Box(left, top, width, height)
        yield Thing(kinds[one["category_id"]], folder / photo["file_name"], box, number, size)


def _common(name: str) -> str:
    """ExDark's name of a COCO class in small letters; others keep theirs."""
    return SAME.get(name.lower(), name.lower())
