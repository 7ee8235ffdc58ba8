"""Clips from folder to folder, without a cluster."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("fsspec")
pytest.importorskip("av")

from nightlift.cli.main import main
from nightlift.cluster import run as runs
from nightlift.cluster import storage, workplace
from nightlift.cluster.clips import ClipTask
from nightlift.cluster.manifest import Manifest
from nightlift.cluster.run import ClusterRun
from nightlift.cluster.storage import Folder
from nightlift.cluster.worker import Worker
from nightlift.edit import Enhancer
from nightlift.errors import UsageError
from nightlift.video import Encoding
from tests.cluster.fake_ray import FakeRay
from tests.video.clips import Clip

QUICK = Encoding("libx264", 30, "ultrafast")


@pytest.fixture
def clips(tmp_path: Path) -> Path:
    folder = tmp_path / "clips"
    (folder / "day").mkdir(parents=True)
    Clip(range(0, 200, 20)).write(folder / "a.mp4")
    Clip(range(0, 300, 20)).write(folder / "day" / "b.mkv")
    (folder / "day" / "photo.jpg").write_bytes(b"no photo")
    return folder


@pytest.fixture(params=["disk", "memory"])
def task(request: pytest.FixtureRequest, clips: Path) -> ClipTask:
    place = str(clips.parent / "fs") if request.param == "disk" else f"memory://{clips.parent.name}"
    top = Folder.at(place)
    for path in clips.rglob("*.*"):
        top.store(f"in/{path.relative_to(clips)}", path.read_bytes())
    enhancer = Enhancer("gamma", threads=1)
    return ClipTask(top.below("in"), top.below("out"), enhancer, encoding=QUICK)


def expected(clips: Path, name: str) -> bytes:
    """What the command makes of a clip on one machine."""
    target = clips.parent / f"local{Path(name).suffix}"
    options = (
        "--codec",
        "libx264",
        "--crf",
        "30",
        "--preset",
        "ultrafast",
        "--threads",
        "1",
        "--overwrite",
    )
    status = main(["video", str(clips / name), str(target), "-m", "gamma", *options])
    assert status == 0
    return target.read_bytes()


def test_each_clip_has_an_outcome_a_line_and_the_bytes_of_a_local_run(
    task: ClipTask, clips: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(runs, "_module", lambda: FakeRay(2))
    run = ClusterRun(task, recursive=True)
    told = {record["input"]: record for record in run}
    names = ("a.mp4", "day/b.mkv")
    assert {task.source.address(name): "done" for name in names} == {
        name: record["status"] for name, record in told.items()
    }
    assert {record["frames"] for record in told.values()} == {10, 15}
    assert list(Manifest(task.output).records()) == list(told.values())
    for name in names:
        assert task.output.read(name) == expected(clips, name)
    assert run.left_out == ["1 photo was left out: `nightlift enhance IN -o OUT` brightens them"]


def test_a_clip_is_stored_whole_from_the_disk_where_it_is_long(
    task: ClipTask, clips: Path, monkeypatch: pytest.MonkeyPatch
):
    """As photos are, but never held in memory as a whole."""
    monkeypatch.setattr(storage, "HELD", 100)
    monkeypatch.setattr(storage, "PIECE", 100)
    worker = Worker(task)
    for again in (True, True):  # made aside, even where results lie on a disk
        assert worker.enhance("a.mp4", again)["status"] == "done"
    assert task.output.read("a.mp4") == expected(clips, "a.mp4")
    task.output.store("a.mp4", b"another", overwrite=True)
    told = worker.enhance("a.mp4", again=True)
    assert "exists already; existing='skip' leaves it" in told["error"]
    assert Worker(replace(task, existing="overwrite")).enhance("a.mp4")["status"] == "done"
    assert task.output.read("a.mp4") == expected(clips, "a.mp4")
    assert set(task.output.names()) == {"a.mp4"}


def test_what_breaks_off_is_written_as_far_as_it_goes_and_told(task: ClipTask):
    whole = task.source.read("day/b.mkv")
    task.source.store("day/b.mkv", whole[: len(whole) * 3 // 4], overwrite=True)
    told = Worker(task).enhance("day/b.mkv")
    assert told["status"] == "incomplete"
    assert told["output"] == task.output.address("day/b.mkv")
    assert 0 < told["frames"] < 15
    assert any("cut off" in notice for notice in told["notices"])


def test_another_encoder_or_another_number_of_threads_is_another_run(task: ClipTask):
    before = task.settings()
    for other in (replace(task, encoding=Encoding()), replace(task, threads=2)):
        assert other.settings() != before


def test_a_run_that_is_left_waits_for_no_clip(task: ClipTask, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(runs, "_module", lambda: FakeRay(2))
    outcomes = iter(ClusterRun(task, recursive=True, workers=2))
    first = next(outcomes)
    outcomes.close()  # type: ignore[attr-defined]
    assert list(Manifest(task.output).records()) == [first]


def test_what_no_clip_can_be_enhanced_by_is_refused_at_once(task: ClipTask):
    with pytest.raises(UsageError, match="expected 0 to 60 seconds of smoothing"):
        replace(task, smooth=100)


def test_what_a_killed_worker_leaves_is_taken_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    child = os.fork()
    if child == 0:
        with workplace.workplace() as place:
            (place / "half.mp4").write_bytes(b"half")
            os._exit(0)
    os.waitpid(child, 0)
    with workplace.workplace() as place:
        (place / "mine.mp4").write_bytes(b"mine")
        assert len(list(tmp_path.iterdir())) == 4
        workplace.sweep()
        assert [path.name for path in place.iterdir()] == ["mine.mp4"]
        assert len(list(tmp_path.iterdir())) == 2
    assert not list(tmp_path.iterdir())


def test_no_room_for_a_copy_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    top = Folder.at(f"memory://{tmp_path.name}")
    top.store("in/a.mp4", b"clip")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(top.fs, "get_file", full)
    task = ClipTask(top.below("in"), top.below("out"), Enhancer("gamma", threads=1))
    told = Worker(task).enhance("a.mp4")["error"]
    assert told.startswith(f"there is no room for {task.source.address('a.mp4')} in ")
    assert told.endswith("give workers a larger temporary folder (TMPDIR)")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["clips", "out", "--cluster", "local", "--to", "y4m"], "--to is for standard output"),
        (["-", "-", "--cluster", "local"], "--cluster takes one folder"),
        (["clips", "-", "--cluster", "local"], "--cluster needs a folder for the results"),
        (["clips", "out", "--jobs", "2"], "--jobs is for a cluster"),
    ],
)
def test_what_does_not_go_together_is_told(
    arguments: list[str],
    told: str,
    clips: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    monkeypatch.chdir(clips.parent)
    assert main(["video", *arguments, "-m", "gamma"]) == 2
    assert told in capsys.readouterr().err
    assert not (clips.parent / "out").exists()
