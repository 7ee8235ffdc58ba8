"""One photo from folder to folder, without a cluster."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import nightlift
from nightlift.batch.work import Writing
from nightlift.cluster.photos import PhotoTask
from nightlift.cluster.storage import Folder
from nightlift.cluster.task import Task
from nightlift.cluster.worker import Worker
from nightlift.photo.photo import Photo

pytest.importorskip("fsspec")


@pytest.fixture(params=["disk", "memory"])
def task(request: pytest.FixtureRequest, tmp_path: Path) -> Task:
    place = str(tmp_path / "fs") if request.param == "disk" else f"memory://{tmp_path.name}"
    top = Folder.at(place)
    pixels = np.random.default_rng(3).integers(0, 60, (60, 90, 3), np.uint8)
    top.store("in/day/a.jpg", nightlift.encode(Photo(pixels), format="jpeg"))
    enhancer = nightlift.Enhancer("gamma", threads=1)
    return PhotoTask(top.below("in"), top.below("out"), enhancer)


def expected(task: Task, tmp_path: Path) -> bytes:
    """What a run on one machine writes."""
    (tmp_path / "local").mkdir()
    (tmp_path / "local" / "a.jpg").write_bytes(task.source.read("day/a.jpg"))
    target = tmp_path / "local" / "b.jpg"
    list(nightlift.enhance_files(tmp_path / "local" / "a.jpg", target, enhancer=task.enhancer))
    return target.read_bytes()


def test_the_bytes_are_those_of_a_run_on_one_machine(task: Task, tmp_path: Path):
    record = Worker(task).enhance("day/a.jpg")
    assert record["status"] == "done"
    assert record["input"] == task.source.address("day/a.jpg")
    assert record["output"] == task.output.address("day/a.jpg")
    assert task.output.read("day/a.jpg") == expected(task, tmp_path)
    assert task.output.below("day").names() == ["a.jpg"]


def test_a_result_that_is_there_is_left_or_told_or_replaced(task: Task, tmp_path: Path):
    task.output.store("day/a.jpg", b"another")
    failed = Worker(task).enhance("day/a.jpg")
    assert failed["status"] == "failed"
    assert "exists already; existing='skip' leaves it" in failed["error"]
    assert Worker(replace(task, existing="skip")).enhance("day/a.jpg")["status"] == "skipped"
    assert task.output.read("day/a.jpg") == b"another"
    assert Worker(replace(task, existing="overwrite")).enhance("day/a.jpg")["status"] == "done"
    assert task.output.read("day/a.jpg") == expected(task, tmp_path)


def test_after_a_lost_worker_its_own_result_counts_and_no_other(task: Task):
    worker = Worker(task)
    worker.enhance("day/a.jpg")
    assert worker.enhance("day/a.jpg", again=True)["status"] == "done"
    task.output.remove("day/a.jpg")
    task.output.store("day/a.jpg", b"another")
    assert worker.enhance("day/a.jpg", again=True)["status"] == "failed"
    assert task.output.read("day/a.jpg") == b"another"


def test_edits_are_saved_beside_results(task: Task):
    Worker(replace(task, save_edit=True)).enhance("day/a.jpg")
    assert task.output.below("day").names() == ["a.jpg", "a.jpg.npz"]


@pytest.mark.parametrize("again", [False, True])
def test_an_edit_without_its_photo_is_replaced(
    task: Task, again: bool, monkeypatch: pytest.MonkeyPatch
):
    """The photo's store fails once, after that of the edit; the run that goes on writes both."""
    worker = Worker(replace(task, save_edit=True, existing="skip"))
    store = Folder.store

    def failing(self: Folder, name: str, data: bytes, *, overwrite: bool = False) -> None:
        if name == "day/a.jpg":
            monkeypatch.undo()
            raise ConnectionResetError("reset by peer")
        store(self, name, data, overwrite=overwrite)

    monkeypatch.setattr(Folder, "store", failing)
    assert worker.enhance("day/a.jpg")["status"] == "failed"
    assert task.output.below("day").names() == ["a.jpg.npz"]
    task.output.store("day/a.jpg.npz", b"of other settings", overwrite=True)
    assert worker.enhance("day/a.jpg", again)["status"] == "done"
    assert task.output.below("day").names() == ["a.jpg", "a.jpg.npz"]
    assert task.output.read("day/a.jpg.npz") != b"of other settings"


def test_another_photos_edit_is_left(task: Task):
    task.output.store("day/a.jpg", b"another")
    task.output.store("day/a.jpg.npz", b"its edit")
    worker = Worker(replace(task, save_edit=True))
    for again in (False, True):
        assert worker.enhance("day/a.jpg", again)["status"] == "failed"
    assert task.output.read("day/a.jpg.npz") == b"its edit"


def test_a_link_among_results_replaces_no_photo(tmp_path: Path):
    source, output = tmp_path / "in", tmp_path / "in" / "out"
    (source / "sub").mkdir(parents=True)
    pixels = np.zeros((60, 90, 3), np.uint8)
    nightlift.write(Photo(pixels), source / "sub" / "a.jpg")
    before = (source / "sub" / "a.jpg").read_bytes()
    output.mkdir()
    (output / "sub").symlink_to(source / "sub")
    enhancer = nightlift.Enhancer("gamma", threads=1)
    task = PhotoTask(Folder.at(str(source)), Folder.at(str(output)), enhancer, existing="overwrite")
    record = Worker(task).enhance("sub/a.jpg")
    assert "leads to a folder of the photos" in record["error"]
    assert (source / "sub" / "a.jpg").read_bytes() == before
    (output / "sub").unlink()
    assert Worker(task).enhance("sub/a.jpg")["status"] == "done"


@pytest.mark.parametrize("call", ["get_file", "pipe_file"])
def test_a_lost_connection_is_told_with_the_address(
    tmp_path: Path, call: str, monkeypatch: pytest.MonkeyPatch
):
    top = Folder.at(f"memory://{tmp_path.name}")
    pixels = np.zeros((60, 90, 3), np.uint8)
    top.store("in/a.jpg", nightlift.encode(Photo(pixels), format="jpeg"))
    task = PhotoTask(top.below("in"), top.below("out"), nightlift.Enhancer("gamma", threads=1))

    def broken(*_: object, **__: object) -> None:
        raise ConnectionResetError("reset by peer")

    monkeypatch.setattr(top.fs, call, broken)
    place, verb = (task.source, "read") if call == "get_file" else (task.output, "written")
    expected = f"{place.address('a.jpg')} cannot be {verb}: ConnectionResetError: reset by peer"
    assert Worker(task).enhance("a.jpg")["error"] == expected


def test_another_format_keeps_the_ending_in_the_name(task: Task):
    record = Worker(replace(task, format="png", writing=Writing("png"))).enhance("day/a.jpg")
    assert record["output"] == task.output.address("day/a.jpg.png")
    assert nightlift.read(task.output.read("day/a.jpg.png")).format == "png"


def test_the_content_says_what_a_misnamed_photo_becomes(task: Task):
    task.source.store("b.png", task.source.read("day/a.jpg"))
    worker = Worker(task)
    assert worker.enhance("b.png")["output"] == task.output.address("b.png.jpg")
    assert "exists already" in worker.enhance("b.png")["error"]


@pytest.mark.parametrize("data", [b"", b"no photo", None])
def test_what_goes_wrong_is_an_outcome(task: Task, data: bytes | None):
    if data is not None:
        task.source.store("c.jpg", data)
    record = Worker(task).enhance("c.jpg")
    assert record["status"] == "failed"
    assert record["error"]
    assert record["output"] is None
    assert not task.output.exists("c.jpg")
