"""GLeNet's tables on photos unlike those it learned from: calm, whatever comes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from nightlift.learned.declaration import Batch, total
from nightlift.learned.glenet import GLENET_GLOBAL
from nightlift.learned.glenet.network import GEN, SPREAD
from nightlift.learned.glenet.recipes import GEN_RECIPES, GENRecipe
from tests.reference import synth

SIDE, STEPS = 32, 20

JUMP, BEND = 1 / SPREAD + 1e-6, 1 / SPREAD**2 + 1e-6
"""The most that neighboring intensities may be apart, and that steps side by side may differ."""


def learned(recipe: GENRecipe) -> GEN:
    """A narrow GEN after a few steps from dark photos to a steep curve of them."""
    torch.manual_seed(0)
    network = GLENET_GLOBAL.network(recipe)
    assert isinstance(network, GEN)
    objective = GLENET_GLOBAL.objective(network, recipe).train()
    light = np.stack([synth.image(SIDE, SIDE, seed) for seed in range(8)]).transpose(0, 3, 1, 2)
    target = torch.from_numpy(np.ascontiguousarray(light))
    batch = Batch(0.25 * target, target)
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-2)
    for _ in range(STEPS):
        loss = total(objective.terms(batch, "network"))
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    return network.eval()


def unlike() -> Tensor:
    """White, a beach of pale colors, saturated stripes, noise, and a white window in the dark."""
    photos = torch.ones(5, 3, SIDE, SIDE)
    photos[1] = torch.tensor([0.95, 0.9, 0.8])[:, None, None] - 0.1 * torch.rand(1, SIDE, SIDE)
    photos[2] = torch.eye(3)[:, torch.arange(SIDE) % 3][:, None].expand(3, SIDE, SIDE)
    photos[3] = torch.rand(3, SIDE, SIDE)
    photos[4] = 0.02
    photos[4, :, 8:16, 8:16] = 1.0
    return photos


@torch.no_grad()
def tables(recipe: GENRecipe) -> Tensor:
    with torch.enable_grad():
        network = learned(recipe)
    torch.manual_seed(1)
    found: Tensor = network.tables(unlike())
    return found


TINY = {"width": 4, "size": SIDE, "augment": False, "norm_momentum": 0.1}


def test_they_never_fall_jump_or_bend_at_once() -> None:
    steps = tables(replace(GEN_RECIPES["default"], **TINY)).diff(dim=1)
    assert steps.min() >= 0
    assert steps.max() <= JUMP
    assert steps.diff(dim=1).abs().max() <= BEND


@pytest.mark.parametrize("table", ["value", "residual"])
def test_the_published_kinds_of_table_would_do_all_three(table: str) -> None:
    """So that the test above can fail: the same training with tables of free values."""
    recipe = replace(
        GEN_RECIPES["default"], **TINY, table=table, smoothness_weight=0.0, keep_weight=0.0
    )
    steps = tables(recipe).diff(dim=1)
    assert steps.min() < 0
    assert steps.max() > JUMP
    assert steps.diff(dim=1).abs().max() > BEND
