"""Perceptual features: the published networks' values, and a sentence where there are none."""

import functools
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from torch import Tensor

from nightlift.errors import ModelError, UsageError
from nightlift.learned import features
from nightlift.learned.features import Features, fed, load_features, torchvision_names
from tests.published_networks import REFERENCE
from tests.reference import synth

LOSSES = json.loads((REFERENCE / "losses.json").read_text())


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@functools.cache
def vgg16(torchvision: bool = False) -> dict[str, Tensor]:
    """Weights by `synth`, which makes them from their names."""
    names = torchvision_names("vgg16")
    return {
        key: torch.from_numpy(synth.tensor(key, kernel if leaf == "weight" else kernel[:1]))
        for ours, kernel in features._shapes("vgg16").items()
        for leaf in ("weight", "bias")
        for key in [f"{names[ours] if torchvision else ours}.{leaf}"]
    }


def squeezenet() -> dict[str, Tensor]:
    return {
        f"{name}.{leaf}": torch.from_numpy(
            synth.tensor(f"{name}.{leaf}", kernel if leaf == "weight" else kernel[:1])
        )
        for name, kernel in features._shapes("squeezenet").items()
        for leaf in ("weight", "bias")
    }


def picture(height: int, width: int, seed: int, gain: float = 1.0) -> Tensor:
    values = torch.from_numpy(synth.image(height, width, seed)) * gain
    return values.clamp(0, 1).permute(2, 0, 1)[None]


def test_torchvisions_weights_give_the_published_perceptual_loss() -> None:
    layers = ("relu1_2", "relu2_2", "relu3_3", "relu4_3")
    extractor = Features(vgg16(torchvision=True), layers)
    result, target = (
        extractor(picture(64, 64, seed, gain)) for seed, gain in ((10, 1.5), (11, 1.7))
    )
    assert tuple(result) == layers
    distance = sum((result[layer] - target[layer]).abs().mean().item() for layer in layers)
    assert distance == pytest.approx(LOSSES["smnet"]["perceptual"], rel=1e-4)


def test_both_names_of_the_same_layer_are_understood() -> None:
    plain = vgg16()
    theirs = {
        key.replace(ours + ".", name + "."): value
        for ours, name in torchvision_names("vgg16").items()
        for key, value in plain.items()
        if key.startswith(ours + ".")
    }
    theirs["classifier.0.weight"] = torch.ones(1)
    found = [Features(each, ["relu2_1"])(picture(16, 16, 0)) for each in (plain, theirs)]
    assert torch.equal(found[0]["relu2_1"], found[1]["relu2_1"])
    assert (names := torchvision_names("vgg16"))["conv3_1"] == "features.10"
    assert names["conv5_3"] == "features.28"


def test_pools_and_feeds_are_selectable() -> None:
    sides = {
        pools: Features(vgg16(), ["relu5_1"], pools=pools)(picture(32, 48, 0))["relu5_1"].shape
        for pools in (3, 4)
    }
    assert sides == {3: (1, 512, 4, 6), 4: (1, 512, 2, 3)}
    color = torch.tensor([0.2, 0.4, 0.6]).view(1, 3, 1, 1)
    expected = {
        "bgr": [153.0, 102.0, 51.0],
        "caffe": [49.0, -15.0, -72.0],
        "imagenet": [(0.2 - 0.485) / 0.229, (0.4 - 0.456) / 0.224, (0.6 - 0.406) / 0.225],
    }
    for feed, values in expected.items():
        assert fed(color, feed).flatten().tolist() == pytest.approx(values, rel=1e-4)  # type: ignore[arg-type]


def test_features_are_frozen_and_in_no_state_dict_but_have_gradients() -> None:
    extractor = Features(vgg16(), ["relu1_1"])
    assert not list(extractor.parameters()) and not extractor.state_dict()
    seen = picture(8, 8, 0).requires_grad_()
    extractor(seen)["relu1_1"].mean().backward()
    assert seen.grad is not None and seen.grad.abs().sum() > 0


@pytest.mark.parametrize("torchvision", [False, True])
def test_squeezenet_stands_in_for_every_layer(torchvision: bool) -> None:
    weights = squeezenet()
    if torchvision:
        names = torchvision_names("squeezenet")
        assert names["fire4.squeeze"] == "features.5.squeeze"
        assert names["fire5.expand3x3"] == "features.7.expand3x3"
        weights = {
            f"{names[key.rsplit('.', 1)[0]]}.{key.rsplit('.', 1)[1]}": value
            for key, value in weights.items()
        }
    extractor = Features(weights, features.LAYERS, extractor="squeezenet", feed="bgr")
    assert extractor.feed == ("imagenet" if torchvision else "caffe")
    found = extractor(picture(32, 32, 0))
    assert set(found) == set(features.LAYERS)
    assert {layer: found[layer].shape[1:] for layer in ("relu1_2", "relu3_3", "relu5_3")} == {
        "relu1_2": (96, 13, 13),
        "relu3_3": (256, 6, 6),
        "relu5_3": (512, 3, 3),
    }


def test_without_weights_a_sentence_says_how_to_get_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    with pytest.raises(ModelError) as caught:
        load_features(None, ["relu5_1"])
    message = str(caught.value)
    assert str(tmp_path / "checkpoints" / "vgg16-397923af.pth") in message
    for words in ("https://", "features_file=PATH", "features=squeezenet"):
        assert words in message
    with pytest.raises(ModelError, match=r"no file .*mine\.pth"):
        load_features(tmp_path / "mine.pth", ["relu5_1"])


def test_files_are_checked_by_the_hash_they_promise(tmp_path: Path) -> None:
    path = tmp_path / "vgg16-397923af.pth"
    torch.save(vgg16(), path)
    for given in (tmp_path, path):
        with pytest.raises(ModelError, match=r"begins with 397923af, got [0-9a-f]{16}"):
            load_features(given, ["relu5_1"])
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    honest = path.rename(tmp_path / f"mine-{digest[:8]}.pth")
    assert load_features(honest, ["relu1_1"]).layers == ("relu1_1",)
    assert load_features(honest.rename(tmp_path / "own.pth"), ["relu1_1"]).feed == "imagenet"


def test_weights_of_something_else_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"weights of vgg16 with features\.0\.weight"):
        Features({"a.weight": torch.ones(1)}, ["relu1_1"])
    with pytest.raises(ModelError, match=r"conv1_2.bias of shape \(64,\)"):
        Features({**vgg16(), "conv1_2.bias": torch.ones(3)}, ["relu1_1"])
    with pytest.raises(ModelError, match="finite"):
        Features({**vgg16(), "conv1_2.bias": torch.full((64,), torch.nan)}, ["relu1_1"])
    with pytest.raises(UsageError, match="among relu1_1"):
        Features(vgg16(), ["relu6_1"])


@pytest.mark.shared
def test_the_declared_alternative_is_read_from_its_folder(shared: Path) -> None:
    extractor = load_features(shared / "data" / "weights", ["relu5_1"], extractor="squeezenet")
    found = extractor(picture(64, 64, 0))["relu5_1"]
    assert extractor.feed == "caffe"
    assert found.isfinite().all() and 0 < float((found > 0).float().mean()) < 0.9
