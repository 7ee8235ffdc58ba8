"""Names of photos as they are found."""

from __future__ import annotations

from pathlib import Path

import pytest

from nightlift.cluster.listing import Listing
from nightlift.cluster.storage import Folder
from nightlift.errors import UsageError

pytest.importorskip("fsspec")

FILES = (
    *("b.jpg", "a.HEIC", "notes.txt", "film.mp4", "old.psd", ".hidden.jpg"),
    *("day/c.png", "day/night/d.dng", ".trash/e.jpg", "out/f.jpg"),
)


@pytest.fixture(params=["disk", "memory"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Folder:
    place = str(tmp_path) if request.param == "disk" else f"memory://{tmp_path.name}"
    made = Folder.at(place)
    for name in FILES:
        made.store(name, b"x")
    return made


def test_photos_of_a_folder(folder: Folder):
    assert sorted(Listing(folder)) == ["a.HEIC", "b.jpg"]


def test_photos_of_sub_folders_without_those_of_the_results(folder: Folder):
    listing = Listing(folder, recursive=True, without=folder.below("out"))
    assert sorted(listing) == ["a.HEIC", "b.jpg", "day/c.png", "day/night/d.dng"]


def test_what_is_left_out_is_told(folder: Folder):
    listing = Listing(folder)
    list(listing)
    assert listing.left_out == [
        "1 video was left out: `nightlift video IN OUT` brightens one",
        "1 picture of a kind that is not read was left out",
    ]


def test_a_missing_folder_is_told(folder: Folder):
    with pytest.raises(UsageError, match="there is no folder"):
        list(Listing(folder.below("missing")))


def test_names_come_before_all_are_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A folder is opened only when the names before it are taken."""
    for name in ("a.jpg", "sub/b.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    names = iter(Listing(Folder.at(str(tmp_path)), recursive=True))
    assert next(names) == "a.jpg"
    (tmp_path / "sub" / "c.jpg").touch()
    assert sorted(names) == ["sub/b.jpg", "sub/c.jpg"]
