"""Clips as what a run is about."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import ClassVar

from nightlift.batch import FileKind
from nightlift.cluster.manifest import Record
from nightlift.cluster.task import Task
from nightlift.video import ClipWork, Encoding


@dataclass(frozen=True)
class ClipTask(Task):
    """Videos to be enhanced; see `nightlift.video.enhance_video`.

    `threads` are of each clip; an encoder's bytes depend on how many there are.
    """

    smooth: float = 1.0
    every: int | None = None
    encoding: Encoding = field(default_factory=Encoding)
    tone_map: bool = False
    threads: int = 1

    kind: ClassVar[FileKind] = "video"
    depth: ClassVar[int] = 1
    waits: ClassVar[bool] = False

    def __post_init__(self) -> None:
        """Raise UsageError for what no clip can be enhanced by, before anything starts."""
        self.work()

    @property
    def cores(self) -> int:
        """Processor cores that a worker takes."""
        return self.threads

    def target(self, name: str, file: Path | None = None) -> str:
        """The path of a result: its name says the container, and stays."""
        return name

    def work(self) -> ClipWork:
        """What makes a result of a clip."""
        return ClipWork(
            self.enhancer,
            self.strength,
            smooth=self.smooth,
            every=self.every,
            encoding=self.encoding,
            tone_map=self.tone_map,
            overwrite=self.existing == "overwrite",
            threads=self.threads,
        )

    def settings(self) -> Record:
        """What all results have in common."""
        return super().settings() | {
            "smooth": self.smooth,
            "every": self.every,
            "encoding": asdict(self.encoding),
            "tone_map": self.tone_map,
            "threads": self.threads,
        }
