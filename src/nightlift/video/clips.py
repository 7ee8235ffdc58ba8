"""The videos of a folder: where their results go, and what becomes of each."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nightlift.batch import Job, Outcome, find
from nightlift.edit import Enhancer
from nightlift.video.encoding import Encoding
from nightlift.video.enhancing import Progress, check, enhance_video


def in_folder(
    folder: Path, output: Path, *, recursive: bool = False
) -> tuple[list[tuple[Path, Path]], int]:
    """Each video of a folder with its result's name, and how many photos there are.

    What lies in `output` is a result of an earlier run.

    Args:
        folder: Where to look.
        output: The folder of results.
        recursive: Whether folders below are looked into.

    Returns:
        Pairs of source and result, and the number of photos, which are left alone.
    """
    found = find([str(folder)], recursive=recursive, output=output).found
    place = output.resolve()
    inside = place != folder.resolve()
    clips = [
        (one.path, output / one.below)
        for one in found
        if one.kind == "video" and one.below is not None
        if not (inside and place in one.path.resolve().parents)
    ]
    return clips, sum(one.kind == "photo" and one.problem is None for one in found)


@dataclass(frozen=True)
class ClipOutcome(Outcome):
    """What became of one video; see `EnhancedVideo`."""

    encoder: str | None = None
    frames: int | None = None
    broken: int | None = None
    cuts: int | None = None
    estimates: int | None = None

    def record(self) -> dict[str, Any]:
        """The same as plain values, for JSON."""
        counts = ("encoder", "frames", "broken", "cuts", "estimates")
        told = super().record() | {name: getattr(self, name) for name in counts}
        del told["auto"]  # it changes from frame to frame
        return told


@dataclass(frozen=True)
class ClipWork:
    """Brightens a job's video; the settings are those of `enhance_video`.

    Raises:
        UsageError: No video can be enhanced by these.
        MissingExtraError: PyAV is not installed.
    """

    enhancer: Enhancer
    strength: float = 1.0
    smooth: float = 1.0
    every: int | None = None
    encoding: Encoding = field(default_factory=Encoding)
    tone_map: bool = False
    overwrite: bool = False
    threads: int | None = None

    def __post_init__(self) -> None:
        """See the class."""
        check(self.enhancer, self.strength, self.smooth, self.every)

    def __call__(self, job: Job, progress: Progress | None = None) -> ClipOutcome:
        """The outcome; raises what `enhance_video` does."""
        assert job.target is not None
        job.target.parent.mkdir(parents=True, exist_ok=True)
        made = enhance_video(
            job.source,
            job.target,
            self.enhancer,
            self.strength,
            smooth=self.smooth,
            every=self.every,
            encoding=self.encoding,
            tone_map=self.tone_map,
            overwrite=self.overwrite,
            threads=self.threads,
            progress=progress,
        )
        return ClipOutcome(
            job,
            "done" if made.complete else "incomplete",
            notices=tuple(made.problems),
            width=made.width,
            height=made.height,
            method=self.enhancer.name,
            strength=self.strength,
            encoder=made.encoder,
            frames=made.frames,
            broken=made.broken,
            cuts=made.cuts,
            estimates=made.estimates,
        )
