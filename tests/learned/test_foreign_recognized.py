"""Networks of others are recognized by their weights, and what fits none is refused."""

from pathlib import Path

import numpy as np
import pytest
import torch

from nightlift.cli.main import main
from nightlift.errors import ModelError, UsageError
from nightlift.learned.cpga import published as cpga
from nightlift.learned.foreign import UNKNOWN
from nightlift.learned.iat import published as iat
from nightlift.learned.lut3d import published as lut3d
from nightlift.learned.sci import published as sci
from nightlift.learned.seplut import published as seplut
from nightlift.learned.table import FOREIGN, importer, method, recognized
from nightlift.models.passport_json import from_json, to_json
from nightlift.models.released import load
from tests.learned import tensorflow_writer
from tests.learned.foreign_weights import (
    iat_weights,
    lut_files,
    saved,
    sci_weights,
    seplut_weights,
)

pytestmark = pytest.mark.usefixtures("one_thread")


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


def test_the_command_stores_16_bits_where_asked(tmp_path: Path) -> None:
    classifier = lut_files(tmp_path, "_mine")
    sizes = []
    for bits in ("32", "16"):
        out = tmp_path / f"{bits}.onnx"
        assert main(["import", str(classifier), "-o", str(out), "--bits", bits]) == 0
        sizes.append(out.stat().st_size)
    assert sizes[1] < 0.85 * sizes[0]


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


def test_every_row_has_its_card() -> None:
    for name, row in FOREIGN.items():
        folder = Path(importer(name).__code__.co_filename).parent
        card = (folder / "card.md").read_text(encoding="utf-8")
        assert f"`{name}`" in card and row.sources[0].partition(",")[0] in card
