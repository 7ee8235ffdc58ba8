"""Real clusters of this machine, real signals, and an S3 server on loopback."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nightlift
from nightlift.cluster.manifest import Manifest
from nightlift.cluster.storage import Folder
from nightlift.photo.photo import Photo
from tests.cluster.command import PHOTOS, begun, check_each_once, contents, finished, lines

if importlib.util.find_spec("ray") is None:  # importing it here would burden every other test
    pytest.skip("ray is not installed", allow_module_level=True)
pytestmark = pytest.mark.slow

COUNT = 24


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("photos")
    random = np.random.default_rng(5)
    for number in range(COUNT):
        path = folder / f"{number % 3}" / f"{number:02d}.jpg"
        path.parent.mkdir(exist_ok=True)
        small = random.integers(0, 60, (30, 40, 3), np.uint8)
        nightlift.write(Photo(small.repeat(30, 0).repeat(30, 1)), path)
    return folder


@pytest.fixture(scope="module")
def expected(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What a run on this machine makes of them."""
    folder = tmp_path_factory.mktemp("local")
    subprocess.run([*PHOTOS, photos, "-o", folder, "--recursive"], check=True, timeout=300)
    return contents(folder, ".jpg")


def outcomes(output: Folder) -> list[dict[str, Any]]:
    return list(Manifest(output).records())


def test_the_same_bytes_as_without_a_cluster(
    photos: Path, expected: dict[str, bytes], tmp_path: Path
):
    told = finished(begun(photos, "-o", tmp_path, "--cluster", "local", "--jobs", "2"))
    assert contents(tmp_path, ".jpg") == expected
    assert [record["status"] for record in told] == ["done"] * COUNT
    check_each_once(Folder.at(str(tmp_path)), photos, expected)


def test_a_killed_worker_costs_nothing(photos: Path, expected: dict[str, bytes], tmp_path: Path):
    run = begun(photos, "-o", tmp_path, "--cluster", "local", "--jobs", "3")
    told = lines(run.stdout, 3)
    killed = told[0]["worker"]
    os.kill(int(killed.rpartition(":")[2]), signal.SIGKILL)
    told += finished(run)
    assert contents(tmp_path, ".jpg") == expected
    assert [record["status"] for record in told] == ["done"] * COUNT
    assert len({record["worker"] for record in told}) >= 3
    check_each_once(Folder.at(str(tmp_path)), photos, expected)


def test_ctrl_c_leaves_nothing_half_done_and_the_run_goes_on(
    photos: Path, expected: dict[str, bytes], tmp_path: Path
):
    arguments = (photos, "-o", tmp_path, "--cluster", "local", "--jobs", "2")
    run = begun(*arguments)
    lines(run.stdout, 3)
    os.killpg(run.pid, signal.SIGINT)
    finished(run, 130)
    made = contents(tmp_path, ".jpg")
    assert 3 <= len(made) < COUNT
    assert made.items() <= expected.items()
    told = {record["output"] for record in outcomes(Folder.at(str(tmp_path)))}
    assert told == {f"{tmp_path}/{name}" for name in made}
    rest = finished(begun(*arguments, "--skip-existing"))
    assert len(rest) == COUNT - len(made)
    assert contents(tmp_path, ".jpg") == expected
    check_each_once(Folder.at(str(tmp_path)), photos, expected)


def test_a_lost_driver_leaves_whole_files_and_the_run_goes_on(
    photos: Path, expected: dict[str, bytes], tmp_path: Path
):
    arguments = (photos, "-o", tmp_path, "--cluster", "local", "--jobs", "2")
    run = begun(*arguments)
    lines(run.stdout, 3)
    with run:
        run.kill()
    assert contents(tmp_path, ".jpg").items() <= expected.items()
    finished(begun(*arguments, "--skip-existing"))
    assert contents(tmp_path, ".jpg") == expected
    assert not [path for path in tmp_path.rglob("*") if ".part" in path.name]
    check_each_once(Folder.at(str(tmp_path)), photos, expected)


def test_from_and_to_s3(
    photos: Path,
    expected: dict[str, bytes],
    s3: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
):
    for name, value in s3.items():
        monkeypatch.setenv(name, value)
    top = Folder.at("s3://bucket")
    top.fs.mkdir("bucket")
    for path in photos.rglob("*.jpg"):
        top.store(f"in/{path.relative_to(photos)}", path.read_bytes())
    arguments = ("s3://bucket/in/", "-o", "s3://bucket/out/", "--cluster", "local", "--jobs", "2")
    finished(begun(*arguments, "--limit", "10", env=s3))
    finished(begun(*arguments, "--skip-existing", env=s3))
    output = Folder.at("s3://bucket/out/")
    made = {name: output.read(name) for name in expected}
    assert made == expected
    check_each_once(output, "s3://bucket/in", expected)


def test_two_runs_write_a_name_on_s3_once(s3: dict[str, str], monkeypatch: pytest.MonkeyPatch):
    for name, value in s3.items():
        monkeypatch.setenv(name, value)
    folder = Folder.at("s3://bucket/here")
    folder.fs.mkdir("bucket")
    folder.store("a.bin", b"first")
    with pytest.raises(nightlift.errors.ExistsError):
        folder.store("a.bin", b"second")
    assert folder.read("a.bin") == b"first"


def test_a_cluster_that_is_not_there_is_told(photos: Path, tmp_path: Path):
    run = subprocess.run(
        [*PHOTOS, photos, "-o", tmp_path, "--cluster", "ray://127.0.0.1:1"],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert run.returncode == 1
    assert "the cluster ray://127.0.0.1:1 cannot be reached" in run.stderr


def test_more_threads_than_cores_are_not_waited_for(photos: Path, tmp_path: Path):
    arguments = (photos, "-o", tmp_path, "--cluster", "local", "--threads", "64", "--limit", "2")
    assert len(finished(begun(*arguments))) == 2
