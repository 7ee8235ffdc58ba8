"""The files of a folder as they are found: millions of names, of which few are held at a time."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator

from nightlift.batch import ADVICE, LEFT_OUT, OTHER_PICTURES, VIDEO_NAMES, FileKind
from nightlift.cluster.explained import explained
from nightlift.cluster.storage import Folder
from nightlift.errors import ReadError, UsageError
from nightlift.photo import PHOTO_NAMES

PAGE = 1000
"""Names that S3 tells at a time."""

OTHERS: dict[FileKind, tuple[tuple[str, str], str]] = {
    "photo": (("photo was", "photos were"), ": `nightlift enhance IN -o OUT` brightens them"),
    **{kind: (words, ADVICE.get(kind, "")) for kind, words in LEFT_OUT.items()},
}
"""What one file of a kind is called that was left out, and several, and what helps."""


class Listing:
    """The files of one kind in a folder by their paths below it; `counts` says what was met.

    Args:
        folder: Where they are looked for.
        kind: Which files: photos or videos.
        recursive: Whether in its sub-folders, too.
        without: A folder whose files are not listed, such as that of the results.

    What a file is is told by names alone. Names that begin with a dot are left out.
    """

    def __init__(
        self,
        folder: Folder,
        kind: FileKind = "photo",
        *,
        recursive: bool = False,
        without: Folder | None = None,
    ) -> None:
        self._folder, self._kind, self._recursive = folder, kind, recursive
        self._without: str | None = None
        if without is not None and folder.holds(without):
            self._without = without._canonical().removeprefix(folder._canonical()).strip("/") + "/"
        self.counts: Counter[FileKind] = Counter()

    def __iter__(self) -> Iterator[str]:
        """The names; ReadError where a folder cannot be listed."""
        self.counts.clear()
        for name in self._found():
            if self._without is not None and name.startswith(self._without):
                continue
            if any(part.startswith(".") for part in name.split("/")):
                continue
            kind = _kind(name)
            if kind is not None:
                self.counts[kind] += 1
            if kind == self._kind:
                yield name

    def _found(self) -> Iterator[str]:
        url = self._folder.url
        try:
            with explained(f"{url} cannot be listed", ReadError, FileNotFoundError):
                yield from _files(self._folder, self._recursive)
        except FileNotFoundError:
            raise UsageError(f"there is no folder {url}") from None

    @property
    def left_out(self) -> list[str]:
        """A sentence for each kind of file that was met and left out."""
        return [
            f"{self.counts[kind]} {words[self.counts[kind] > 1]} left out{advice}"
            for kind, (words, advice) in OTHERS.items()
            if self.counts[kind] and kind != self._kind
        ]


def _kind(name: str) -> FileKind | None:
    suffix = os.path.splitext(name)[1].lower()  # noqa: PTH122 - a million times, no Path
    if suffix in PHOTO_NAMES:
        return "photo"
    return "video" if suffix in VIDEO_NAMES else "picture" if suffix in OTHER_PICTURES else None


def _files(folder: Folder, recursive: bool) -> Iterator[str]:
    """Paths of files below the folder."""
    if folder.is_local:
        return _on_disk(folder.path, recursive)
    if "s3" in folder._protocols() and hasattr(folder.fs, "call_s3"):
        return _on_s3(folder, recursive)
    return _elsewhere(folder, recursive)


def _on_disk(top: str, recursive: bool) -> Iterator[str]:
    waiting = [""]
    while waiting:
        below = waiting.pop()
        with os.scandir(os.path.join(top, below)) as entries:  # noqa: PTH118
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    if recursive:
                        waiting.append(f"{below}{entry.name}/")
                elif entry.is_file():
                    yield below + entry.name


def _on_s3(folder: Folder, recursive: bool) -> Iterator[str]:
    """Page by page: fsspec's own listing holds a description of every object in memory."""
    bucket, key, _ = folder.fs.split_path(folder.path)
    prefix = f"{key.rstrip('/')}/" if key else ""
    asked = {"Bucket": bucket, "Prefix": prefix, "MaxKeys": PAGE}
    if not recursive:
        asked["Delimiter"] = "/"
    first = True
    while True:
        page = folder.fs.call_s3("list_objects_v2", **asked)
        if first and not page.get("KeyCount"):
            raise FileNotFoundError(folder.path)
        first = False
        for found in page.get("Contents", ()):
            name = found["Key"].removeprefix(prefix)
            if name and not name.endswith("/"):
                yield name
        if not page.get("IsTruncated"):
            return
        asked["ContinuationToken"] = page["NextContinuationToken"]


def _elsewhere(folder: Folder, recursive: bool) -> Iterator[str]:
    """Folder by folder, each held as a whole."""
    top = folder.path.rstrip("/") + "/"
    waiting = [folder.path]
    while waiting:
        for found in folder.fs.ls(waiting.pop(), detail=True):
            name = str(found["name"])
            if found["type"] == "file":
                yield name.removeprefix(top)
            elif recursive:
                waiting.append(name)
