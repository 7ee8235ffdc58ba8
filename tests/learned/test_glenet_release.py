"""GLeNet's networks as released files, used on photos of any size and orientation."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from nightlift.adjust.bilateral_grid import BilateralGrid
from nightlift.adjust.tone_table import ToneTable
from nightlift.edit.enhancer import Enhancer
from nightlift.learned.glenet import GLENET, GLENET_GLOBAL, GLENET_UNPAIRED
from nightlift.learned.glenet.objective import enhanced
from nightlift.learned.glenet.recipes import GEN_RECIPES, GLENET_RECIPES, STAGE_2
from nightlift.models.released import ReleasedModel
from nightlift.photo.orientation import turn_back
from nightlift.photo.photo import Photo, Pixels
from nightlift.train.export import parity, release
from tests.reference import synth

pytestmark = pytest.mark.slow

ROUNDED = 0.52
"""Codes that two programs may differ by: rounding, and 8e-5 of sums in another order."""

TINY = {"width": 4, "size": 32}
HEIGHT, WIDTH = 43, 61


def alive(network: nn.Module) -> nn.Module:
    """As if trained: statistics of its norms that are not the first ones, and a LEN that acts."""
    torch.manual_seed(1)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            assert module.running_mean is not None and module.running_var is not None
            nn.init.normal_(module.running_mean, std=0.1)
            nn.init.uniform_(module.running_var, 0.5, 1.5)
    return network.eval()


def photo() -> Pixels:
    return np.rint(255 * synth.image(HEIGHT, WIDTH, 5)).astype(np.uint8)


def tensor(pixels: Pixels) -> Tensor:
    return torch.from_numpy(pixels.transpose(2, 0, 1)[None].astype(np.float32) / 255)


@pytest.fixture(scope="module")
def gen() -> nn.Module:
    torch.manual_seed(0)
    return alive(GLENET_GLOBAL.network(replace(GEN_RECIPES["default"], **TINY)))


@pytest.fixture(scope="module")
def model(gen: nn.Module, tmp_path_factory: pytest.TempPathFactory) -> ReleasedModel:
    passport = GLENET_GLOBAL.passport(GEN_RECIPES["default"], gen)
    return release(gen, passport, tmp_path_factory.mktemp("released") / "gen.onnx")


@torch.no_grad()
def test_tables_of_a_released_gen_are_the_networks(gen: nn.Module, model: ReleasedModel) -> None:
    assert parity(gen, model) <= 1e-5
    lift = Enhancer(model=model.path, threads=1)
    pixels = photo()
    edit = lift.estimate(pixels).adjustment
    assert isinstance(edit, ToneTable)
    assert (np.diff(edit.values, axis=0) >= 0).all()
    recipe = replace(GEN_RECIPES["default"], **TINY)
    expected = GLENET_GLOBAL.objective(gen, recipe).enhance(tensor(pixels))
    result = lift(pixels, exact=True)
    assert result.shape == pixels.shape
    np.testing.assert_allclose(
        result.astype(float), 255 * expected[0].permute(1, 2, 0).numpy(), atol=ROUNDED
    )


def test_a_turned_photo_becomes_the_turned_result(model: ReleasedModel) -> None:
    lift = Enhancer(model=model.path, threads=1)
    upright = lift(photo()).astype(int)
    for orientation in (3, 6, 8):
        stored = np.ascontiguousarray(turn_back(photo(), orientation))
        result = lift(Photo(stored, orientation=orientation)).pixels
        assert np.abs(result - turn_back(upright, orientation)).max() <= 1


@pytest.mark.parametrize("method", ["glenet", "glenet-unpaired"])
@torch.no_grad()
def test_pictures_of_a_released_glenet_are_the_networks(method: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    if method == "glenet":
        paired = replace(GLENET_RECIPES["default"], **TINY)
        network = alive(GLENET.network(paired))
        passport = GLENET.passport(paired, network)
    else:
        unpaired = replace(STAGE_2, **TINY)
        network = alive(GLENET_UNPAIRED.network(unpaired))
        passport = GLENET_UNPAIRED.passport(unpaired, network)
    model = release(network, passport, tmp_path / "m.onnx")
    assert parity(network, model) <= 1e-5
    weights = 4 * passport.parameters
    assert len(model.data) < 1.1 * weights  # neither degrader nor critics are in the file
    lift = Enhancer(model=model.path, threads=1)
    expected = enhanced(network, tensor(photo()))[0].permute(1, 2, 0).numpy()
    upright = lift(photo())
    np.testing.assert_allclose(upright.astype(float), 255 * expected, atol=ROUNDED)
    stored = np.ascontiguousarray(turn_back(photo(), 6))
    turned = lift(Photo(stored, orientation=6)).pixels
    np.testing.assert_array_equal(turned, turn_back(upright, 6))
    table, grid = lift.estimate(photo(), paint=False).adjustment.adjustments  # type: ignore[union-attr]
    assert isinstance(table, ToneTable) and isinstance(grid, BilateralGrid)
