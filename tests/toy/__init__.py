"""A toy method: tone tables that bend a photo by one number a channel, learned from pairs.

It stands for a method that nobody has written yet: tests copy this folder to `learned/toy`.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from nightlift.adjust import differentiable
from nightlift.adjust.tone_table import KNOTS
from nightlift.learned.declaration import Batch, Method, Objective
from nightlift.learned.recipe import Recipe
from nightlift.models.passport import Passport
from nightlift.photo.proxy import FixedSize

SIDE = 16


class Bend(nn.Module):
    """Pictures (N, 3, 16, 16) → tables (N, 256, 3): x + b · x (1 − x), b from −1 to 1."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(3, 3)
        nn.init.zeros_(self.layer.weight)
        nn.init.zeros_(self.layer.bias)
        self.register_buffer("knots", torch.linspace(0, 1, KNOTS)[None, :, None])

    def forward(self, picture: Tensor) -> Tensor:
        """The tables of small pictures."""
        knots = self.get_buffer("knots")
        bend = torch.tanh(self.layer(picture.mean((2, 3))))[:, None]
        return knots + bend * knots * (1 - knots)


class BendObjective(Objective):
    """The target, by absolute differences."""

    def terms(self, batch: Batch, group: str) -> Mapping[str, Tensor]:
        """How far the result is from the target."""
        assert batch.target is not None
        return {"reconstruction": (self.enhance(batch.photo) - batch.target).abs().mean()}

    def enhance(self, photo: Tensor) -> Tensor:
        """The photo after its tables."""
        tables: Tensor = self.network(F.interpolate(photo, (SIDE, SIDE), mode="area"))
        return differentiable.tone_table(photo, tables.float())


def _network(recipe: Recipe) -> nn.Module:
    return Bend()


def _objective(network: nn.Module, recipe: Recipe) -> Objective:
    return BendObjective(network)


def _passport(recipe: Recipe, network: nn.Module) -> Passport:
    return Passport(
        method="toy",
        title=TOY.title,
        version="1",
        kind="tone_table",
        size=FixedSize(SIDE, SIDE),
        resize="area",
        exact_size=FixedSize(SIDE, SIDE),
        exact_resize="area",
        supervision="paired",
        parameters=sum(parameter.numel() for parameter in network.parameters()),
        sources=TOY.sources,
    )


TOY: Method[Recipe] = Method(
    name="toy",
    title="Toy: one bend a channel, learned from pairs",
    supervision="paired",
    sources=("nobody, nowhere",),
    recipes={"default": Recipe(epochs=3, batch=4, size=32, learning_rate=0.05)},
    network=_network,
    objective=_objective,
    passport=_passport,
)
