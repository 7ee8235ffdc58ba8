"""A folder of videos: each its own line, and one that fails does not end the rest."""

import json
from pathlib import Path

import pytest

pytest.importorskip("av")

from nightlift.cli.main import main
from tests.video.clips import Clip, frames


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    below = tmp_path / "clips" / "day two"
    below.mkdir(parents=True)
    Clip(range(0, 200, 20)).write(tmp_path / "clips" / "a.mp4")
    (tmp_path / "clips" / "b.mov").write_bytes(b"no video")
    (tmp_path / "clips" / "photo.jpg").write_bytes(b"no photo")
    Clip(range(0, 200, 20)).write(below / "c.mkv")
    return tmp_path / "clips"


def run(*arguments: object) -> int:
    quick = ("-m", "gamma", "--preset", "ultrafast", "--json")
    return main(["video", *map(str, arguments), *quick])


def records(capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return {Path(line["input"]).name: line["status"] for line in lines}


def test_each_video_goes_to_the_folder_of_results(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = folder / "bright"
    assert run(folder, out) == 1
    assert records(capsys) == {"a.mp4": "done", "b.mov": "failed"}
    assert len(frames(out / "a.mp4")) == 10
    assert run(folder, out, "--recursive", "--skip-existing") == 1
    assert records(capsys) == {"a.mp4": "skipped", "b.mov": "failed", "c.mkv": "done"}
    assert len(frames(out / "day two" / "c.mkv")) == 10
    assert sorted(path.name for path in out.rglob("*.*")) == ["a.mp4", "c.mkv"]


def test_originals_and_files_are_no_folder_of_results(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (folder / "a.mp4").read_bytes()
    assert run(folder, folder, "--overwrite") == 2
    assert "originals are never touched" in capsys.readouterr().err
    assert run(folder, folder.parent / "out.mp4") == 2
    assert "expected a folder for the results of a folder" in capsys.readouterr().err
    assert run(folder / "day two" / "..", folder / "x", "--overwrite") == 1
    assert (folder / "a.mp4").read_bytes() == before


def test_a_folder_without_videos_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, tmp_path / "out") == 2
    assert "there is no video in" in capsys.readouterr().err
