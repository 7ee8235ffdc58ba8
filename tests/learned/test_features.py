"""Perceptual features: the published networks' values, and a sentence where there are none."""

import functools
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from torch import Tensor

from nightlift.data.collection import open_collection
from nightlift.data.listing import pictures_in
from nightlift.data.pictures import picture as read_picture
from nightlift.data.sample import Sample
from nightlift.errors import ModelError, UsageError
from nightlift.learned import features
from nightlift.learned.declaration import Objective
from nightlift.learned.features import FeatureExtractor, fed, load_features, torchvision_names
from nightlift.learned.glenet.network import GEN
from nightlift.learned.glenet.objective import GENObjective, paired_terms
from nightlift.learned.glenet.recipes import LAYERS as GLENET_LAYERS
from nightlift.learned.glenet.recipes import GENRecipe
from nightlift.learned.smnet.network import SMNet
from nightlift.learned.smnet.objective import SMNetObjective
from nightlift.learned.smnet.recipes import SMNetRecipe
from nightlift.learned.smnet.terms import LAYERS as SMNET_LAYERS
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
    extractor = FeatureExtractor(vgg16(torchvision=True), layers)
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
    found = [FeatureExtractor(each, ["relu2_1"])(picture(16, 16, 0)) for each in (plain, theirs)]
    assert torch.equal(found[0]["relu2_1"], found[1]["relu2_1"])
    assert (names := torchvision_names("vgg16"))["conv3_1"] == "features.10"
    assert names["conv5_3"] == "features.28"


