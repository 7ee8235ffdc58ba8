"""DeepUPE: the illumination of a photo on a bilateral grid, learned from retouched photos."""

from __future__ import annotations

from torch import nn

from nightlift.learned.declaration import Method
from nightlift.learned.deep_upe.network import DeepUPE
from nightlift.learned.deep_upe.objective import DeepUPEObjective
from nightlift.learned.deep_upe.passports import HDRNET, PAPER, deep_upe_passport
from nightlift.learned.deep_upe.published import LICENSE, read_deep_upe
from nightlift.learned.deep_upe.recipes import DEEP_UPE_RECIPES, DeepUPERecipe
from nightlift.learned.deep_upe.views import view
from nightlift.models import Passport

__all__ = ["DEEP_UPE"]


def _network(recipe: DeepUPERecipe) -> nn.Module:
    return DeepUPE(
        recipe.luma_bins,
        recipe.channel_multiplier,
        recipe.spatial_bins,
        recipe.low_size,
        recipe.batch_norm,
    )


def _objective(network: nn.Module, recipe: DeepUPERecipe) -> DeepUPEObjective:
    assert isinstance(network, DeepUPE)
    return DeepUPEObjective(network, recipe)


def _passport(recipe: DeepUPERecipe, network: nn.Module) -> Passport:
    assert isinstance(network, DeepUPE)
    return deep_upe_passport(network, recipe.least_light)


DEEP_UPE = Method(
    name="deep-upe",
    title="DeepUPE: illumination on a bilateral grid, learned from retouched photos",
    supervision="paired",
    sources=(PAPER, HDRNET),
    recipes=DEEP_UPE_RECIPES,
    network=_network,
    objective=_objective,
    passport=_passport,
    read_published=read_deep_upe,
    published_license=LICENSE,
    view=view,
)
