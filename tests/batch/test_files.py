"""Many files from Python: outcomes as they come, the same files as the command line writes."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

import nightlift
from nightlift.errors import UsageError

DARK = Path(__file__).resolve().parents[2] / "examples" / "dark"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    inputs = tmp_path / "in"
    inputs.mkdir()
    for name in ("lamp.jpg", "coffee.png", "camera.jpg"):
        shutil.copy(DARK / name, inputs)
    (inputs / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0" + bytes(60))
    (inputs / "clip.mp4").write_bytes(bytes(8))
    return inputs


def test_an_outcome_for_each_photo_and_the_pixels_of_enhance(folder: Path, tmp_path: Path) -> None:
    lift = nightlift.Enhancer("gamma")
    outcomes = nightlift.enhance_files(folder, tmp_path / "out", enhancer=lift, strength=0.8)
    assert len(outcomes) == 4
    assert any("1 video was" in sentence for sentence in outcomes.left_out)
    found = {outcome.job.source.name: outcome for outcome in outcomes}
    assert [one.status for one in found.values()] == ["failed", "done", "done", "done"]
    assert found["broken.jpg"].problem
    png = found["coffee.png"].job.target
    assert png is not None
    expected = lift(nightlift.read(DARK / "coffee.png"), 0.8)
    assert np.array_equal(nightlift.read(png).pixels, expected.pixels)
    assert next(outcomes, None) is None


def test_nothing_happens_before_and_after_the_loop(folder: Path, tmp_path: Path) -> None:
    lift = nightlift.Enhancer("gamma")
    out = tmp_path / "out"
    outcomes = nightlift.enhance_files([str(folder / "*.jpg")], out, enhancer=lift, workers=1)
    assert not out.exists()
    for _ in outcomes:
        break
    del outcomes
    assert len(list(out.glob("*.jpg"))) < 3
    again = nightlift.enhance_files(folder, out, enhancer=lift, existing="skip")
    assert {outcome.status for outcome in again} <= {"done", "skipped", "failed"}
    assert len(list(out.iterdir())) == 3


def test_originals_stay(folder: Path) -> None:
    before = {path: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(UsageError, match="input"):
        nightlift.enhance_files(
            folder, folder, enhancer=nightlift.Enhancer("gamma"), existing="overwrite"
        )
    list(
        nightlift.enhance_files(
            folder / "lamp.jpg", enhancer=nightlift.Enhancer("gamma"), save_edit=True
        )
    )
    assert {path: path.read_bytes() for path in before} == before
    new = {path.name for path in folder.iterdir()} - {path.name for path in before}
    assert len(new) == 2
    assert "lamp-lifted.jpg" in new
    (edit,) = (folder / name for name in new if name != "lamp-lifted.jpg")
    assert nightlift.Edit.load(edit) == nightlift.Enhancer("gamma").estimate(folder / "lamp.jpg")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"existing": "replace"}, "expected existing among fail, skip, overwrite"),
        ({"strength": 5}, "strength from 0 to 1.5"),
        ({"quality": 500}, "a quality as a whole number from 1 to 100"),
        ({"strip": "exif"}, "expected strip to be"),
        ({"enhancer": "lime"}, "expected an enhancer such as"),
        ({"inputs": []}, "got none"),
        ({"inputs": None}, "the name of a file for a photo, got None"),
        ({"inputs": [3]}, "the name of a file for a photo, got 3"),
        ({"output": 3}, "the name of a file for the result, got 3"),
    ],
)
def test_what_every_photo_would_fail_by_is_told_at_once(
    folder: Path, tmp_path: Path, arguments: dict, message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        nightlift.enhance_files(**{"inputs": folder, "output": tmp_path / "out"} | arguments)


def test_problems_are_told_in_the_words_of_python(folder: Path, tmp_path: Path) -> None:
    lift, out = nightlift.Enhancer("gamma"), tmp_path / "out"
    list(nightlift.enhance_files(folder, out, enhancer=lift))
    (folder / "text.jpg").write_text("no photo")
    problems = [one.problem or "" for one in nightlift.enhance_files(folder, out, enhancer=lift)]
    told = [problem for problem in problems if "exists already" in problem]
    assert len(told) == 3
    for problem in told:
        assert "existing='skip' leaves it, and existing='overwrite' replaces it" in problem
    assert any("text" in problem for problem in problems)
    # The job names the photo, and options are for the command line.
    assert not any(f"{folder}" in problem or "--" in problem for problem in problems)
