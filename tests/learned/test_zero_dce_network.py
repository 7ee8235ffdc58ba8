"""Our Zero-DCE gives the published networks' outputs for the same weights and pictures."""

import numpy as np
import pytest
import torch

from nightlift.adjust.curve_map import CurveMap
from nightlift.learned.zero_dce.network import ZeroDCE
from nightlift.learned.zero_dce.published import network_of
from nightlift.photo.photo import Floats
from tests.published_networks import assert_same, outputs, weights
from tests.reference import synth


def run(network: ZeroDCE, picture: Floats) -> Floats:
    with torch.no_grad():
        found = network(torch.from_numpy(picture.transpose(2, 0, 1)[None]))[0].numpy()
    assert isinstance(found, np.ndarray)
    return found


def stepwise(maps: Floats) -> Floats:
    """(3n, h, w) → (n, h, w, 3)."""
    return maps.reshape(-1, 3, *maps.shape[1:]).transpose(0, 2, 3, 1)


@pytest.mark.parametrize(
    ("folder", "seed", "steps"), [("zero_dce_paper", 1, (4, 8)), ("zero_dce_seed", 1, (4, 6, 8))]
)
def test_full_size_networks(folder: str, seed: int, steps: tuple[int, ...]) -> None:
    network, _ = network_of(weights(folder))
    expected = outputs(folder)
    picture = synth.image(64, 96, seed)
    curves = run(network, picture)
    assert_same(curves, expected["curves"])
    edit = CurveMap(stepwise(curves), 8)
    for count in steps:
        found = edit.with_steps(count).evaluate(picture, 0, 64)
        assert_same(found.transpose(2, 0, 1), expected[f"after_{count}"])


def test_plus() -> None:
    network, _ = network_of(weights("zero_dce_plus"))
    expected = outputs("zero_dce_plus")
    picture = synth.image(96, 144, 2)
    tensor = torch.from_numpy(picture.transpose(2, 0, 1)[None])
    shrunk = torch.nn.functional.interpolate(tensor, scale_factor=1 / 12, mode="bilinear")
    curves = run(network, shrunk[0].numpy().transpose(1, 2, 0))
    assert curves.shape == (3, 8, 12)
    enlarged = torch.nn.functional.interpolate(
        torch.from_numpy(curves[None]), size=(96, 144), mode="bilinear", align_corners=True
    )
    assert_same(enlarged[0].numpy(), expected["curves"])
    edit = CurveMap(stepwise(curves), 8, "corners")
    assert_same(edit.evaluate(picture, 0, 96).transpose(2, 0, 1), expected["image"])


@pytest.mark.parametrize(
    ("network", "parameters"),
    [(ZeroDCE(), 79_416), (ZeroDCE(separable=True, shared=True), 10_561)],
)
def test_sizes_are_the_papers(network: ZeroDCE, parameters: int) -> None:
    assert sum(parameter.numel() for parameter in network.parameters()) == parameters


def test_first_weights_are_the_papers() -> None:
    torch.manual_seed(0)
    for network in (ZeroDCE(), ZeroDCE(separable=True)):
        values = torch.cat(
            [
                value.detach().flatten()
                for key, value in network.named_parameters()
                if "weight" in key
            ]
        )
        assert abs(float(values.mean())) < 1e-3
        assert float(values.std()) == pytest.approx(0.02, rel=0.03)


def test_options_shape_the_output() -> None:
    photo = torch.rand(2, 3, 9, 13)
    assert ZeroDCE(8, steps=5)(photo).shape == (2, 15, 9, 13)
    assert ZeroDCE(8, steps=5, separable=True)(photo).shape == (2, 15, 9, 13)
    assert ZeroDCE(8, shared=True)(photo).shape == (2, 3, 9, 13)


def test_curves_depend_on_seven_pixels_around() -> None:
    torch.manual_seed(0)
    network = ZeroDCE(4)
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    photo = torch.rand(1, 3, 31, 31)
    changed = photo.clone()
    changed[..., 15, 15] = 1.0 - changed[..., 15, 15]
    differs = (network(photo) != network(changed)).any(1)[0]
    rows, columns = torch.nonzero(differs, as_tuple=True)
    assert (int(rows.min()), int(rows.max())) == (8, 22)
    assert (int(columns.min()), int(columns.max())) == (8, 22)