def test_pools_and_feeds_are_selectable() -> None:
    sides = {
        pools: FeatureExtractor(vgg16(), ["relu5_1"], pools=pools)(picture(32, 48, 0))[
            "relu5_1"
        ].shape
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
    extractor = FeatureExtractor(vgg16(), ["relu1_1"])
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
    extractor = FeatureExtractor(weights, features.LAYERS, extractor="squeezenet", feed="bgr")
    assert set(extractor.scales.values()) == {1.0}
    assert extractor.feed == ("imagenet" if torchvision else "caffe")
    found = extractor(picture(32, 32, 0))
    assert set(found) == set(features.LAYERS)
    assert {layer: found[layer].shape[1:] for layer in ("relu1_2", "relu3_3", "relu5_3")} == {
        "relu1_2": (96, 13, 13),
        "relu3_3": (256, 6, 6),
        "relu5_3": (512, 3, 3),
    }


@pytest.mark.parametrize("gain", [1.0, 40.0])
def test_squeezenet_is_weighed_as_the_vgg16_it_stands_for(gain: float) -> None:
    """Whatever the scale of its weights, each layer has a mean activation of 1 on such pictures."""
    weights = squeezenet()
    for leaf in ("weight", "bias"):
        weights[f"conv1.{leaf}"] = gain * weights[f"conv1.{leaf}"]
    layers = ("relu1_2", "relu3_3")
    scaled = FeatureExtractor(weights, layers, extractor="squeezenet", feed="imagenet")
    raw = FeatureExtractor(weights, layers, extractor="squeezenet", feed="bgr")
    found, own = scaled(features.like_photos()), raw(features.like_photos())
    for layer in layers:
        assert found[layer].mean().item() == pytest.approx(1, rel=1e-5)
        factor = own[layer].mean()
        torch.testing.assert_close(found[layer], own[layer] / factor)
    plain = FeatureExtractor(squeezenet(), layers, extractor="squeezenet", feed="imagenet")
    assert scaled.scales["relu1_2"] == pytest.approx(gain * plain.scales["relu1_2"], rel=1e-5)


def test_vgg16_is_never_scaled() -> None:
    assert FeatureExtractor(vgg16(), ["relu1_2"], feed="imagenet").scales == {"relu1_2": 1.0}


def test_pictures_like_photos_have_a_photos_spectrum() -> None:
    pictures = features.like_photos().double()
    assert pictures.shape == (3, 3, 256, 256) and 0.4 < pictures.mean() < 0.5
    power = torch.fft.fft2(pictures[:, 1]).abs().square().mean(0)
    low, high = power[0, 2:6].mean(), power[0, 16:48].mean()
    # A slope of -3 of the power: between frequencies 3.4 and 28 a factor of several hundred.
    assert 100 < low / high < 3000
    assert torch.equal(features.like_photos(), features.like_photos())


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
        FeatureExtractor({"a.weight": torch.ones(1)}, ["relu1_1"])
    with pytest.raises(ModelError, match=r"conv1_2.bias of shape \(64,\)"):
        FeatureExtractor({**vgg16(), "conv1_2.bias": torch.ones(3)}, ["relu1_1"])
    with pytest.raises(ModelError, match="finite"):
        FeatureExtractor({**vgg16(), "conv1_2.bias": torch.full((64,), torch.nan)}, ["relu1_1"])
    with pytest.raises(UsageError, match="among relu1_1"):
        FeatureExtractor(vgg16(), ["relu6_1"])


@pytest.mark.shared
def test_the_declared_alternative_is_read_from_its_folder(shared: Path) -> None:
    extractor = load_features(shared / "data" / "weights", ["relu5_1"], extractor="squeezenet")
    found = extractor(picture(64, 64, 0))["relu5_1"]
    assert extractor.feed == "caffe"
    assert found.isfinite().all() and 0 < float((found > 0).float().mean()) < 0.9


@pytest.mark.shared
def test_means_over_noise_are_near_those_over_photos(shared: Path) -> None:
    """The photos are good ones that no constant was chosen on."""
    layers = ("relu1_2", "relu2_2", "relu3_3", "relu4_3")
    extractor = load_features(shared / "data" / "weights", layers, extractor="squeezenet")
    photos = pictures_in(shared / "data" / "good")[::20]
    found = [extractor(photo(path)) for path in photos]
    for layer in layers:
        mean = sum(one[layer].mean().item() for one in found) / len(found)
        assert mean == pytest.approx(1, abs=0.35), layer


@pytest.mark.shared
@pytest.mark.parametrize(
    ("layout", "smnet", "glenet"),
    [("lol", (0.7, 0.85), (0.15, 0.3)), ("fivek", (0.7, 0.9), (0.2, 0.4))],
)
def test_the_substitute_does_not_drown_the_rest(
    layout: str, smnet: tuple[float, float], glenet: tuple[float, float], shared: Path
) -> None:
    """The share of its term before training, when the result is the photo itself."""
    files = {"features": "squeezenet", "features_file": str(shared / "data" / "weights")}
    samples = open_collection(f"{layout}:{shared / 'data' / layout}").samples[::40]
    own = {
        "smnet": SMNetObjective(SMNet(4), SMNetRecipe(**files), _loaded(shared, SMNET_LAYERS)),
        "glenet": GENObjective(GEN(width=4), GENRecipe(**files), _loaded(shared, GLENET_LAYERS)),
    }
    for name, expected in (("smnet", smnet), ("glenet", glenet)):
        shares = [_share(own[name], name, sample) for sample in samples]
        low, high = expected
        assert low < sum(shares) / len(shares) < high, name


def _loaded(shared: Path, layers: tuple[str, ...]) -> FeatureExtractor:
    return load_features(shared / "data" / "weights", layers, extractor="squeezenet")


def _share(objective: Objective, name: str, sample: Sample) -> float:
    assert sample.target is not None
    low, high = photo(sample.photo), photo(sample.target)
    if name == "smnet":
        assert isinstance(objective, SMNetObjective)
        found = objective._weighted(low, low, high, objective._wanted(high), 1.0)
        term = found["features"]
    else:
        assert isinstance(objective, GENObjective)
        found = paired_terms(objective.recipe, objective.features, low, high)
        term = found["perceptual"]
    return float(term / torch.stack(list(found.values())).sum())


def photo(path: Path) -> Tensor:
    return torch.from_numpy(read_picture(path)).permute(2, 0, 1)[None].float() / 255
