"""Folders of clips by real clusters of this machine."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import tempfile
from pathlib import Path

import pytest

from nightlift.cluster.storage import Folder
from nightlift.errors import ExistsError
from tests.cluster.command import CLIPS, begun, check_each_once, contents, finished, lines

if importlib.util.find_spec("ray") is None:  # importing it here would burden every other test
    pytest.skip("ray is not installed", allow_module_level=True)
pytest.importorskip("av")

from tests.video.clips import Clip

pytestmark = pytest.mark.slow

COUNT = 6
OPTIONS = ("-m", "gamma", "--crf", "30", "--preset", "ultrafast", "--threads", "1")
CLUSTER = ("--cluster", "local", "--jobs", "2")


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clips")
    for number in range(COUNT):
        path = folder / f"{number % 2}" / f"{number}.mp4"
        path.parent.mkdir(exist_ok=True)
        Clip(range(0, 20 * (300 + 10 * number), 20)).write(path)
    return folder


@pytest.fixture(scope="module")
def expected(clips: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What a run on this machine makes of them."""
    folder = tmp_path_factory.mktemp("local")
    subprocess.run([*CLIPS, clips, folder, "--recursive", *OPTIONS], check=True, timeout=300)
    return contents(folder, ".mp4")


def test_a_killed_worker_costs_nothing(clips: Path, expected: dict[str, bytes], tmp_path: Path):
    """On a busy machine the others may be through before the new worker has a clip."""
    with (tmp_path / "notes").open("w+") as notes:
        out = tmp_path / "out"
        run = begun(clips, "-o", out, *CLUSTER, *OPTIONS, command=CLIPS, stderr=notes)
        told = lines(run.stdout, 1)
        os.kill(int(told[0]["worker"].rpartition(":")[2]), signal.SIGKILL)
        told += finished(run)
        notes.seek(0)
        assert "note: 1 workers were lost and replaced" in notes.read().splitlines()
    assert contents(out, ".mp4") == expected
    assert [record["status"] for record in told] == ["done"] * COUNT
    assert len({record["worker"] for record in told}) in (2, 3)
    check_each_once(Folder.at(str(out)), clips, expected)


def test_ctrl_c_leaves_nothing_half_done_and_the_run_goes_on(
    clips: Path, expected: dict[str, bytes], tmp_path: Path
):
    """It waits for no clip; what was made of those in hand is gone."""
    arguments = (clips, "-o", tmp_path / "out", *CLUSTER, *OPTIONS)
    with tempfile.TemporaryDirectory() as short:  # the names of Ray's sockets are bounded
        run = begun(*arguments, command=CLIPS, env={"TMPDIR": short})
        lines(run.stdout, 1)
        os.killpg(run.pid, signal.SIGINT)
        finished(run, 130)
        assert not list(Path(short).glob("nightlift-*"))
    made = contents(tmp_path / "out", ".mp4")
    assert made.items() <= expected.items()
    assert 1 <= len(made) < COUNT
    finished(begun(*arguments, "--skip-existing", command=CLIPS))
    assert contents(tmp_path / "out", ".mp4") == expected
    check_each_once(Folder.at(str(tmp_path / "out")), clips, expected)


def test_from_and_to_s3(
    clips: Path,
    expected: dict[str, bytes],
    s3: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
):
    for name, value in s3.items():
        monkeypatch.setenv(name, value)
    top = Folder.at("s3://bucket")
    top.fs.mkdir("bucket")
    for name in expected:
        top.put(f"in/{name}", clips / name)
    arguments = ("s3://bucket/in/", "-o", "s3://bucket/out/", *CLUSTER, *OPTIONS)
    finished(begun(*arguments, env=s3, command=CLIPS))
    output = Folder.at("s3://bucket/out/")
    assert {name: output.read(name) for name in expected} == expected
    check_each_once(output, "s3://bucket/in", expected)


def test_a_long_result_is_written_on_s3_once(
    s3: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """In parts, and only where there is nothing."""
    for name, value in s3.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("nightlift.cluster.storage.HELD", 1000)
    folder = Folder.at("s3://bucket/here")
    folder.fs.mkdir("bucket")
    long = tmp_path / "long.mp4"
    long.write_bytes(os.urandom(1 << 20) * 60)
    folder.put("a.mp4", long)
    with pytest.raises(ExistsError):
        folder.put("a.mp4", long)
    assert not folder.has_another("a.mp4", long)
    long.write_bytes(b"x" * 2000)
    assert folder.has_another("a.mp4", long)
    folder.put("a.mp4", long, overwrite=True)
    assert folder.read("a.mp4") == long.read_bytes()
