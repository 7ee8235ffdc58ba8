"""Intermediate pictures of a folder: those of the network, each photo's under its own name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from nightlift.cli.main import main
from nightlift.data.pictures import picture
from nightlift.errors import UsageError
from nightlift.learned.smnet.network import SMNet
from nightlift.learned.table import METHODS
from nightlift.train.inspection import inspected, objective_of_file, objective_of_run
from nightlift.train.run import load_run, train
from tests.train.conftest import tiny, write

EXPECTED = {
    "zero-dce": ["mean-curve-red", "mean-curve-green", "mean-curve-blue"],
    "deep-upe": ["illumination"],
    "glenet-global": ["tone-tables"],
    "glenet": ["GEN-alone", "tone-tables", "what-LEN-adds"],
    "enlightengan": ["attention", "added-light"],
    "smnet": [],
    "smnet-fivek": ["after-block-1", "after-block-2"],
}


@pytest.fixture(scope="module")
def run(data: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    method = METHODS["smnet-fivek"]
    folder = tmp_path_factory.mktemp("inspection") / "run"
    train(method, tiny(method, epochs=1), data["paired"], folder, workers=0)
    return folder


@pytest.mark.parametrize("name", EXPECTED)
def test_every_method_shows_what_it_estimates(name: str) -> None:
    method = METHODS[name]
    recipe = tiny(method)
    objective = method.objective(method.network(recipe), recipe).eval()
    photo = np.random.default_rng(0).integers(0, 256, (40, 60, 3), np.uint8)
    found = dict(inspected(objective, photo, 48))
    assert list(found) == [*EXPECTED[name], "result"]
    assert found["result"].shape == (32, 48, 3)
    assert all(one.dtype == np.uint8 and one.shape[2] == 3 for one in found.values())


def test_pictures_are_those_that_the_network_paints(run: Path, tmp_path: Path) -> None:
    photos = write(tmp_path / "test" / "low", range(3))
    (photos / "more").mkdir()
    (photos / "1.png").rename(photos / "more" / "1.png")
    (photos / "note.png").write_bytes(b"no picture")
    out = tmp_path / "out"
    words = ["inspect", str(run), str(photos), "-o", str(out), "--recursive"]
    assert main(words) == 1  # one of the files is no picture
    names = ("after-block-1", "after-block-2", "result")
    places = [out / "0", out / "2", out / "more" / "1"]
    written = {path.relative_to(out).as_posix() for path in out.rglob("*.png")}
    assert written == {
        f"{place.relative_to(out).as_posix()}-{name}.png" for place in places for name in names
    }
    network = load_run(run)[2]
    assert isinstance(network, SMNet)
    photo = torch.from_numpy(picture(photos / "0.png")).permute(2, 0, 1)[None].float() / 255
    with torch.no_grad():
        painted = network.paint(photo)[0]
    for name, expected in zip(names, painted, strict=True):
        with Image.open(out / f"0-{name}.png") as file:
            found = np.asarray(file).astype(int)
        rounded = expected[0].clamp(0, 1).mul(255).permute(1, 2, 0).numpy()
        assert np.abs(found - rounded).max() <= 0.51
    assert main(words) == 1 and main([*words, "--overwrite"]) == 1


def test_existing_pictures_are_kept(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photos = write(tmp_path / "low", range(1))
    words = ["inspect", str(run), str(photos), "-o", str(tmp_path / "out")]
    assert main(words) == 0
    assert main(words) == 1
    assert "exists already" in capsys.readouterr().err
    assert main([*words, "--overwrite", "--size", "32"]) == 0
    with Image.open(tmp_path / "out" / "0-result.png") as file:
        assert file.size == (32, 32)


def test_wrong_uses_are_sentences(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = write(tmp_path / "a", range(1)), write(tmp_path / "b", range(1))
    checkpoint = run / "checkpoints" / "last.ckpt"
    out = ["-o", str(tmp_path / "out")]
    for words, sentence in (
        ([str(checkpoint), str(first), *out], "say with -m METHOD what a checkpoint is of"),
        ([str(run), str(first), str(second), *out], "two photos would be written to"),
        ([str(first), str(first), *out], "holds no run"),
    ):
        assert main(["inspect", *words]) == 2
        assert sentence in capsys.readouterr().err
    with pytest.raises(UsageError, match="no published checkpoint of glenet-unpaired can be read"):
        objective_of_file(METHODS["glenet-unpaired"], checkpoint)


def test_features_are_not_asked_for(run: Path) -> None:
    """A run that was trained with them is inspected without their file."""
    told = (run / "run.json").read_text()
    (run / "run.json").write_text(told.replace('"features": "none"', '"features": "vgg16"'))
    assert objective_of_run(run).training is False
    (run / "run.json").write_text(told)
    assert '"features": "none"' in told


@pytest.mark.shared
def test_a_published_checkpoint_is_inspected(shared: Path) -> None:
    objective = objective_of_file(
        METHODS["deep-upe"], next((shared / "published" / "deep_upe").glob("*.pth"))
    )
    photo = picture(next((shared / "published" / "input").iterdir()))
    found = dict(inspected(objective, photo, 256))
    assert found["result"].mean() > photo.mean()
