"""Batches as people type them: names, options that do nothing, dates, faults."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import nightlift
from nightlift.cli.main import main
from nightlift.errors import ReadError
from nightlift.photo.photo import Photo
from nightlift.photo.writing import encode

DARK = np.random.default_rng(0).integers(0, 50, (24, 36, 3), dtype=np.uint8)


def save(path: Path, format: str = "jpeg") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encode(Photo(DARK), format=format))  # type: ignore[arg-type]
    return path


@pytest.fixture
def night(tmp_path: Path) -> Path:
    return save(tmp_path / "night.jpg")


def run(*arguments: object, status: int = 0) -> None:
    assert main(["enhance", *map(str, arguments), "-m", "gamma"]) == status


def test_a_fault_of_ours_is_that_photo_s_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "abc":
        save(tmp_path / f"{name}.jpg")

    def read(source: Path, **options: object) -> Photo:
        if source.stem == "b":
            raise OverflowError("too large to convert")
        return nightlift.read(source)

    monkeypatch.setattr("nightlift.batch.work.read", read)
    run(tmp_path, status=1)
    out, err = capsys.readouterr()
    told = (
        f"{tmp_path / 'b.jpg'}: this is a fault of nightlift (OverflowError: too large to convert)"
    )
    assert err.startswith(told)
    assert "please report it" in err
    assert len(err.splitlines()) == 1
    assert len(out.splitlines()) == 2


def test_debugging_shows_where_a_fault_lies(night: Path) -> None:
    code = (
        "import nightlift.batch.work, sys\n"
        "def broken(*_, **__): raise KeyError('x')\n"
        "nightlift.batch.work.read = broken\n"
        "from nightlift.cli.main import main\n"
        "sys.exit(main(['enhance', sys.argv[1], '-m', 'gamma']))\n"
    )
    for debug in ("", "1"):
        done = subprocess.run(
            [sys.executable, "-c", code, str(night)],
            env={**os.environ, "NIGHTLIFT_DEBUG": debug},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 1
        assert "fault of nightlift (KeyError: 'x')" in done.stderr
        assert ("Traceback" in done.stderr) == bool(debug)


def test_a_command_that_breaks_ends_in_a_sentence(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise RuntimeError("in two\nlines")

    monkeypatch.setattr("nightlift.edit.methods", broken)
    assert main(["methods"]) == 1
    assert capsys.readouterr().err.startswith(
        "nightlift methods: this is a fault of nightlift (RuntimeError: in two lines): please"
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
@pytest.mark.parametrize("words", [["-", "-o", "-"], ["night.jpg", "--overwrite"]])
def test_a_full_disk_behind_standard_output_is_a_sentence(words: list[str], night: Path) -> None:
    with Path("/dev/full").open("wb") as full, night.open("rb") as photo:
        done = subprocess.run(
            [sys.executable, "-m", "nightlift", "enhance", *words, "-m", "gamma"],
            cwd=night.parent,
            stdin=photo,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert "standard output: No space left on device" in done.stderr
    assert "Traceback" not in done.stderr


def test_names_that_are_no_text_are_printed_as_they_are(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.jpg")
    save(tmp_path / name)
    done = subprocess.run(
        [sys.executable, "-m", "nightlift", "enhance", ".", "-o", "out", "-m", "gamma"],
        cwd=tmp_path,
        capture_output=True,
        check=True,
    )
    assert done.stdout == b"caf\xe9.jpg -> out/caf\xe9.jpg\n"
    assert (tmp_path / "out" / name).exists()


@pytest.mark.parametrize("letter", ["夜", "é", "a"])
def test_the_longest_names_can_be_replaced(
    letter: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for way in ("nameless", "named"):
        if way == "named":
            monkeypatch.delattr(os, "O_TMPFILE", raising=False)
        count = (255 - len("-lifted.jpg")) // len(letter.encode())
        photo = save(tmp_path / way / f"{letter * count}.jpg")
        for _ in range(2):
            run(photo, "--overwrite")
        lifted = photo.with_name(f"{photo.stem}-lifted.jpg")
        assert nightlift.read(lifted).pixels.mean() > 80
        assert len(list(photo.parent.iterdir())) == 2


def test_each_result_has_its_own_adjustment(tmp_path: Path) -> None:
    for ending, format in (("jpg", "jpeg"), ("jpeg", "jpeg"), ("png", "png")):
        save(tmp_path / "p" / f"a.{ending}", format)
    run(tmp_path / "p", "-o", tmp_path / "out", "--save-edit")
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["a.jpeg", "a.jpeg.npz", "a.jpg", "a.jpg.npz", "a.png", "a.png.npz"]


def test_an_existing_adjustment_is_named_before_anything_is_written(
    night: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    night.with_name("night-lifted.jpg.npz").write_bytes(b"mine")
    run(night, "--save-edit", status=1)
    assert "the file night-lifted.jpg.npz exists already" in capsys.readouterr().err
    assert sorted(path.name for path in night.parent.iterdir()) == [
        "night-lifted.jpg.npz",
        "night.jpg",
    ]


def test_a_photo_is_never_there_without_its_edit(
    night: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object, **__: object) -> None:
        raise OSError("between edit and photo")

    lifted, saved = night.with_name("night-lifted.jpg"), night.with_name("night-lifted.jpg.npz")
    with monkeypatch.context() as patched:
        patched.setattr("nightlift.batch.work.write", killed)
        run(night, "--save-edit", status=1)
    assert saved.exists() and not lifted.exists()
    run(night, "--save-edit", "--skip-existing")
    assert nightlift.read(lifted).pixels.mean() > DARK.mean()


def test_an_adjustment_in_use_is_not_replaced(
    night: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(night, "--save-edit")
    saved = night.with_name("night-lifted.jpg.npz")
    before = saved.read_bytes()
    words = ["enhance", str(night), "--edit", str(saved), "--save-edit", "--overwrite"]
    assert main(words) == 2
    assert "originals are never touched" in capsys.readouterr().err
    assert saved.read_bytes() == before


@pytest.mark.parametrize("output", ["night.jpg/", "night.jpg/day.jpg", "loop/day.jpg"])
def test_what_stands_in_the_place_of_a_folder_is_named(
    output: str,
    night: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(night.parent)
    Path("loop").symlink_to("loop")
    run(night.name, "-o", output, status=1)
    where = output.partition("/")[0]
    told = f"is where a folder has to be: {where}\n"
    assert capsys.readouterr().err.endswith(told)


def test_a_name_that_is_too_long_is_that_photo_s_line(
    night: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    long = save(night.with_name(f"{'b' * 246}.jpg"))
    run(night, long, night.with_name(f"{'a' * 300}.jpg"), status=1)
    out, err = capsys.readouterr()
    assert out == f"{night} -> {night.with_name('night-lifted.jpg')}\n"
    assert err.count("longer than the file system takes") == 2


def test_preserving_keeps_date_and_permissions(night: Path) -> None:
    os.utime(night, ns=(1_500_000_000_000_000_001, 1_400_000_000_123_456_789))
    night.chmod(0o640)
    run(night, "--preserve")
    kept = night.with_name("night-lifted.jpg").stat()
    assert kept.st_mtime_ns == 1_400_000_000_123_456_789
    assert stat.S_IMODE(kept.st_mode) == 0o640
    run(night, "--overwrite")
    assert night.with_name("night-lifted.jpg").stat().st_mtime_ns > 1_600_000_000_000_000_000


def test_options_that_can_do_nothing_say_so(
    night: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save(night.with_name("b.png"), "png")
    run(night.parent, "--quality", 80, "--exact", "-o", night.parent / "out")
    assert capsys.readouterr().err.splitlines() == [
        "note: --quality does not apply to 1 of 2 results: PNG, TIFF and BMP lose nothing",
        "note: --exact does not apply to gamma, which is no network",
    ]
    run(night, "-o", night.with_name("x.png"), "--quality", 80)
    assert "--quality does not apply to the result" in capsys.readouterr().err
    run(night, "--quality", 80)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["", "-o", "out"], "a variable that is not set"),
        (["night.jpg", "-o", ""], "as output, got an empty name"),
        (["night.jpg", "-o", "out", "--suffix", "_x"], "--suffix is for results beside"),
        (["night.jpg", "-o", "x.png", "--format", "webp"], "x.png promises png"),
        (["night.jpg", "-o", "x.gif"], "no photo can be written as x.gif"),
        (["night.jpg", "-o", "x.jpg", "--keep-ending"], "--keep-ending is for names taken"),
        (["night.jpg", "--suffix", "/../x"], "expected a suffix for names"),
        (["-", "-o", "x.gif"], "no photo can be written as x.gif"),
        (["-", "-o", "x.png", "--format", "webp"], "x.png promises png"),
        (["-", "-o", "out/"], "standard input has no name"),
        (["-", "-o", "x.jpg", "--preserve"], "--preserve needs photos with names"),
    ],
)
def test_wrong_use_ends_before_anything_starts(
    words: list[str],
    sentence: str,
    night: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(night.parent)
    assert main(["enhance", *words]) == 2
    out, err = capsys.readouterr()
    assert sentence in err
    assert len(err.splitlines()) == 1
    assert not out
    assert [path.name for path in night.parent.iterdir()] == ["night.jpg"]


def test_an_empty_path_of_an_option_is_wrong_use(
    night: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["enhance", str(night), "--edit", ""])
    assert "--edit: expected a path, got an empty name" in capsys.readouterr().err


def test_what_was_left_out_is_told_once_and_not_in_json(
    night: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    night.with_name("clip.mp4").write_bytes(b"a video")
    for number in range(2):
        run(night.parent, "--skip-existing", "--json")
        out, err = capsys.readouterr()
        assert [json.loads(line)["status"] for line in out.splitlines()] == [
            ("done", "skipped")[number]
        ]
        told = err.splitlines()
        assert told[-1] == "note: 1 video was left out: `nightlift video IN OUT` brightens one"
        results = ["note: 1 result of an earlier run was left out"]
        assert told[:-1] == (results if number else [])


def test_photos_of_one_stem_do_not_hold_up_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for ending, format in (("webp", "webp"), ("png", "png")):
        save(tmp_path / "p" / f"a.{ending}", format)
    save(tmp_path / "p" / "b.png", "png")
    words = [tmp_path / "p", "-o", tmp_path / "out", "--format", "jpg"]
    run(*words, status=1)
    err = capsys.readouterr().err
    assert "--keep-ending names them a.png.jpg and a.webp.jpg" in err
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["b.jpg"]
    run(*words, "--keep-ending")
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["a.png.jpg", "a.webp.jpg", "b.jpg", "b.png.jpg"]


def test_compare_goes_on_after_a_photo_that_breaks_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    photos = [save(tmp_path / f"{name}.jpg") for name in "abc"]

    def broken(photo: Path, **options: object) -> Photo:
        if photo.stem == "b":
            raise RecursionError("too deep")
        if photo.stem == "c":
            raise ReadError("damaged")
        return nightlift.read(photo)

    monkeypatch.setattr("nightlift.report.comparison.read", broken)
    for sheet in ("sheet.png", "page.html", "pages.pdf"):
        words = ["compare", *map(str, photos), "-o", str(tmp_path / sheet), "-m", "gamma"]
        assert main(words) == 1
        told = capsys.readouterr().err.splitlines()
        assert told[0].startswith(f"{photos[1]}: this is a fault of nightlift (RecursionError")
        assert told[1:] == [f"{photos[2]}: damaged"]
        assert (tmp_path / sheet).exists()
        assert main(words) == 1
        assert "exists already; --overwrite replaces it" in capsys.readouterr().err


def test_an_amount_of_denoising_that_does_nothing_is_told(
    night: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for words, told in (((), True), (("--denoise", "fast"), False), (("--auto",), True)):
        run(night, "-m", "gamma", "--denoise-amount", "0.5", "--overwrite", *words)
        assert ("--denoise-amount does nothing" in capsys.readouterr().err) == told, words


@pytest.mark.parametrize(
    "words",
    [
        ["enhance", "in", "-o", "out", "--format", "jxl"],
        ["enhance", "in/a.jpg", "-o", "out.jxl"],
        ["enhance", "-", "-o", "out.jxl"],
        ["watch", "in", "-o", "out", "--format", "jxl"],
    ],
)
def test_a_format_whose_extra_is_missing_is_told_once_and_first(
    words: list[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in "ab":
        save(tmp_path / "in" / f"{name}.jpg")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "OpenImageIO", None)
    monkeypatch.setattr("nightlift.batch.work.read", lambda *_, **__: pytest.fail("read"))
    assert main(words) == 1
    out, err = capsys.readouterr()
    told = "JPEG XL needs an optional part of nightlift: pip install 'nightlift[jxl]'"
    assert (out, err) == ("", f"nightlift {words[0]}: {told}\n")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in"]
