"""Recipes in YAML: a method's recipe to begin with, and the fields that are other ones."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from nightlift.errors import DataError, UsageError
from nightlift.learned import Method, Recipe
from nightlift.train.overrides import changed

METHOD, FROM = "method", "from"


def read_recipe(path: Path, method: Method[Any]) -> Recipe:
    """The recipe that a file says.

    Args:
        path: A mapping in YAML of fields to values. `from` names the recipe of the method that the
            other fields come from (default: its first), `method` whose recipe it is, if told.
        method: Whose recipe it has to be.

    Returns:
        A recipe, called as the file unless it says otherwise.

    Raises:
        DataError: A file that cannot be read or is no mapping in YAML.
        UsageError: A recipe of another method, an unknown field or recipe, or a value that its
            field does not take.
    """
    values = _mapping(path)
    of = values.pop(METHOD, method.name)
    if of != method.name:
        raise UsageError(f"{path} is a recipe of {of}, not of {method.name}")
    name = values.pop(FROM, next(iter(method.recipes)))
    if name not in method.recipes:
        known = ", ".join(method.recipes)
        raise UsageError(f"{path}: {method.name} has no recipe {name!r}; there are: {known}")
    base = method.recipes[name]
    fields = changed(type(base), values)
    recipe: Recipe = dataclasses.replace(base, **{"name": path.stem, **fields})
    return recipe


def _mapping(path: Path) -> dict[str, Any]:
    import yaml

    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())
        raise DataError(
            f"{path}: expected a recipe in YAML, but it cannot be read: {reason}"
        ) from error
    if not isinstance(content, dict) or not all(isinstance(key, str) for key in content):
        raise DataError(f"{path}: expected a recipe in YAML, lines such as `epochs: 20`")
    return content
