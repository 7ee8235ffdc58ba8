"""What stands beside a photo: what methods, released files and other tools made of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from nightlift.adjust.adjustment import Adjustment
from nightlift.data.pictures import picture
from nightlift.data.sample import Sample
from nightlift.edit.enhancer import Enhancer
from nightlift.errors import UsageError
from nightlift.evaluate.candidate import result_files
from nightlift.photo.photo import Floats, Photo
from nightlift.photo.proxy import small_copy
from nightlift.report.drawings import SIZE, Drawing, attention, drawings

SEEN: Mapping[str, Callable[[Floats], Drawing]] = MappingProxyType({"enlightengan": attention})
"""What a method weighs the photo by, where that is no part of its adjustment."""


TITLES: Mapping[str, str] = MappingProxyType({"gamma": "gamma 0.4"})
"""Headings of methods whose name alone says too little."""


@dataclass(frozen=True)
class Column:
    """A way to show a photo: `show` takes the sample and its photo as it was read.

    `draw` draws what was estimated of the photo; None where nothing was, or nobody knows what.
    `files` are what it reads beside the photo.
    """

    name: str
    show: Callable[[Sample, Photo], Photo]
    draw: Callable[[Photo], tuple[Drawing, ...]] | None = None
    files: tuple[Path, ...] = ()


def method(name: str) -> Column:
    """A method by its name; raises UsageError for an unknown one and ModelError."""
    return _enhanced(TITLES.get(name, name), Enhancer(name))


def released_file(path: Path) -> Column:
    """A released model, named after its file; raises ModelError."""
    return replace(_enhanced(path.stem, Enhancer(model=path)), files=(path,))


def _enhanced(name: str, enhancer: Enhancer) -> Column:
    def show(sample: Sample, photo: Photo) -> Photo:
        return enhancer(photo)

    def draw(photo: Photo) -> tuple[Drawing, ...]:
        small = small_copy(photo, SIZE)
        seen = [SEEN[enhancer.name](small)] if enhancer.name in SEEN else []
        return (*drawings(_estimated(enhancer, photo), small), *seen)

    return Column(name, show, draw)


def _estimated(enhancer: Enhancer, photo: Photo) -> Adjustment:
    adjustment = enhancer.estimate(photo, paint=False).adjustment
    assert adjustment is not None
    return adjustment


def other_results(name: str, folder: Path, samples: Sequence[Sample]) -> Column:
    """What any tool wrote into `folder`, matched by the photos' stems; raises DataError."""
    files = result_files(folder, samples)

    def show(sample: Sample, photo: Photo) -> Photo:
        return Photo(picture(files[sample.id]))

    return Column(name, show, files=tuple(files.values()))


def chosen(
    asked: Sequence[str], folders: Sequence[tuple[str, Path]], samples: Sequence[Sample]
) -> tuple[Column, ...]:
    """The columns of what a user names, in that order, then those of `folders`.

    Each of `asked` is a method, a released file (.onnx), or a folder of results, called
    NAME=FOLDER or after itself. Raises UsageError where two would have one name.
    """
    columns = [_named(text, samples) for text in dict.fromkeys(asked)]
    columns += [other_results(name, folder, samples) for name, folder in folders]
    seen = {"input", "reference"}
    for column in columns:
        if column.name in seen:
            raise UsageError(
                f"expected columns of different names, got {column.name!r} twice; "
                "call results NAME=FOLDER, or rename the file"
            )
        seen.add(column.name)
    return tuple(columns)


def _named(text: str, samples: Sequence[Sample]) -> Column:
    name, equals, folder = text.partition("=")
    if equals:
        return other_results(name, Path(folder), samples)
    path = Path(text)
    if text.endswith(".onnx"):
        return released_file(path)
    # A method's name counts for more than a folder that happens to be called so.
    if path.is_dir() and ("/" in text or "\\" in text or not _known(text)):
        return other_results(path.resolve().name, path, samples)
    return method(text)


def _known(name: str) -> bool:
    from nightlift.classical import CLASSICAL
    from nightlift.models.released import names

    return name in CLASSICAL or name in names()
