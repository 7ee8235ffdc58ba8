"""One photo file from reading to writing: what each worker of a batch does."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from nightlift.batch.memory import Budget
from nightlift.batch.planning import Job
from nightlift.batch.pool import Outcome
from nightlift.edit import Edit, Enhancer
from nightlift.errors import AdjustmentError, ExistsError, UsageError
from nightlift.photo import (
    EXTENSIONS,
    MOST_KEPT,
    BufferPool,
    Format,
    GainMaps,
    Photo,
    Strip,
    TargetFormat,
    dimensions,
    encode,
    losses,
    read,
    write,
)

LITTLE = 16
"""A budget of so many times what a thread may keep has room for it beside the photos in hand."""


class Enhanced(NamedTuple):
    """A result and the edit that made it."""

    photo: Photo
    edit: Edit


class Enhancing(NamedTuple):
    """How each photo is enhanced; see `Enhancer.estimate`; `edits` of some are decided already."""

    enhancer: Enhancer
    strength: float = 1.0
    exact: bool = False
    edits: Mapping[Path, Edit] = MappingProxyType({})

    def of(self, source: Path) -> Enhancing:
        """The same for one photo, whose edit may be known already.

        Args:
            source: The photo.

        Returns:
            Itself, or one that applies the photo's own edit.
        """
        edit = self.edits.get(source)
        if edit is None:
            return self
        return Enhancing(Enhancer(edit=edit, threads=self.threads))

    @property
    def threads(self) -> int | None:
        """Processor threads for one photo; None: all."""
        return self.enhancer.threads

    def __call__(self, photo: Photo) -> Enhanced:
        """The better photo, which may take over the given one's pixels."""
        edit = self.enhancer.estimate(photo, self.strength, exact=self.exact)
        return Enhanced(edit.apply(photo, threads=self.threads, in_place=True), edit)


class Writing(NamedTuple):
    """How each result is written; see `nightlift.write`."""

    format: TargetFormat = "same"
    quality: int = 92
    upright: bool = False
    strip: Strip = "none"
    overwrite: bool = False
    threads: int | None = None
    gain_map: GainMaps = "keep"

    def format_of(self, target: Path) -> TargetFormat | Format:
        """The format of a result.

        Args:
            target: Its name.

        Returns:
            The format asked for, else the one that the name promises.
        """
        if self.format != "same":
            return self.format
        return EXTENSIONS.get(target.suffix.lower(), "same")

    def losses(self, photo: Photo, format: TargetFormat | Format) -> tuple[str, ...]:
        """What a file of some format, written so, cannot keep of a photo.

        Args:
            photo: The photo.
            format: The file's format.

        Returns:
            A sentence each; see `photo.losses`.
        """
        return losses(photo, format, quality=self.quality, strip=self.strip, gain_map=self.gain_map)

    def __call__(self, photo: Photo, target: Path) -> None:
        """Write the photo, making its folder; see `nightlift.write`."""
        target.parent.mkdir(parents=True, exist_ok=True)
        write(
            photo,
            target,
            format=self.format,
            quality=self.quality,
            upright=self.upright,
            strip=self.strip,
            gain_map=self.gain_map,
            overwrite=self.overwrite,
            threads=self.threads,
        )


