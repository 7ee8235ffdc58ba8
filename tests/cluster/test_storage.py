"""Folders on disks and elsewhere."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from nightlift.cluster.storage import Folder
from nightlift.errors import ExistsError, ReadError, UsageError, WriteError

pytest.importorskip("fsspec")


@pytest.fixture(params=["disk", "memory", "other"])
def folder(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    if request.param == "disk":
        return Folder.at(str(tmp_path / "here"))
    if request.param == "other":
        # A file system that is neither a disk nor an object store.
        monkeypatch.setattr("nightlift.cluster.storage.OBJECT_STORES", frozenset())
    return Folder.at(f"memory://{tmp_path.name}/here")


def test_what_is_stored_is_read(folder: Folder, tmp_path: Path):
    folder.store("a/b.bin", b"photo")
    assert folder.read("a/b.bin") == b"photo"
    assert folder.exists("a/b.bin")
    assert not folder.exists("a/c.bin")
    assert folder.below("a").names() == ["b.bin"]
    assert folder.fetch("a/b.bin", tmp_path).read_bytes() == b"photo"


def test_a_taken_name_is_refused_and_its_file_stays(folder: Folder):
    folder.store("a.bin", b"first")
    with pytest.raises(ExistsError):
        folder.store("a.bin", b"second")
    assert folder.read("a.bin") == b"first"
    folder.store("a.bin", b"third", overwrite=True)
    assert folder.read("a.bin") == b"third"
    assert folder.names() == ["a.bin"]


def test_removing_what_is_not_there_is_no_error(folder: Folder):
    folder.store("a.bin", b"first")
    folder.remove("a.bin")
    folder.remove("a.bin")
    assert folder.names() == []


def test_a_folder_pickles(folder: Folder):
    folder.store("a.bin", b"first")
    other = pickle.loads(pickle.dumps(folder))
    assert other.url == folder.url
    assert other.read("a.bin") == b"first"


def test_a_folder_holds_itself_and_what_lies_in_it(tmp_path: Path):
    top, inner, beside = (Folder.at(str(tmp_path / name)) for name in ("a", "a/b", "ab"))
    assert top.holds(top)
    assert top.holds(inner)
    assert not inner.holds(top)
    assert not top.holds(beside)
    assert not top.holds(Folder.at(f"memory://{tmp_path}/a/b"))


def test_a_folder_holds_what_a_link_leads_to(tmp_path: Path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "a")
    assert Folder.at(str(tmp_path / "a")).holds(Folder.at(str(tmp_path / "link" / "b")))


def test_an_unknown_file_system_is_refused():
    with pytest.raises(UsageError, match=r"expected a folder or a URL such as s3://…, got nosuch:"):
        Folder.at("nosuch://bucket/photos")


def test_a_failed_write_leaves_nothing(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("nightlift.cluster.storage.OBJECT_STORES", frozenset())
    folder = Folder.at("memory://failing/here")

    def full(*_: object, **__: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(folder.fs, "mv", full)
    with pytest.raises(WriteError, match=r"a\.bin cannot be written: OSError: the disk is full"):
        folder.store("a.bin", b"photo")
    assert folder.names() == []


def test_what_a_file_system_raises_is_told_with_the_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    folder = Folder.at("memory://broken/here")

    def broken(*_: object, **__: object) -> None:
        raise EOFError("the line is dead")

    for name in ("cat_file", "get_file", "exists", "ls"):
        monkeypatch.setattr(folder.fs, name, broken)
    address = r"broken/here/a\.bin cannot be"
    with pytest.raises(ReadError, match=f"{address} read: EOFError: the line is dead"):
        folder.read("a.bin")
    with pytest.raises(ReadError, match=f"{address} read: EOFError: the line is dead"):
        folder.fetch("a.bin", tmp_path)
    with pytest.raises(ReadError, match=f"{address} looked for: EOFError: the line is dead"):
        folder.exists("a.bin")
    with pytest.raises(ReadError, match="here cannot be listed: EOFError: the line is dead"):
        folder.names()


@pytest.mark.parametrize("other", [False, True])
def test_a_file_in_place_of_a_folder_is_no_taken_name(
    other: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "a").touch()
    folder = Folder.at(str(tmp_path))
    if other:
        monkeypatch.setattr(Folder, "is_local", False)
        monkeypatch.setattr(Folder, "url", str(tmp_path))
    with pytest.raises(WriteError, match=r"b\.bin cannot be written") as raised:
        folder.store("a/b.bin", b"photo")
    assert not isinstance(raised.value, ExistsError)


def test_a_cache_in_front_of_a_folder_is_refused():
    with pytest.raises(UsageError, match=r"goes through a cache, .*: give memory://bucket/photos$"):
        Folder.at("simplecache::memory://bucket/photos")
