"""Published DeepUPE weights are imported, released, and give their published results."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnx
import pytest
import torch
from torch import Tensor, nn

from nightlift.adjust.bilateral_grid import BilateralGrid
from nightlift.edit.enhancer import Enhancer
from nightlift.errors import ModelError, UsageError
from nightlift.learned.deep_upe import DEEP_UPE
from nightlift.learned.deep_upe.network import DeepUPE
from nightlift.learned.deep_upe.objective import DeepUPEObjective
from nightlift.learned.deep_upe.passports import deep_upe_passport, folded_guide
from nightlift.learned.deep_upe.published import network_of, read_deep_upe, to_rgb
from nightlift.learned.deep_upe.recipes import REIMPLEMENTATION
from nightlift.models.passport_json import from_json, to_json
from nightlift.models.released import ReleasedModel, load
from nightlift.photo.orientation import turn
from nightlift.photo.photo import Floats, Photo, Pixels
from nightlift.train.export import import_checkpoint, parity, release
from tests.published_networks import weights
from tests.reference import synth

PHOTOS = ("a1427-IMG_4252.png", "a2607-060521_140210__MG_7945.png")
BGR = [2, 1, 0]
THEIR_PARTS = {
    "splat": "coeffs.splat_features",
    "shrink": "coeffs.global_features_conv",
    "whole": "coeffs.global_features_fc",
    "local": "coeffs.local_features",
}


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


def example(**options: Any) -> DeepUPE:
    """A small network with batch norm that has seen something."""
    torch.manual_seed(0)
    shape: dict[str, Any] = {
        "luma_bins": 2,
        "channel_multiplier": 2,
        "spatial_bins": 8,
        "low_size": 32,
    }
    network = DeepUPE(**{**shape, **options})
    for module in network.modules():
        if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
            assert module.running_mean is not None
            module.running_mean.normal_(0, 0.1)
    return network.eval()


def their_name(name: str) -> str:
    part, *rest = name.split(".")
    if part == "guide":
        layer = {"hidden": "conv1", "out": "conv2.conv"}[rest[0]]
        return ".".join(("guide", layer, *rest[1:])).replace("linear", "conv").replace("norm", "bn")
    if part == "out":
        return f"coeffs.conv_out.conv.{rest[0]}"
    if name == "local.1.weight":
        return "coeffs.local_features.1.conv.weight"
    linear = "fc" if part == "whole" else "conv"
    return ".".join((THEIR_PARTS[part], *rest)).replace("linear", linear).replace("norm", "bn")


def their_weights(network: DeepUPE) -> dict[str, Tensor]:
    return {their_name(name): value for name, value in network.state_dict().items()}


def save(path: Path, content: object) -> Path:
    torch.save(content, path)
    return path


def test_their_names_are_the_published_ones() -> None:
    assert set(their_weights(DeepUPE())) == set(weights("deep_upe"))


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"spatial_bins": 4},
        {"spatial_bins": 16},
        {"luma_bins": 3, "channel_multiplier": 1},
        {"guide_width": 5},
        {"batch_norm": False},
    ],
)
def test_hyper_parameters_are_read_from_the_weights(options: dict[str, int]) -> None:
    network = example(**options)
    found = network_of(their_weights(network))
    assert (found.low_size, found.luma_bins) == (network.low_size, network.luma_bins)
    assert not found.training
    picture = torch.rand(1, 3, 32, 32)
    assert torch.equal(found(picture), network(picture))
    assert torch.equal(found.guide(picture), network.guide(picture))


@torch.no_grad()
def test_a_network_turned_to_rgb_says_the_same_of_reordered_pictures() -> None:
    theirs, ours = example(), example()
    to_rgb(ours)
    photo = torch.rand(1, 3, 40, 50)
    before = DeepUPEObjective(theirs, REIMPLEMENTATION).illumination(photo[:, BGR])
    after = DeepUPEObjective(ours, REIMPLEMENTATION).illumination(photo)
    torch.testing.assert_close(after, before[:, BGR])
    assert not torch.allclose(after, before)


@pytest.mark.parametrize("prefix", ["", "module."])
def test_files_are_read_and_turned_to_rgb(tmp_path: Path, prefix: str) -> None:
    network = example()
    content = {prefix + name: value for name, value in their_weights(network).items()}
    imported, passport = read_deep_upe(save(tmp_path / "a.pth", content))
    to_rgb(network)
    picture = torch.rand(1, 3, 32, 32)
    assert torch.equal(imported(picture), network(picture))
    assert passport.guide == folded_guide(network.guide)
    assert from_json(to_json(passport)) == passport
    assert passport.data == ("MIT-Adobe FiveK, expert C",)
    assert passport.parameters == sum(one.numel() for one in network.parameters())


def test_unknown_weights_are_one_clear_sentence(tmp_path: Path) -> None:
    for strange in ({"encoder.weight": torch.ones(1)}, {"coeffs.other": torch.ones(1)}):
        with pytest.raises(ModelError) as caught:
            read_deep_upe(save(tmp_path / "strange.pth", strange))
        message = str(caught.value)
        assert "strange.pth" in message and "coeffs.conv_out.conv.bias" in message
        assert next(iter(strange)) in message
        assert "\n" not in message


def test_weights_that_do_not_fit_are_refused() -> None:
    right = their_weights(example())
    lacking = {**right}
    del lacking["coeffs.local_features.1.conv.weight"]
    with pytest.raises(ModelError, match="lacks the weights"):
        network_of(lacking)
    for key, value, words in (
        ("coeffs.local_features.1.conv.weight", torch.ones(4, 4, 1, 1), "of shape"),
        ("coeffs.conv_out.conv.bias", torch.ones(25), "coefficients a luma bin"),
        ("coeffs.conv_out.conv.bias", torch.ones(0), "coefficients a luma bin"),
        ("coeffs.splat_features.0.conv.bias", torch.ones(5), "coefficients a luma bin"),
        ("coeffs.splat_features.1.conv.bias", torch.full((8,), torch.nan), "not finite"),
        ("guide.conv3.conv.bias", torch.ones(1), "does not know"),
    ):
        with pytest.raises(ModelError, match=words):
            network_of({**right, key: value})
    many = {f"coeffs.splat_features.{i}.conv.bias": torch.ones(4) for i in range(50)}
    with pytest.raises(ModelError, match="at most 9 layers"):
        network_of({**right, **many})


@pytest.fixture(scope="module")
def network() -> DeepUPE:
    return example()


@pytest.fixture(scope="module")
def model(network: DeepUPE, tmp_path_factory: pytest.TempPathFactory) -> ReleasedModel:
    path = tmp_path_factory.mktemp("released") / "small.onnx"
    return release(network, deep_upe_passport(network), path)


def test_a_released_file_says_what_the_network_says(model: ReleasedModel, network: DeepUPE) -> None:
    assert parity(network, model) <= 1e-5
    stored = onnx.load_from_string(model.data).graph.initializer
    sizes = [int(np.prod(tensor.dims)) for tensor in stored]
    coefficients = sum(
        one.numel() for name, one in network.named_parameters() if not name.startswith("guide.")
    )
    assert sum(sizes) <= coefficients, "the guide belongs to the passport, not to the graph"


def dark(height: int, width: int) -> Pixels:
    picture: Floats = synth.image(height, width, 6)
    return np.rint(picture * 255).astype(np.uint8)


def test_enhancing_is_what_was_trained(model: ReleasedModel, network: DeepUPE) -> None:
    """On a photo of twice the small copy's size, where both small copies are the same."""
    pixels = dark(64, 64)
    photo = torch.from_numpy(pixels).permute(2, 0, 1)[None] / 255
    with torch.no_grad():
        expected = (
            DeepUPEObjective(network, REIMPLEMENTATION).enhance(photo)[0].permute(1, 2, 0).numpy()
            * 255
        )
    found = Enhancer(model=model.path, threads=1)(pixels)
    assert np.abs(found - expected).max() <= 1.5
    assert np.abs(found.astype(float) - pixels).max() > 5


