"""Recipes from texts and from JSON: every value is checked against its field's type."""

from __future__ import annotations

import ast
import dataclasses
import types
from collections.abc import Iterable, Mapping
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from nightlift.errors import UsageError, did_you_mean
from nightlift.learned import Recipe

R = TypeVar("R", bound=Recipe)

_WORDS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


def override(recipe: R, settings: Iterable[str]) -> R:
    """A recipe with other settings.

    Args:
        recipe: The recipe.
        settings: `key=value` each, of its fields.

    Returns:
        The changed recipe.

    Raises:
        UsageError: A key is unknown, and which is the nearest; or a field does not take its value.
    """
    changes: dict[str, Any] = {}
    for setting in settings:
        key, equals, text = setting.partition("=")
        if not equals:
            raise UsageError(f"expected key=value, got {setting!r}")
        key = key.strip().replace("-", "_")
        changes |= _changes(type(recipe), key, text.strip())
    return dataclasses.replace(recipe, **changes)


def _changes(kind: type[Recipe], key: str, text: str) -> dict[str, Any]:
    """The fields that a key stands for, and their values."""
    if key not in kind.TOGETHER:
        return {key: parse(text, _field_type(kind, key), key)}
    fields = kind.TOGETHER[key]
    expected = types.GenericAlias(tuple, tuple(_field_type(kind, field) for field in fields))
    return dict(zip(fields, parse(text, expected, key), strict=True))


def from_json(kind: type[R], values: Mapping[str, Any]) -> R:
    """The recipe whose fields were written as JSON; raises UsageError as `override` does."""
    name = str(values.get("name", "default"))
    checked = {
        key: _checked(value, _field_type(kind, key), key)
        for key, value in values.items()
        if key != "name"
    }
    return kind(name=name, **checked)


def changed(kind: type[Recipe], values: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a mapping, checked; texts are read as `override` reads them.

    YAML reads 1e-4 as a text, and so may a list hold texts: both become what the field takes.
    """
    fields: dict[str, Any] = {}
    for key, value in values.items():
        name = key.replace("-", "_")
        text = value if isinstance(value, str) else None
        if text is not None or name in kind.TOGETHER:
            fields |= _changes(kind, name, str(value) if text is None else text)
        else:
            fields[name] = _checked(value, _field_type(kind, name), name)
    return fields


def parse(text: str, expected: Any, key: str) -> Any:
    """A value of type `expected` from a text such as `8`, `1e-4`, `none`, `(0.5, 0.9)`."""
    literal = _literal(text)
    # Where there may be none, "none" is no text: a file of that name is ./none.
    for candidate in (text, literal) if literal is not None else (literal, text):
        fits, value = _conform(candidate, expected)
        if fits:
            return value
    raise UsageError(f"expected {key} to be {describe(expected)}, got {text!r}")


def describe(expected: Any) -> str:
    """A type in words: `a whole number`, `one of paper, seed`."""
    names = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}
    if expected in names:
        return names[expected]
    inner = get_args(expected)
    if get_origin(expected) is Literal:
        return f"one of {', '.join(map(str, inner))}"
    if _is_union(expected):
        return " or ".join("none" if one is types.NoneType else describe(one) for one in inner)
    if inner[-1] is Ellipsis:
        return f"any number of values, each {describe(inner[0])}"
    return f"({', '.join(describe(one) for one in inner)})"


def _field_type(kind: type[Recipe], key: str) -> Any:
    """The type of a field; a recipe's name is not for overriding."""
    types_ = get_type_hints(kind)
    hints = {one.name: types_[one.name] for one in dataclasses.fields(kind) if one.name != "name"}
    if key in hints:
        return hints[key]
    hint = did_you_mean(key, hints) or f"; there are: {', '.join(sorted(hints))}"
    raise UsageError(f"the recipe has no field {key!r}{hint}")


def _checked(value: Any, expected: Any, key: str) -> Any:
    fits, value = _conform(value, expected)
    if not fits:
        raise UsageError(f"expected {key} to be {describe(expected)}, got {value!r}")
    return value


def _literal(text: str) -> Any:
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    if text.lower() in ("none", "null"):
        return None
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return text


def _conform(value: Any, expected: Any) -> tuple[bool, Any]:
    """Whether `value` is of the type `expected`, and it in that type."""
    if get_origin(expected) is Literal:
        return value in get_args(expected), value
    if _is_union(expected):
        tries = [_conform(value, one) for one in get_args(expected)]
        return next((one for one in tries if one[0]), (False, value))
    if get_origin(expected) is tuple:
        return _conform_tuple(value, get_args(expected))
    if expected is float:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return (True, float(value)) if number else (False, value)
    if expected is int:
        return isinstance(value, int) and not isinstance(value, bool), value
    return isinstance(value, expected), value


def _conform_tuple(value: Any, inner: tuple[Any, ...]) -> tuple[bool, Any]:
    if not isinstance(value, list | tuple):
        return False, value
    if inner[-1] is Ellipsis:
        if value and not isinstance(value[0], list | tuple) and get_origin(inner[0]) is tuple:
            value = (value,)  # "(10, 0.5)" for a list of one pair
        inner = (inner[0],) * len(value)
    if len(value) != len(inner):
        return False, value
    parts = [_conform(one, kind) for one, kind in zip(value, inner, strict=True)]
    return all(fits for fits, _ in parts), tuple(part for _, part in parts)


def _is_union(expected: Any) -> bool:
    return get_origin(expected) in (Union, types.UnionType)
