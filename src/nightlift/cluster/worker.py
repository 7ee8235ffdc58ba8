"""One photo from a folder of inputs to a folder of results: what each worker of a cluster does."""

from __future__ import annotations

import os
import socket
import tempfile
import time
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from nightlift.batch import (
    Budget,
    Enhancing,
    Existing,
    FileWork,
    Job,
    Naming,
    Outcome,
    Writing,
    edit_path,
    guarded,
    half_of_machine,
    sniffed,
)
from nightlift.cluster.manifest import Record
from nightlift.cluster.storage import Folder
from nightlift.edit import Enhancer
from nightlift.errors import ExistsError, WriteError, sentence
from nightlift.photo import EXTENSIONS, HEIC_NAMES, RAW_NAMES, Format, TargetFormat
from nightlift.processor import cores


class Task(NamedTuple):
    """What every photo of a run has in common; it travels to the workers.

    What becomes of a result that is there already is said by `existing` alone.
    """

    source: Folder
    output: Folder
    enhancer: Enhancer
    strength: float = 1.0
    exact: bool = False
    format: TargetFormat | None = None
    writing: Writing = Writing()
    existing: Existing = "fail"
    save_edit: bool = False
    memory: int | None = None


class Worker:
    """Holds a loaded enhancer and takes one photo after the other."""

    def __init__(self, task: Task) -> None:
        self._task = task
        threads = task.enhancer.threads or 1
        # The other workers of this machine have as much.
        most = task.memory or (half_of_machine() or 0) * threads // cores() or None
        enhancing = Enhancing(task.enhancer, task.strength, task.exact)
        self._work = FileWork(enhancing, task.writing, Budget(most), task.save_edit)
        self._naming = Naming(Path(), False, "", task.format, keep_ending=True)

    def version(self) -> str:
        """The version of nightlift here."""
        from nightlift import __version__

        return __version__

    def enhance(self, name: str, again: bool = False) -> Record:
        """The outcome of a photo; nothing it does ends the worker.

        Args:
            name: Its path below the folder of inputs.
            again: Whether a worker was lost that may have written the result: a file that holds
                the very bytes of the result is then taken for it.
        """
        start = time.perf_counter()
        task = self._task
        target = self.target(name, format_of(name))
        try:
            with tempfile.TemporaryDirectory(prefix="nightlift-") as here:
                outcome, target = self._outcome(name, target, Path(here), again)
        except Exception as error:
            outcome = Outcome(Job(Path(name), None), "failed", sentence(error))
        record = replace(outcome, seconds=time.perf_counter() - start).record()
        record["input"] = task.source.address(name)
        record["output"] = task.output.address(target) if outcome.status == "done" else None
        return record | {"worker": f"{socket.gethostname()}:{os.getpid()}"}

    def target(self, name: str, format: Format | None) -> str:
        """The path of the result below the folder of results."""
        path = PurePosixPath(name)
        return str(path.with_name(self._naming.name(Path(path.name), format)))

    def _outcome(self, name: str, target: str, here: Path, again: bool) -> tuple[Outcome, str]:
        """The outcome, and the result's name, which the photo's true format may change."""
        known = self._exists(name, target, again)
        if known is not None:
            return known, target
        source = self._task.source.fetch(name, here)
        true = self.target(name, sniffed(source))
        if true != target:
            known = self._exists(name, true, again)
            if known is not None:
                return known, true
        self._check_apart(true)
        (here / "made").mkdir()
        outcome = guarded(Job(source, here / "made" / PurePosixPath(true).name), self._work)
        return (self._stored(outcome, true, again) if outcome.status == "done" else outcome), true

    def _exists(self, name: str, target: str, again: bool) -> Outcome | None:
        """The outcome of a photo whose result is there already; None: it is not, or may be."""
        existing = self._task.existing
        if existing == "overwrite" or (again and existing == "fail"):
            return None
        if not self._task.output.exists(target):
            return None
        return self._taken(Job(Path(name), Path(target)), target)

    def _taken(self, job: Job, target: str) -> Outcome:
        if self._task.existing == "skip":
            return Outcome(job, "skipped")
        told = f"the output {self._task.output.address(target)} exists already; existing='skip' "
        return Outcome(job, "failed", f"{told}leaves it, and existing='overwrite' replaces it")

    def _check_apart(self, target: str) -> None:
        """Raise WriteError where a link among the results leads back to the photos."""
        source, output = self._task.source, self._task.output
        folder = output.below(str(PurePosixPath(target).parent))
        if source.holds(folder) and not output.holds(folder):
            raise WriteError(
                f"{folder.url} leads to a folder of the photos in {source.url}, where one could "
                "be replaced: give the results another folder"
            )

    def _stored(self, outcome: Outcome, target: str, again: bool) -> Outcome:
        """Put a result where it belongs, after its edit: where a photo is, its edit is, too.

        An edit without a photo was left by a run that ended in between, and is replaced.
        """
        made, output = outcome.job.target, self._task.output
        assert made is not None
        data, overwrite = made.read_bytes(), self._task.existing == "overwrite"
        if again and not overwrite and self._is_another(target, data):
            return self._taken(outcome.job, target)
        if self._task.save_edit:
            output.store(f"{target}.npz", edit_path(made).read_bytes(), overwrite=True)
        try:
            output.store(target, data, overwrite=overwrite)
        except ExistsError:
            if not again or self._is_another(target, data):
                return self._taken(outcome.job, target)
        return outcome

    def _is_another(self, target: str, data: bytes) -> bool:
        """Whether there is a file of this name that is not the result."""
        output = self._task.output
        return output.exists(target) and output.read(target) != data


def format_of(name: str) -> Format | None:
    """The format that a name promises."""
    suffix = PurePosixPath(name).suffix.lower()
    if suffix in HEIC_NAMES:
        return "heic"
    return "raw" if suffix in RAW_NAMES else EXTENSIONS.get(suffix)
