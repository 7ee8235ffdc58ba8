"""Published Zero-DCE checkpoints are recognized, imported, and give their published results."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from torch import Tensor

from nightlift.adjust.curve_map import CurveMap
from nightlift.edit.engine import Engine
from nightlift.edit.tiles import run_tiled
from nightlift.errors import ModelError
from nightlift.learned.zero_dce.network import ZeroDCE
from nightlift.learned.zero_dce.published import (
    DIALECTS,
    Dialect,
    network_of,
    read_zero_dce,
    read_zero_dce_plus,
)
from nightlift.models.passport_json import from_json, to_json
from nightlift.photo.photo import Floats, Photo, Pixels
from nightlift.photo.proxy import Divisor, OwnSize, small_copy
from nightlift.train.export import import_checkpoint
from tests.published_networks import weights

PAPER, REIMPLEMENTATION, PLUS = DIALECTS
PHOTOS = ("a1427-IMG_4252.png", "a2607-060521_140210__MG_7945.png")


def their_weights(dialect: Dialect, width: int = 4, steps: int = 8) -> dict[str, Tensor]:
    torch.manual_seed(0)
    shared = dialect is PLUS
    ours = ZeroDCE(width, steps, separable=dialect.separable, shared=shared).state_dict()
    return {theirs: ours[name] for theirs, name in dialect.names().items()}


def save(path: Path, content: object) -> Path:
    torch.save(content, path)
    return path


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_dialects_are_recognized(dialect: Dialect) -> None:
    network, found = network_of(their_weights(dialect))
    assert found is dialect
    assert network.maps == (1 if dialect is PLUS else 8)
    assert not network.training


def test_width_and_steps_are_read_from_the_weights() -> None:
    network, _ = network_of(their_weights(PAPER, width=6, steps=5))
    assert network.steps == network.maps == 5
    assert network.layers[1].weight.shape == (6, 6, 3, 3)


def test_the_seeds_order_of_inputs_is_turned_into_ours() -> None:
    theirs = weights("zero_dce_seed")
    network, _ = network_of(theirs)
    for layer in (5, 6, 7):
        weight = network.layers[layer - 1].weight
        assert (weight[:, :32] == theirs[f"conv{layer}.weight"][:, 32:]).all()
        assert (weight[:, 32:] == theirs[f"conv{layer}.weight"][:, :32]).all()
    assert (network.layers[3].weight == theirs["conv4.weight"]).all()


@pytest.mark.parametrize("prefix", ["", "module."])
@pytest.mark.parametrize("wrapper", ["", "model", "state_dict"])
def test_wrapped_and_prefixed_files_are_read(tmp_path: Path, prefix: str, wrapper: str) -> None:
    content: object = {prefix + key: value for key, value in their_weights(PAPER).items()}
    if wrapper:
        content = {wrapper: content, "epoch": 3}
    imported, passport = read_zero_dce(save(tmp_path / "a.pth", content))
    assert passport.recipe == "paper"
    assert passport.parameters == sum(parameter.numel() for parameter in imported.parameters())


@pytest.mark.parametrize(
    ("read", "dialect", "words"),
    [
        (read_zero_dce, PLUS, "import it as zero-dce-plus"),
        (read_zero_dce_plus, PAPER, "import it as zero-dce"),
    ],
)
def test_a_checkpoint_of_the_other_method_is_named(
    tmp_path: Path, read: object, dialect: Dialect, words: str
) -> None:
    assert callable(read)
    with pytest.raises(ModelError, match=words):
        read(save(tmp_path / "other.pth", their_weights(dialect)))


def test_unknown_weights_are_one_clear_sentence(tmp_path: Path) -> None:
    strange = {"encoder.weight": torch.ones(1), "decoder.weight": torch.ones(1)}
    with pytest.raises(ModelError) as caught:
        read_zero_dce(save(tmp_path / "strange.pth", strange))
    message = str(caught.value)
    assert "strange.pth" in message and "encoder.weight" in message
    assert all(name in message for name in ("e_conv1.weight", "(reimplementation)", "(plus)"))
    assert "\n" not in message


def test_weights_that_do_not_fit_are_refused() -> None:
    lacking = their_weights(PAPER)
    del lacking["e_conv4.bias"]
    with pytest.raises(ModelError, match="named e_conv1"):
        network_of(lacking)
    for key, value, words in (
        ("e_conv4.weight", torch.ones(4, 4, 1, 1), "of shape"),
        ("e_conv7.bias", torch.ones(7), "3 channels a step"),
        ("e_conv7.bias", torch.ones(0), "3 channels a step"),
        ("e_conv1.bias", torch.tensor(1.0), "of shape"),
        ("e_conv2.bias", torch.full((4,), torch.inf), "not finite"),
    ):
        with pytest.raises(ModelError, match=words):
            network_of({**their_weights(PAPER), key: value})


def test_passports_say_whose_weights_they_are(tmp_path: Path) -> None:
    paper = read_zero_dce(save(tmp_path / "paper.pth", their_weights(PAPER)))[1]
    seed = read_zero_dce(save(tmp_path / "seed.pth", {"model": their_weights(REIMPLEMENTATION)}))[1]
    plus = read_zero_dce_plus(save(tmp_path / "plus.pth", their_weights(PLUS)))[1]
    assert (paper.method, paper.steps, paper.exact_size, paper.halo) == (
        "zero-dce",
        8,
        OwnSize(),
        7,
    )
    assert (seed.method, seed.steps, seed.recipe) == ("zero-dce", 4, "reimplementation")
    assert (plus.method, plus.steps, plus.alignment) == ("zero-dce-plus", 8, "corners")
    assert plus.size == plus.exact_size == Divisor(12)
    for passport in (paper, seed, plus):
        assert passport.data == ("SICE part 1",)
        said = "without a license file" if passport is seed else "CC BY-NC"
        assert said in passport.license
        assert from_json(to_json(passport)) == passport


def psnr(found: Floats, stored: Pixels) -> float:
    """Against an 8-bit picture, after rounding to 8 bits."""
    rounded = np.clip(np.floor(found.astype(np.float64) * 255 + 0.5), 0, 255)
    return float(10 * np.log10(255**2 / np.mean((rounded - stored) ** 2)))


def open_rgb(path: Path) -> Pixels:
    pixels = cv2.imread(str(path), cv2.IMREAD_COLOR_RGB)
    assert pixels is not None
    return pixels


def curves(maps: Floats) -> Floats:
    """(3n, h, w) → (n, h, w, 3)."""
    return maps.reshape(-1, 3, *maps.shape[1:]).transpose(0, 2, 3, 1)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("folder", "file", "steps"),
    [
        ("zero_dce_paper", "Epoch99.pth", 8),
        ("zero_dce_seed", "8LE-color-loss2_best_model.pth", 4),
    ],
)
def test_exact_results_are_the_published_ones(
    shared: Path, tmp_path: Path, folder: str, file: str, steps: int
) -> None:
    published = shared / "published"
    model = import_checkpoint(read_zero_dce, published / folder / file, tmp_path / "z.onnx")
    assert model.passport.steps == steps
    assert model.passport.halo is not None
    engine = Engine(model, threads=2)
    for photo in PHOTOS:
        picture = small_copy(Photo(open_rgb(published / "input" / photo)), OwnSize())
        height, width = picture.shape[:2]
        result = np.empty_like(picture)
        for (rows, columns), maps in run_tiled(
            engine,
            lambda t, b, le, r, picture=picture: picture[t:b, le:r],
            height,
            width,
            halo=model.passport.halo,
            tile=200,
        ):
            piece = np.ascontiguousarray(picture[rows, columns])
            edit = CurveMap(curves(maps), 8).with_steps(steps)
            result[rows, columns] = edit.evaluate(piece, 0, len(piece))
        assert psnr(result, open_rgb(published / folder / photo)) >= 75


@pytest.mark.shared
def test_exact_plus_is_the_published_one(shared: Path, tmp_path: Path) -> None:
    published = shared / "published"
    checkpoint = published / "zero_dce_plus" / "Epoch99.pth"
    model = import_checkpoint(read_zero_dce_plus, checkpoint, tmp_path / "plus.onnx")
    engine = Engine(model, threads=2)

    def enhanced(pixels: Pixels) -> Floats:
        photo = Photo(pixels)
        small = small_copy(photo, model.passport.exact_size, model.passport.exact_resize)
        edit = CurveMap(curves(engine.run(small)), 8, model.passport.alignment)
        return edit.evaluate(pixels.astype(np.float32) / 255, 0, photo.height)

    for name in PHOTOS:
        pixels = open_rgb(published / "input" / name)
        stored = open_rgb(published / "zero_dce_plus" / name)
        height, width = stored.shape[:2]
        # The published code crops first; on what it crops to, the small copy is its own to the
        # rounding of 8 bits, and without cropping the maps lie a little differently.
        assert psnr(enhanced(np.ascontiguousarray(pixels[:height, :width])), stored) >= 55
        assert psnr(enhanced(pixels)[:height, :width], stored) >= 48
