"""SMNet: three scales at once and a look at the whole, learned from pairs of photos."""

from __future__ import annotations

from torch import nn

from nightlift.learned.declaration import Method
from nightlift.learned.features import FeatureExtractor, load_features
from nightlift.learned.smnet.network import SMNet
from nightlift.learned.smnet.objective import SMNetObjective
from nightlift.learned.smnet.passports import PAPER, TITLES, smnet_passport
from nightlift.learned.smnet.published import (
    LICENSE,
    read_smnet,
    read_smnet_fivek,
    read_start,
    read_start_fivek,
)
from nightlift.learned.smnet.recipes import SMNET_FIVEK_RECIPES, SMNET_RECIPES, SMNetRecipe
from nightlift.learned.smnet.terms import LAYERS
from nightlift.learned.smnet.views import view
from nightlift.models import Passport

__all__ = ["SMNET", "SMNET_FIVEK"]


def _network(recipe: SMNetRecipe) -> nn.Module:
    return SMNet(recipe.width)


def _fivek_network(recipe: SMNetRecipe) -> nn.Module:
    return SMNet(recipe.width, "fivek")


def _features(recipe: SMNetRecipe) -> FeatureExtractor | None:
    if recipe.features == "none":
        return None
    return load_features(recipe.features_file, LAYERS, extractor=recipe.features)


def _objective(network: nn.Module, recipe: SMNetRecipe) -> SMNetObjective:
    assert isinstance(network, SMNet)
    return SMNetObjective(network, recipe, _features(recipe))


def _passport(recipe: SMNetRecipe, network: nn.Module) -> Passport:
    assert isinstance(network, SMNet)
    return smnet_passport(network)


SMNET = Method(
    name="smnet",
    title=TITLES["lol"],
    supervision="paired",
    sources=(PAPER,),
    recipes=SMNET_RECIPES,
    network=_network,
    objective=_objective,
    passport=_passport,
    read_published=read_smnet,
    published_license=LICENSE,
    read_start=read_start,
    view=view,
)

SMNET_FIVEK = Method(
    name="smnet-fivek",
    title=TITLES["fivek"],
    supervision="paired",
    sources=(PAPER,),
    recipes=SMNET_FIVEK_RECIPES,
    network=_fivek_network,
    objective=_objective,
    passport=_passport,
    read_published=read_smnet_fivek,
    published_license=LICENSE,
    read_start=read_start_fivek,
    view=view,
)