@dataclass(frozen=True, eq=False, repr=False)
class FileWork:
    """Reads a job's photo, lifts it and writes the result; safe in several threads."""

    enhancing: Enhancing
    writing: Writing
    budget: Budget
    save_edit: bool = False
    stream: bool = False
    preserve: bool = False
    buffers: BufferPool = field(default_factory=BufferPool)

    def __call__(self, job: Job) -> Outcome:
        """The outcome; raises NightliftError and OSError."""
        target = _target(job)
        before = job.source.stat() if self.preserve else None
        outcome = self._lifted(job, target)
        lost = None if before is None else _preserve(before, target)
        return replace(outcome, notices=(*outcome.notices, lost)) if lost else outcome

    def _lifted(self, job: Job, target: Path) -> Outcome:
        enhancing = self.enhancing.of(job.source)
        most = self.budget.bytes
        size = None if most is None else dimensions(job.source)
        notices: tuple[str, ...] = ()
        if self.stream or (most is not None and size is not None and _held(*size) > most):
            streamed = self._streamed(job.source, target, enhancing)
            if isinstance(streamed, Enhanced):
                return _outcome(job, streamed, self.writing)
            notices = (f"read whole, not in strips: {streamed}",)
        with self.budget.reserved(0 if size is None else _needed(*size, enhancing)):
            done = enhancing(self._read(job.source))
            self._save_edit(target, done.edit)
            self.writing(done.photo, target)
        return _outcome(job, done, self.writing, notices)

    def _read(self, source: Path) -> Photo:
        """The photo, where the thread's last one was if what threads keep is little memory."""
        most = self.budget.bytes
        keeps = most is None or most >= LITTLE * MOST_KEPT
        buffers = self.buffers if keeps else None
        return read(source, threads=self.enhancing.threads, buffers=buffers)

    def _save_edit(self, target: Path, edit: Edit) -> None:
        """Before its photo: a run that is killed in between leaves none that has no edit for good.

        The same edit may be there already, left by such a run.
        """
        if not self.save_edit:
            return
        path = edit_path(target)
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            edit.save(path, overwrite=self.writing.overwrite)
        except ExistsError:
            if not _holds(path, edit):
                raise

    def _streamed(self, source: Path, target: Path, enhancing: Enhancing) -> Enhanced | str:
        """The outcome of streaming the photo, or why it cannot be."""
        from nightlift.batch import streaming

        writing = self.writing
        if writing.upright or writing.format_of(target) not in ("jpeg", "jpg", "same"):
            return "the result is no JPEG in stored order"
        opened = streaming.open_source(source)
        if isinstance(opened, str):
            return opened
        target.parent.mkdir(parents=True, exist_ok=True)
        streamed = streaming.stream(
            opened,
            target,
            enhancing.enhancer,
            strength=enhancing.strength,
            exact=enhancing.exact,
            quality=writing.quality,
            strip=writing.strip,
            overwrite=writing.overwrite,
            threads=enhancing.threads,
            decided=partial(self._save_edit, target),
        )
        return streamed if isinstance(streamed, str) else Enhanced(*streamed)


def _held(height: int, width: int, bytes_a_pixel: int) -> int:
    """Bytes of a photo's pixels, and about as much again on the way."""
    return 2 * height * width * bytes_a_pixel


def _needed(height: int, width: int, bytes_a_pixel: int, enhancing: Enhancing) -> int:
    """Bytes that a photo of this size will take, with its network's."""
    network = enhancing.enhancer.required_memory(height, width, exact=enhancing.exact)
    return _held(height, width, bytes_a_pixel) + network


def edit_path(target: Path) -> Path:
    """Where the edit of a result is saved: each result's own, whatever its ending.

    Args:
        target: The result.

    Returns:
        A name beside it.
    """
    return target.with_name(f"{target.name}.npz")


def _holds(path: Path, edit: Edit) -> bool:
    try:
        return Edit.load(path) == edit
    except AdjustmentError:
        return False


def _preserve(source: os.stat_result, target: Path) -> str | None:
    """Give a result the date and the permissions of its photo, or say why it cannot have them."""
    try:
        target.chmod(stat.S_IMODE(source.st_mode) & 0o777)
        os.utime(target, ns=(source.st_atime_ns, source.st_mtime_ns))
    except OSError as error:
        return f"the file's date and permissions could not be kept: {error.strerror}"
    return None


def enhance_bytes(data: bytes, enhancing: Enhancing, writing: Writing, job: Job) -> Outcome:
    """Enhance a photo that came as bytes, into the job's target.

    Args:
        data: The photo's file.
        enhancing: How.
        writing: How the result is written.
        job: Tells the target.

    Returns:
        The outcome.
    """
    lifted = enhancing(read(data, threads=enhancing.threads))
    writing(lifted.photo, _target(job))
    return _outcome(job, lifted, writing)


def enhanced_bytes(
    data: bytes, enhancing: Enhancing, writing: Writing
) -> tuple[bytes, tuple[str, ...]]:
    """Enhance a photo from bytes to bytes.

    Args:
        data: The photo's file.
        enhancing: How.
        writing: How the result is encoded.

    Returns:
        The result's file, and what is to be told about it.
    """
    photo = enhancing(read(data, threads=enhancing.threads)).photo
    encoded = encode(
        photo,
        format=writing.format,
        quality=writing.quality,
        upright=writing.upright,
        strip=writing.strip,
        gain_map=writing.gain_map,
        threads=writing.threads,
    )
    return encoded, photo.notices + writing.losses(photo, writing.format)


def _target(job: Job) -> Path:
    if job.target is None:
        raise UsageError(job.problem or f"expected a target for {job.source}")
    return job.target


def _outcome(job: Job, done: Enhanced, writing: Writing, notices: tuple[str, ...] = ()) -> Outcome:
    photo, edit = done.photo, done.edit
    return Outcome(
        job,
        "done",
        notices=photo.notices + writing.losses(photo, writing.format_of(_target(job))) + notices,
        width=photo.width,
        height=photo.height,
        method=edit.method,
        strength=edit.strength,
        auto=edit.gate,
    )
