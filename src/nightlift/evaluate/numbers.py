"""How scores are written for people: as many decimals as they are worth."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from nightlift.evaluate.table import Evaluation

NONE = "—"


def places(values: Iterable[float]) -> int:
    """Decimals that give the largest of some values four figures.

    Args:
        values: Any numbers; those that are not finite do not count.

    Returns:
        0 to 4.
    """
    largest = max((abs(value) for value in values if math.isfinite(value)), default=0.0)
    return min(4, max(0, 3 - math.floor(math.log10(largest)))) if largest > 0 else 4


def decimals(evaluation: Evaluation) -> Mapping[str, int]:
    """The decimals that each metric's largest mean is written with.

    Args:
        evaluation: What was measured.

    Returns:
        0 to 4 by metric's name.
    """
    rows = [row for row in evaluation.rows if row.summaries]
    names = [metric.name for metric in evaluation.metrics]
    return {name: places(row.summaries[name].mean for row in rows) for name in names}


def shown(value: float, digits: int, sign: str = "") -> str:
    """A number as it is written.

    Args:
        value: The number.
        digits: Decimals.
        sign: That of a format: "+" shows it always.

    Returns:
        The text; `inf` for infinity, a dash for NaN.
    """
    if math.isnan(value):
        return NONE
    return f"{value:{sign}z.{digits}f}" if math.isfinite(value) else str(value)


def interval(low: float, high: float, digits: int, sign: str = "") -> str:
    """Two bounds in brackets.

    Args:
        low: The lower.
        high: The upper.
        digits: Decimals.
        sign: That of a format: "+" shows it always.

    Returns:
        Such as [1.20, 1.40]; empty where one cannot be said.
    """
    if math.isnan(low) or math.isnan(high):
        return ""
    return f"[{shown(low, digits, sign)}, {shown(high, digits, sign)}]"
