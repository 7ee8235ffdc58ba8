"""One photo from folder to folder, without a cluster."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import nightlift
from nightlift.batch.work import Writing
from nightlift.cluster.storage import Folder
from nightlift.cluster.worker import Task, Worker
from nightlift.photo.photo import Photo

pytest.importorskip("fsspec")


@pytest.fixture(params=["disk", "memory"])
def task(request: pytest.FixtureRequest, tmp_path: Path) -> Task:
    place = str(tmp_path / "fs") if request.param == "disk" else f"memory://{tmp_path.name}"
    top = Folder.at(place)
    pixels = np.random.default_rng(3).integers(0, 60, (60, 90, 3), np.uint8)
    top.store("in/day/a.jpg", nightlift.encode(Photo(pixels), format="jpeg"))
    enhancer = nightlift.Enhancer("gamma", threads=1)
    return Task(top.below("in"), top.below("out"), enhancer)


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
    assert Worker(task._replace(existing="skip")).enhance("day/a.jpg")["status"] == "skipped"
    assert task.output.read("day/a.jpg") == b"another"
    anew = task._replace(existing="overwrite", writing=Writing(overwrite=True))
    assert Worker(anew).enhance("day/a.jpg")["status"] == "done"
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
    Worker(task._replace(save_edit=True)).enhance("day/a.jpg")
    assert task.output.below("day").names() == ["a.jpg", "a.jpg.npz"]


def test_another_format_keeps_the_ending_in_the_name(task: Task):
    record = Worker(task._replace(format="png", writing=Writing("png"))).enhance("day/a.jpg")
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
