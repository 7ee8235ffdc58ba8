"""What networks of others compute, and that they run as ours do: tiles, engines, adjustments."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import torch

from nightlift.adjust.lut3d import Lut3D
from nightlift.edit.engine import Engine
from nightlift.edit.enhancer import Enhancer
from nightlift.edit.tiles import run_padded
from nightlift.learned.iat import published as iat
from nightlift.learned.sci import published as sci
from nightlift.learned.seplut import published as seplut
from nightlift.learned.table import recognized
from nightlift.photo.photo import Photo, Pixels
from nightlift.train.export import release
from tests.learned.foreign_weights import iat_weights, saved, sci_weights, seplut_weights

pytestmark = pytest.mark.usefixtures("one_thread")


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
