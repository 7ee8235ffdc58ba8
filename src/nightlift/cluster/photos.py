"""Photos as what a run is about."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import ClassVar

from nightlift.batch import (
    Budget,
    Enhancing,
    FileKind,
    FileWork,
    Naming,
    Writing,
    half_of_machine,
    sniffed,
)
from nightlift.cluster.manifest import Record
from nightlift.cluster.task import Task
from nightlift.photo import EXTENSIONS, HEIC_NAMES, RAW_NAMES, Format, TargetFormat
from nightlift.processor import cores


@dataclass(frozen=True)
class PhotoTask(Task):
    """Photos to be enhanced; see `nightlift.enhance_files`."""

    exact: bool = False
    format: TargetFormat | None = None
    writing: Writing = field(default_factory=Writing)
    save_edit: bool = False
    memory: int | None = None

    kind: ClassVar[FileKind] = "photo"
    depth: ClassVar[int] = 2
    waits: ClassVar[bool] = True

    @property
    def cores(self) -> int:
        """Processor cores that a worker takes."""
        return self.enhancer.threads or 1

    @property
    def beside(self) -> tuple[str, ...]:
        """The ending of a saved edit."""
        return (".npz",) if self.save_edit else ()

    def target(self, name: str, file: Path | None = None) -> str:
        """The path of a result: its ending changes with the format, of the content if possible."""
        path = PurePosixPath(name)
        format = format_of(name) if file is None else sniffed(file)
        naming = Naming(Path(), False, "", self.format, keep_ending=True)
        return str(path.with_name(naming.name(Path(path.name), format)))

    def work(self) -> FileWork:
        """What makes a result of a photo; the other workers of a machine have as much memory."""
        most = self.memory or (half_of_machine() or 0) * self.cores // cores() or None
        enhancing = Enhancing(self.enhancer, self.strength, self.exact)
        writing = self.writing._replace(overwrite=self.existing == "overwrite")
        return FileWork(enhancing, writing, Budget(most), self.save_edit)

    def settings(self) -> Record:
        """What all results have in common."""
        written = self.writing._asdict()
        del written["overwrite"], written["threads"]  # of which no result depends
        own = {"exact": self.exact, "format": self.format or "same", "save_edit": self.save_edit}
        return super().settings() | written | own


def format_of(name: str) -> Format | None:
    """The format that a name promises."""
    suffix = PurePosixPath(name).suffix.lower()
    if suffix in HEIC_NAMES:
        return "heic"
    return "raw" if suffix in RAW_NAMES else EXTENSIONS.get(suffix)
