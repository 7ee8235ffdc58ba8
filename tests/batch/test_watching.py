"""Photos that come into a folder."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import nightlift
from nightlift.batch.watching import Settling, Watched
from nightlift.errors import UsageError
from nightlift.photo.photo import Photo


def photo(path: Path, brightness: int = 40) -> Path:
    pixels = np.full((20, 30, 3), brightness, np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(nightlift.encode(Photo(pixels), format="jpeg"))
    return path


def test_a_file_is_finished_when_it_no_longer_grows(tmp_path: Path):
    file, settling = tmp_path / "a.jpg", Settling(2.0)
    file.write_bytes(b"1")
    settling.add(file, 0.0)
    assert settling.finished(0.5) == []  # seen for the first time
    assert settling.finished(2.0) == []
    file.write_bytes(b"12")
    assert settling.finished(3.0) == []  # it has grown
    assert settling.finished(4.9) == []
    assert settling.finished(5.0) == [file]
    assert settling.finished(9.0) == []


def test_an_empty_or_vanished_file_is_never_finished(tmp_path: Path):
    empty, gone, settling = tmp_path / "a.jpg", tmp_path / "b.jpg", Settling(0.0)
    empty.touch()
    for path in (empty, gone):
        settling.add(path, 0.0)
    assert settling.finished(1.0) == []
    assert settling.finished(99.0) == []


def test_only_photos_without_a_result_are_to_be_done(tmp_path: Path):
    first, second = photo(tmp_path / "in/a.jpg"), photo(tmp_path / "in/sub/b.jpg")
    inside = photo(tmp_path / "in/out/c.jpg")
    watched = Watched(tmp_path / "in", tmp_path / "in/out", recursive=True)
    jobs = watched.jobs([first, second, inside])
    assert [job.target for job in jobs] == [tmp_path / "in/out" / n for n in ("a.jpg", "sub/b.jpg")]
    photo(tmp_path / "in/out/a.jpg")
    assert [job.source for job in watched.jobs([first, second])] == [second]


def test_photos_of_two_formats_get_results_of_their_own(tmp_path: Path):
    paths = [photo(tmp_path / "in/a.jpg"), tmp_path / "in/a.png"]
    nightlift.write(paths[0], paths[1])
    watched = Watched(tmp_path / "in", tmp_path / "out", format="jpg")
    assert [job.target and job.target.name for job in watched.jobs(paths)] == [
        "a.jpg",
        "a.png.jpg",
    ]


def test_results_do_not_go_into_the_folder_that_is_watched(tmp_path: Path):
    with pytest.raises(UsageError, match="a folder of their own"):
        Watched(tmp_path, tmp_path / "x" / "..")
    with pytest.raises(UsageError, match="expected a folder to watch"):
        Watched(tmp_path / "none", tmp_path)


def watch(folder: str | Path, output: str | Path) -> list[str | Path]:
    """A command line."""
    pytest.importorskip("watchfiles")
    options = ("-o", output, "--recursive", "--settle", "0.2", "-m", "gamma", "--json")
    return [sys.executable, "-m", "nightlift", "watch", folder, *options]


@pytest.fixture
def command(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    (tmp_path / "in").mkdir()
    photo(tmp_path / "in/before.jpg")
    photo(tmp_path / "in/known.jpg")
    photo(tmp_path / "out/known.jpg", 200)
    with subprocess.Popen(
        watch(tmp_path / "in", tmp_path / "out"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        yield running
        running.kill()


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_photos_are_done_as_they_come(
    command: subprocess.Popen[str], tmp_path: Path, end: signal.Signals
):
    assert command.stdout is not None
    first = json.loads(command.stdout.readline())
    assert (Path(first["input"]).name, first["status"]) == ("before.jpg", "done")
    part = photo(tmp_path / "elsewhere/late.jpg")
    part.rename(tmp_path / "in/late.jpg")
    (tmp_path / "in/notes.txt").write_text("no photo")
    second = json.loads(command.stdout.readline())
    assert (Path(second["input"]).name, second["status"]) == ("late.jpg", "done")
    (tmp_path / "in/bad.jpg").write_bytes(b"no photo")
    third = json.loads(command.stdout.readline())
    assert (Path(third["input"]).name, third["status"]) == ("bad.jpg", "failed")
    photo(tmp_path / "in/bad.jpg")
    assert json.loads(command.stdout.readline())["status"] == "done"
    command.send_signal(end)
    told, problem = command.communicate(timeout=60)
    assert (told, command.returncode) == ("", 0)
    assert "ended; nothing is half-written" in problem
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["bad.jpg", "before.jpg", "known.jpg", "late.jpg"]
    assert nightlift.read(tmp_path / "out/known.jpg").pixels.mean() > 190


def test_killed_in_mid_run_it_goes_on_with_what_is_left(tmp_path: Path):
    names = {photo(tmp_path / f"in/{number}.jpg").name for number in range(40)}
    command, out = watch(tmp_path / "in", tmp_path / "out"), tmp_path / "out"
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        for _ in range(3):
            running.stdout.readline()
        running.kill()
    there = {path.name: path.read_bytes() for path in out.glob("*.jpg")}
    assert 3 <= len(there) < 40
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        told = [json.loads(running.stdout.readline()) for _ in range(40 - len(there))]
        running.send_signal(signal.SIGTERM)
        assert running.communicate(timeout=60)[0] == ""
    assert {Path(one["input"]).name for one in told} == names - there.keys()
    assert {path.name for path in out.iterdir()} == names
    assert all((out / name).read_bytes() == data for name, data in there.items())
    assert len({path.read_bytes() for path in out.iterdir()}) == 1  # whole, every one


def test_photos_of_a_folder_that_is_moved_here_are_done(
    command: subprocess.Popen[str], tmp_path: Path
):
    assert command.stdout is not None
    command.stdout.readline()
    for name in ("a", "deep/b"):
        photo(tmp_path / f"card/{name}.jpg")
    (tmp_path / "card").rename(tmp_path / "in/node_modules")
    told = [json.loads(command.stdout.readline()) for _ in range(2)]
    assert [record["status"] for record in told] == ["done"] * 2
    photo(tmp_path / "in/node_modules/deep/c.jpg")
    assert json.loads(command.stdout.readline())["status"] == "done"
    made = {path.name for path in (tmp_path / "out/node_modules").rglob("*.jpg")}
    assert made == {"a.jpg", "b.jpg", "c.jpg"}


@pytest.mark.parametrize("replaced", [False, True])
def test_a_folder_that_is_gone_ends_it(
    command: subprocess.Popen[str], tmp_path: Path, replaced: bool
):
    assert command.stdout is not None
    command.stdout.readline()
    (tmp_path / "in").rename(tmp_path / "elsewhere")
    if replaced:
        (tmp_path / "in").mkdir()
    told, problem = command.communicate(timeout=60)
    assert (told, command.returncode) == ("", 1)
    assert problem.endswith(
        f"the folder {tmp_path}/in is there no more: it was removed, renamed or unmounted; "
        "watch it again once it is back\n"
    )


UNMOUNTED = """
mount -t tmpfs none in && cp a.jpg in || exit 77
"$@" | (read first; umount in)
exit ${PIPESTATUS[0]}
"""


def test_a_folder_that_is_unmounted_ends_it(tmp_path: Path):
    """In a name space of its own, where a user may mount."""
    if shutil.which("unshare") is None:
        pytest.skip("there is no unshare here")
    photo(tmp_path / "a.jpg")
    (tmp_path / "in").mkdir()
    alone = ("unshare", "--user", "--map-root-user", "--mount", "bash", "-c", UNMOUNTED, "bash")
    run = subprocess.run(
        [*alone, *watch("in", "out")], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    if "nightlift" not in run.stderr:
        pytest.skip(f"nothing can be mounted here: {run.stderr}")
    assert run.returncode == 1
    assert "the folder in is there no more" in run.stderr
