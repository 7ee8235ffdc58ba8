"""Our SMNet gives the published networks' outputs for the same weights and pictures."""

import json
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from nightlift.edit.tiles import spans
from nightlift.learned.smnet.blocks import Mix, every_second, interleaved, transposed_phases
from nightlift.learned.smnet.network import REACH, SMNet, Variant
from nightlift.learned.smnet.published import network_of
from tests.published_networks import REFERENCE, assert_same, outputs
from tests.reference import synth


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def published(variant: Variant) -> dict[str, Tensor]:
    stated = json.loads((REFERENCE / f"smnet_{variant}" / "reference.json").read_text())
    return {
        key: torch.from_numpy(synth.tensor(key, shape, stated["gain"]))
        for key, shape in stated["checkpoint_keys"].items()
    }


def photo(height: int, width: int, seed: int) -> Tensor:
    return torch.from_numpy(synth.image(height, width, seed)).permute(2, 0, 1)[None]


def small(variant: Variant, width: int = 16) -> SMNet:
    """A narrow network with weights of the references' scale."""
    network = SMNet(width, variant).eval()
    network.load_state_dict(
        {
            key: torch.from_numpy(synth.tensor(key, value.shape, 0.6))
            for key, value in network.state_dict().items()
        }
    )
    return network


@pytest.mark.parametrize(
    ("variant", "names"),
    [("lol", ("image",)), ("fivek", ("image_block1", "image_block2", "image"))],
)
def test_outputs_are_the_published_networks(variant: Variant, names: tuple[str, ...]) -> None:
    network = network_of(published(variant))
    before = photo(40, 56, 6)
    with torch.no_grad():
        pictures, _ = network.paint(before)
        result = network(before)
    expected = outputs(f"smnet_{variant}")
    assert len(pictures) == len(names) == len(expected)
    for name, picture in zip(names, pictures, strict=True):
        assert_same(picture[0].numpy(), expected[name])
    assert torch.equal(result, pictures[-1].clamp(0, 1))


def test_width_is_a_setting() -> None:
    assert sum(each.numel() for each in SMNet(16).parameters()) < 200_000
    for variant in ("lol", "fivek"):
        with torch.no_grad():
            assert small(variant, 4)(torch.rand(2, 3, 8, 12)).shape == (2, 3, 8, 12)


def test_phases_are_the_transposed_convolution() -> None:
    torch.manual_seed(1)
    layer = nn.ConvTranspose2d(5, 7, 3, stride=2, padding=1, output_padding=1, bias=False)
    x = torch.randn(2, 5, 6, 9)
    found = interleaved(transposed_phases(x, layer.weight))
    torch.testing.assert_close(found, layer(x))


def test_a_third_at_a_time_is_the_same() -> None:
    torch.manual_seed(2)
    mix = Mix(12)
    x, onto = torch.randn(2, 12, 6, 8), torch.randn(2, 4, 6, 8)
    torch.testing.assert_close(mix(x, onto), mix.out(mix.slope(mix.wide(x))) + onto)


def test_halving_smooths_by_the_binomial_filter() -> None:
    x = torch.rand(1, 2, 8, 6)
    taps = np.outer((1, 2, 1), (1, 2, 1)) / 16
    around = np.pad(x[0, 1].numpy(), 1, mode="reflect")
    expected = [
        [(around[2 * r : 2 * r + 3, 2 * c : 2 * c + 3] * taps).sum() for c in range(3)]
        for r in range(4)
    ]
    np.testing.assert_allclose(every_second(x)[0, 1].numpy(), expected, rtol=1e-6)


@torch.no_grad()
@pytest.mark.parametrize("variant", ["lol", "fivek"])
def test_given_vectors_take_the_place_of_the_photos_own(variant: Variant) -> None:
    network = small(variant)
    before = photo(32, 48, 1)
    said = network.ports(before, None)
    own = said["pooled"]
    assert own.shape == (1, network.pooled) == (1, 3 * 2 * 48)
    assert torch.equal(said["parameters"], network(before))
    for given in (torch.full_like(own, torch.nan), own):
        again = network.ports(before, given)
        assert all(torch.equal(again[name], said[name]) for name in said)
    assert not torch.equal(network.ports(before, own + 1)["parameters"], said["parameters"])


def in_tiles(network: SMNet, before: Tensor, vectors: Tensor, tile: int) -> Tensor:
    result = torch.full_like(before, torch.nan)
    height, width = before.shape[2:]
    for row in spans(height, tile, REACH, 4):
        for column in spans(width, tile, REACH, 4):
            seen = before[..., row.start : row.stop, column.start : column.stop]
            painted = network.paint(seen, vectors)[0][-1]
            result[..., row.keep_from : row.keep_to, column.keep_from : column.keep_to] = painted[
                ...,
                row.keep_from - row.start : row.keep_to - row.start,
                column.keep_from - column.start : column.keep_to - column.start,
            ]
    return result


@torch.no_grad()
@pytest.mark.parametrize("variant", ["lol", "fivek"])
def test_tiles_equal_one_run_with_the_same_vectors(variant: Variant) -> None:
    """Positive weights and float64, so that what comes from far away is seen."""
    network = small(variant, 4).double()
    for parameter in network.parameters():
        nn.init.uniform_(parameter, 0.1, 0.3)
    before = torch.rand(1, 3, 212, 280, dtype=torch.float64)
    vectors = torch.zeros(1, 3, 2, 12, dtype=torch.float64)
    whole = network.paint(before, vectors)[0][-1]
    difference = (in_tiles(network, before, vectors, 20) - whole).abs() / whole
    assert difference.max() <= 1e-13


@torch.no_grad()
def test_no_pixel_depends_on_one_beyond_the_reach() -> None:
    """All weights positive and a huge step, so that nothing cancels or vanishes."""
    network = small("lol", 4).double()
    for parameter in network.parameters():
        nn.init.uniform_(parameter, 0.1, 0.3)
    before = torch.rand(1, 3, 12, 240).double()
    vectors = torch.zeros(1, 3, 2, 12).double()
    whole = network.paint(before, vectors)[0][-1]
    found = []
    for column in range(120, 124):
        changed = before.clone()
        changed[..., column] += 1e14
        differs = (network.paint(changed, vectors)[0][-1] != whole).any((0, 1, 2))
        found += (torch.nonzero(differs).flatten() - column).abs().tolist()
    assert REACH - 4 < max(found) <= REACH
