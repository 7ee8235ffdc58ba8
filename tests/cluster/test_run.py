"""Runs from beginning to end, with a stand-in for Ray."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import nightlift
from nightlift.cluster import run as runs
from nightlift.cluster.manifest import FOLDER, Manifest
from nightlift.cluster.photos import PhotoTask
from nightlift.cluster.run import ClusterRun, Counted
from nightlift.cluster.storage import Folder
from nightlift.cluster.task import Task
from nightlift.cluster.worker import Worker
from nightlift.edit import Enhancer
from nightlift.errors import ClusterError, ReadError, UsageError
from nightlift.photo.photo import Photo
from nightlift.processor import cores
from tests.cluster.fake_ray import FakeRay

pytest.importorskip("fsspec")
NAMES = ("a.jpg", "b.jpg", "c.jpg")
Using = Callable[[FakeRay], FakeRay]


@pytest.fixture
def task(tmp_path: Path) -> Task:
    pixels = np.random.default_rng(3).integers(0, 60, (30, 40, 3), np.uint8)
    (tmp_path / "in").mkdir()
    for name in NAMES:
        nightlift.write(Photo(pixels), tmp_path / "in" / name)
    folders = (Folder.at(str(tmp_path / name)) for name in ("in", "out"))
    return PhotoTask(*folders, Enhancer("gamma", threads=1))


@pytest.fixture
def using(monkeypatch: pytest.MonkeyPatch) -> Using:
    def use(ray: FakeRay) -> FakeRay:
        monkeypatch.setattr(runs, "_module", lambda: ray)
        return ray

    return use


def statuses(task: Task) -> dict[str, str]:
    return {record["input"]: record["status"] for record in ClusterRun(task)}


def interrupted(task: Task) -> str:
    """A run that is left after one outcome; that photo."""
    outcomes = iter(ClusterRun(task, workers=1))
    name = next(outcomes)["input"]
    outcomes.close()  # type: ignore[attr-defined]
    return str(name)


def test_each_photo_has_an_outcome_and_a_line(task: Task, using: Using):
    ray = using(FakeRay(2))
    expected = {task.source.address(name): "done" for name in NAMES}
    assert statuses(task) == expected
    lines = Manifest(task.output).records()
    assert {record["input"]: record["status"] for record in lines} == expected
    assert len(ray.killed) == 2
    assert ray.shut_down


@pytest.mark.parametrize("workers", [None, 5])
def test_more_threads_than_any_machine_has_are_refused(
    task: Task, using: Using, workers: int | None
):
    """They would be waited for for ever."""
    ray = using(FakeRay(2, 3))
    task = replace(task, enhancer=Enhancer("gamma", threads=4))
    with pytest.raises(UsageError, match=r"with 4 threads .* no machine .* more than 3"):
        list(ClusterRun(task, "auto", workers=workers))
    assert ray.shut_down
    assert not task.output.exists(FOLDER)


def test_workers_fit_on_machines_not_on_their_sum(task: Task, using: Using):
    ray = using(FakeRay(3, 3, 1))
    list(ClusterRun(replace(task, enhancer=Enhancer("gamma", threads=2)), "auto"))
    assert len(ray.killed) == 2


@pytest.mark.parametrize("workers", [None, 3])
def test_this_machine_takes_as_many_threads_as_are_asked_for(
    task: Task, using: Using, workers: int | None
):
    ray = using(FakeRay())
    threads = cores() + 1
    list(ClusterRun(replace(task, enhancer=Enhancer("gamma", threads=threads)), workers=workers))
    assert ray.machines == [threads * (workers or 1)]
    assert len(ray.killed) == (workers or 1)


def test_a_cluster_that_cannot_be_reached_leaves_nothing(task: Task, using: Using):
    using(FakeRay(reachable=False))
    with pytest.raises(ClusterError, match="cannot be reached: nobody is there"):
        statuses(task)
    assert not task.output.exists(FOLDER)
    using(FakeRay())
    assert set(statuses(replace(task, strength=0.5)).values()) == {"done"}


def test_workers_of_another_version_leave_nothing(
    task: Task, using: Using, monkeypatch: pytest.MonkeyPatch
):
    using(FakeRay())
    monkeypatch.setattr(Worker, "version", lambda self: "0.0.1")
    with pytest.raises(ClusterError, match=r"the cluster has nightlift 0\.0\.1"):
        statuses(task)
    assert not task.output.exists(FOLDER)


def test_a_missing_folder_leaves_nothing(task: Task, using: Using):
    using(FakeRay())
    with pytest.raises(UsageError, match="there is no folder"):
        statuses(replace(task, source=task.source.below("typo")))
    assert not task.output.exists(FOLDER)


def test_overwriting_goes_on_with_overwriting(task: Task, using: Using):
    """Photos that have an older result, and no line of the interrupted run, are replaced."""
    using(FakeRay())
    for name in NAMES:
        task.output.store(name, b"of an earlier run")
    done = interrupted(replace(task, existing="overwrite"))
    rest = statuses(replace(task, existing="skip"))
    assert done not in rest
    assert rest
    assert set(rest.values()) == {"done"}
    results = {task.output.read(name) for name in NAMES}
    assert b"of an earlier run" not in results


def saved(path: Path, strength: float) -> Enhancer:
    """An enhancer of an edit that was saved at a path, in place of what was there."""
    path.unlink(missing_ok=True)
    Enhancer("gamma").estimate(Photo(np.zeros((9, 9, 3), np.uint8)), strength).save(path)
    return Enhancer(edit=nightlift.Edit.load(path), threads=1)


def check_told(task: Task, before: Enhancer, after: Enhancer, what: str) -> None:
    """That goes on with what is the same, and refuses what is not."""
    interrupted(replace(task, enhancer=before))
    with pytest.raises(UsageError, match=f"asked for something else \\({what} was"):
        statuses(replace(task, enhancer=after, existing="skip"))
    assert statuses(replace(task, enhancer=before, existing="skip"))


def test_another_edit_is_noticed(task: Task, using: Using, tmp_path: Path):
    using(FakeRay())
    before, after = (saved(tmp_path / "e.npz", strength) for strength in (1, 0.5))
    check_told(task, before, after, "edit")


def test_another_amount_of_denoising_is_noticed(task: Task, using: Using):
    using(FakeRay())
    before, after = (
        Enhancer("gamma", denoise="fast", denoise_amount=amount, threads=1) for amount in (1, 0.5)
    )
    check_told(task, before, after, "denoising")


def test_another_model_at_the_same_path_is_noticed(
    task: Task, using: Using, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    using(FakeRay())
    model = tmp_path / "model.onnx"
    enhancer = Enhancer("gamma", threads=1)
    monkeypatch.setitem(enhancer._arguments, "model", str(model))
    model.write_bytes(b"first")
    interrupted(replace(task, enhancer=enhancer))
    model.write_bytes(b"second")
    with pytest.raises(UsageError, match=r"asked for something else \(model was"):
        statuses(replace(task, enhancer=enhancer, existing="skip"))


def test_lines_are_written_before_workers_are_ended(
    task: Task, using: Using, monkeypatch: pytest.MonkeyPatch
):
    ray = using(FakeRay())

    written: list[int] = []

    def interrupt(actor: object) -> None:
        written.append(len(list(Manifest(task.output).records())))
        raise KeyboardInterrupt

    monkeypatch.setattr(ray, "kill", interrupt)
    with pytest.raises(KeyboardInterrupt):
        statuses(task)
    assert written == [len(NAMES)]


def test_a_count_that_fails_is_no_error(task: Task, using: Using, monkeypatch: pytest.MonkeyPatch):
    told: list[object] = []
    monkeypatch.setattr(threading, "excepthook", told.append)
    run = ClusterRun(task)

    def total() -> int:
        raise ReadError("the folder cannot be listed")

    monkeypatch.setattr(run, "total", total)
    counted = Counted(run)
    counted.begin()
    counted._thread.join()
    assert counted.total is None
    assert not told
