"""The reimplementation's GEN is imported from TensorFlow's arrays and gives its results."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import nn

from nightlift.adjust.tone_table import ToneTable
from nightlift.edit.enhancer import Enhancer
from nightlift.errors import ModelError
from nightlift.learned.glenet import GLENET_GLOBAL
from nightlift.learned.glenet.blocks import InvertedResidual
from nightlift.learned.glenet.network import GEN, LEN, GLeNet
from nightlift.learned.glenet.published import gen_of, glenet_of, read_gen, read_glenet
from nightlift.learned.tensorflow import read_variables, variables
from nightlift.models.passport_json import from_json, to_json
from nightlift.photo.photo import Photo, Pixels
from nightlift.photo.proxy import FixedSize, small_copy
from nightlift.train.export import import_checkpoint
from nightlift.train.warm_start import warm_start
from tests.learned.tensorflow_writer import write

PHOTOS = ("a1427-IMG_4252.png", "a2607-060521_140210__MG_7945.png")
LAYER = "layer_with_weights-"
NORM = ("gamma", "beta", "moving_mean", "moving_variance")

Arrays = dict[str, NDArray[np.float32]]


def random_gen() -> GEN:
    """A GEN of the reimplementation's shape whose every weight and statistic is its own."""
    torch.manual_seed(0)
    gen = GEN("reimplementation", "residual").eval()
    for module in gen.modules():
        if isinstance(module, nn.BatchNorm2d):
            for value in (module.weight, module.bias, module.running_mean, module.running_var):
                assert value is not None
                nn.init.uniform_(value, 0.5, 1.5)
    return gen


def random_glenet() -> GLeNet:
    """GEN with LEN, likewise."""
    torch.manual_seed(1)
    network = GLeNet(GEN("reimplementation", "value"), LEN()).eval()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            for value in (module.weight, module.bias, module.running_mean, module.running_var):
                assert value is not None
                nn.init.uniform_(value, 0.5, 1.5)
    return network


PLAIN, DEPTHWISE = (2, 3, 1, 0), (2, 3, 0, 1)


def put_kernel(found: Arrays, name: str, weight: torch.Tensor, axes: tuple[int, ...]) -> None:
    found[name] = np.ascontiguousarray(weight.detach().permute(axes).numpy())


def put_norm(found: Arrays, name: str, module: nn.BatchNorm2d) -> None:
    values = (module.weight, module.bias, module.running_mean, module.running_var)
    for leaf, value in zip(NORM, values, strict=True):
        assert value is not None
        found[f"{name}/{leaf}"] = value.detach().numpy().copy()


def put_block(found: Arrays, root: str, block: nn.Module) -> None:
    assert isinstance(block, InvertedResidual)
    put_kernel(found, f"{root}/conv_layer1/{LAYER}0/kernel", block.expand.conv.weight, PLAIN)
    put_norm(found, f"{root}/conv_layer1/{LAYER}1", block.expand.norm)
    filters = f"{root}/conv_layer1/{LAYER}2/depthwise_kernel"
    put_kernel(found, filters, block.depthwise.weight, DEPTHWISE)
    put_norm(found, f"{root}/conv_layer1/{LAYER}3", block.norm)
    put_kernel(found, f"{root}/se_conv/{LAYER}0/kernel", block.excite.reduce.weight, PLAIN)
    put_kernel(found, f"{root}/se_conv/{LAYER}1/kernel", block.excite.expand.weight, PLAIN)
    put_kernel(found, f"{root}/conv_layer2/{LAYER}0/kernel", block.project.weight, PLAIN)
    put_norm(found, f"{root}/conv_layer2/{LAYER}1", block.project_norm)


def their_arrays(gen: GEN) -> Arrays:
    """TensorFlow's layout, layer by layer in the order of the specification; colors unturned."""
    found: Arrays = {}
    for stem, name in ((gen.stem, "conv1"), (gen.head, "conv2")):
        put_kernel(found, f"regressor/{name}/{LAYER}0/kernel", stem.conv.weight, PLAIN)
        put_norm(found, f"regressor/{name}/{LAYER}1", stem.norm)
    put_kernel(found, f"regressor/conv2/{LAYER}2/kernel", gen.dense.weight, (1, 0))
    for number, block in enumerate(gen.blocks):
        put_block(found, f"regressor/blocks/{LAYER}{number}", block)
    return found


def their_len(local: LEN) -> Arrays:
    """The same of LEN, whose layers the reimplementation calls a refinement."""
    found: Arrays = {}
    put_kernel(found, f"refine/first_conv/{LAYER}0/kernel", local.stem.conv.weight, PLAIN)
    put_norm(found, f"refine/first_conv/{LAYER}1", local.stem.norm)
    for number, block in enumerate((local.down1, local.down2, *local.down3), 1):
        put_block(found, f"refine/down_block_{number}", block)
    for number, block in enumerate((local.up3, local.up2), 1):
        put_block(found, f"refine/up_block_{number}", block)
    put_kernel(found, "refine/last_conv/kernel", local.last.weight, PLAIN)
    return found


