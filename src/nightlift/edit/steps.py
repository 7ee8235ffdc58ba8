"""What curves have made of a photo after each of their steps."""

from __future__ import annotations

from dataclasses import replace

from nightlift.adjust import Adjustment, Chain, CurveMap, HueKept
from nightlift.edit.edit import Edit
from nightlift.errors import UsageError


def each_step(edit: Edit) -> tuple[Edit, ...]:
    """Edits that stop after the first step of the curves, the second, and so on to the last.

    What comes before the curves, and the hue that is kept after them, is part of each.

    Args:
        edit: One that has curves.

    Returns:
        An edit for each step.

    Raises:
        UsageError: The edit has no curves.
    """
    adjustment = edit.adjustment
    steps = None if adjustment is None else _steps(adjustment)
    if adjustment is None or steps is None:
        raise UsageError(f"{edit.method} has no curve steps to stop after")
    return tuple(
        replace(edit, adjustment=_stopped(adjustment, step)) for step in range(1, steps + 1)
    )


def _steps(adjustment: Adjustment) -> int | None:
    """How many steps the curves within an adjustment have; None where there are none."""
    if isinstance(adjustment, CurveMap):
        return adjustment.steps
    if isinstance(adjustment, HueKept):
        return _steps(adjustment.adjustment)
    if isinstance(adjustment, Chain):
        return next(filter(None, map(_steps, adjustment.adjustments)), None)
    return None


def _stopped(adjustment: Adjustment, step: int) -> Adjustment:
    if isinstance(adjustment, CurveMap):
        return adjustment.with_steps(step)
    if isinstance(adjustment, HueKept):
        return replace(adjustment, adjustment=_stopped(adjustment.adjustment, step))
    if isinstance(adjustment, Chain):
        return Chain([_stopped(link, step) for link in adjustment.adjustments])
    return adjustment
