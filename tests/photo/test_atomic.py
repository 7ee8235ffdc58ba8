import errno
import os
import stat
import subprocess
import sys
import threading

import pytest

from nightlift.errors import WriteError
from nightlift.photo import atomic
from nightlift.photo.atomic import growing, write_bytes


def names_in(folder):
    return [path.name for path in folder.iterdir()]


@pytest.fixture(params=["nameless", "named"])
def way(request, monkeypatch):
    """Both ways of writing: with nameless files, and as on systems that have none."""
    if request.param == "named":
        monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    elif not hasattr(os, "O_TMPFILE"):
        pytest.skip("this system has no nameless files")
    return request.param


def test_pieces_become_a_file(tmp_path, way):
    write_bytes(tmp_path / "a", [b"one", memoryview(b"two"), b""])
    assert (tmp_path / "a").read_bytes() == b"onetwo"
    assert names_in(tmp_path) == ["a"]


def test_an_existing_file_is_left_alone(tmp_path, way):
    (tmp_path / "a").write_bytes(b"old")
    with pytest.raises(WriteError, match="exists already"):
        write_bytes(tmp_path / "a", b"new")
    assert (tmp_path / "a").read_bytes() == b"old"
    assert names_in(tmp_path) == ["a"]


def test_an_existing_file_is_replaced_when_asked(tmp_path, way):
    (tmp_path / "a").write_bytes(b"old")
    write_bytes(tmp_path / "a", b"new", overwrite=True)
    assert (tmp_path / "a").read_bytes() == b"new"
    assert names_in(tmp_path) == ["a"]


def test_permissions_follow_the_umask(tmp_path, way):
    old = os.umask(0o027)
    try:
        write_bytes(tmp_path / "a", b"x")
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o640


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize(
    ("number", "told"),
    [(errno.ENOSPC, "disk is full"), (errno.EDQUOT, "quota"), (errno.EFBIG, "would be larger")],
)
def test_a_failing_disk_leaves_nothing(tmp_path, way, overwrite, number, told, monkeypatch):
    (tmp_path / "b").write_bytes(b"old")

    def fail(file):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", fail)
    for name in ("a", "b") if overwrite else ("a",):
        with pytest.raises(WriteError, match=told):
            write_bytes(tmp_path / name, b"new", overwrite)
    assert names_in(tmp_path) == ["b"]
    assert (tmp_path / "b").read_bytes() == b"old"


def test_an_interrupt_leaves_nothing(tmp_path, way):
    def pieces():
        yield b"first half"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_bytes(tmp_path / "a", pieces())
    assert names_in(tmp_path) == []


def test_of_two_writers_one_wins(tmp_path, way):
    outcomes = []
    start = threading.Barrier(8)

    def work(number):
        start.wait()
        try:
            write_bytes(tmp_path / "a", [b"%d" % number] * 1000)
            outcomes.append(number)
        except WriteError:
            outcomes.append(None)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    winners = [number for number in outcomes if number is not None]
    assert len(winners) == 1
    assert (tmp_path / "a").read_bytes() == b"%d" % winners[0] * 1000
    assert names_in(tmp_path) == ["a"]


@pytest.mark.skipif(not hasattr(atomic.os, "O_TMPFILE"), reason="no nameless files here")
def test_a_killed_process_leaves_nothing(tmp_path):
    code = (
        "import os, signal, sys; from pathlib import Path\n"
        "from nightlift.photo.atomic import growing, write_bytes\n"
        "def pieces():\n"
        "    yield b'x' * 100000\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "write_bytes(Path(sys.argv[1]) / 'a', pieces())\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)
    assert done.returncode == -9
    assert names_in(tmp_path) == []


def test_impossible_targets(tmp_path, way):
    with pytest.raises(WriteError, match="no folder"):
        write_bytes(tmp_path / "missing" / "a", b"x")
    with pytest.raises(WriteError, match="is a folder"):
        write_bytes(tmp_path, b"x", overwrite=True)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(WriteError, match="pipe"):
        write_bytes(tmp_path / "pipe", b"x", overwrite=True)


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_growing_file_gets_its_name_at_the_end(tmp_path, way, overwrite):
    path = tmp_path / "long.bin"
    if overwrite:
        path.write_bytes(b"old")
    with growing(path, overwrite) as place, place.open("wb") as file:
        file.write(b"new" * 1000)
        assert not path.exists() or path.read_bytes() == b"old"
    assert path.read_bytes() == b"new" * 1000
    assert names_in(tmp_path) == ["long.bin"]


def test_a_growing_file_that_fails_leaves_nothing(tmp_path, way):
    with pytest.raises(KeyboardInterrupt), growing(tmp_path / "long.bin") as place:
        place.write_bytes(b"half")
        raise KeyboardInterrupt
    assert names_in(tmp_path) == []


def test_a_growing_file_never_takes_an_other_s_name(tmp_path, way):
    path = tmp_path / "long.bin"
    with pytest.raises(WriteError, match="exists already"), growing(path) as place:
        place.write_bytes(b"mine")
        path.write_bytes(b"theirs")
    assert path.read_bytes() == b"theirs"
    assert names_in(tmp_path) == ["long.bin"]


def test_a_growing_file_without_links_is_copied(tmp_path, monkeypatch):
    monkeypatch.setattr(atomic, "_link", lambda *_: False)
    with growing(tmp_path / "long.bin") as place:
        place.write_bytes(b"new" * 1000)
    assert (tmp_path / "long.bin").read_bytes() == b"new" * 1000
    assert names_in(tmp_path) == ["long.bin"]