@pytest.fixture(scope="module")
def both() -> Arrays:
    network = random_glenet()
    assert network.gen is not None
    return {**their_arrays(network.gen), **their_len(network.local)}


@pytest.fixture(scope="module")
def arrays() -> Arrays:
    return their_arrays(random_gen())


@torch.no_grad()
def test_a_network_of_bgr_becomes_one_of_rgb(arrays: Arrays, tmp_path: Path) -> None:
    """The oracle is fed BGR, and its tables' columns are blue, green and red."""
    np.savez(tmp_path / "gen.npz", **arrays)  # type: ignore[arg-type]
    photo = torch.rand(1, 3, 64, 64)
    expected = random_gen()(photo.flip(1)).flip(2)
    found = read_gen(tmp_path / "gen.npz")[0]
    assert not found.training
    torch.testing.assert_close(found(photo), expected, atol=1e-5, rtol=0)


@torch.no_grad()
def test_gen_with_len_becomes_one_of_rgb(both: Arrays, tmp_path: Path) -> None:
    path = write(tmp_path / "both", both)
    imported, passport = read_glenet(path)
    photo = torch.rand(1, 3, 64, 64)
    expected = random_glenet()(photo.flip(1)).flip(1)
    torch.testing.assert_close(imported(photo), expected, atol=1e-5, rtol=0)
    assert expected.std() > 0.05
    assert (passport.method, passport.kind, passport.table) == ("glenet", "picture", True)
    assert (passport.version, passport.recipe) == ("published", "reimplementation")
    for file in ("both.npz", "both.index"):
        np.savez(tmp_path / "both.npz", **both)  # type: ignore[arg-type]
        with pytest.raises(ModelError, match=r"holds GEN with LEN: import it as glenet$"):
            read_gen(tmp_path / file)


@torch.no_grad()
def test_tensorflows_own_files_are_read(arrays: Arrays, tmp_path: Path) -> None:
    path = write(tmp_path / "gen", arrays)
    np.savez(tmp_path / "gen.npz", **arrays)  # type: ignore[arg-type]
    own, plain = (read_gen(one)[0].state_dict() for one in (path, tmp_path / "gen.npz"))
    assert own.keys() == plain.keys() and all(torch.equal(own[key], plain[key]) for key in own)
    with pytest.raises(ModelError, match="holds no LEN: import it as glenet-global"):
        read_glenet(path)
    with pytest.raises(ModelError, match=r"name the one that ends with \.index"):
        read_gen(tmp_path / "gen.data-00000-of-00001")


def test_a_training_begins_from_what_is_imported(arrays: Arrays, tmp_path: Path) -> None:
    """Neither kind of file is PyTorch's, and what is none of them is told by the same reader."""
    path = write(tmp_path / "gen", arrays)
    np.savez(tmp_path / "gen.npz", **arrays)  # type: ignore[arg-type]
    recipe = GLENET_GLOBAL.recipes["reimplementation"]
    expected = read_gen(path)[0].state_dict()
    for file in (path, tmp_path / "gen.npz"):
        objective = GLENET_GLOBAL.objective(GLENET_GLOBAL.network(recipe), recipe)
        assert warm_start(GLENET_GLOBAL, recipe, objective, file, print) is None
        begun = objective.network.state_dict()
        assert all(torch.equal(begun[name], value) for name, value in expected.items())
    (tmp_path / "other.npz").write_bytes(b"no arrays")
    with pytest.raises(ModelError, match=r"arrays in an \.npz file, but .*other\.npz is damaged"):
        warm_start(GLENET_GLOBAL, recipe, objective, tmp_path / "other.npz", print)


@pytest.mark.shared
def test_the_published_files_are_those_of_the_arrays(shared: Path) -> None:
    folder = shared / "published" / "glenet_gen"
    found = read_variables(folder / "tf" / "GleNet.index")
    with np.load(folder / "glenet_gen_tf.npz") as stored:
        assert found.keys() == set(stored.files)
        assert all(np.array_equal(found[name], stored[name]) for name in stored.files)


@pytest.mark.shared
def test_the_published_gen_with_len_has_our_names_and_shapes(both: Arrays, shared: Path) -> None:
    """Its numbers are not at hand: with others of the same shapes, the network is made."""
    index = shared / "published" / "glenet_gen" / "tf" / "GleNet-with-LEN.index"
    expected = {name: entry.shape for name, entry in variables(index).items()}
    assert {name: array.shape for name, array in both.items()} == expected
    random = np.random.default_rng(0)
    made = {name: random.random(shape, np.float32) for name, shape in expected.items()}
    assert glenet_of(made).gen is not None
    with pytest.raises(ModelError, match=r"GleNet-with-LEN\.data-00000-of-00001: No such file"):
        read_glenet(index)


