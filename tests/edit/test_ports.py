"""Released files with further ports: pooled numbers that may be given, and tone tables."""

import json
from pathlib import Path

import numpy as np
import pytest

import nightlift
from nightlift.adjust.chain import Chain
from nightlift.adjust.tone_table import ToneTable
from nightlift.batch.memory import half_of_machine
from nightlift.cli.main import main
from nightlift.edit.engine import Engine
from nightlift.edit.enhancer import Enhancer
from nightlift.errors import ModelError, UsageError
from nightlift.models.passport import Passport
from nightlift.models.released import parse, stamp
from nightlift.photo.photo import Floats, Photo, Pixels
from nightlift.photo.proxy import FixedSize, LongSide, small_copy
from tests.onnx_graphs import PASSPORT, painting, pointwise

KNOTS = np.linspace(0, 1, 256, dtype=np.float32)[:, None].repeat(3, axis=1)
FOLDED: Floats = np.abs(2 * KNOTS - 1)
SAID = PASSPORT._replace(
    kind="picture",
    steps=None,
    halo=0,
    multiple=4,
    pooled=1,
    table=True,
    bytes_a_pixel=1000,
    size=LongSide(128),
)


def pixels(height: int, width: int) -> Pixels:
    """Noise of full contrast, brighter to the right."""
    noise = np.random.default_rng(5).random((height, width, 3))
    return np.rint(255 * noise * np.linspace(0.4, 1, width)[:, None]).astype(np.uint8)


def file(folder: Path, passport: Passport = SAID) -> Path:
    path = folder / "painting.onnx"
    path.write_bytes(stamp(painting(FOLDED[None]), passport))
    return path


@pytest.mark.parametrize("name", ["onnxruntime", "openvino"])
def test_engines_say_all_ports_and_nan_is_nothing_given(name: str) -> None:
    pytest.importorskip(name)
    engine = Engine(parse(stamp(painting(FOLDED[None]), SAID), Path("m")), name, threads=1)  # type: ignore[arg-type]
    photo = (pixels(8, 12) / 255).astype(np.float32)
    folded = np.abs(2 * photo - 1).transpose(2, 0, 1)
    said = engine.outputs(photo)
    np.testing.assert_allclose(said["pooled"], [photo.mean()], rtol=1e-5)
    np.testing.assert_allclose(said["parameters"], folded * photo.mean(), atol=1e-6)
    np.testing.assert_array_equal(said["table"], FOLDED)
    again = engine.outputs(photo, np.array([0.25], np.float32))
    np.testing.assert_allclose(again["parameters"], folded * 0.25, atol=1e-6)
    np.testing.assert_allclose(again["pooled"], said["pooled"])
    for wrong in (np.zeros(2, np.float32), np.zeros(1)):
        with pytest.raises(UsageError, match=r"given numbers of shape \(1,\) in float32"):
            engine.run(photo, wrong)


def test_a_file_that_keeps_its_passports_promise_or_none() -> None:
    with pytest.raises(ModelError, match="expected a model with the inputs"):
        stamp(painting(FOLDED[None]), SAID._replace(table=False))
    with pytest.raises(ModelError, match="expected a model with the inputs"):
        stamp(pointwise("Sqrt"), SAID)
    engine = Engine(parse(stamp(painting(FOLDED[None, :9]), SAID), Path("m")))
    with pytest.raises(ModelError, match=r"gave float32 \(1, 9, 3\) as its table"):
        engine.run(np.zeros((4, 4, 3), np.float32))


def test_nothing_is_given_to_a_model_that_takes_nothing() -> None:
    plain = PASSPORT._replace(kind="picture", steps=None)
    engine = Engine(parse(stamp(pointwise("Sqrt"), plain), Path("m")))
    with pytest.raises(UsageError, match="given numbers"):
        engine.run(np.zeros((4, 4, 3), np.float32), np.zeros(1, np.float32))


@pytest.mark.parametrize("orientation", [1, 6])
def test_what_does_not_fit_is_painted_in_tiles_and_says_so(
    tmp_path: Path, orientation: int
) -> None:
    path = file(tmp_path)
    photo = Photo(pixels(601, 803), orientation=orientation)
    folded = np.abs(2 * (photo.pixels / 255) - 1)
    whole = Enhancer(model=path, engine="onnxruntime", threads=1)(photo, exact=True)
    assert np.abs(whole.pixels - 255 * folded * photo.pixels.mean() / 255).max() <= 0.51
    assert whole.notices == ()

    lift = Enhancer(model=path, engine="onnxruntime", threads=1, memory=601 * 803 * 1000 - 1)
    tiled = lift(photo, exact=True)
    assert [notice.partition(":")[0] for notice in tiled.notices] == ["approximate"]
    assert "0.5 GB" in tiled.notices[0]
    rows, columns = (432, 576) if orientation == 1 else (576, 432)
    upright = small_copy(photo, FixedSize(rows, columns))
    mean = upright.mean(dtype=np.float64)
    assert np.abs(tiled.pixels - 255 * folded * mean).max() <= 0.51


def test_a_small_photo_that_does_not_fit_is_approximate_too(tmp_path: Path) -> None:
    lift = Enhancer(model=file(tmp_path), threads=1, memory=1)
    assert lift(Photo(pixels(90, 70))).notices[0].startswith("approximate")


def test_the_memory_that_a_network_needs(tmp_path: Path) -> None:
    path = file(tmp_path)
    assert Enhancer("gamma").required_memory(4000, 6000) == 0
    lift = Enhancer(model=path, memory=10**9)
    assert lift.required_memory(4000, 6000) == 85 * 128 * 1000
    assert lift.required_memory(1000, 1000) == 10**9
    assert lift.required_memory(4000, 6000, exact=True) == 512**2 * 1000
    halo = Enhancer(model=file(tmp_path, SAID._replace(halo=20)), memory=10**8)
    assert 0.7 * 10**8 < halo.required_memory(4000, 6000, exact=True) <= 10**8
    assert (half_of_machine() or 2**30) >= 2**28


def test_the_approximation_is_told_in_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model, source = file(tmp_path), tmp_path / "dark.png"
    nightlift.write(Photo(pixels(90, 70)), source)
    asked = ["enhance", str(source), "--model", str(model), "--exact", "--json"]
    assert main([*asked, "-o", str(tmp_path / "whole.png")]) == 0
    assert json.loads(capsys.readouterr().out)["notices"] == []
    assert main([*asked, "-o", str(tmp_path / "tiled.png"), "--memory", "1M"]) == 0
    notices = json.loads(capsys.readouterr().out)["notices"]
    assert [notice[:11] for notice in notices] == ["approximate"]


def test_a_table_is_kept_and_the_grid_is_fitted_to_what_it_leaves(tmp_path: Path) -> None:
    photo = Photo(pixels(300, 400))
    edit = Enhancer(model=file(tmp_path), threads=1).estimate(photo, paint=False).adjustment
    assert isinstance(edit, Chain)
    table, grid = edit.adjustments
    assert isinstance(table, ToneTable) and grid.kind == "bilateral_grid"
    np.testing.assert_array_equal(table.values, FOLDED)
    # Painted is the table's picture times the mean: one factor, which any grid holds.
    expected = 255 * np.abs(2 * (photo.pixels / 255) - 1) * photo.pixels.mean() / 255
    assert np.abs(edit.apply(photo).pixels - expected).max() <= 2
