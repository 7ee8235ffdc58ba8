"""What is done to every file of a run: photos or clips."""

from __future__ import annotations

import hashlib
import tempfile
from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import ClassVar

from nightlift import __version__
from nightlift.batch import Existing, FileKind, Work
from nightlift.cluster.manifest import Record
from nightlift.cluster.storage import Folder
from nightlift.edit import Edit, Enhancer


@dataclass(frozen=True)
class Task(ABC):
    """What every file of a run has in common; it travels to the workers.

    What becomes of a result that is there already is said by `existing` alone.
    """

    source: Folder
    output: Folder
    enhancer: Enhancer
    strength: float = 1.0
    existing: Existing = "fail"

    kind: ClassVar[FileKind]
    """Files that are taken, by their names."""

    depth: ClassVar[int]
    """Files that a worker has: with 2 it never waits, with 1 none waits for a slow one."""

    waits: ClassVar[bool]
    """Whether a run that is interrupted waits for the files in hand."""

    @property
    @abstractmethod
    def cores(self) -> int:
        """Processor cores that a worker takes."""

    @property
    def beside(self) -> tuple[str, ...]:
        """Endings of the files that are made beside each result, and stored before it."""
        return ()

    @abstractmethod
    def target(self, name: str, file: Path | None = None) -> str:
        """The path of a result below the folder of results.

        Args:
            name: The path below the folder of inputs, which promises a format.
            file: The file itself, which has one.

        Returns:
            The path, with the ending of the format that is written.
        """

    @abstractmethod
    def work(self) -> Work:
        """What makes a result of a file.

        Returns:
            A function of a job, loaded, that raises what goes wrong.
        """

    def settings(self) -> Record:
        """What all results of a run have in common, told by the manifest.

        Returns:
            Plain values, for JSON.
        """
        enhancer = self.enhancer
        arguments = {key: value for key, value in enhancer.arguments.items() if value is not None}
        denoising, model = enhancer.denoising, arguments.get("model")
        return {
            "nightlift": __version__,
            "input": self.source.url,
            "enhancer": repr(enhancer),
            "arguments": {key: str(value) for key, value in arguments.items()},
            "denoising": None if denoising is None else asdict(denoising),
            "model": None if model is None else _digest(Path(model)),
            "edit": None if enhancer.edit is None else _digest_of_edit(enhancer.edit),
            "strength": self.strength,
        }


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _digest_of_edit(edit: Edit) -> str:
    with tempfile.TemporaryDirectory(prefix="nightlift-") as here:
        return _digest(edit.save(Path(here) / "edit.npz"))
