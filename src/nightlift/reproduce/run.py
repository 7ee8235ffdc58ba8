"""Measuring a publication's table again, and telling both numbers side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from nightlift.errors import UsageError
from nightlift.evaluate import (
    NONE,
    Candidate,
    Evaluation,
    ScoreCache,
    Selection,
    baselines,
    choose,
    evaluate,
    grid,
    interval,
    places,
    select,
    shown,
)
from nightlift.reproduce.claims import Needed, PictureSet, Reproduction
from nightlift.reproduce.table import NIQE


@dataclass(frozen=True)
class MeasuredSet:
    """One set of pictures, measured; `differences` are those that showed."""

    pictures: PictureSet
    evaluation: Evaluation
    differences: tuple[str, ...]


def instructions(asked: Reproduction) -> str:
    """What belongs where, one line each."""
    lines = [f"{asked.title}. Put into one folder, and name it:"]
    for one in asked.needed:
        optional = " (or leave it out, with its rows)" if one.optional else ""
        known = f"; SHA-256 {one.sha256}" if one.sha256 else ""
        lines.append(f"  {one.path}: {one.what}{optional}{known}")
    lines.append("Nothing is fetched: these files are under their owners' terms.")
    return "\n".join(lines)


def check(asked: Reproduction, folder: Path) -> None:
    """Raise UsageError that says what is missing where, if anything that must be there is."""
    missing = [one for one in asked.needed if not one.optional and not one.there(folder)]
    said = [f"{folder / one.path} ({one.what})" for one in missing]
    if not any(one.needed.there(folder) for one in asked.weights):
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
    """Measure `rows` and the baselines on all pictures that are in `folder`.

    Raises UsageError and DataError as `evaluate` does.
    """
    found = []
    for pictures in asked.pictures:
        if not pictures.needed.there(folder):
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
        notes.append(f"{pictures.name}: there is no split, all pictures are measured")
    count = len(selection.samples)
    if pictures.count is not None and count != pictures.count:
        notes.append(f"{pictures.name}: {count} pictures are measured, {pictures.count} published")
    return selection, (*notes, *selection.notes)


def _divided(spec: str, pictures: PictureSet) -> bool:
    """Whether the pictures have the part that was published."""
    from nightlift.data import open_collection

    if pictures.part == "all":
        return True
    parts = open_collection(spec).parts
    return bool(parts["validation"]) and any(
        name == pictures.part and samples for name, samples in parts.items()
    )


def as_markdown(asked: Reproduction, folder: Path, found: Sequence[MeasuredSet]) -> str:
    """Published beside measured numbers, the whole tables' means, and what differs."""
    blocks = [[f"# {asked.title}"]]
    claims = list(_claims(asked, found))
    if len(claims) > 1:
        blocks.append(grid(iter(claims)))
        blocks.append(["MeasuredSet: mean [95 % interval over pictures, bootstrap]."])
    for one in found:
        blocks.append([f"## {one.pictures.name}: {len(one.evaluation.pictures)} pictures"])
        blocks.append(grid(_means(one.evaluation)))
    hashes = [one.difference(folder) for one in asked.needed]
    notes = [*asked.differences, *filter(None, hashes)]
    notes += [note for one in found for note in one.differences]
    notes += [f"{one.path} is missing, and what needs it" for one in _left_out(asked, folder)]
    notes += [text for one in found for row in one.evaluation.rows for text in row.problems[:1]]
    blocks += [["What differs from the publication:"], [f"- {note}" for note in notes]]
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def _left_out(asked: Reproduction, folder: Path) -> list[Needed]:
    return [one for one in asked.needed if not one.there(folder)]


def _claims(asked: Reproduction, found: Sequence[MeasuredSet]) -> Iterator[list[str]]:
    yield ["pictures", "row", "metric", "published", "measured", "in the interval", "source"]
    tables = {one.pictures.name: one.evaluation for one in found}
    for claim in asked.claims:
        head = [claim.pictures, claim.row, claim.metric, f"{claim.value:g}"]
        evaluation = tables.get(claim.pictures)
        names = [] if evaluation is None else [row.name for row in evaluation.rows]
        if evaluation is None or claim.row not in names:
            yield [*head, NONE, NONE, claim.source]
            continue
        one = evaluation.row(claim.row).summaries.get(claim.metric)
        if one is None:
            yield [*head, NONE, NONE, claim.source]
            continue
        digits = places([one.mean])
        measured = f"{shown(one.mean, digits)} {interval(one.low, one.high, digits)}".strip()
        inside = "yes" if one.low <= claim.value <= one.high else "no"
        yield [*head, measured, inside, claim.source]


def _means(evaluation: Evaluation) -> Iterator[list[str]]:
    yield ["row", *(metric.title for metric in evaluation.metrics)]
    for row in evaluation.rows:
        cells = []
        for metric in evaluation.metrics:
            one = row.summaries.get(metric.name)
            digits = 4 if one is None else places([one.mean])
            bounds = "" if one is None else interval(one.low, one.high, digits)
            cells.append(NONE if one is None else f"{shown(one.mean, digits)} {bounds}".strip())
        yield [row.name, *cells]
