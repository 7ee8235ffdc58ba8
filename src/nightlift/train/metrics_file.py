"""metrics.csv: a row every few steps, and one at the end of each epoch."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from nightlift.errors import DataError
from nightlift.photo import write_bytes

VALIDATION = "validation_loss"
RATE = "learning_rate"
FIXED = ("epoch", "step", "seconds", RATE)


class MetricsFile:
    """Rows appended as they come; epochs and steps are counted from 1.

    The columns are the fixed ones, the terms in their order, and those of an epoch's last row
    alone: the validation loss, and the `measures`.
    """

    def __init__(self, path: Path, measures: Sequence[str] = ()) -> None:
        self.path = path
        self._at_end = (VALIDATION, *measures)
        self._columns = self._header()

    def forget(self, after_step: int) -> None:
        """Drop what was logged after a step, and what was half-written: it comes again."""
        if after_step == 0:
            self.path.unlink(missing_ok=True)
            self._columns = []
        if not self._columns:
            return
        with self.path.open(newline="", encoding="utf-8") as file:
            rows = [row for row in csv.reader(file) if len(row) == len(self._columns)]
        kept = rows[:1] + [row for row in rows[1:] if int(row[1]) <= after_step]
        write_bytes(self.path, _text(kept).encode(), overwrite=True)

    def append(self, row: Mapping[str, float | int]) -> None:
        """Add a row; the first one names the columns."""
        new = [] if self._columns else [self._name_columns(row)]
        values = [str(row.get(name, "")) for name in self._columns]
        with self.path.open("a", newline="", encoding="utf-8") as file:
            file.write(_text([*new, values]))

    def _name_columns(self, row: Mapping[str, float | int]) -> list[str]:
        terms = [name for name in row if name not in (*FIXED, *self._at_end)]
        self._columns = [*FIXED, *terms, *self._at_end]
        return self._columns

    def _header(self) -> list[str]:
        if not self.path.is_file():
            return []
        with self.path.open(newline="", encoding="utf-8") as file:
            return next(csv.reader(file), [])


def read(path: Path) -> dict[str, list[tuple[int, float]]]:
    """The curves of a run: all columns but the fixed ones, and the learning rate.

    Args:
        path: A metrics.csv, which may still be written.

    Returns:
        Steps and values by name.

    Raises:
        DataError: It is none of ours.
    """
    with path.open(newline="", encoding="utf-8") as file:
        header, *rows = [*csv.reader(file)] or [[]]
    if tuple(header[: len(FIXED)]) != FIXED:
        raise DataError(f"{path}: expected the metrics of a run, columns {', '.join(FIXED)} first")
    # A last row may be half-written: a training may still be going on.
    whole = [dict(zip(header, row, strict=True)) for row in rows if len(row) == len(header)]
    names = [RATE, *header[len(FIXED) :]]
    return {
        name: [(int(row["step"]), float(row[name])) for row in whole if row[name]] for name in names
    }


def _text(rows: list[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
