"""The documents that tell of the default hold the figures that were measured."""

import json

import pytest

from benchmarks import default_document as script


def test_documents_hold_the_measured_figures() -> None:
    for path, text in script.documents().items():
        written = path.read_text(encoding="utf-8")
        assert written == text, f"{path.name}: run python benchmarks/default_document.py"


def test_every_row_is_there_for_both_halves_and_each() -> None:
    figures = json.loads(script.FIGURES.read_text(encoding="utf-8"))
    lines = script.table(figures).splitlines()
    assert len(lines) == 2 + 9
    columns = {line.count("|") for line in lines}
    assert len(columns) == 1
    for half, name in script.HALVES.items():
        first = next(line for line in lines if line.startswith(f"| **the default** | {name} |"))
        assert all(f" {cell} |" in first for cell in figures[half][script.DEFAULT].values())


def test_only_what_is_marked_changes() -> None:
    text = "a\n<!-- x -->\nold\n<!-- /x -->\n| `m` | 1 |\n| `n` | 2 |\n"
    assert script.marked(text, {"x": r"\1 new"}) == text.replace("old", r"\1 new")
    assert script.with_row(text, "| `n` | 3 |") == text.replace("| 2 |", "| 3 |")
    with pytest.raises(ValueError, match="markers of y once"):
        script.marked(text, {"y": ""})
    with pytest.raises(ValueError, match="one row"):
        script.with_row(text, "| `o` | 3 |")
