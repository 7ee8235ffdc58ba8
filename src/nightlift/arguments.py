"""Numbers that come as arguments: finite, in their range, whatever type of number they are."""

from __future__ import annotations

import math
import operator
import os
from pathlib import Path
from typing import Any

from nightlift.errors import UsageError


def number(value: Any, what: str, least: float, most: float) -> float:
    """A finite number from `least` to `most`.

    Raises:
        UsageError: It is none, or text, or out of its range; `what` says what it is for.
    """
    try:
        found = math.nan if isinstance(value, (str, bytes)) else float(value)
    except (TypeError, ValueError, RuntimeError, OverflowError):
        found = math.nan
    if not least <= found <= most:
        raise UsageError(f"expected {what} from {least:g} to {most:g}, got {_shown(value)}")
    return found


def whole(value: Any, what: str, least: int, most: int | None = None) -> int:
    """A whole number from `least` on, or to `most`.

    Raises:
        UsageError: It is none, or out of its range; `what` says what it is for.
    """
    try:
        found = operator.index(value)
    except TypeError:
        found = least - 1
    if found < least or (most is not None and found > most):
        range_ = f"of at least {least}" if most is None else f"from {least} to {most}"
        raise UsageError(f"expected {what} as a whole number {range_}, got {_shown(value)}")
    return found


def check_type(value: object, kind: type, what: str) -> None:
    """Raise UsageError unless it is of this type, which `what` tells in words."""
    if not isinstance(value, kind):
        raise UsageError(f"expected {what}, got {_shown(value)}")


def file_name(value: Any, what: str) -> Path:
    """The path of a file by its name; UsageError for what is none."""
    if not isinstance(value, (str, os.PathLike)):
        raise UsageError(f"expected the name of a file for {what}, got {_shown(value)}")
    return Path(value)


def _shown(value: Any) -> str:
    """Numbers as they are, text in quotes, and other things by their type."""
    if value is None or isinstance(value, (str, bytes, int, float)):
        return repr(value)
    try:
        return f"{float(value):g}"
    except Exception:  # whatever a stranger's type raises
        return f"{type(value).__name__}"
