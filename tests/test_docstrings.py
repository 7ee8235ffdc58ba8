"""What a room exports says what it takes, what it gives, and what it raises."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import textwrap
from collections.abc import Callable, Iterator
from types import FunctionType
from typing import Any

import pytest

from tests.test_rooms import ROOMS

NOTHING = ("None", "NoReturn", "Iterator[None]", "Generator[None]")
SECTION = re.compile(r"^(Args|Returns|Yields|Raises):(.*)$")


def sections(text: str) -> dict[str, str]:
    """The text below each heading of a docstring."""
    found: dict[str, str] = {}
    heading = ""
    for line in inspect.cleandoc(text).splitlines():
        named = SECTION.match(line)
        if named:
            heading = named[1]
        elif line and not line.startswith(" "):
            heading = ""
        found[heading] = f"{found.get(heading, '')}\n{named[2] if named else line}"
    return found


def parameters(function: Callable[..., Any]) -> list[str]:
    """Names of what a caller passes, private ones aside."""
    names = list(inspect.signature(function).parameters)
    return [name for name in names if name not in ("self", "cls") and not name.startswith("_")]


def body(function: Callable[..., Any]) -> ast.AST:
    return ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]


def own_nodes(root: ast.AST) -> Iterator[ast.AST]:
    """What a function does itself: not what functions inside it do when they are called."""
    for node in ast.iter_child_nodes(root):
        if not isinstance(node, ast.FunctionDef | ast.Lambda):
            yield node
            yield from own_nodes(node)


def raised(function: Callable[..., Any]) -> set[str]:
    """Names of the exceptions that its own body raises, those of abstract methods aside."""
    names = {
        node.exc.func.id
        for node in own_nodes(body(function))
        if isinstance(node, ast.Raise)
        and isinstance(node.exc, ast.Call)
        and isinstance(node.exc.func, ast.Name)
    }
    return {name for name in names if name[0].isupper()} - {"NotImplementedError"}


def missing(function: Callable[..., Any], text: str | None = None, gives: bool = True) -> list[str]:
    """What a docstring does not say of a function."""
    said = sections((function.__doc__ if text is None else text) or "")
    listed = set(re.findall(r"^ {4}\*{0,2}(\w+)(?: \([^)]*\))?:", said.get("Args", ""), re.M))
    lacks = [f"Args: {name}" for name in parameters(function) if name not in listed]
    lacks += [f"Args: {name}, which is none" for name in listed - set(parameters(function))]
    gives = gives and function.__annotations__.get("return") not in NOTHING
    if gives and not said.keys() & {"Returns", "Yields"}:
        lacks.append("Returns")
    told = said.get("Raises", "")
    return lacks + [f"Raises: {name}" for name in sorted(raised(function)) if name not in told]


def inherited(owner: type, name: str) -> bool:
    """Whether a class above says already what a method of this name is."""
    above = (vars(base).get(name) for base in owner.__mro__[1:] if base.__module__ != "builtins")
    return any(getattr(one, "__doc__", None) for one in above)


def of_class(owner: type) -> Iterator[tuple[str, list[str]]]:
    """Each public method of a class, its initializer included, and what its docstring lacks."""
    for name, value in vars(owner).items():
        function = getattr(value, "__func__", getattr(value, "fget", value))
        if not isinstance(function, FunctionType):
            continue
        if function.__code__.co_filename == "<string>":  # written by dataclasses
            continue
        if name == "__init__":
            yield name, missing(function, owner.__doc__, gives=False)
        elif not name.startswith("_") and not inherited(owner, name):
            yield name, missing(function, gives=not isinstance(value, property))


def of_door(room: str) -> Iterator[tuple[str, list[str]]]:
    """Each function that a room exports, methods of its classes included, and what is not said."""
    door = importlib.import_module(f"nightlift.{room}")
    for name in getattr(door, "__dir__", list)() if "exported" in vars(door) else []:
        value = getattr(door, name, None)
        home = getattr(value, "__module__", "") or ""
        if not home.startswith("nightlift."):
            continue
        if isinstance(value, FunctionType):
            yield name, missing(value)
        elif isinstance(value, type):
            yield from ((f"{name}.{method}", lacks) for method, lacks in of_class(value))


@pytest.mark.parametrize("room", ROOMS)
def test_docstrings_tell_arguments_returns_and_errors(room: str) -> None:
    untold = {name: lacks for name, lacks in of_door(room) if lacks}
    assert not untold
