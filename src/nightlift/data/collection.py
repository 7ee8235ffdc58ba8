"""Opening data: `LAYOUT:PATH` to a collection whose pairs are all in order."""

from __future__ import annotations

from nightlift.data import layouts
from nightlift.data.sample import Collection, Part, Sample
from nightlift.errors import DataError

__all__ = ["Collection", "Part", "Sample", "open_collection"]


def open_collection(spec: str) -> Collection:
    """The collection that `LAYOUT:PATH` names; only names of files are read.

    Args:
        spec: `LAYOUT:PATH`; `auto:PATH` recognizes the layout.

    Returns:
        The collection, with a split where the data brings one.

    Raises:
        UsageError: The layout is unknown.
        DataError: The folder is missing or of another layout, or photos lack a partner.
    """
    found = layouts.find(spec)
    if found.problems:
        count = len(found.problems)
        more = f" (and {count - 1} more like it)" if count > 1 else ""
        raise DataError(
            f"{found.problems[0].sentence}{more}; `nightlift data check {spec}` lists every problem"
        )
    return found.collection
