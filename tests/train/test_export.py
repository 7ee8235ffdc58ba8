"""Networks become released files that say the same, or no file at all."""

from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from torch import Tensor, nn

from nightlift.edit.engine import Engine, EngineName
from nightlift.errors import ModelError, UsageError, WriteError
from nightlift.learned.zero_dce.network import ZeroDCE
from nightlift.learned.zero_dce.passports import zero_dce_passport
from nightlift.models import released
from nightlift.models.passport import Passport
from nightlift.models.released import ReleasedModel
from nightlift.photo.proxy import FixedSize
from nightlift.train import export
from tests.onnx_graphs import PASSPORT

PICTURE = PASSPORT._replace(kind="picture", steps=None, multiple=8)
TABLE = PASSPORT._replace(
    kind="tone_table", steps=None, size=FixedSize(24, 32), exact_size=FixedSize(24, 32)
)


@pytest.fixture(scope="module")
def network() -> ZeroDCE:
    torch.manual_seed(0)
    tiny = ZeroDCE(4, steps=2)
    for parameter in tiny.parameters():
        nn.init.normal_(parameter, std=0.3)
    return tiny.train()


@pytest.fixture(scope="module")
def model(network: ZeroDCE, tmp_path_factory: pytest.TempPathFactory) -> ReleasedModel:
    path = tmp_path_factory.mktemp("released") / "tiny.onnx"
    return export.release(network, zero_dce_passport(network), path)


class Pooled(nn.Module):
    """A picture network that needs sides divisible by eight."""

    def forward(self, photo: Tensor) -> Tensor:
        small = torch.nn.functional.avg_pool2d(photo, 8)
        return torch.sigmoid(torch.nn.functional.interpolate(small, scale_factor=8.0) + photo)


