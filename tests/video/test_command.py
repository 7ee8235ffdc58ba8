"""nightlift video as people type it."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("av")

from nightlift.cli.main import main
from tests.video.clips import Clip, frames, scene


@pytest.fixture
def night(tmp_path: Path) -> Path:
    return Clip(range(0, 400, 20), sound=True).write(tmp_path / "night.mp4")


def run(*arguments: object, status: int = 0) -> None:
    assert main(["video", *(str(argument) for argument in arguments)]) == status


def test_a_video_is_written_and_told(night: Path, capsys: pytest.CaptureFixture[str]) -> None:
    day = night.with_name("day.mp4")
    run(night, day, "-m", "gamma", "--codec", "h264", "--preset", "ultrafast", "--crf", 10)
    out, err = capsys.readouterr()
    assert out == f"{night} -> {day}\n"
    assert err == ""
    assert len(frames(day)) == 20
    run(night, day, "-m", "gamma", status=1)
    assert "exists already" in capsys.readouterr().err
    run(night, day, "-m", "gamma", "--overwrite", "--strength", 0.5, "--every", 2)


def test_json_is_one_object(night: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(night, night.with_name("day.mkv"), "-m", "gamma", "--codec", "ffv1", "--json")
    told = json.loads(capsys.readouterr().out)
    assert told["status"] == "done"
    assert (told["frames"], told["broken"], told["cuts"]) == (20, 0, 0)
    assert (told["width"], told["height"], told["encoder"]) == (64, 48, "ffv1")
    run(night.with_name("gone.mp4"), night.with_name("x.mp4"), "-m", "gamma", "--json", status=1)
    out, err = capsys.readouterr()
    assert json.loads(out)["status"] == "failed"
    assert err == f"{night.with_name('gone.mp4')}: there is no such file\n"


def test_wrong_use_is_status_2(night: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(night, night, "-m", "gamma", status=2)
    assert "the input itself" in capsys.readouterr().err
    run(night, night.with_name("day.mp4"), "-m", "gamma", "--codec", "libx265x", status=2)
    assert "did you mean libx265?" in capsys.readouterr().err


def test_ctrl_c_leaves_no_file(tmp_path: Path) -> None:
    night = Clip(range(0, 20 * 1000, 20), lambda n: scene(n % 5)).write(tmp_path / "night.mp4")
    words = ["video", str(night), str(tmp_path / "day.mp4"), "-m", "lime", "--threads", "1"]
    process = subprocess.Popen(
        [sys.executable, "-m", "nightlift", *words], stderr=subprocess.PIPE, text=True
    )
    time.sleep(1.5)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode != 0
    assert "nothing is half-written" in err or "KeyboardInterrupt" in err
    assert [path.name for path in tmp_path.iterdir()] == ["night.mp4"]


def test_without_pyav_the_extra_is_named(
    night: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    run(night, night.with_name("day.mp4"), "-m", "gamma", status=1)
    assert "pip install 'nightlift[video]'" in capsys.readouterr().err
