"""The mean of edits: what a video, a series and a blend of two are made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields, replace

from nightlift.adjust import Adjustment, average, shares
from nightlift.arguments import check_type, number
from nightlift.edit.controls import Controls
from nightlift.edit.denoising import Denoising
from nightlift.edit.edit import Edit
from nightlift.errors import AdjustmentError, UsageError

MOST_WEIGHT = 1e100
"""More would add up to no number."""


def mean(given: Iterable[Edit], weights: Iterable[float] | None = None) -> Edit:
    """The weighted mean of edits; see `Edit.mean`."""
    edits = _edits(given)
    if not edits:
        raise AdjustmentError("expected at least one edit for a mean, got none")
    if weights is not None:
        weights = [number(weight, "a weight", 0, MOST_WEIGHT) for weight in weights]
    parts = shares(weights, len(edits))
    used = [(edit, part) for edit, part in zip(edits, parts, strict=True) if part > 0]
    edits, parts = [edit for edit, _ in used], [part for _, part in used]
    first = edits[0]
    if all(edit is first for edit in edits):
        return first
    gates = [edit.gate for edit in edits]
    asked = [gate for gate in gates if gate is not None]
    return replace(
        first,
        adjustment=_adjustment(edits, parts),
        strength=_number([edit.strength for edit in edits], parts),
        gate=_number([1.0 if gate is None else gate for gate in gates], parts) if asked else None,
        controls=_controls([edit.controls for edit in edits], parts),
        denoising=_denoising([edit.denoising for edit in edits], parts),
        notices=tuple(dict.fromkeys(notice for edit in edits for notice in edit.notices)),
    )


def _edits(given: Iterable[Edit]) -> list[Edit]:
    if isinstance(given, (Edit, str)) or not isinstance(given, Iterable):
        raise UsageError(f"expected a list of edits, got {type(given).__name__}")
    edits = list(given)
    for edit in edits:
        check_type(edit, Edit, "edits alone (nightlift.Edit.load reads a file)")
    return edits


def _adjustment(edits: Sequence[Edit], parts: Sequence[float]) -> Adjustment:
    """The mean of the adjustments; of one and the same it is that one."""
    adjustments = []
    for edit in edits:
        if edit.adjustment is None:
            raise AdjustmentError(
                f"this edit is painted by {edit.method}: it has no parameters to take a mean of; "
                "estimate it with paint=False"
            )
        adjustments.append(edit.adjustment)
    if all(one is adjustments[0] for one in adjustments):
        return adjustments[0]
    return average(adjustments, parts)


def _number(values: Sequence[float], parts: Sequence[float]) -> float:
    """The mean, between the least and the greatest; of equal numbers that number, bit for bit."""
    first = values[0]
    mean = first + sum(p * (value - first) for value, p in zip(values, parts, strict=True))
    return min(max(mean, min(values)), max(values))


def _controls(controls: Sequence[Controls], parts: Sequence[float]) -> Controls:
    names = [field.name for field in fields(Controls)]
    return Controls(**{n: _number([getattr(c, n) for c in controls], parts) for n in names})


def _denoising(each: Sequence[Denoising], parts: Sequence[float]) -> Denoising:
    ways = [one.mode for one in each if one.on]
    amount = _number([one.amount if one.on else 0.0 for one in each], parts)
    return Denoising(ways[0], amount) if ways else each[0]