@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize("shape", [(61, 47), (1, 9), (1, 1)])
def test_photos_of_any_shape_are_enhanced(
    model: ReleasedModel, shape: tuple[int, int], exact: bool
) -> None:
    pixels = dark(*shape)
    lift = Enhancer(model=model.path, threads=1)
    found = lift(pixels, exact=exact)
    assert found.shape == pixels.shape and found.dtype == np.uint8
    assert np.array_equal(lift(pixels, 0.0, exact=exact), pixels)
    edit = lift.estimate(Photo(pixels)).adjustment
    assert isinstance(edit, BilateralGrid)
    assert (edit.mode, edit.cells.shape) == ("divide", (8, 8, 2, 3, 4))


@pytest.mark.parametrize("orientation", range(2, 9))
def test_a_rotated_file_is_the_rotated_result(model: ReleasedModel, orientation: int) -> None:
    stored = Photo(dark(41, 67), orientation=orientation)
    upright = Photo(np.ascontiguousarray(turn(stored.pixels, orientation)))
    lift = Enhancer(model=model.path, threads=1)
    rotated = turn(lift(stored, exact=True).pixels, orientation).astype(int)
    assert np.abs(rotated - lift(upright, exact=True).pixels).max() <= 2


def open_rgb(path: Path) -> Pixels:
    pixels = cv2.imread(str(path), cv2.IMREAD_COLOR_RGB)
    assert pixels is not None
    return pixels


