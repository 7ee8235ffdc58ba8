"""Measuring a publication's table again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from nightlift.errors import UsageError
from nightlift.evaluate import (
    Candidate,
    Evaluation,
    ScoreCache,
    Selection,
    baselines,
    choose,
    evaluate,
    select,
)
from nightlift.reproduce.claims import PictureSet, Reproduction
from nightlift.reproduce.table import NIQE

UNDIVIDED = "there is no split, all pictures are measured, once for all parts"


@dataclass(frozen=True)
class MeasuredSet:
    """One set of pictures, measured; `differences` are those that showed."""

    pictures: PictureSet
    evaluation: Evaluation
    differences: tuple[str, ...]


def instructions(asked: Reproduction) -> str:
    """What belongs where.

    Args:
        asked: What is to be reproduced.

    Returns:
        One line for each file.
    """
    lines = [f"{asked.title}. Put into one folder, and name it:"]
    for one in asked.needed:
        optional = " (or leave it out, with its rows)" if one.optional else ""
        known = f"; SHA-256 {one.sha256}" if one.sha256 else ""
        lines.append(f"  {one.path}: {one.what}{optional}{known}")
    lines.append("Nothing is fetched: these files are under their owners' terms.")
    return "\n".join(lines)


def check(asked: Reproduction, folder: Path) -> None:
    """Check that everything is there that must be.

    Args:
        asked: What is to be reproduced.
        folder: The user's files.

    Raises:
        UsageError: Something is missing, and what belongs where.
    """
    missing = [one for one in asked.needed if not one.optional and not one.there(folder)]
    said = [f"{folder / one.path} ({one.what})" for one in missing]
    if not asked.rows and not any(one.needed.there(folder) for one in asked.weights):
        said += [f"one of {', '.join(one.needed.path for one in asked.weights)} in {folder}"]
    if not any(one.needed.there(folder) for one in asked.pictures):
        said += [f"one of {', '.join(one.needed.path for one in asked.pictures)} in {folder}"]
    if said:
        raise UsageError(
            f"to reproduce {asked.name} there is missing: {'; '.join(dict.fromkeys(said))}. "
            f"`nightlift reproduce {asked.name}` tells everything that belongs there"
        )


def measure(
    asked: Reproduction,
    folder: Path,
    rows: Sequence[Candidate],
    kept: ScoreCache,
    *,
    seed: int = 0,
    workers: int = 1,
    limit: int | None = None,
) -> list[MeasuredSet]:
    """Measure rows and the baselines on all pictures that are there.

    Args:
        asked: What is reproduced.
        folder: The user's files.
        rows: The methods.
        kept: Where scores come from and go to.
        seed: Of the bootstrap.
        workers: Threads.
        limit: At most the first so many pictures of each set; None: all.

    Returns:
        A table for each set of pictures.

    Raises:
        UsageError: As by `evaluate`.
        DataError: As by `evaluate`.
    """
    found: list[MeasuredSet] = []
    for pictures in asked.pictures:
        if not pictures.needed.there(folder):
            continue
        if any(_whole(one) and one.pictures.needed == pictures.needed for one in found):
            continue
        selection, notes = _selected(pictures, folder, limit)
        niqe = folder / NIQE.path if "niqe" in asked.metrics else None
        metrics = choose(asked.metrics, selection.paired, niqe)
        evaluation = evaluate(
            [*baselines(), *rows],
            selection.samples,
            metrics,
            seed=seed,
            workers=workers,
            kept=kept,
        )
        found.append(MeasuredSet(pictures, evaluation, notes))
    return found


def _selected(
    pictures: PictureSet, folder: Path, limit: int | None
) -> tuple[Selection, tuple[str, ...]]:
    """The pictures, and sentences about what differs from the published ones."""
    spec = f"{pictures.layout}:{folder / pictures.needed.path}"
    selection = select(spec, pictures.part, limit) if _divided(spec, pictures) else None
    notes = []
    if selection is None:
        selection = select(spec, "all", limit)
        notes.append(f"{pictures.name}: {UNDIVIDED}")
    count = len(selection.samples)
    if pictures.count is not None and count != pictures.count:
        notes.append(f"{pictures.name}: {count} pictures are measured, {pictures.count} published")
    return selection, (*notes, *selection.notes)


def _whole(measured: MeasuredSet) -> bool:
    """Whether all pictures stood for a part, so that another part would be the same again."""
    return any(UNDIVIDED in note for note in measured.differences)


def _divided(spec: str, pictures: PictureSet) -> bool:
    """Whether the pictures have the part that was published."""
    from nightlift.data import open_collection

    if pictures.part == "all":
        return True
    parts = open_collection(spec).parts
    return bool(parts["validation"]) and any(
        name == pictures.part and samples for name, samples in parts.items()
    )
