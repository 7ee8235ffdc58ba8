"""Networks of others: recognized by their weights, and equal to what their authors' code gives.

The authors' outputs are 8-bit pictures: what is compared is rounded alike. Rounding alone leaves
59 dB between a float result and such a picture, so 60 dB says that nearly all values are equal.
"""

import importlib.util
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from torch import Tensor, nn

from nightlift.adjust.lut3d import Lut3D
from nightlift.cli.main import main
from nightlift.edit.engine import Engine
from nightlift.edit.enhancer import Enhancer
from nightlift.edit.tiles import run_padded
from nightlift.errors import ModelError, UsageError
from nightlift.learned.cpga import published as cpga
from nightlift.learned.declaration import Published
from nightlift.learned.foreign import UNKNOWN
from nightlift.learned.iat import published as iat
from nightlift.learned.lut3d import published as lut3d
from nightlift.learned.sci import published as sci
from nightlift.learned.seplut import published as seplut
from nightlift.learned.table import FOREIGN, importer, method, recognized
from nightlift.models.passport_json import from_json, to_json
from nightlift.models.released import load
from nightlift.photo.photo import Floats, Photo, Pixels
from nightlift.photo.proxy import FixedSize, small_copy
from nightlift.train.export import release
from tests.learned import tensorflow_writer

PHOTOS = ("a1427-IMG_4252.png", "a2607-060521_140210__MG_7945.png")
LEAST_PSNR = 60.0


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def made(shapes: Mapping[str, tuple[int, ...]]) -> dict[str, Tensor]:
    """Weights of these shapes; variances of batch norms are positive."""
    torch.manual_seed(0)
    weights = {key: 0.3 * torch.randn(shape) for key, shape in shapes.items()}
    return {
        key: value.abs() + 0.5 if key.endswith("running_var") else value
        for key, value in weights.items()
    }


def sci_weights(width: int = 3) -> dict[str, Tensor]:
    """As SCI is published: the middle layer twice, and a calibration network."""
    norm = dict.fromkeys(("weight", "bias", "running_mean", "running_var"), (width,))
    weights = made(
        {
            "enhance.in_conv.0.weight": (width, 3, 3, 3),
            "enhance.in_conv.0.bias": (width,),
            "enhance.conv.0.weight": (width, width, 3, 3),
            "enhance.conv.0.bias": (width,),
            **{f"enhance.conv.1.{leaf}": shape for leaf, shape in norm.items()},
            "enhance.out_conv.0.weight": (3, width, 3, 3),
            "enhance.out_conv.0.bias": (3,),
            "calibrate.in_conv.0.weight": (16, 3, 3, 3),
        }
    )
    weights["enhance.conv.1.num_batches_tracked"] = torch.tensor(7)
    shared = {k: v for k, v in weights.items() if k.startswith("enhance.conv.")}
    return weights | {k.replace("conv", "blocks.0"): v for k, v in shared.items()}


def as_published(network: nn.Module, names: Mapping[str, str]) -> dict[str, Tensor]:
    """A network's own weights under names that contain other parts."""
    weights = {}
    for key, value in network.state_dict().items():
        for our, their in names.items():
            key = key.replace(our, their)
        weights[key] = value
    return weights


def iat_weights() -> dict[str, Tensor]:
    torch.manual_seed(0)
    names = {
        "mul_end.": "mul_end.0.",
        "add_end.": "add_end.0.",
        "global_net.near.": "global_net.conv_large.proj.0.",
        "global_net.near_norm.": "global_net.conv_large.proj.1.",
        "global_net.far.": "global_net.conv_large.proj.3.",
        "global_net.far_norm.": "global_net.conv_large.proj.4.",
        **{f"global_net.{part}": f"global_net.generator.{part}" for part in GENERATED},
    }
    return as_published(iat.IAT(8, 2, 16, (32, 64)).eval(), names)


GENERATED = ("pos_embed", "norm1", "norm2", "attn", "mlp")


