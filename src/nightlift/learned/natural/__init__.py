"""Natural: local light on a grid, colors kept, learned from scenes in a camera's darkness."""

from __future__ import annotations

from torch import nn

from nightlift.learned.declaration import Method
from nightlift.learned.natural.network import Natural
from nightlift.learned.natural.objective import NaturalObjective
from nightlift.learned.natural.passports import SOURCES, TITLE, natural_passport
from nightlift.learned.natural.recipes import NATURAL_RECIPES, NaturalRecipe
from nightlift.learned.natural.views import view
from nightlift.models import Passport

__all__ = ["NATURAL"]


def _network(recipe: NaturalRecipe) -> nn.Module:
    return Natural(recipe.side, recipe.cells, recipe.bins, recipe.width, recipe.middle)


def _objective(network: nn.Module, recipe: NaturalRecipe) -> NaturalObjective:
    assert isinstance(network, Natural)
    return NaturalObjective(network, recipe)


def _passport(recipe: NaturalRecipe, network: nn.Module) -> Passport:
    assert isinstance(network, Natural)
    return natural_passport(network)


NATURAL = Method(
    name="natural",
    title=TITLE,
    supervision="paired",
    sources=SOURCES,
    recipes=NATURAL_RECIPES,
    network=_network,
    objective=_objective,
    passport=_passport,
    view=view,
)
