"""GLeNet: tone tables for the whole photo, then a picture; with and without pairs."""

from __future__ import annotations

from torch import nn

from nightlift.learned.declaration import Method, Objective
from nightlift.learned.features import FeatureExtractor, load_features
from nightlift.learned.glenet import views
from nightlift.learned.glenet.network import GEN, LEN, GLeNet, UnpairedGLeNet
from nightlift.learned.glenet.objective import GENObjective, GLeNetObjective
from nightlift.learned.glenet.passports import PAPER, picture_passport, table_passport
from nightlift.learned.glenet.published import LICENSE, read_gen, read_glenet
from nightlift.learned.glenet.recipes import (
    GEN_RECIPES,
    GLENET_RECIPES,
    LAYERS,
    UNPAIRED_RECIPES,
    GENRecipe,
    GLeNetRecipe,
    UnpairedRecipe,
)
from nightlift.learned.glenet.unpaired import Stage1Objective, Stage2Objective
from nightlift.models import Passport

__all__ = ["GLENET", "GLENET_GLOBAL", "GLENET_UNPAIRED"]

_GLOBAL_TITLE = "GLeNet's global network: tone tables, learned from pairs"
_TITLE = "GLeNet: tone tables, then a local network, learned from pairs"
_UNPAIRED_TITLE = "GLeNet without pairs: learned from photos to improve and good photos"


def _gen(recipe: GENRecipe) -> GEN:
    return GEN(
        recipe.variant,
        recipe.table,
        recipe.width,
        recipe.expansion,
        recipe.norm_momentum,
        recipe.side,
    )


def _len(recipe: GLeNetRecipe) -> LEN:
    return LEN(recipe.width, recipe.expansion, recipe.norm_momentum)


def _features(recipe: GENRecipe) -> FeatureExtractor | None:
    if recipe.features == "none":
        return None
    return load_features(recipe.features_file, LAYERS, extractor=recipe.features)


def _global_objective(network: nn.Module, recipe: GENRecipe) -> GENObjective:
    return GENObjective(network, recipe, _features(recipe))


def _global_passport(recipe: GENRecipe, network: nn.Module) -> Passport:
    assert isinstance(network, GEN)
    return table_passport(network, "glenet-global", _GLOBAL_TITLE, "paired")


def _glenet(recipe: GLeNetRecipe) -> GLeNet:
    gen = _gen(recipe) if recipe.parts == "gen+len" else None
    return GLeNet(gen, _len(recipe))


def _glenet_objective(network: nn.Module, recipe: GLeNetRecipe) -> GLeNetObjective:
    return GLeNetObjective(network, recipe, _features(recipe))


def _glenet_passport(recipe: GLeNetRecipe, network: nn.Module) -> Passport:
    assert isinstance(network, GLeNet)
    return picture_passport(network, "glenet", _TITLE, "paired")


def _unpaired(recipe: UnpairedRecipe) -> UnpairedGLeNet:
    return UnpairedGLeNet(_gen(recipe), _len(recipe), _gen(recipe), recipe.stage)


def _unpaired_objective(network: nn.Module, recipe: UnpairedRecipe) -> Objective:
    if recipe.stage == 1:
        return Stage1Objective(network, recipe)
    return Stage2Objective(network, recipe, _features(recipe))


def _unpaired_passport(recipe: UnpairedRecipe, network: nn.Module) -> Passport:
    assert isinstance(network, UnpairedGLeNet)
    said = "glenet-unpaired", _UNPAIRED_TITLE, "unpaired"
    if recipe.stage == 1:
        return table_passport(network.enhancer, *said)
    return picture_passport(network.glenet, *said)


GLENET_GLOBAL = Method(
    name="glenet-global",
    title=_GLOBAL_TITLE,
    supervision="paired",
    sources=(PAPER,),
    recipes=GEN_RECIPES,
    network=_gen,
    objective=_global_objective,
    passport=_global_passport,
    read_published=read_gen,
    published_license=LICENSE,
    view=views.paired,
)

GLENET = Method(
    name="glenet",
    title=_TITLE,
    supervision="paired",
    sources=(PAPER,),
    recipes=GLENET_RECIPES,
    network=_glenet,
    objective=_glenet_objective,
    passport=_glenet_passport,
    read_published=read_glenet,
    published_license=LICENSE,
    view=views.paired,
)

GLENET_UNPAIRED = Method(
    name="glenet-unpaired",
    title=_UNPAIRED_TITLE,
    supervision="unpaired",
    sources=(PAPER,),
    recipes=UNPAIRED_RECIPES,
    network=_unpaired,
    objective=_unpaired_objective,
    passport=_unpaired_passport,
    view=views.unpaired,
)
