"""EnlightenGAN: a picture network learned from dark photos and unrelated good pictures."""

from __future__ import annotations

from torch import nn

from nightlift.learned.declaration import Method
from nightlift.learned.enlightengan.network import Generator
from nightlift.learned.enlightengan.objective import EnlightenGANObjective, needed_features
from nightlift.learned.enlightengan.paired import (
    PAIRED_RECIPES,
    PairedObjective,
    PairedRecipe,
    whole_or_crop,
)
from nightlift.learned.enlightengan.passports import (
    PAIRED_TITLE,
    SOURCE,
    TITLE,
    enlightengan_passport,
)
from nightlift.learned.enlightengan.published import LICENSE, read_enlightengan, read_start
from nightlift.learned.enlightengan.recipes import RECIPES, EnlightenGANRecipe
from nightlift.learned.enlightengan.views import crops, of_object
from nightlift.models import Passport

__all__ = ["ENLIGHTENGAN", "ENLIGHTENGAN_PAIRED"]


def _network(recipe: EnlightenGANRecipe | PairedRecipe) -> nn.Module:
    return Generator(recipe.width)


def _objective(network: nn.Module, recipe: EnlightenGANRecipe) -> EnlightenGANObjective:
    return EnlightenGANObjective(network, recipe, needed_features(recipe))


def _passport(recipe: EnlightenGANRecipe, network: nn.Module) -> Passport:
    assert isinstance(network, Generator)
    return enlightengan_passport(network)


def _paired_passport(recipe: PairedRecipe, network: nn.Module) -> Passport:
    assert isinstance(network, Generator)
    return enlightengan_passport(network, paired=True)


ENLIGHTENGAN = Method(
    name="enlightengan",
    title=TITLE,
    supervision="unpaired",
    sources=(SOURCE,),
    recipes=RECIPES,
    network=_network,
    objective=_objective,
    passport=_passport,
    read_published=read_enlightengan,
    published_license=LICENSE,
    read_start=read_start,
    view=crops,
    select=of_object,
)

ENLIGHTENGAN_PAIRED = Method(
    name="enlightengan-paired",
    title=PAIRED_TITLE,
    supervision="paired",
    sources=(SOURCE,),
    recipes=PAIRED_RECIPES,
    network=_network,
    objective=PairedObjective,
    passport=_paired_passport,
    view=whole_or_crop,
)
