"""Edits painted by a model of one's own: saved, loaded, and honest about the model's file."""

import pickle
from pathlib import Path

import numpy as np
import pytest

import nightlift
from nightlift.edit.edit import Edit
from nightlift.errors import ModelError, UsageError
from nightlift.models.released import stamp
from nightlift.photo.photo import Photo
from tests.edit.test_ports import FOLDED, SAID, pixels
from tests.onnx_graphs import painting


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model's file, named as people name it: by a path from where they are."""
    (tmp_path / "own.onnx").write_bytes(stamp(painting(FOLDED[None]), SAID))
    monkeypatch.chdir(tmp_path)
    return Path("own.onnx")


def test_it_is_loaded_back_from_anywhere(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    photo = Photo(pixels(40, 56))
    edit = nightlift.Enhancer(model=model, threads=1).estimate(photo)
    saved = edit.save("edit.npz").absolute()
    monkeypatch.chdir("/")
    for again in (Edit.load(saved), pickle.loads(pickle.dumps(edit))):
        assert again == edit
        assert again.painting is not None and again.painting.estimator is None
        assert np.array_equal(again.apply(photo).pixels, edit.apply(photo).pixels)


def test_a_model_that_is_gone_or_another_is_told(model: Path) -> None:
    photo = Photo(pixels(40, 56))
    path = nightlift.Enhancer(model=model, threads=1).estimate(photo).save("edit.npz")
    other = stamp(painting(FOLDED[None]), SAID._replace(title="trained again"))
    model.write_bytes(other)
    with pytest.raises(ModelError, match=r"own\.onnx .* is there now: estimate the photo again"):
        Edit.load(path).apply(photo)
    model.unlink()
    with pytest.raises(ModelError, match=r"own\.onnx, which is not there any more: put it back"):
        Edit.load(path).apply(photo)


def test_a_file_in_place_of_a_method_is_told(model: Path) -> None:
    with pytest.raises(UsageError, match=r"given by model=own\.onnx"):
        nightlift.Enhancer("own.onnx")
