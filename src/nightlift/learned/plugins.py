"""Methods and losses of other packages, found by their entry points.

A package names a method in the group `nightlift.methods` and a loss in `nightlift.losses`:

    [project.entry-points."nightlift.methods"]
    my-method = "my_package:METHOD"

Nothing of it is imported before its name is asked for.
"""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any

from nightlift.errors import UsageError, did_you_mean
from nightlift.learned.declaration import Method, WeightedLoss

if TYPE_CHECKING:
    from nightlift.learned.recipe import Recipe

METHODS, LOSSES = "nightlift.methods", "nightlift.losses"


def names() -> tuple[str, ...]:
    """The methods that other packages bring; nothing of them is imported."""
    return tuple(sorted(_points(METHODS)))


def method(name: str) -> Method[Any]:
    """The method of another package; UsageError where it cannot be imported or is none."""
    found = _loaded(_points(METHODS)[name], "method")
    if not isinstance(found, Method) or found.name != name:
        raise UsageError(
            f"the entry point {name} of {METHODS} should be a nightlift Method of this name, and "
            f"is {type(found).__name__} {getattr(found, 'name', '')}".rstrip()
        )
    return found


def further_losses(recipe: Recipe) -> tuple[WeightedLoss, ...]:
    """The losses that a recipe adds.

    Args:
        recipe: Names them, with weights.

    Returns:
        One for each name.

    Raises:
        UsageError: No installed package brings a loss of that name.
    """
    return tuple(WeightedLoss(name, weight, _loss(name)) for name, weight in recipe.further_losses)


def _loss(name: str) -> Any:
    points = _points(LOSSES)
    if name not in points:
        hint = did_you_mean(name, points)
        known = ", ".join(sorted(points)) or "none"
        raise UsageError(f"no installed package brings the loss {name}{hint} (there are: {known})")
    found = _loaded(points[name], "loss")
    if not callable(found):
        raise UsageError(f"the loss {name} should be a function, and is {type(found).__name__}")
    return found


def _points(group: str) -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=group)}


def _loaded(point: EntryPoint, what: str) -> object:
    try:
        return point.load()
    except Exception as error:  # whatever another package does when it is imported
        raise UsageError(
            f"the {what} {point.name} ({point.value}) cannot be loaded: {error}"
        ) from error
