"""The commands end to end, in one process each."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import simplejpeg

import nightlift
from nightlift.cli.main import main
from nightlift.edit.enhancer import RECOMMENDED

DARK = np.random.default_rng(0).integers(0, 50, (40, 60, 3), dtype=np.uint8)


@pytest.fixture
def night(tmp_path: Path) -> Path:
    path = tmp_path / "night.jpg"
    path.write_bytes(simplejpeg.encode_jpeg(DARK, quality=95))
    return path


def run(*arguments: object, status: int = 0) -> None:
    assert main([str(argument) for argument in arguments]) == status


def test_enhance_writes_beside_and_never_twice(
    night: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    original = night.read_bytes()
    run("enhance", night)
    lifted = night.with_name("night-lifted.jpg")
    assert nightlift.read(lifted).pixels.mean() > 2 * DARK.mean()
    assert f"{night} -> {lifted}" in capsys.readouterr().out
    before = lifted.stat().st_mtime_ns
    run("enhance", night, status=1)
    assert capsys.readouterr().err.startswith(f"{night}: the output {lifted} exists already")
    run("enhance", night, "--skip-existing")
    assert lifted.stat().st_mtime_ns == before
    run("enhance", night, "--overwrite", "--strength", "0.5")
    assert lifted.stat().st_mtime_ns != before
    assert night.read_bytes() == original


def test_json_is_one_object_a_photo_and_nothing_else(
    night: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = night.with_name("gone.jpg")
    run("enhance", night, gone, "-o", night.parent / "out", "--json", status=1)
    out, err = capsys.readouterr()
    first, second = map(json.loads, out.splitlines())
    assert first["status"] == "done"
    assert first["method"] == RECOMMENDED
    assert first["auto"] == 1.0
    assert (first["height"], first["width"]) == (40, 60)
    assert Path(first["output"]).exists()
    assert second["status"] == "failed"
    assert err == f"{gone}: {second['error']}\n"


def test_the_gate_is_for_the_unnamed_method_only(
    night: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for arguments, auto in (([], 1.0), (["-m", "gamma"], None), (["--no-auto"], None)):
        run("enhance", night, *arguments, "--overwrite", "--json")
        assert json.loads(capsys.readouterr().out)["auto"] == auto
    run("enhance", night, "-m", "gamma", "--auto", "--overwrite", "--json")
    assert json.loads(capsys.readouterr().out)["auto"] == 1.0


def test_no_auto_is_without_the_gate_and_still_takes_away_noise(tmp_path: Path) -> None:
    noisy = np.random.default_rng(3).normal(18, 6, (96, 128, 3)).clip(0, 255).astype(np.uint8)
    nightlift.write(noisy, tmp_path / "noisy.png")
    for name, more in (("whole", []), ("bare", ["--denoise", "off"])):
        run("enhance", tmp_path / "noisy.png", "-o", tmp_path / f"{name}.png", "--no-auto", *more)
    whole, bare = (nightlift.read(tmp_path / f"{name}.png").pixels for name in ("whole", "bare"))
    assert whole.std() < 0.8 * bare.std()


def test_a_saved_adjustment_repeats_the_edit(night: Path) -> None:
    out = night.parent / "out"
    run("enhance", night, "-o", out / "a.png", "-m", "lime", "--save-edit")
    run("enhance", night, "-o", out / "b.png", "--edit", out / "a.png.npz")
    first, second = nightlift.read(out / "a.png"), nightlift.read(out / "b.png")
    assert np.array_equal(first.pixels, second.pixels)


def test_a_file_named_as_output_decides_the_format(night: Path) -> None:
    out = night.parent / "day.png"
    run("enhance", night, "-o", out)
    assert out.read_bytes().startswith(b"\x89PNG")
    run("enhance", night, "-o", night.parent / "out/", "--format", "webp")
    assert (night.parent / "out" / "night.webp").read_bytes()[8:12] == b"WEBP"


def test_a_stream(night: Path) -> None:
    command = [sys.executable, "-m", "nightlift", "enhance", "-", "-o", "-", "-m", "gamma"]
    data = night.read_bytes()
    done = subprocess.run(command, input=data, capture_output=True, check=True)
    expected = nightlift.enhance(nightlift.read(night), "gamma").pixels
    difference = np.abs(nightlift.read(done.stdout).pixels.astype(int) - expected)
    assert difference.mean() < 8
    broken = subprocess.run(command, input=data[:300], capture_output=True, check=False)
    assert broken.returncode == 1
    assert broken.stdout == b""
    assert broken.stderr.startswith(b"-: ")
    assert broken.stderr.count(b"\n") == 1


def test_notices_of_standard_output_go_to_standard_error() -> None:
    """A bright photo is left alone by the exposure gate, and its line says so."""
    bright = nightlift.encode(np.full((40, 60, 3), 200, np.uint8), format="png")
    command = [sys.executable, "-m", "nightlift", "enhance", "-", "-o", "-"]
    done = subprocess.run(command, input=bright, capture_output=True, check=True)
    told = "left alone: it is bright enough"
    assert done.stderr.decode() == f"note: -: {told} (--no-auto lifts it all the same)\n"
    assert np.array_equal(nightlift.read(done.stdout).pixels, nightlift.read(bright).pixels)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["-", "-o", "-", "--json"], "excludes --json"),
        (["-"], "needs an output"),
        (["-", "night.jpg", "-o", "-"], "stands alone"),
        (["night.jpg", "-o", "-"], "takes the input -"),
        (["night.jpg", "-m", "gama"], "did you mean gamma?"),
        (["night.jpg", "-m", "gamma", "--steps", "3"], "steps and size do not apply"),
    ],
)
def test_wrong_use_ends_with_two(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run("enhance", *arguments, status=2)
    out, err = capsys.readouterr()
    assert sentence in err
    assert len(err.splitlines()) == 1
    assert not out


def test_methods_lists_classical_ones_and_marks_the_default(
    capsys: pytest.CaptureFixture[str],
) -> None:
    run("methods")
    table = capsys.readouterr().out
    assert f"* {RECOMMENDED}" in table
    run("methods", "--json")
    entries = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert sum(entry["recommended"] for entry in entries) == 1
    assert {"gamma", "adaptive-gamma", "equalize", "clahe", "lime", "zero-dce"} <= {
        entry["name"] for entry in entries
    }


def test_compare_draws_a_sheet_and_leaves_out_what_is_broken(
    night: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (night.parent / "broken.jpg").write_bytes(b"no photo")
    run("compare", night.parent, "-o", night.parent / "sheet.png", status=1)
    assert capsys.readouterr().err.startswith(f"{night.parent / 'broken.jpg'}: ")
    pixels = nightlift.read(night.parent / "sheet.png").pixels
    assert pixels.shape[1] > 3 * 60
    run("compare", night, "-o", night.parent / "sheet.pdf", "-m", "clahe")
    assert (night.parent / "sheet.pdf").read_bytes().startswith(b"%PDF")
    run("compare", night, "-o", night.parent / "sheet.txt", status=2)
