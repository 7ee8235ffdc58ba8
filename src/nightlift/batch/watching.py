"""New photos of a folder, each as soon as it is finished, and until somebody ends it."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from nightlift.batch.inputs import find
from nightlift.batch.planning import Job, Naming
from nightlift.batch.pool import Outcome, Work, run
from nightlift.errors import MissingExtraError, ReadError, UsageError
from nightlift.photo import TargetFormat

if TYPE_CHECKING:
    from watchfiles.main import FileChange

LOOK = 500
"""Milliseconds between two looks at files that may still grow."""


class _State(NamedTuple):
    """A file's size and date, and since when it has had them."""

    size: int
    date: int
    since: float


class Settling:
    """Files that may still be written: one is finished when it has not changed for a while.

    Args:
        seconds: How long that is.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._growing: dict[Path, _State] = {}

    def add(self, path: Path, now: float) -> None:
        """A file is new, or has changed."""
        self._growing[path] = _State(-1, 0, now)

    def finished(self, now: float) -> list[Path]:
        """Files that are finished, told once."""
        done = [path for path in list(self._growing) if self._is_finished(path, now)]
        for path in done:
            del self._growing[path]
        return sorted(done)

    def _is_finished(self, path: Path, now: float) -> bool:
        before = self._growing[path]
        try:
            status = path.stat()
        except OSError:  # gone again, or renamed
            del self._growing[path]
            return False
        if (status.st_size, status.st_mtime_ns) != before[:2]:
            self._growing[path] = _State(status.st_size, status.st_mtime_ns, now)
            return False
        return status.st_size > 0 and now - before.since >= self._seconds


class Watched:
    """A folder whose photos are enhanced into another one.

    Results keep names and sub-folders, and the photo's ending where the format changes. A photo
    with a result is left alone, so that it can be ended and started again at any time.

    Args:
        folder: Where photos come.
        output: Where results go.
        recursive: Whether sub-folders count.
        format: What results are written as; None: as the photos are.
        settle: Seconds after which a file that does not change any more is finished.

    Raises:
        UsageError: There is no such folder, or results would go into it.
    """

    def __init__(
        self,
        folder: Path,
        output: Path,
        *,
        recursive: bool = False,
        format: TargetFormat | None = None,
        settle: float = 2.0,
    ) -> None:
        if not folder.is_dir():
            raise UsageError(f"expected a folder to watch, got {folder}")
        if output.resolve() == folder.resolve():
            raise UsageError("results need a folder of their own, not the one that is watched")
        self._folder, self._output, self._recursive = folder, output, recursive
        self._place, self._device = folder.resolve(), folder.stat().st_dev
        self._naming = Naming(output, False, "", format, keep_ending=True)
        self._settling = Settling(settle)

    def outcomes(self, work: Work, workers: int | None = None) -> Generator[Outcome]:
        """The outcome of each photo that is there without a result, or comes; it never ends.

        A photo that failed is tried again when its file changes.

        Args:
            work: Done for each photo.
            workers: Photos at a time; None: by the cores.

        Yields:
            The outcome of each.

        Raises:
            MissingExtraError: The package that watches is not installed.
            ReadError: The folder is there no more: removed, renamed or unmounted.
        """
        try:
            from watchfiles import watch
        except ImportError:
            raise MissingExtraError("watching a folder", "watch") from None
        changes = watch(
            self._folder,
            watch_filter=None,
            recursive=self._recursive,
            rust_timeout=LOOK,
            yield_on_timeout=True,
            raise_interrupt=True,
        )
        next(changes)  # from here on nothing is missed
        for path in self._photos():
            self._settling.add(path, time.monotonic())
        for changed in changes:
            now = time.monotonic()
            self._check_there(changed)
            if changed:
                for path in self._touched(changed):
                    self._settling.add(path, now)
            jobs = self.jobs(self._settling.finished(now))
            if jobs:
                yield from self._done(run(jobs, work, existing="skip", workers=workers))

    def _check_there(self, changed: set[FileChange]) -> None:
        """Raise ReadError where the folder is gone, even if another one has its name by now."""
        removed = {Path(path).resolve() for kind, path in changed if kind.name == "deleted"}
        try:
            device = self._folder.stat().st_dev
        except OSError:
            device = None
        if self._place in removed or device != self._device:
            raise ReadError(
                f"the folder {self._folder} is there no more: it was removed, renamed or "
                "unmounted; watch it again once it is back"
            )

    def _touched(self, changed: set[FileChange]) -> list[Path]:
        """Photos that are new or have changed, those of a folder that was moved here included."""
        files = {Path(path).resolve() for _, path in changed}
        folders = {Path(path).resolve() for kind, path in changed if kind.name == "added"}
        return [
            path
            for path in self._photos()
            if (place := path.resolve()) in files or not folders.isdisjoint(place.parents)
        ]

    def jobs(self, paths: list[Path]) -> list[Job]:
        """What is to be done about finished files.

        Args:
            paths: Files of the folder.

        Returns:
            One job a photo; none for those that have a result.
        """
        found = find([str(self._folder)], recursive=self._recursive, output=self._output).photos
        known = {one.path: one for one in found if one.below is not None}
        jobs = [self._naming.job(known[path]) for path in paths if path in known]
        return [job for job in jobs if job.target is None or not job.target.exists()]

    def _photos(self) -> list[Path]:
        found = find([str(self._folder)], recursive=self._recursive, output=self._output).photos
        return [one.path for one in found if one.below is not None]

    def _done(self, outcomes: Iterator[Outcome]) -> Iterator[Outcome]:
        for outcome in outcomes:
            if outcome.status != "skipped":
                yield outcome