def seplut_weights() -> dict[str, Tensor]:
    torch.manual_seed(0)
    network = seplut.SepLUT(4, knots=5, points=4)
    theirs = {our: their for their, our in seplut.PARTS.items()}
    return {
        f"{theirs[key.rpartition('.')[0]]}.{key.rpartition('.')[2]}": value
        for key, value in network.state_dict().items()
    }


def lut_files(folder: Path, end: str = "") -> Path:
    """A classifier and its tables as published; returns the classifier."""
    torch.manual_seed(0)
    widths, weights, into, place = (4, 4, 4, 4, 4), {}, 3, 1
    for number, width in enumerate(widths):
        weights[f"model.{place}.weight"] = 0.1 * torch.randn(width, into, 3, 3)
        weights[f"model.{place}.bias"] = torch.zeros(width)
        if number == 0:
            weights |= {f"model.{place + 2}.{x}": torch.ones(width) for x in ("weight", "bias")}
        into, place = width, place + (3 if number == 0 else 2)
    weights |= {f"model.{place}.weight": torch.randn(3, 4, 8, 8)}
    weights |= {f"model.{place}.bias": torch.ones(3)}
    tables = {str(n): {"LUT": torch.randn(3, 5, 5, 5)} for n in (2, 0, 1)}
    torch.save(tables, folder / f"LUTs{end}.pth")
    torch.save(weights, folder / f"classifier{end}.pth")
    return folder / f"classifier{end}.pth"


def saved(path: Path, content: object) -> Path:
    torch.save(content, path)
    return path


@pytest.mark.parametrize("wrapper", ["", "state_dict"])
@pytest.mark.parametrize("name", ["sci", "iat", "seplut"])
def test_a_checkpoint_is_known_by_its_weights(tmp_path: Path, name: str, wrapper: str) -> None:
    weights = {"sci": sci_weights, "iat": iat_weights, "seplut": seplut_weights}[name]()
    content = {wrapper: weights, "epoch": 3} if wrapper else weights
    found, (network, passport) = recognized(saved(tmp_path / "model.pth", content))
    assert found == name == passport.method
    assert not network.training
    assert passport.data == (UNKNOWN,)
    assert passport.parameters == sum(p.numel() for p in network.parameters())
    assert from_json(to_json(passport)) == passport


def test_the_command_knows_it_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, out = saved(tmp_path / "model.pth", sci_weights()), tmp_path / "mine.onnx"
    assert main(["import", str(path), "-o", str(out)]) == 0
    assert f"{path}: a published checkpoint of sci" in capsys.readouterr().out
    assert load(out).passport.method == "sci"


def test_two_files_are_one_network(tmp_path: Path) -> None:
    classifier = lut_files(tmp_path, "_mine")
    for path in (classifier, tmp_path / "LUTs_mine.pth"):
        name, (network, passport) = recognized(path)
        assert name == passport.method == "adaptive-lut3d"
    tables = torch.load(tmp_path / "LUTs_mine.pth", weights_only=True)
    assert isinstance(network, lut3d.AdaptiveLut3D)
    for number in range(3):
        assert torch.equal(network.tables[number], tables[str(number)]["LUT"])
    (tmp_path / "LUTs_mine.pth").unlink()
    with pytest.raises(ModelError, match=r"are two files, and .*LUTs_mine\.pth is missing"):
        importer("adaptive-lut3d")(classifier)


def test_what_is_of_none_is_told(tmp_path: Path) -> None:
    strange = saved(tmp_path / "strange.pth", {"encoder.weight": torch.ones(1)})
    with pytest.raises(ModelError, match=r"strange\.pth is no published.*holds encoder\.weight"):
        recognized(strange)
    with pytest.raises(ModelError, match="there is no such file"):
        recognized(tmp_path / "gone.pth")
    for read in (sci.read_sci, iat.read_iat, seplut.read_seplut, cpga.read_cpga):
        with pytest.raises(ModelError, match=r"strange\.pth: expected the weights of"):
            read(strange)
    with pytest.raises(ModelError, match=r"expected classifier….pth"):
        lut3d.read_lut3d(strange)


