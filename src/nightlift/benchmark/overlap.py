"""Whether a method was trained on what it is measured on, as far as its passport tells."""

from __future__ import annotations

import re

from nightlift.evaluate import Row

COLLECTIONS = (
    "lol", "fivek", "sice", "lsrw", "darkface", "exdark", "lime", "npe", "mef", "dicm", "vv",
    "velol", "huawei", "nikon", "exposure", "exposures", "kodak", "unsplash",
)  # fmt: skip
"""Names of data sets that passports and paths tell."""


def overlap(row: Row, data: str) -> str:
    """One of `no`, `unknown`, or the collections that both the training data and `data` name.

    Args:
        row: A row of a table; rows that need no training are `no`.
        data: What was measured, as LAYOUT:PATH.
    """
    if row.role == "baseline" or row.about.get("kind") == "classical":
        return "no"
    told = " ".join(row.about.get("data", ()))
    if not told or "unknown" in told:
        return "unknown"
    both = sorted(_named(told) & _named(data))
    return ", ".join(name.upper() if len(name) < 5 else name for name in both) or "no"


def terms(row: Row) -> str:
    """On which terms the method may be used: of its weights, and of its training data."""
    if row.role == "baseline" or row.about.get("kind") == "classical":
        return "Apache-2.0"
    if "license" not in row.about:
        return "unknown"
    return f"{row.about['license']}; data: {row.about['data_terms']}"


def _named(text: str) -> set[str]:
    words = set(re.findall(r"[a-z]+", text.lower()))
    alike = {"exposures": "sice"}
    return {alike.get(word, word) for word in words & set(COLLECTIONS)}