def test_the_passport_says_whose_weights_they_are(arrays: Arrays, tmp_path: Path) -> None:
    np.savez(tmp_path / "gen.npz", **arrays)  # type: ignore[arg-type]
    passport = read_gen(str(tmp_path / "gen.npz"))[1]
    assert (passport.method, passport.kind) == ("glenet-global", "tone_table")
    assert passport.size == passport.exact_size == FixedSize(256, 256)
    assert (passport.resize, passport.exact_resize) == ("area", "linear")
    assert (passport.parameters, passport.recipe) == (777_472, "reimplementation")
    assert "research" in passport.data_terms and "FiveK" in passport.data[0]
    assert from_json(to_json(passport)) == passport


def test_other_variables_are_refused(arrays: Arrays) -> None:
    first = f"regressor/conv1/{LAYER}0/kernel"
    lacking = {name: value for name, value in arrays.items() if name != first}
    with pytest.raises(ModelError, match="it lacks regressor/conv1") as caught:
        gen_of({**lacking, "optimizer/step": np.ones(1)})
    assert "optimizer/step" in str(caught.value)
    for name, value, words in (
        (first, arrays[first][..., :8], "does not fit"),
        (first, arrays[first].astype(np.int32), "does not fit"),
        (first, np.full_like(arrays[first], np.nan), "not finite"),
        (f"regressor/conv1/{LAYER}1/beta", np.float32(1.0).reshape(()), "does not fit"),
    ):
        with pytest.raises(ModelError, match=words):
            gen_of({**arrays, name: np.asarray(value)})


def test_files_that_are_something_else_are_refused(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return exec, ("raise SystemExit",)

    np.savez(tmp_path / "pickled.npz", a=np.array([Trap()], dtype=object))
    np.save(tmp_path / "single.npy", np.ones(3))
    (tmp_path / "text.npz").write_text("no archive")
    (tmp_path / "empty.npz").write_bytes(b"")
    for name in ("pickled.npz", "single.npy", "text.npz", "empty.npz"):
        with pytest.raises(ModelError, match=name):
            read_gen(tmp_path / name)
    with pytest.raises(ModelError, match="cannot read"):
        read_gen(tmp_path / "missing.npz")


def psnr(found: Pixels, stored: Pixels) -> float:
    error = np.mean((found.astype(np.float64) - stored) ** 2)
    return float(10 * np.log10(255**2 / max(error, 1e-9)))


def open_rgb(path: Path) -> Pixels:
    pixels = cv2.imread(str(path), cv2.IMREAD_COLOR_RGB)
    assert pixels is not None
    return pixels


@pytest.mark.shared
@torch.no_grad()
def test_exact_tables_give_the_published_results_bit_for_bit(shared: Path) -> None:
    folder = shared / "published" / "glenet_gen"
    imported, passport = read_gen(folder / "glenet_gen_tf.npz")
    for name in PHOTOS:
        pixels = open_rgb(shared / "published" / "input" / name)
        small = small_copy(Photo(pixels), passport.exact_size, passport.exact_resize)
        table = imported(torch.from_numpy(small.transpose(2, 0, 1)[None].copy()))
        found = ToneTable(table[0].numpy()).apply(pixels, threads=1)
        np.testing.assert_array_equal(found, open_rgb(folder / name))


@pytest.mark.slow
@pytest.mark.shared
def test_the_imported_file_gives_the_published_results(shared: Path, tmp_path: Path) -> None:
    folder = shared / "published" / "glenet_gen"
    model = import_checkpoint(read_gen, folder / "glenet_gen_tf.npz", tmp_path / "gen.onnx")
    lift = Enhancer(model=model.path, threads=1)
    for name in PHOTOS:
        pixels = open_rgb(shared / "published" / "input" / name)
        stored = open_rgb(folder / name)
        assert psnr(lift(pixels, exact=True), stored) >= 75
        assert psnr(lift(pixels), stored) >= 60


@pytest.mark.slow
def test_an_imported_gen_with_len_paints_as_the_network_does(both: Arrays, tmp_path: Path) -> None:
    model = import_checkpoint(read_glenet, write(tmp_path / "both", both), tmp_path / "both.onnx")
    pixels = np.random.default_rng(0).integers(0, 256, (48, 64, 3), np.uint8)
    photo = torch.from_numpy(pixels).permute(2, 0, 1)[None].float() / 255
    with torch.no_grad():
        expected = glenet_of(both)(photo)[0].permute(1, 2, 0).mul(255).round().byte().numpy()
    lift = Enhancer(model=model.path, threads=1, engine="onnxruntime")
    assert psnr(lift(pixels, exact=True), expected) > 60