def test_one_of_tensorflows_two_files_is_no_danger(tmp_path: Path) -> None:
    """It is no pickle, and is not called one."""
    data = tmp_path / "GleNet.data-00000-of-00001"
    data.write_bytes(bytes(64))
    with pytest.raises(ModelError, match=r"one of two files: name the one that ends with \.index"):
        recognized(data)
    index = tensorflow_writer.write(tmp_path / "mine", {"a": np.ones(3, np.float32)})
    index.with_suffix(".data-00000-of-00001").unlink()
    with pytest.raises(ModelError, match=r"mine\.data-00000-of-00001: No such file"):
        recognized(index)


def test_rows_are_imported_but_not_trained() -> None:
    with pytest.raises(UsageError, match="iat is imported only: nightlift import iat"):
        method("iat")
    with pytest.raises(UsageError, match="no method is called sic; did you mean sci"):
        importer("sic")


def test_weights_that_do_not_fit_are_refused() -> None:
    weights = sci_weights()
    with pytest.raises(ModelError, match="shares one middle layer"):
        sci.network_of({**weights, "enhance.blocks.0.0.weight": torch.ones(3, 3, 3, 3)})
    with pytest.raises(ModelError, match="expected the weights of SCI"):
        sci.network_of({**weights, "enhance.stranger.weight": torch.ones(1)})
    with pytest.raises(ModelError, match="not finite"):
        sci.network_of({**weights, "enhance.out_conv.0.bias": torch.full((3,), torch.nan)})
    lacking = iat_weights()
    del lacking["global_net.gamma_base"]
    with pytest.raises(ModelError, match=r"lacks the weights global_net\.gamma_base"):
        iat.network_of(lacking)


def test_sci_is_the_photo_divided_by_its_light() -> None:
    """The published arithmetic, written out for one pixel in the middle of an even picture."""
    weights = {k: torch.zeros_like(v) for k, v in sci_weights().items()}
    weights["enhance.out_conv.0.bias"] = torch.tensor([-1.0, 0.0, 1.0])
    weights["enhance.conv.1.running_var"] = weights["enhance.blocks.0.1.running_var"] = torch.ones(
        3
    )
    network = sci.network_of(weights)
    photo = torch.full((1, 3, 5, 5), 0.2)
    light = torch.sigmoid(torch.tensor([-1.0, 0.0, 1.0])) + 0.2
    with torch.no_grad():
        assert torch.allclose(network(photo)[0, :, 2, 2], 0.2 / light)


def test_the_ten_numbers_of_iat_may_be_given() -> None:
    network = iat.network_of(iat_weights())
    photo = torch.rand(1, 3, 24, 20)
    with torch.no_grad():
        own = network.ports(photo, None)
        given = torch.full((1, 10), torch.nan)
        assert torch.equal(network.ports(photo, given)["parameters"], own["parameters"])
        identity = torch.tensor([[1.0, *torch.eye(3).flatten()]])
        factor, summand = network.local_net(photo)
        plain = (photo * factor + summand).clamp(1e-8, 1)
        assert torch.allclose(network.ports(photo, identity)["parameters"], plain, atol=1e-6)
        centered = iat.network_of(iat_weights(), centered=True)
        assert torch.allclose(centered((photo + 1) / 2), own["parameters"], atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["sci", "iat"])
