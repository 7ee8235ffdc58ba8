"""Which photos the inputs of a command line are; pipes and devices are never opened."""

from __future__ import annotations

import glob
import os
import stat
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

from nightlift.errors import UsageError, sentence
from nightlift.photo import PHOTO_NAMES, Format, Originals, canonical, sniff

SUFFIX = "-lifted"
"""What is added to a photo's name for its result."""

VIDEO_NAMES = frozenset({".mp4", ".mov", ".m4v", ".mkv", ".webm", ".avi", ".mts", ".m2ts"})
VIDEO_NAMES |= {".mpg", ".mpeg", ".3gp", ".wmv", ".flv", ".ogv", ".mxf"}
OTHER_PICTURES = frozenset({".gif", ".jp2", ".j2k", ".jpx", ".psd", ".psb", ".svg"})
OTHER_PICTURES |= {".exr", ".hdr", ".xcf", ".kra", ".ora", ".tga", ".pcx", ".ppm", ".pgm", ".ico"}

FileKind: TypeAlias = Literal["photo", "result", "output", "video", "picture", "special"]
"""What a file is taken for; only photos are enhanced.

`result` is what an earlier run put beside its photo, `output` lies in the folder of results,
`picture` is of a kind that is not read, `special` a pipe, a socket or a device.
"""

LEFT_OUT: dict[FileKind, tuple[str, str]] = {
    "result": ("result of an earlier run was", "results of an earlier run were"),
    "output": ("photo in the output folder was", "photos in the output folder were"),
    "video": ("video was", "videos were"),
    "picture": ("picture of a kind that is not read was", "pictures of kinds not read were"),
    "special": ("pipe, socket or device was", "pipes, sockets and devices were"),
}
"""What one file of a kind is called that was left out, and several."""

ADVICE: dict[FileKind, str] = {"video": ": `nightlift video IN OUT` brightens one"}

Place: TypeAlias = Callable[[Path], str]
"""The canonical name of a path."""


class FoundFile(NamedTuple):
    """One file of the inputs, and its place below the folder that was given (None: no folder).

    `named` says that it was given by its own name; `problem` why it cannot be a photo.
    """

    path: Path
    below: Path | None = None
    named: bool = False
    kind: FileKind = "photo"
    problem: str | None = None


class Inputs(NamedTuple):
    """All that was found, in order, each file once."""

    found: tuple[FoundFile, ...]

    @property
    def photos(self) -> list[FoundFile]:
        """What is to be enhanced, and what was named and cannot be."""
        return [one for one in self.found if one.kind == "photo"]

    def originals(self, *others: Path | None) -> Originals:
        """What no result may replace: all but the results that a folder holds, and `others`."""
        found = [one.path for one in self.found if one.named or one.kind != "result"]
        return Originals([*found, *(path for path in others if path is not None)])

    @property
    def left_out(self) -> list[str]:
        """A sentence for each kind of file that was left out."""
        counts = Counter(one.kind for one in self.found)
        return [
            f"{counts[kind]} {words[counts[kind] > 1]} left out{ADVICE.get(kind, '')}"
            for kind, words in LEFT_OUT.items()
            if counts[kind]
        ]


def find(
    given: Sequence[str],
    *,
    recursive: bool = False,
    suffix: str = SUFFIX,
    output: Path | None = None,
    keep_named: bool = False,
) -> Inputs:
    """What some files, folders and patterns are.

    A file whose name is that of another one with `suffix` is a result of an earlier run.

    Args:
        given: As the user named them.
        recursive: Whether folders below are looked into.
        suffix: Of results beside their photos.
        output: The folder of results: what lies in it below a folder that was given is a result.
        keep_named: Whether what was named by itself is no result.

    Returns:
        Every file, sorted as given, each once.

    Raises:
        UsageError: A name is empty.
    """
    if not all(given):
        raise UsageError(
            'expected a file, a folder or a pattern, got an empty name ("", perhaps a variable '
            "that is not set)"
        )
    found = [one for text in given for one in _find(text, recursive, output)]
    place = partial(canonical, real=cache(os.path.realpath))
    if output is not None and len(given) > 1:
        found = [_placed(one, place(output / "x")[:-1], place) for one in found]
    found = _unique(found, place)
    results = _results(found, {suffix, SUFFIX} - {""}, place)
    return Inputs(
        tuple(
            one._replace(kind="result")
            if one.path in results and not (one.named and keep_named)
            else one
            for one in found
        )
    )


def sniffed(path: Path) -> Format | None:
    """The format that a file's first bytes tell; an ordinary file is opened, nothing else.

    Args:
        path: Anything.

    Returns:
        The format; None: none of ours, or it cannot be read.
    """
    try:
        if not path.is_file():
            return None
        with path.open("rb") as file:
            return sniff(file.read(64))
    except OSError:
        return None


