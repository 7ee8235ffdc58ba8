"""Published SMNet checkpoints are recognized, in both key formats, and released."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from nightlift import Enhancer
from nightlift.errors import ModelError
from nightlift.learned.smnet import SMNET, SMNET_FIVEK
from nightlift.learned.smnet.network import SMNet, Variant
from nightlift.learned.smnet.passports import smnet_passport
from nightlift.learned.smnet.published import (
    network_of,
    published_names,
    read_smnet,
    read_smnet_fivek,
    read_start,
)
from nightlift.models.passport_json import from_json, to_json
from nightlift.photo.orientation import turn, turn_back
from nightlift.photo.photo import Photo, Pixels
from nightlift.photo.proxy import LongSide, OwnSize
from nightlift.train.export import parity, release
from tests.reference import synth

READ = {"lol": read_smnet, "fivek": read_smnet_fivek}
UNUSED = {
    "upsample.residualupsample.top.0.weight": (64, 64, 1, 1),
    "downsample.residualdownsample.downsamp.filt": (64, 1, 3, 3),
    "endecoder4x.prelu.weight": (1,),
    "firstconv.1.prelu.weight": (1,),
}
UNUSED_FIVEK = {
    "out_conv3.weight": (4, 64, 3, 3),
    "fourto32.conv.weight": (32, 4, 3, 3),
    "sanshierto64.act.weight": (1,),
    "out_fushion.fusion.conv.bias": (192,),
}


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def theirs(variant: Variant, width: int = 8) -> dict[str, Tensor]:
    """A checkpoint as published, but narrower, with entries that are never used."""
    torch.manual_seed(0)
    network = SMNet(width, variant)
    names, weights = published_names(network), network.state_dict()
    assert set(names) == set(weights)
    unused = UNUSED | (UNUSED_FIVEK if variant == "fivek" else {})
    return {names[our]: value for our, value in weights.items()} | {
        key: torch.from_numpy(synth.tensor(key, shape)) for key, shape in unused.items()
    }


def save(path: Path, content: object) -> Path:
    torch.save(content, path)
    return path


@pytest.mark.parametrize("variant", ["lol", "fivek"])
@pytest.mark.parametrize("prefix", ["", "module."])
def test_both_key_formats_are_read(tmp_path: Path, variant: Variant, prefix: str) -> None:
    weights = theirs(variant)
    file = save(tmp_path / "model.pth", {prefix + key: value for key, value in weights.items()})
    imported, _ = READ[variant](file)
    assert isinstance(imported, SMNet)
    assert (imported.variant, imported.width) == (variant, 8)
    assert not imported.training
    for our, value in imported.state_dict().items():
        assert torch.equal(value, weights[published_names(imported)[our]]), our


def test_a_training_can_begin_from_a_checkpoint(tmp_path: Path) -> None:
    start = read_start(save(tmp_path / "model.pth", theirs("lol")))
    SMNet(8).load_state_dict(dict(start.weights))


def test_passports_say_whose_weights_they_are(tmp_path: Path) -> None:
    lol = read_smnet(save(tmp_path / "lol.pth", theirs("lol")))[1]
    fivek = read_smnet_fivek(save(tmp_path / "fivek.pth", theirs("fivek")))[1]
    assert (lol.method, lol.data) == ("smnet", ("LOL",))
    assert (fivek.method, fivek.data) == ("smnet-fivek", ("MIT-Adobe FiveK",))
    for passport in (lol, fivek):
        assert (passport.kind, passport.multiple, passport.halo) == ("picture", 4, 80)
        assert (passport.size, passport.exact_size) == (LongSide(512), OwnSize())
        assert "research" in passport.data_terms
        assert from_json(to_json(passport)) == passport


def test_the_other_variant_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="import it as smnet-fivek"):
        read_smnet(save(tmp_path / "fivek.pth", theirs("fivek")))
    with pytest.raises(ModelError, match=r"import it as smnet$"):
        read_smnet_fivek(save(tmp_path / "lol.pth", theirs("lol")))


def test_weights_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    weights = theirs("lol")
    with pytest.raises(ModelError, match=r"strange\.pth.*got encoder\.weight"):
        read_smnet(save(tmp_path / "strange.pth", {"encoder.weight": torch.ones(1)}))
    with pytest.raises(ModelError, match="does not know: stranger"):
        network_of({**weights, "stranger": torch.ones(1)})
    for key, value, words in (
        ("out_conv2.weight", torch.ones(1), "of shape"),
        ("prelu.weight", torch.full((1,), torch.nan), "not finite"),
        ("firstconv.0.conv.weight", torch.ones(6, 4, 3, 3), "divisible by 4"),
        ("firstconv.0.conv.weight", torch.ones(8), "divisible by 4"),
    ):
        with pytest.raises(ModelError, match=words):
            network_of({**weights, key: value})
    del weights["endecoder2x.SGblock.3.conv.bias"]
    with pytest.raises(ModelError, match=r"lacks the weights endecoder2x\.SGblock\.3"):
        network_of(weights)


def test_methods_build_what_their_recipes_say() -> None:
    for method, variant in ((SMNET, "lol"), (SMNET_FIVEK, "fivek")):
        network = method.network(replace(method.recipes["small"], width=4))
        assert isinstance(network, SMNet)
        assert (network.variant, network.width) == (variant, 4)
        passport = method.passport(method.recipes["small"], network)
        assert passport.method == method.name
        assert passport.parameters == sum(each.numel() for each in network.parameters())


@pytest.mark.slow
@pytest.mark.parametrize("variant", ["lol", "fivek"])
def test_what_is_released_says_the_same_and_lifts_a_photo(tmp_path: Path, variant: Variant) -> None:
    torch.manual_seed(0)
    network = SMNet(4, variant).eval()
    model = release(network, smnet_passport(network), tmp_path / "smnet.onnx")
    assert parity(network, model) <= 1e-4
    pixels: Pixels = np.asarray(np.round(synth.image(37, 53, 1) * 255), np.uint8)
    for orientation in (1, 6):
        photo = Photo(np.ascontiguousarray(turn_back(pixels, orientation)), orientation=orientation)
        lifted = Enhancer(model=model.path, threads=1)(photo)
        seen = np.pad(pixels, ((1, 2), (1, 2), (0, 0)), mode="reflect").transpose(2, 0, 1)
        with torch.no_grad():
            painted = network(torch.from_numpy(seen[None].astype(np.float32) / 255))[0]
        inside = painted.numpy().transpose(1, 2, 0)[1:38, 1:54]
        expected = np.floor(inside * 255 + 0.5)
        found = turn(lifted.pixels, orientation).astype(int)
        assert lifted.orientation == orientation
        assert np.abs(found - expected).max() <= 1