def test_tiles_are_a_single_run(tmp_path: Path, name: str) -> None:
    weights, read = (
        (sci_weights, sci.network_of) if name == "sci" else (iat_weights, iat.network_of)
    )
    path = saved(tmp_path / "model.pth", weights())
    passport = recognized(path)[1][1]
    model = release(read(weights()), passport, tmp_path / "model.onnx")
    engine = Engine(model, threads=1)
    picture = np.random.default_rng(0).random((90, 70, 3), dtype=np.float32)
    whole = engine.outputs(picture)
    pieces = np.empty_like(picture)
    for place, output in run_padded(
        engine,
        lambda t, b, le, r: picture[t:b, le:r],
        90,
        70,
        halo=passport.halo,
        multiple=1,
        tile=32,
        given=whole.get("pooled"),
    ):
        pieces[place] = output.transpose(1, 2, 0)
    assert np.abs(pieces - whole["parameters"].transpose(1, 2, 0)).max() <= 2e-6


@pytest.mark.slow
def test_an_imported_network_has_every_engine_and_makes_videos(tmp_path: Path) -> None:
    weights = sci_weights()
    passport = recognized(saved(tmp_path / "m.pth", weights))[1][1]
    model = release(sci.network_of(weights), passport, tmp_path / "sci.onnx")
    photo = np.random.default_rng(0).integers(0, 256, (40, 30, 3), np.uint8)
    by_default = Enhancer(model=model.path, threads=1)
    one = by_default(photo)
    if importlib.util.find_spec("openvino") is not None:
        other = Enhancer(model=model.path, threads=1, engine="openvino")(photo)
        assert np.abs(one.astype(int) - other).max() <= 1
    pytest.importorskip("av", reason="the extra video is not installed")
    from nightlift.video.enhancing import enhance_video
    from tests.video.clips import Clip

    source = Clip([0, 20, 40]).write(tmp_path / "night.mp4")
    assert enhance_video(source, tmp_path / "day.mp4", by_default).frames == 3


@pytest.mark.slow
def test_a_global_network_says_an_adjustment(tmp_path: Path) -> None:
    model = release(
        seplut.network_of(seplut_weights()),
        recognized(saved(tmp_path / "m.pth", seplut_weights()))[1][1],
        tmp_path / "seplut.onnx",
    )
    pixels: Pixels = np.random.default_rng(0).integers(0, 256, (40, 30, 3), np.uint8)
    edit = Enhancer(model=model.path, threads=1).estimate(Photo(pixels))
    assert isinstance(edit.adjustment, Lut3D)
    assert edit.adjustment.cube.shape == (4, 4, 4, 3)
    assert edit.adjustment.curves is not None and edit.adjustment.curves.shape == (5, 3)


@dataclass(frozen=True)
class Stored:
    """A published checkpoint, and the method that it is of."""

    folder: str
    file: str
    method: str


STORED = [
    Stored("sci_easy", "easy.pt", "sci"),
    Stored("sci_medium", "medium.pt", "sci"),
    Stored("sci_difficult", "difficult.pt", "sci"),
    Stored("iat_lol_v1", "best_Epoch_lol_v1.pth", "iat"),
    Stored("iat_lol_v2", "best_Epoch_lol.pth", "iat"),
    Stored("iat_exposure", "best_Epoch_exposure.pth", "iat"),
    Stored("cpga_plus_lolv1", "enhance_lolv1.pkl", "cpga-net"),
    Stored("cpga_plusplus_lolv1", "CPGANet++_lolv1.pkl", "cpga-net"),
    Stored("lut3d_fivek_srgb", "classifier.pth", "adaptive-lut3d"),
    Stored("lut3d_fivek_srgb_unpaired", "LUTs_unpaired.pth", "adaptive-lut3d"),
    Stored("seplut_fivek_srgb_m6", "SepLUT-FiveK-sRGB-M6#3D9#1D9.pth", "seplut"),
    Stored("seplut_fivek_srgb_m8", "SepLUT-FiveK-sRGB-M8#3D17#1D17.pth", "seplut"),
]
each_stored = pytest.mark.parametrize("stored", STORED, ids=lambda one: one.folder)


def open_rgb(path: Path) -> Pixels:
    pixels = cv2.imread(str(path), cv2.IMREAD_COLOR_RGB)
    assert pixels is not None
    return pixels


