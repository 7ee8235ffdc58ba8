"""The house: each package exports what others may use; nothing else is taken from outside."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[1] / "src" / "nightlift"
FILES = sorted(SOURCE.rglob("*.py"))
LOOSE = {"__init__", "__main__", "arguments", "errors", "imports", "processor"}
ROOMS = sorted(
    path.parent.name for path in SOURCE.glob("*/__init__.py") if path.parent.name != "cli"
)


def imported(path: Path) -> Iterator[tuple[str, str]]:
    """Module below `nightlift.` and name of everything a file takes from elsewhere in it."""
    nodes = [*ast.walk(ast.parse(path.read_text(encoding="utf-8")))]
    froms = [node for node in nodes if isinstance(node, ast.ImportFrom)]
    whole = {name.name for node in froms if node.module == "nightlift" for name in node.names}
    for node in froms:
        if (node.module or "").startswith("nightlift."):
            for alias in node.names:
                yield node.module.removeprefix("nightlift."), alias.name
    for node in nodes:
        if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") in whole & {*ROOMS}:
            yield node.value.id, node.attr


def room_of(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0]


def test_few_modules_are_loose() -> None:
    assert {path.stem for path in SOURCE.glob("*.py")} == LOOSE


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_is_entered_by_its_door(room: str) -> None:
    door = importlib.import_module(f"nightlift.{room}")
    around = [
        f"{path.relative_to(SOURCE)}: {module}.{name}"
        for path in FILES
        if room_of(path) != room and path != SOURCE / "__init__.py"
        for module, name in imported(path)
        if module.split(".")[0] == room and (module != room or name not in dir(door))
    ]
    assert not around


@pytest.mark.parametrize("room", ROOMS)
def test_a_door_exports_what_is_there_and_used(room: str) -> None:
    door = importlib.import_module(f"nightlift.{room}")
    if "exported" not in vars(door):
        return
    root = SOURCE.parents[1]
    used = {
        name
        for path in [*FILES, *root.glob("benchmarks/**/*.py"), *root.glob("docs/*.py")]
        for module, name in imported(path)
        if module == room or (path == SOURCE / "__init__.py" and module.startswith(f"{room}."))
    }
    said = "".join(path.read_text(encoding="utf-8") for path in root.glob("docs/*.md"))
    for name in door.__dir__():
        assert hasattr(door, name) or importlib.import_module(f"nightlift.{room}.{name}")
        assert name in used or name in said or name in (door.__doc__ or ""), name
