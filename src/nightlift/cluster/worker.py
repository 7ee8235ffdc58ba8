"""One file from a folder of inputs to a folder of results: what each worker of a cluster does."""

from __future__ import annotations

import os
import socket
import time
from dataclasses import replace
from pathlib import Path, PurePosixPath

from nightlift.batch import Job, Outcome, guarded
from nightlift.cluster.manifest import Record
from nightlift.cluster.task import Task
from nightlift.cluster.workplace import sweep, workplace
from nightlift.errors import ExistsError, WriteError, sentence

WRITTEN = ("done", "incomplete")


class Worker:
    """Holds a loaded enhancer and takes one file after the other."""

    def __init__(self, task: Task) -> None:
        sweep()
        self._task, self._work = task, task.work()

    def version(self) -> str:
        """The version of nightlift here."""
        from nightlift import __version__

        return __version__

    def enhance(self, name: str, again: bool = False) -> Record:
        """The outcome of a file; nothing it does ends the worker.

        Args:
            name: Its path below the folder of inputs.
            again: Whether a worker was lost that may have written the result: a file that holds
                the very bytes of the result is then taken for it.
        """
        start = time.perf_counter()
        task = self._task
        target = task.target(name)
        try:
            with workplace() as here:
                outcome, target = self._outcome(name, target, here, again)
        except Exception as error:
            outcome = Outcome(Job(Path(name), None), "failed", sentence(error))
        record = replace(outcome, seconds=time.perf_counter() - start).record()
        record["input"] = task.source.address(name)
        record["output"] = task.output.address(target) if outcome.status in WRITTEN else None
        return record | {"worker": f"{socket.gethostname()}:{os.getpid()}"}

    def _outcome(self, name: str, target: str, here: Path, again: bool) -> tuple[Outcome, str]:
        """The outcome, and the result's name, which the file's true format may change."""
        known = self._exists(name, target, again)
        if known is not None:
            return known, target
        source = self._task.source.fetch(name, here)
        true = self._task.target(name, source)
        if true != target:
            known = self._exists(name, true, again)
            if known is not None:
                return known, true
        self._check_apart(true)
        final = self._final(true, again)
        (here / "made").mkdir()
        made = final or here / "made" / PurePosixPath(true).name
        outcome = guarded(Job(source, made), self._work, self._task.existing)
        if final is None and outcome.status in WRITTEN:
            outcome = self._stored(outcome, true, again)
        return outcome, true

    def _final(self, target: str, again: bool) -> Path | None:
        """Where a result may be made at once: on a disk, where nothing has to be there before."""
        return None if again or self._task.beside else self._task.output.local(target)

    def _exists(self, name: str, target: str, again: bool) -> Outcome | None:
        """The outcome of a file whose result is there already; None: it is not, or may be."""
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
        overwrite = self._task.existing == "overwrite"
        if again and not overwrite and output.has_another(target, made):
            return self._taken(outcome.job, target)
        for ending in self._task.beside:
            output.put(target + ending, made.with_name(made.name + ending), overwrite=True)
        try:
            output.put(target, made, overwrite=overwrite)
        except ExistsError:
            if not again or output.has_another(target, made):
                return self._taken(outcome.job, target)
        return outcome
