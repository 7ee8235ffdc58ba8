"""Zero-DCE and Zero-DCE++: curves for each pixel, learned without references."""

from __future__ import annotations

from torch import nn

from nightlift.adjust import Alignment
from nightlift.learned.declaration import Method
from nightlift.learned.zero_dce.continued import read_start
from nightlift.learned.zero_dce.network import ZeroDCE
from nightlift.learned.zero_dce.objective import ZeroDCEObjective
from nightlift.learned.zero_dce.passports import (
    PAPER,
    PLUS,
    zero_dce_passport,
    zero_dce_plus_passport,
)
from nightlift.learned.zero_dce.published import (
    LICENSE,
    REIMPLEMENTATION_LICENSE,
    read_zero_dce,
    read_zero_dce_plus,
)
from nightlift.learned.zero_dce.recipes import (
    ZERO_DCE_PLUS_RECIPES,
    ZERO_DCE_RECIPES,
    ZeroDCERecipe,
)
from nightlift.learned.zero_dce.views import cut
from nightlift.models import Passport

__all__ = ["ZERO_DCE", "ZERO_DCE_PLUS"]


def _network(recipe: ZeroDCERecipe) -> nn.Module:
    return ZeroDCE(recipe.width, recipe.steps)


def _plus_network(recipe: ZeroDCERecipe) -> nn.Module:
    return ZeroDCE(recipe.width, recipe.steps, separable=True, shared=True)


def _objective(network: nn.Module, recipe: ZeroDCERecipe) -> ZeroDCEObjective:
    alignment: Alignment = "half-pixel" if recipe.shrink == 1 else "corners"
    return ZeroDCEObjective(network, recipe, recipe.shrink, alignment)


def _passport(recipe: ZeroDCERecipe, network: nn.Module) -> Passport:
    assert isinstance(network, ZeroDCE)
    return zero_dce_passport(network, recipe.long_side, recipe.power_to)


def _plus_passport(recipe: ZeroDCERecipe, network: nn.Module) -> Passport:
    assert isinstance(network, ZeroDCE)
    return zero_dce_plus_passport(network, recipe.shrink, recipe.long_side, recipe.power_to)


ZERO_DCE = Method(
    name="zero-dce",
    title="Zero-DCE: curves for each pixel, learned without references",
    supervision="zero-reference",
    sources=(PAPER,),
    recipes=ZERO_DCE_RECIPES,
    network=_network,
    objective=_objective,
    passport=_passport,
    read_published=read_zero_dce,
    published_license=f"{LICENSE}; the reimplementation's weights: {REIMPLEMENTATION_LICENSE}",
    read_start=read_start,
    view=cut,
)

ZERO_DCE_PLUS = Method(
    name="zero-dce-plus",
    title="Zero-DCE++: one map of curves, estimated on a twelfth of the size",
    supervision="zero-reference",
    sources=(PLUS,),
    recipes=ZERO_DCE_PLUS_RECIPES,
    network=_plus_network,
    objective=_objective,
    passport=_plus_passport,
    read_published=read_zero_dce_plus,
    published_license=LICENSE,
    read_start=read_start,
    view=cut,
)
