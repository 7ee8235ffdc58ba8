"""nightlift video as people type it."""

import contextlib
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image

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


def test_what_the_gate_did_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lit = Clip(range(0, 400, 20), lambda _: scene(1, 150)).write(tmp_path / "lit.mp4")
    words = (lit, tmp_path / "out.mp4", "-m", "gamma", "--auto", "--overwrite")
    told = "left alone: it is bright enough, or dark on purpose (--no-auto lifts it all the same)"
    run(*words)
    assert capsys.readouterr().err == f"{lit}: {told}\n"
    run(*words, "--json")
    assert json.loads(capsys.readouterr().out)["notices"] == [told]


def test_wrong_use_is_status_2(night: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(night, night, "-m", "gamma", status=2)
    assert "originals are never touched" in capsys.readouterr().err
    run(night, night.with_name("day.mp4"), "-m", "gamma", "--codec", "libx265x", status=2)
    assert "did you mean libx265?" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["link.mp4", "hard.mp4", "up/../night.mp4"])
def test_the_input_by_another_name_is_not_the_output(
    name: str, night: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (night.parent / "up").mkdir()
    night.with_name("link.mp4").symlink_to("night.mp4")
    night.with_name("hard.mp4").hardlink_to(night)
    before = night.read_bytes()
    run(night, night.parent / name, "-m", "gamma", "--overwrite", status=2)
    assert "originals are never touched" in capsys.readouterr().err
    assert night.read_bytes() == before


@pytest.mark.parametrize("ending", ["gif", "webp", "png", "jpg", "avif", "mp3", "wav", "m3u8"])
def test_what_is_no_video_file_is_a_usage_error(
    ending: str, night: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(night, night.with_suffix(f".{ending}"), "-m", "gamma", status=2)
    err = capsys.readouterr().err
    assert f"no video container goes by the name of night.{ending}; expected .mp4" in err
    assert len(err.splitlines()) == 1
    assert [path.name for path in night.parent.iterdir()] == ["night.mp4"]


def test_a_container_that_cannot_hold_the_codec_is_named(
    night: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(night, night.with_suffix(".mov"), "-m", "gamma", "--codec", "ffv1", status=2)
    assert "a mov file cannot hold what ffv1 encodes" in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp", "tiff", "bmp"])
def test_a_photo_is_no_video(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (64, 48), "gray").save(tmp_path / f"photo.{kind}", exif=exif)
    run(tmp_path / f"photo.{kind}", tmp_path / "day.mp4", "-m", "gamma", status=1)
    err = capsys.readouterr().err
    assert "this is a picture, not a video; `nightlift enhance " in err
    assert len(err.splitlines()) == 1
    assert not (tmp_path / "day.mp4").exists()


def test_a_fault_of_ours_is_a_sentence(
    night: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("by us")

    monkeypatch.setattr("nightlift.video.clips.enhance_video", broken)
    run(night, night.with_name("day.mp4"), "-m", "gamma", "--json", status=1)
    out, err = capsys.readouterr()
    assert err.startswith(f"{night}: this is a fault of nightlift (ZeroDivisionError: by us)")
    assert json.loads(out)["status"] == "failed"


def test_a_disk_that_takes_no_more_is_a_sentence_and_leaves_nothing(night: Path) -> None:
    limited = 'ulimit -f 4; exec "$0" -m nightlift video night.mp4 day.mkv -m gamma --codec ffv1'
    done = subprocess.run(
        ["sh", "-c", limited, sys.executable],
        cwd=night.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert (
        done.stderr
        == "night.mp4: the file would be larger than the file system or a limit allows\n"
    )
    assert [path.name for path in night.parent.iterdir()] == ["night.mp4"]


def _writes_below(folder: Path, number: int) -> bool:
    """Whether a process has a file open there that is to be seen later."""
    if not sys.platform.startswith("linux"):
        return any(path.suffix == ".part" for path in folder.iterdir())
    for file in Path(f"/proc/{number}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            if file.readlink().parent == folder and "(deleted)" in file.readlink().name:
                return True
    return False


def test_ctrl_c_leaves_no_file(tmp_path: Path) -> None:
    night = Clip(range(0, 20 * 1000, 20), lambda n: scene(n % 5)).write(tmp_path / "night.mp4")
    words = ["video", str(night), str(tmp_path / "day.mp4"), "-m", "lime", "--threads", "1"]
    process = subprocess.Popen(
        [sys.executable, "-m", "nightlift", *words], stderr=subprocess.PIPE, text=True
    )
    while not _writes_below(tmp_path, process.pid):
        assert process.poll() is None
        time.sleep(0.05)
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