class Table(nn.Module):
    """A tone table out of a picture of a fixed size."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(24 * 32, 256)

    def forward(self, photo: Tensor) -> Tensor:
        table: Tensor = self.layer(photo.flatten(2)).transpose(1, 2)
        return table


class Unlike(nn.Module):
    """A network that says something else whenever it is not being exported."""

    def __init__(self, error: float) -> None:
        super().__init__()
        self.error = error

    def forward(self, photo: Tensor) -> Tensor:
        return photo if torch.compiler.is_exporting() else photo * (1 + self.error)


def test_what_is_released_can_be_loaded(model: ReleasedModel, network: ZeroDCE) -> None:
    assert released.load(model.path) == model
    assert model.passport == zero_dce_passport(network)


def test_the_file_says_what_the_network_says(model: ReleasedModel, network: ZeroDCE) -> None:
    assert export.parity(network, model) <= 1e-5


@pytest.mark.parametrize("halves", [True, False])
def test_weights_of_16_bits_say_the_same_at_half_the_size(halves: bool, tmp_path: Path) -> None:
    torch.manual_seed(0)
    wide = ZeroDCE(32, steps=8).eval()
    if halves:
        wide.half().float()
    passport = zero_dce_passport(wide)
    whole = export.release(wide, passport, tmp_path / "whole.onnx")
    short = export.release(wide, passport, tmp_path / "short.onnx", bits=16)
    assert released.load(short.path).passport == passport
    assert len(short.data) < (0.56 if halves else 0.63) * len(whole.data)
    assert export.parity(wide, short) <= (1e-6 if halves else 1e-5)
    onnx.checker.check_model(onnx.load_from_string(short.data), full_check=True)


def test_openvino_opens_weights_of_16_bits(tmp_path: Path) -> None:
    pytest.importorskip("openvino")
    torch.manual_seed(0)
    wide = ZeroDCE(32, steps=8).eval()
    short = export.release(wide, zero_dce_passport(wide), tmp_path / "short.onnx", bits=16)
    photo = np.random.default_rng(1).random((32, 48, 3), np.float32)
    engines: tuple[EngineName, ...] = ("onnxruntime", "openvino")
    one, two = (Engine(short, name, threads=1).outputs(photo)["parameters"] for name in engines)
    np.testing.assert_allclose(one, two, atol=1e-5)


def test_weights_are_of_16_or_32_bits(network: ZeroDCE, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="expected 16 or 32 bits of a stored weight, got 8"):
        export.release(network, zero_dce_passport(network), tmp_path / "tiny.onnx", bits=8)  # type: ignore[arg-type]
    assert not (tmp_path / "tiny.onnx").exists()


def test_the_networks_own_state_is_left_alone(model: ReleasedModel, network: ZeroDCE) -> None:
    assert model.data
    assert network.training


def test_the_file_is_plain_onnx_without_traces_of_its_maker(model: ReleasedModel) -> None:
    proto = onnx.load_from_string(model.data)
    onnx.checker.check_model(proto, full_check=True)
    assert {opset.domain: opset.version for opset in proto.opset_import} == {"": export.OPSET}
    assert proto.ir_version <= 10
    assert b"site-packages" not in model.data and b".py" not in model.data
    parts = (*proto.graph.node, *proto.graph.initializer, *proto.graph.input, *proto.graph.output)
    assert not any(part.metadata_props or part.doc_string for part in parts)
    assert [part.dim_value for part in proto.graph.input[0].type.tensor_type.shape.dim] == [
        1,
        3,
        0,
        0,
    ]


@pytest.mark.parametrize(
    ("module", "passport"), [(Pooled(), PICTURE), (Table(), TABLE)], ids=["multiple", "fixed"]
)
def test_sizes_follow_the_passport_in_silence(
    tmp_path: Path, module: nn.Module, passport: Passport, capfd: pytest.CaptureFixture[str]
) -> None:
    model = export.release(module, passport, tmp_path / "m.onnx")
    assert export.parity(module, model) <= 1e-5
    assert capfd.readouterr() == ("", "")


def test_a_file_that_differs_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "m.onnx"
    passport = PASSPORT._replace(kind="picture", steps=None)
    with pytest.raises(ModelError, match=r"within 0\.0001 of PyTorch.*got 0\.0009\d*;"):
        export.release(Unlike(1e-3), passport, path)
    assert list(tmp_path.iterdir()) == []


def test_an_output_of_another_kind_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="is of kind tone_table, but gave"):
        export.release(nn.Identity(), TABLE._replace(size=PASSPORT.size), tmp_path / "m.onnx")
    assert list(tmp_path.iterdir()) == []


class Sized(nn.Module):
    """A network whose graph depends on the size it was exported at."""

    def forward(self, photo: Tensor) -> Tensor:
        return photo * 2 if photo.shape[2] == 64 else photo * 3


class Undecided(nn.Module):
    """A network whose graph depends on the picture."""

    def forward(self, photo: Tensor) -> Tensor:
        return photo * 2 if photo.mean() > 0.3 else photo * 3


@pytest.mark.parametrize(
    ("module", "words"),
    [
        (Sized(), "failed on a picture"),
        pytest.param(Undecided(), "cannot write this network", marks=pytest.mark.slow),
    ],
)
def test_what_no_graph_can_say_is_not_written(
    tmp_path: Path, module: nn.Module, words: str
) -> None:
    with pytest.raises(ModelError, match=words) as caught:
        export.release(module, PASSPORT._replace(kind="picture", steps=None), tmp_path / "m.onnx")
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_an_existing_file_is_replaced_only_when_asked(tmp_path: Path, model: ReleasedModel) -> None:
    path = tmp_path / "m.onnx"
    path.write_bytes(b"precious")
    with pytest.raises(WriteError, match="exists"):
        export.release(Pooled(), PICTURE, path)
    assert path.read_bytes() == b"precious"
    export.release(Pooled(), PICTURE, path, overwrite=True)
    assert released.load(path).passport == PICTURE
    assert [entry.name for entry in tmp_path.iterdir()] == ["m.onnx"]