def _find(text: str, recursive: bool, output: Path | None) -> Iterator[FoundFile]:
    path = Path(text)
    try:
        is_folder = path.is_dir()
    except OSError as error:
        yield FoundFile(path, named=True, problem=_unreadable(error))
        return
    if is_folder:
        yield from _in_folder(path, recursive, output)
    elif path.exists() or path.is_symlink() or not glob.has_magic(text):
        yield FoundFile(path, named=True, problem=_no_photo(path))
    else:
        yield from _matching(text)


def _in_folder(folder: Path, recursive: bool, output: Path | None) -> Iterator[FoundFile]:
    found = sorted(_walk(folder, recursive, output), key=lambda one: one.path)
    yield from found
    if not any(one.kind == "photo" for one in found):
        below = "" if recursive else " (its sub-folders are searched with recursive=True)"
        yield FoundFile(folder, problem=f"there is no photo in this folder{below}")


def _unreadable(error: OSError) -> str:
    return f"this cannot be looked at: {sentence(error)}"


def _walk(folder: Path, recursive: bool, output: Path | None) -> Iterator[FoundFile]:
    results: Path | None = None
    errors: list[OSError] = []
    for place, folders, names in os.walk(folder, onerror=errors.append):
        here = Path(place)
        folders[:] = [name for name in folders if recursive and not name.startswith(".")]
        if output is not None and here != folder and _same(here, output):
            results = here
        inside = results is not None and here.is_relative_to(results)
        for path in (here / name for name in names if not name.startswith(".")):
            kind = _kind(path)
            if kind is not None:
                kind = "output" if inside and kind == "photo" else kind
                yield FoundFile(path, path.relative_to(folder), kind=kind)
    yield from (FoundFile(Path(error.filename), problem=_unreadable(error)) for error in errors)


def _matching(pattern: str) -> Iterator[FoundFile]:
    # Path.glob would find hidden files too.
    matches = sorted(map(Path, glob.glob(pattern, recursive=True)))  # noqa: PTH207
    files = [match for match in matches if not match.is_dir()]
    yield from (FoundFile(path, kind=_kind(path) or "photo") for path in files)
    if not any(_kind(path) in ("photo", None) for path in files):
        what = "photo" if files else "file"
        yield FoundFile(Path(pattern), problem=f"no {what} matches this pattern")


def _kind(path: Path) -> FileKind | None:
    """By its name or, where the name says nothing, by its first bytes; None: of no interest."""
    try:
        mode = path.stat().st_mode
    except OSError:
        mode = stat.S_IFREG  # reading it will tell what is wrong
    if not stat.S_ISREG(mode):
        return None if stat.S_ISDIR(mode) else "special"
    suffix = path.suffix.lower()
    if suffix in PHOTO_NAMES or (suffix == "" and sniffed(path) is not None):
        return "photo"
    return "video" if suffix in VIDEO_NAMES else "picture" if suffix in OTHER_PICTURES else None


def _no_photo(path: Path) -> str | None:
    """Why a file that was named is none that can be read as a photo, before it is opened."""
    if "\0" in str(path):
        return "this cannot be the name of a file"
    kind = _kind(path)
    if kind == "special":
        return (
            "this is a pipe, a socket or a device; expected a file "
            "(`nightlift enhance - -o OUT` reads one photo from standard input)"
        )
    if kind == "video" and path.is_file() and sniffed(path) is None:
        return f"this is a video; `nightlift video {path} OUT` brightens it"
    return None


def _same(path: Path, other: Path) -> bool:
    try:
        return path.samefile(other)
    except OSError:
        return False


def _placed(one: FoundFile, output: str, place: Place) -> FoundFile:
    """A file that was named or matched is a result where it lies in the folder of results."""
    inside = one.below is None and place(one.path).startswith(output)
    return one._replace(kind="output") if inside and one.kind == "photo" else one


def _unique(found: Sequence[FoundFile], place: Place) -> list[FoundFile]:
    """Each file once, where it was first found; named if it was named anywhere."""
    seen: dict[str, FoundFile] = {}
    for one in found:
        first = seen.setdefault(place(one.path), one)
        if one.named and not first.named:
            seen[place(one.path)] = first._replace(named=True)
    return list(seen.values())


def _results(found: Sequence[FoundFile], suffixes: Collection[str], place: Place) -> set[Path]:
    """Photos whose name is that of another one with a suffix."""
    photos = [one.path for one in found if one.kind == "photo" and one.problem is None]
    names = {place(path.with_name(name)) for path in photos for name in (path.stem, path.name)}

    def is_result(path: Path) -> bool:
        bases = {path.stem.removesuffix(suffix) for suffix in suffixes} - {path.stem, ""}
        return any(place(path.with_name(base)) in names for base in bases)

    return set(filter(is_result, photos))
