"""What the inputs of a command line are, and what of it is left out and told."""

import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from nightlift.batch.inputs import Inputs, find
from nightlift.batch.planning import plan
from nightlift.errors import UsageError

JPEG = b"\xff\xd8\xff\xe0" + bytes(60)


def make(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(JPEG)


def photos(inputs: Inputs, folder: Path) -> list[str]:
    return [str(one.path.relative_to(folder)) for one in inputs.photos]


def test_pipes_sockets_and_devices_are_counted_and_never_opened(tmp_path: Path) -> None:
    make(tmp_path, "a.jpg")
    for name in ("pipe.jpg", "pipe"):
        os.mkfifo(tmp_path / name)
    (tmp_path / "null.png").symlink_to("/dev/null")
    here = Path.cwd()
    listening = socket.socket(socket.AF_UNIX)
    os.chdir(tmp_path)  # the name of a socket is short
    listening.bind("socket.tif")
    os.chdir(here)
    words = [sys.executable, "-m", "nightlift", "enhance", str(tmp_path), "-m", "gamma"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    listening.close()
    assert "note: 4 pipes, sockets and devices were left out" in done.stderr
    assert photos(find([str(tmp_path)]), tmp_path) == ["a.jpg"]
    assert find([str(tmp_path / "*")]).left_out == ["4 pipes, sockets and devices were left out"]
    (named,) = find([str(tmp_path / "pipe.jpg")]).photos
    assert (named.problem or "").startswith("this is a pipe, a socket or a device")


def test_videos_and_pictures_that_are_not_read_are_counted(tmp_path: Path) -> None:
    make(tmp_path, "a.jpg", "b.MP4", "c.mov", "d.gif", "e.psd", "notes.txt", ".hidden.mp4")
    found = find([str(tmp_path)])
    assert photos(found, tmp_path) == ["a.jpg"]
    assert found.left_out == [
        "2 videos were left out: `nightlift video IN OUT` brightens one",
        "2 pictures of kinds not read were left out",
    ]
    (tmp_path / "b.MP4").write_bytes(b"\0\0\0\x18ftypmp42")
    (video,) = find([str(tmp_path / "b.MP4")]).photos
    assert (
        video.problem == f"this is a video; `nightlift video {tmp_path / 'b.MP4'} OUT` brightens it"
    )
    (photo,) = find([str(tmp_path / "c.mov")]).photos
    assert photo.problem is None


@pytest.mark.parametrize("way", ["folder", "pattern", "names", "mixed"])
@pytest.mark.parametrize("output", [None, "out"])
def test_results_are_never_enhanced_again(way: str, output: str | None, tmp_path: Path) -> None:
    make(tmp_path, "a.jpg", "a-lifted.jpg", "b.heic", "b-lifted.jpg", "b.heic-lifted.jpg")
    make(tmp_path, "c.png", "c_x.webp", "d-lifted.jpg", "lifted.jpg", "-lifted.jpg")
    names = sorted(map(str, tmp_path.iterdir()))
    inputs: dict[str, Sequence[str]] = {
        "folder": [str(tmp_path)],
        "pattern": [str(tmp_path / "*")],
        "names": names,
        "mixed": [*names[::2], f"{tmp_path}/./../{tmp_path.name}/", *names[1::2]],
    }
    found = find(inputs[way], suffix="_x", output=None if output is None else tmp_path / output)
    expected = ["-lifted.jpg", "a.jpg", "b.heic", "c.png", "d-lifted.jpg", "lifted.jpg"]
    assert sorted(one.path.name for one in found.photos) == expected
    assert found.left_out == ["4 results of an earlier run were left out"]


def test_a_result_that_is_named_may_be_looked_at(tmp_path: Path) -> None:
    make(tmp_path, "a.jpg", "a-lifted.jpg", "b.jpg", "b-lifted.jpg")
    names = [str(tmp_path / "a-lifted.jpg"), str(tmp_path)]
    found = find(names, keep_named=True)
    assert photos(found, tmp_path) == ["a-lifted.jpg", "a.jpg", "b.jpg"]
    assert photos(find(names), tmp_path) == ["a.jpg", "b.jpg"]


@pytest.mark.parametrize("name", ["h/bright", "h/../h/bright/", "link/bright", "other"])
def test_an_output_folder_below_the_input_is_never_enhanced(name: str, tmp_path: Path) -> None:
    make(tmp_path, "h/a.jpg", "h/sub/b.jpg", "h/bright/a.jpg", "h/bright/sub/b.jpg")
    (tmp_path / "link").symlink_to("h")
    (tmp_path / "other").symlink_to("h/bright")
    out = str(tmp_path / name)
    found = find([str(tmp_path / "h")], recursive=True, output=Path(out))
    assert photos(found, tmp_path) == ["h/a.jpg", "h/sub/b.jpg"]
    assert found.left_out == ["2 photos in the output folder were left out"]
    pattern = find([str(tmp_path / "h" / "*.jpg"), f"{tmp_path}/h/bright/*.jpg"], output=Path(out))
    assert photos(pattern, tmp_path) == ["h/a.jpg"]
    again = plan([str(tmp_path / "h")], out, recursive=True)
    assert [job.target for job in again.jobs] == [Path(out, "a.jpg"), Path(out, "sub/b.jpg")]
    with pytest.raises(UsageError, match="originals are never touched"):
        plan([str(tmp_path / "h")], out, recursive=True, overwrite=True)
    with pytest.raises(UsageError, match="lies in the output folder"):
        plan([f"{tmp_path}/h/bright/a.jpg", f"{tmp_path}/h/bright/sub/*.jpg"], out)


def test_results_of_an_earlier_run_may_be_replaced_where_a_folder_is_given(tmp_path: Path) -> None:
    make(tmp_path, "a.jpg", "a-lifted.jpg")
    (job,) = plan([str(tmp_path)], overwrite=True).jobs
    assert job.target == tmp_path / "a-lifted.jpg"
    with pytest.raises(UsageError, match="originals are never touched"):
        plan([str(tmp_path / "a.jpg"), str(tmp_path / "a-lifted.jpg")], overwrite=True)


def test_a_file_is_found_once_by_all_its_names(tmp_path: Path) -> None:
    make(tmp_path, "p/a.jpg")
    (tmp_path / "link").symlink_to("p")
    names = [
        f"{tmp_path}/{name}" for name in ("p/a.jpg", "p/../p/a.jpg", "link/a.jpg", "p", "link")
    ]
    (photo,) = find(names).photos
    assert photo.path == tmp_path / "p" / "a.jpg"


def test_a_link_that_leads_nowhere_is_a_photo_that_is_missing(tmp_path: Path) -> None:
    (tmp_path / "gone.jpg").symlink_to("nowhere.jpg")
    (tmp_path / "loop.jpg").symlink_to("loop.jpg")
    assert photos(find([str(tmp_path)]), tmp_path) == ["gone.jpg", "loop.jpg"]


def test_what_cannot_be_looked_at_is_told_and_ends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path, "a.jpg", "locked/b.jpg")
    scan = os.scandir

    def scandir(place: str) -> object:
        if place.endswith("locked"):
            raise PermissionError(13, "Permission denied", place)
        return scan(place)

    monkeypatch.setattr(os, "scandir", scandir)
    too_long = str(tmp_path / ("x" * 300))
    photo, locked, long = find([str(tmp_path), too_long], recursive=True).photos
    assert photo.path == tmp_path / "a.jpg"
    assert (locked.path, locked.problem) == (
        tmp_path / "locked",
        "this cannot be looked at: Permission denied",
    )
    assert "longer than the file system takes" in str(long.problem)


def test_a_pattern_without_photos_says_so(tmp_path: Path) -> None:
    make(tmp_path, "a.mp4")
    (job,) = plan([f"{tmp_path}/*.mp4"]).jobs
    assert job.problem == "no photo matches this pattern"


def test_an_empty_name_is_wrong_use() -> None:
    with pytest.raises(UsageError, match="a variable that is not set"):
        find(["a.jpg", ""])
    with pytest.raises(UsageError, match="as output, got an empty name"):
        plan(["a.jpg"], "")


@pytest.mark.parametrize("ending", ["gif", "heic", "jp2", "psd", "xyz", "svg", "NEF", "mp4", "txt"])
def test_an_output_that_is_no_photo_and_no_folder_is_refused(ending: str, tmp_path: Path) -> None:
    make(tmp_path, "a.jpg", "b.jpg")
    for given in ([f"{tmp_path}/a.jpg"], [str(tmp_path)]):
        with pytest.raises(UsageError, match=f"no photo can be written as x.{ending}") as caught:
            plan(given, f"{tmp_path}/x.{ending}")
        assert f"x.{ending}/" in str(caught.value)
    assert plan([str(tmp_path)], f"{tmp_path}/x.{ending}/").targets[0].parent.name == f"x.{ending}"
    (tmp_path / f"x.{ending}").mkdir()
    assert plan([str(tmp_path)], f"{tmp_path}/x.{ending}").targets[0].parent.name == f"x.{ending}"


@pytest.mark.parametrize("name", ["2024.07.15", "v1.2", "St. Moritz", ".hidden", "bright"])
def test_other_dots_are_those_of_folders(name: str, tmp_path: Path) -> None:
    make(tmp_path, "a.jpg")
    assert plan([f"{tmp_path}/a.jpg"], f"{tmp_path}/{name}").targets == [tmp_path / name / "a.jpg"]


def test_one_file_is_no_place_for_several_results(tmp_path: Path) -> None:
    make(tmp_path, "p/a.jpg", "p/b.jpg")
    for given in ([f"{tmp_path}/p"], [f"{tmp_path}/p/*"], [f"{tmp_path}/p/a.jpg"] * 2):
        with pytest.raises(UsageError, match="expected a folder for several results"):
            plan(given, f"{tmp_path}/x.jpg")
    (target,) = plan([f"{tmp_path}/p/a*"], f"{tmp_path}/x.jpg").targets
    assert target == tmp_path / "x.jpg"


@pytest.mark.parametrize("suffix", ["/../x", "a/b", "..\\x", "\0"])
def test_a_suffix_is_no_path(suffix: str, tmp_path: Path) -> None:
    make(tmp_path, "a.jpg")
    with pytest.raises(UsageError, match="expected a suffix for names"):
        plan([f"{tmp_path}/a.jpg"], suffix=suffix)


def test_the_name_and_the_format_must_agree(tmp_path: Path) -> None:
    make(tmp_path, "a.jpg")
    with pytest.raises(UsageError, match=r"x.png promises png, .*, or name the result x.webp"):
        plan([f"{tmp_path}/a.jpg"], f"{tmp_path}/x.png", format="webp")
    for name, format in (("x.jpeg", "jpg"), ("x.png", "same"), ("x.TIF", "tiff")):
        plan([f"{tmp_path}/a.jpg"], f"{tmp_path}/{name}", format=format)  # type: ignore[arg-type]
