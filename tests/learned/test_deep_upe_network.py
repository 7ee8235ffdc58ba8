"""Our DeepUPE gives the published network's outputs for the same weights and pictures."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from nightlift.adjust import differentiable
from nightlift.adjust.bilateral_grid import LEAST_LIGHT, BilateralGrid, PointwiseGuide
from nightlift.learned.deep_upe.network import DeepUPE, GuideNetwork
from nightlift.learned.deep_upe.passports import deep_upe_passport, folded_guide
from nightlift.learned.deep_upe.published import network_of
from nightlift.models.passport import Guide
from nightlift.models.passport_json import from_json, to_json
from tests.published_networks import assert_same, outputs, weights
from tests.reference import synth


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


def tensor(height: int, width: int, seed: int) -> Tensor:
    return torch.from_numpy(synth.image(height, width, seed)).permute(2, 0, 1)[None]


def pointwise(guide: Guide) -> PointwiseGuide:
    w1, b1, w2 = (np.asarray(part, np.float32) for part in (guide.w1, guide.b1, guide.w2))
    return PointwiseGuide(w1, b1, w2, guide.b2)


def shaken(network: nn.Module) -> None:
    """Statistics and scales of batch norm that are not the first ones."""
    torch.manual_seed(3)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
            assert module.running_mean is not None and module.running_var is not None
            module.running_mean.normal_(0, 0.3)
            module.running_var.uniform_(0.2, 2)
            nn.init.normal_(module.weight, 1, 0.3)
            nn.init.normal_(module.bias, 0, 0.3)


@torch.no_grad()
def test_outputs_are_the_published_networks() -> None:
    network = network_of(weights("deep_upe"))
    expected = outputs("deep_upe")
    photo = tensor(120, 180, 3)
    cells, guide = network(tensor(256, 256, 3)), network.guide(photo)
    illumination = differentiable.bilateral_affine(photo, cells, guide)
    assert_same(cells[0].numpy(), expected["grid"])
    assert_same(guide[0].numpy(), expected["guide"])
    assert_same(illumination[0].numpy(), expected["illumination"])


@torch.no_grad()
def test_the_adjustment_is_the_published_result() -> None:
    """Cells and guide as a passport holds them; below the floor the published code differs."""
    network = network_of(weights("deep_upe"))
    expected = outputs("deep_upe")
    rows = network(tensor(256, 256, 3))[0].unflatten(0, (3, 4)).permute(3, 4, 2, 0, 1)
    grid = BilateralGrid(rows.numpy(), "divide", pointwise(folded_guide(network.guide)))
    found = grid.evaluate(synth.image(120, 180, 3), 0, 120).transpose(2, 0, 1)
    lit = expected["illumination"] > 2 * LEAST_LIGHT
    assert 0.1 < lit.mean() < 1
    assert np.abs(found - expected["image"])[lit].max() <= 1e-4


def test_its_size_is_the_reimplementations() -> None:
    assert sum(parameter.numel() for parameter in DeepUPE().parameters()) == 594_369


@pytest.mark.parametrize("batch_norm", [True, False])
@pytest.mark.parametrize(
    ("bins", "multiplier", "spatial", "low"), [(2, 1, 4, 16), (3, 2, 4, 8), (2, 1, 16, 32)]
)
def test_options_shape_the_output(
    bins: int, multiplier: int, spatial: int, low: int, batch_norm: bool
) -> None:
    network = DeepUPE(bins, multiplier, spatial, low, batch_norm)
    assert network(torch.rand(2, 3, low, low)).shape == (2, 12, bins, spatial, spatial)
    assert network.guide(torch.rand(2, 3, 5, 7)).shape == (2, 1, 5, 7)
    normalized = [isinstance(module, nn.BatchNorm2d) for module in network.modules()]
    assert any(normalized) == batch_norm


def test_wider_and_deeper_is_larger() -> None:
    def size(**options: int) -> int:
        network = DeepUPE(**options, batch_norm=True)
        return sum(parameter.numel() for parameter in network.parameters())

    assert size(luma_bins=4) < size() < size(channel_multiplier=2)


@torch.no_grad()
def test_training_begins_with_a_result_near_the_photo() -> None:
    torch.manual_seed(0)
    network = DeepUPE(low_size=64)
    photo = torch.cat([tensor(64, 64, seed) for seed in range(2)])
    light = differentiable.bilateral_affine(photo, network(photo), network.guide(photo))
    assert (light > 10 * LEAST_LIGHT).all()
    assert abs(float(light.mean()) - 1) < 0.3


@pytest.mark.parametrize("batch_norm", [True, False])
def test_the_folded_guide_is_the_guide(batch_norm: bool) -> None:
    torch.manual_seed(1)
    network = GuideNetwork(16, batch_norm)
    shaken(network)
    folded = pointwise(folded_guide(network))
    picture = np.random.default_rng(0).random((9, 11, 3), dtype=np.float32)
    with torch.no_grad():
        expected = network.eval()(torch.from_numpy(picture).permute(2, 0, 1)[None])[0, 0]
    np.testing.assert_allclose(folded.evaluate(picture), expected.numpy(), atol=2e-6)


def test_a_passport_holds_the_guide_and_can_be_read_again() -> None:
    network = DeepUPE(low_size=64)
    shaken(network)
    passport = deep_upe_passport(network)
    assert from_json(to_json(passport)) == passport
    assert passport.guide == folded_guide(network.guide)
    assert (passport.kind, passport.grid_mode) == ("bilateral_grid", "divide")
    assert (passport.resize, passport.exact_resize) == ("area", "linear-rounded")
    assert network.training, "taking a passport left the network as it was"
