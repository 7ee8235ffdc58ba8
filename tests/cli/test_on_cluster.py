"""What the command line says about clusters, without one."""

from __future__ import annotations

from pathlib import Path

import pytest

from nightlift.cli.main import main
from nightlift.cli.on_cluster import told


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
    assert told(120, None, 2.0) == "120 photos, 2 a second (still counting)"
    assert told(120, 7445, 1.0) == "120 of 7445 photos, 2:02:05 left"
