"""What the command line says about clusters, without one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nightlift.cli.main import main
from nightlift.cli.on_cluster import told
from nightlift.cluster import run as runs
from nightlift.photo import Photo, write
from tests.cluster.fake_ray import FakeRay


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["s3://bucket/in/", "-o", "out"], "is on a file system of its own: --cluster local"),
        (["in", "-o", "s3://bucket/out/"], "is on a file system of its own: --cluster local"),
        (["in", "--cluster", "local"], "--cluster needs a folder for the results"),
        (["a", "b", "-o", "out", "--cluster", "local"], "--cluster takes one folder of photos"),
        (["-", "-o", "out", "--cluster", "local"], "--cluster takes one folder of photos"),
        (["in", "-o", "out", "--cluster", "local", "--series"], "--series does not go with"),
        (["in/x", "-o", "in", "--cluster", "local"], "lie in the folder of results"),
        (["in", "-o", "in", "--cluster", "local"], "lie in the folder of results"),
    ],
)
def test_what_cannot_be_done_is_told_before_anything_starts(
    arguments: list[str],
    expected: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    pytest.importorskip("fsspec")
    (tmp_path / "in").mkdir()
    monkeypatch.chdir(tmp_path)
    assert main(["enhance", *arguments, "-m", "gamma"]) == 2
    assert expected in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_time_left_is_told_as_soon_as_the_number_is_known():
    assert told(120, None, 2.0, "photo") == "120 photos, 2 a second (still counting)"
    assert told(120, 7445, 1.0, "clip") == "120 of 7445 clips, 2:02:05 left"


@pytest.mark.parametrize(
    ("cluster", "output", "shared"),
    [("local", "out", False), ("ray://head:1", "out", True), ("auto", "memory://told", False)],
)
def test_what_does_nothing_and_what_has_to_be_shared_is_told(
    cluster: str,
    output: str,
    shared: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    pytest.importorskip("fsspec")
    pytest.importorskip("tqdm")
    monkeypatch.setattr(runs, "_module", lambda: FakeRay(1))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in").mkdir()
    for name in ("a.png", "b.png", "c.jpg"):
        write(Photo(np.zeros((9, 9, 3), np.uint8)), tmp_path / "in" / name)
    arguments = ["in", "-o", output, "--cluster", cluster, "-m", "gamma", "--overwrite"]
    assert main(["enhance", *arguments, "--quality", "50", "--exact"]) == 0
    notes = capsys.readouterr().err
    assert "--quality does not apply to 2 of 3 results" in notes
    assert "--exact does not apply to gamma" in notes
    assert ("has to be a folder that all machines share" in notes) == shared
