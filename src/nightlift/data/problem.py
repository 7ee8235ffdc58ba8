"""A problem of a data set, as a value with a sentence in it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

ProblemKind: TypeAlias = Literal[
    "partner", "name", "size", "unreadable", "duplicate", "small", "leak", "split"
]


@dataclass(frozen=True)
class Problem:
    """One thing to be put right; `sentence` begins with the path it is about."""

    kind: ProblemKind
    sentence: str
    paths: tuple[Path, ...] = ()