def rounded(result: Floats) -> Pixels:
    return np.floor(np.clip(result, 0, 1).astype(np.float64) * 255 + 0.5).astype(np.uint8)


def assert_theirs(found: Pixels, theirs: Pixels) -> None:
    """Within one level everywhere, and at least `LEAST_PSNR`."""
    difference = found.astype(int) - theirs
    assert np.abs(difference).max() <= 1
    error = float(np.mean(difference**2))
    assert error == 0 or 10 * np.log10(255**2 / error) >= LEAST_PSNR


def rendered(published: Published, pixels: Pixels) -> Floats:
    """What the network in PyTorch makes of a photo, by the definitions that apply it."""
    network, passport = published
    photo = torch.from_numpy(pixels.transpose(2, 0, 1)[None].astype(np.float32) / 255)
    with torch.no_grad():
        if passport.kind == "picture":
            return network(photo)[0].numpy().transpose(1, 2, 0)
        size = passport.exact_size
        assert isinstance(size, FixedSize)
        small = small_copy(Photo(pixels), size, passport.exact_resize)
        seen = torch.from_numpy(small.transpose(2, 0, 1)[None].copy())
        if isinstance(network, seplut.SepLUT):
            said = network.ports(seen, None)
        else:
            said = {"parameters": network(seen)}
        arrays = {name: value[0].numpy() for name, value in said.items()}
        cube = np.ascontiguousarray(np.moveaxis(arrays["parameters"], 0, -1))
        curves = np.ascontiguousarray(arrays["table"]) if "table" in arrays else None
        return Lut3D(cube, curves).evaluate(pixels.astype(np.float32) / 255, 0, len(pixels))


@pytest.mark.shared
@each_stored
def test_results_are_the_authors(shared: Path, stored: Stored) -> None:
    folder = shared / "published" / "foreign" / stored.folder
    name, published = recognized(folder / stored.file)
    assert name == stored.method
    assert published[1].data != (UNKNOWN,)
    for photo in PHOTOS:
        theirs = open_rgb(folder / photo)
        pixels = open_rgb(shared / "published" / "input" / photo)[: len(theirs)]
        assert_theirs(rounded(rendered(published, pixels)), theirs)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("file", "method"),
    [
        ("zero_dce_paper/Epoch99.pth", "zero-dce"),
        ("zero_dce_seed/8LE-color-loss2_best_model.pth", "zero-dce"),
        ("zero_dce_plus/Epoch99.pth", "zero-dce-plus"),
        ("deep_upe/epoch_48_psnr_23.677.pth", "deep-upe"),
        ("glenet_gen/glenet_gen_tf.npz", "glenet-global"),
        ("glenet_gen/tf/GleNet.index", "glenet-global"),
    ],
)
def test_checkpoints_of_our_own_methods_are_recognized_too(
    shared: Path, file: str, method: str
) -> None:
    assert recognized(shared / "published" / file)[0] == method


@pytest.mark.shared
@pytest.mark.slow
@each_stored
def test_released_files_give_the_authors_results(
    shared: Path, tmp_path: Path, stored: Stored
) -> None:
    folder = shared / "published" / "foreign" / stored.folder
    published = importer(stored.method)(folder / stored.file)
    model = release(*published, tmp_path / "model.onnx")
    enhancer = Enhancer(model=model.path, threads=1)
    for photo in PHOTOS:
        theirs = open_rgb(folder / photo)
        pixels = open_rgb(shared / "published" / "input" / photo)[: len(theirs)]
        found = enhancer(np.ascontiguousarray(pixels), exact=True)
        assert_theirs(np.asarray(found, np.uint8), theirs)


def test_every_row_has_its_card() -> None:
    for name, row in FOREIGN.items():
        folder = Path(importer(name).__code__.co_filename).parent
        card = (folder / "card.md").read_text(encoding="utf-8")
        assert f"`{name}`" in card and row.sources[0].partition(",")[0] in card
