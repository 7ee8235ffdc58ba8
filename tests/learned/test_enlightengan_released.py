"""EnlightenGAN released: imported, exported, in tiles as untiled, and used on photos."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

import nightlift
from nightlift.edit.engine import Engine
from nightlift.edit.tiles import run_tiled, spans
from nightlift.errors import ModelError
from nightlift.learned.enlightengan import ENLIGHTENGAN
from nightlift.learned.enlightengan.network import HALO, MULTIPLE, Generator
from nightlift.learned.enlightengan.passports import enlightengan_passport
from nightlift.learned.enlightengan.published import names, network_of, read_enlightengan
from nightlift.models.passport_json import from_json, to_json
from nightlift.models.released import ReleasedModel
from nightlift.photo.orientation import turn
from nightlift.photo.photo import Floats, Photo
from nightlift.photo.proxy import LongSide, OwnSize
from nightlift.train.export import parity, release
from tests.learned.enlightengan_examples import narrow, small
from tests.published_networks import weights
from tests.reference import synth


@pytest.fixture(autouse=True, scope="module")
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> ReleasedModel:
    network = narrow()
    path = tmp_path_factory.mktemp("released") / "enlightengan.onnx"
    return release(network, enlightengan_passport(network), path)


def test_bfloat16_paints_the_same_photo(tmp_path: Path) -> None:
    """The published network, wider than this one, comes nearer still: what is summed is rounded."""
    pytest.importorskip("openvino")
    network = narrow(12)
    model = release(network, enlightengan_passport(network), tmp_path / "wider.onnx")
    if Engine(model, "auto", threads=1).name == "onnxruntime":
        pytest.skip("the processor has no bfloat16")
    photo = (synth.image(161, 243, 2) * 255).astype(np.uint8)
    engines = ("onnxruntime", "openvino-bf16")
    one, two = (
        nightlift.Enhancer(model=model.path, engine=engine, threads=1)(photo).astype(float)
        for engine in engines
    )
    assert 10 * np.log10(255**2 / np.mean((one - two) ** 2)) >= 45


def their_weights(width: int = 4) -> dict[str, Tensor]:
    ours = narrow(width).state_dict()
    theirs = {mine: name for name, mine in names().items()}
    return {
        f"{theirs[key.rpartition('.')[0]]}.{key.rpartition('.')[2]}": value
        for key, value in ours.items()
    }


def save(path: Path, content: object) -> Path:
    torch.save(content, path)
    return path


def test_every_published_key_has_a_place() -> None:
    published = weights("enlighten_gan_generator")
    assert set(published) == set(their_weights())
    network = network_of(published)
    assert not network.training
    assert torch.equal(network.ups[1].first.weight, published["conv7_1.weight"])  # type: ignore[union-attr]
    assert torch.equal(network.narrow[3].bias, published["deconv8.bias"])


@pytest.mark.parametrize("prefix", ["", "module."])
@pytest.mark.parametrize("wrapper", ["", "state_dict"])
def test_wrapped_and_prefixed_files_are_read(tmp_path: Path, prefix: str, wrapper: str) -> None:
    content: object = {prefix + key: value for key, value in their_weights(6).items()}
    content = {wrapper: content, "epoch": 3} if wrapper else content
    imported, passport = read_enlightengan(save(tmp_path / "200_net_G_A.pth", content))
    assert isinstance(imported, Generator)
    assert (passport.version, passport.kind, passport.exact_size) == (
        "published",
        "picture",
        OwnSize(),
    )
    expected = narrow(6).state_dict()
    assert all(torch.equal(expected[k], v) for k, v in imported.state_dict().items())
    assert from_json(to_json(passport)) == passport


def test_what_is_no_generator_is_refused(tmp_path: Path) -> None:
    critic = {"module.model.0.weight": torch.ones(64, 3, 4, 4)}
    with pytest.raises(ModelError, match=r"critic\.pth.*conv1_1\.weight.*got model\.0\.weight"):
        read_enlightengan(save(tmp_path / "critic.pth", critic))
    lacking = their_weights()
    del lacking["deconv6.bias"]
    with pytest.raises(ModelError, match=r"lacks the weights narrow\.1\.bias"):
        network_of(lacking)
    with pytest.raises(ModelError, match="of shape"):
        network_of({**their_weights(), "conv10.bias": torch.ones(4)})


def test_the_passport_says_how_to_run_it(model: ReleasedModel) -> None:
    recipe = small()
    passport = ENLIGHTENGAN.passport(recipe, ENLIGHTENGAN.network(recipe))
    assert passport == model.passport == from_json(to_json(passport))
    assert (passport.halo, passport.multiple) == (HALO, MULTIPLE) == (128, 16)
    assert passport.size == LongSide(512)
    assert passport.supervision == ENLIGHTENGAN.supervision == "unpaired"


def test_the_file_says_what_the_network_says(model: ReleasedModel) -> None:
    assert parity(narrow(), model) <= 1e-5


def tiled(engine: Engine, picture: Floats, tile: int) -> Floats:
    height, width = picture.shape[:2]
    result = np.empty((3, height, width), np.float32)
    pieces = run_tiled(
        engine,
        lambda top, bottom, left, right: picture[top:bottom, left:right],
        height,
        width,
        halo=HALO,
        multiple=MULTIPLE,
        tile=tile,
    )
    for (rows, columns), output in pieces:
        result[:, rows, columns] = output
    return result


def test_tiles_are_the_whole_to_the_bit(model: ReleasedModel) -> None:
    picture = synth.image(496, 592, 3)
    engine = Engine(model, threads=1)
    assert len(spans(496, 64, HALO, MULTIPLE)) * len(spans(592, 64, HALO, MULTIPLE)) >= 9
    assert np.array_equal(tiled(engine, picture, 64), engine.run(picture))


@pytest.mark.slow
def test_tiles_of_the_full_network_are_the_whole_to_the_bit(tmp_path: Path) -> None:
    network = network_of(weights("enlighten_gan_generator"))
    model = release(network, enlightengan_passport(network), tmp_path / "full.onnx")
    assert parity(network, model) <= 1e-4
    picture = synth.image(512, 608, 3)
    engine = Engine(model, threads=2)
    assert np.array_equal(tiled(engine, picture, 128), engine.run(picture))


@pytest.mark.parametrize("orientation", [1, 6])
def test_photos_of_odd_sizes_are_painted_and_fitted(model: ReleasedModel, orientation: int) -> None:
    pixels = (synth.image(75, 101, 2) * 255).astype(np.uint8)
    photo = Photo(pixels, orientation=orientation)
    lift = nightlift.Enhancer(model=model.path, threads=1)
    for result in (lift(photo), lift(photo, exact=True), lift.estimate(photo).apply(photo)):
        assert result.pixels.shape == pixels.shape and result.orientation == orientation
        assert not np.array_equal(result.pixels, pixels)
    upright = np.ascontiguousarray(turn(pixels, orientation))
    assert np.array_equal(turn(lift(photo).pixels, orientation), lift(upright))
    assert np.array_equal(lift(photo, 0.0).pixels, pixels)