def psnr(found: Pixels, stored: Pixels) -> float:
    error = np.mean((found.astype(float) - stored) ** 2)
    return float(10 * np.log10(255**2 / max(error, 1e-12)))


@pytest.mark.shared
def test_exact_results_are_the_published_ones(shared: Path, tmp_path: Path) -> None:
    published = shared / "published"
    checkpoint = published / "deep_upe" / "epoch_48_psnr_23.677.pth"
    model = import_checkpoint(read_deep_upe, checkpoint, tmp_path / "d.onnx")
    assert model.passport.parameters == 594_369
    lift = Enhancer(model=model.path, threads=1)
    for name in PHOTOS:
        pixels = open_rgb(published / "input" / name)
        stored = open_rgb(published / "deep_upe" / name)
        assert psnr(lift(pixels, exact=True), stored) >= 75
        assert psnr(lift(pixels), stored) >= 50


@pytest.mark.parametrize("least", [1e-4, 0.9])
def test_the_division_is_the_recipes(network: DeepUPE, least: float, tmp_path: Path) -> None:
    """From the recipe into the passport, and from there to the photo."""
    recipe = replace(REIMPLEMENTATION, least_light=least)
    model = release(network, DEEP_UPE.passport(recipe, network), tmp_path / "model.onnx")
    assert model.passport.least_light == load(model.path).passport.least_light == least
    pixels = dark(64, 64)
    photo = torch.from_numpy(pixels).permute(2, 0, 1)[None] / 255
    with torch.no_grad():
        expected = DeepUPEObjective(network, recipe).enhance(photo)[0].permute(1, 2, 0).numpy()
        other = (
            DeepUPEObjective(network, REIMPLEMENTATION).enhance(photo)[0].permute(1, 2, 0).numpy()
        )
    found = Enhancer(model=model.path, threads=1)(pixels)
    assert np.abs(found - 255 * expected).max() <= 1.5
    assert least < 0.9 or np.abs(expected - other).max() > 0.02


def test_the_usual_division_is_not_told(network: DeepUPE) -> None:
    assert DEEP_UPE.passport(REIMPLEMENTATION, network).least_light is None
    with pytest.raises(UsageError, match="least_light to be from 1e-06 to 1, got 0"):
        replace(REIMPLEMENTATION, least_light=0.0)
