"""Edits as tables of colors: read by other programs, which make of a photo what the edit does."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import nightlift
from nightlift.adjust.bilateral_grid import BilateralGrid
from nightlift.adjust.hue import HueKept
from nightlift.adjust.tone_table import ToneTable
from nightlift.cli.main import main
from nightlift.edit.denoising import Denoising
from nightlift.edit.edit import Edit
from nightlift.edit.lut.export import Exported
from nightlift.edit.lut.fit import nearest
from nightlift.edit.lut.table import Lattice, corners, curves, lattice, points
from nightlift.errors import UsageError, WriteError
from tests.adjust.examples import EXAMPLES
from tests.edit.held import DARK, EDIT, RNG

COLORS = np.floor(RNG.random((60, 80, 3)) ** 2 * 256).astype(np.uint8)
WARM = nightlift.Controls(exposure=0.4, warmth=20, saturation=15)


def lifting() -> ToneTable:
    """More light, by another factor for each channel, which fades towards white."""
    x, gain = np.linspace(0, 1, 256)[:, None], np.array([3.0, 2.5, 2.0])
    return ToneTable((gain * x / (1 + (gain - 1) * x)).astype(np.float32))


GLOBAL = {
    "tone table": Edit(lifting()),
    "faded": Edit(lifting(), strength=0.7, gate=0.8),
    "beyond": Edit(lifting(), strength=1.4),
    "controls": Edit(lifting(), strength=0.5, controls=WARM),
    "hue": Edit(HueKept(lifting())),
    "nothing": Edit(lifting(), strength=0),
}


def corner_grid() -> BilateralGrid:
    """Twice the light on the left of the picture, and what it was on the right."""
    cells = np.zeros((1, 2, 2, 3, 4), np.float32)
    cells[..., :3] = np.eye(3)
    cells[0, 0] *= 2
    return BilateralGrid(cells)


def read_by_colour(path: Path, photo: np.ndarray) -> np.ndarray:
    colour = pytest.importorskip("colour", reason="colour-science is not installed")
    return np.asarray(colour.read_LUT(str(path)).apply(photo / 255)) * 255


def allowed(name: str, made: Exported) -> float:
    """Levels of 255 that may be missed: one, or what is told where channels are mixed."""
    if name not in ("controls", "hue"):
        assert made.notices == ()
        return 1
    (told,) = made.notices
    return float(told.split("/255")[0].split()[-1]) + 2  # of the colors that were tried


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", GLOBAL)
def test_another_program_reads_the_cube(name: str, tmp_path: Path) -> None:
    edit = GLOBAL[name]
    made = edit.export(tmp_path / "look.cube")
    assert made.paths == (tmp_path / "look.cube",)
    expected = edit.apply(COLORS / 255) * 255
    assert np.abs(read_by_colour(made.paths[0], COLORS) - expected).max() <= allowed(name, made)
    size = made.paths[0].read_text().splitlines()[1]
    assert size.startswith("LUT_3D_SIZE" if name in ("controls", "hue") else "LUT_1D_SIZE 1021")


def test_how_far_a_table_is_from_the_edit_is_told(tmp_path: Path) -> None:
    """Steeper than any lattice can follow; curves of a .cube can."""
    assert EDIT.export(tmp_path / "look.cube").notices == ()
    (told,) = EDIT.export(tmp_path / "look.png").notices
    assert re.fullmatch(r"between its points it is up to \d+\.\d/255 from the edit, .*", told)


def _imagemagick() -> str | None:
    """Its program; others are called `convert`, too."""
    for found in filter(None, map(shutil.which, ("magick", "convert"))):
        version = subprocess.run([found, "-version"], capture_output=True, text=True).stdout
        if "ImageMagick" in version.partition("\n")[0]:
            return found
    return None


@pytest.mark.parametrize("name", GLOBAL)
def test_imagemagick_applies_the_hald(name: str, tmp_path: Path) -> None:
    convert = _imagemagick()
    if convert is None:
        pytest.skip("ImageMagick is not installed")
    edit = GLOBAL[name]
    made = edit.export(tmp_path / "look.png")
    Image.fromarray(COLORS).save(tmp_path / "photo.png")
    words = [convert, "photo.png", "look.png", "-hald-clut", "-depth", "8", "result.png"]
    subprocess.run(words, cwd=tmp_path, check=True, capture_output=True)
    result = np.asarray(Image.open(tmp_path / "result.png").convert("RGB")).astype(int)
    assert np.abs(result - edit.apply(COLORS)).max() <= allowed(name, made)


def seen_by(program: str, tmp_path: Path, *words: str) -> np.ndarray:
    """What a program of Debian makes of COLORS."""
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    Image.fromarray(COLORS).save(tmp_path / "photo.png")
    home = {**os.environ, "HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    subprocess.run([program, *words], cwd=tmp_path, check=True, capture_output=True, env=home)
    return np.asarray(Image.open(tmp_path / "result.png").convert("RGB")).astype(int)


@pytest.mark.slow
def test_darktable_imports_the_style_and_applies_it(tmp_path: Path) -> None:
    edit = GLOBAL["tone table"]
    style = edit.export(tmp_path / "look.dtstyle").paths[1]
    (tmp_path / "darktablerc").write_text(f"plugins/darkroom/lut3d/def_path={tmp_path}\n")
    load = f'require("darktable").styles.import("{style}")'
    words = ["photo.png", "result.png", "--style", "look", "--icc-type", "SRGB", "--core"]
    words += ["--configdir", str(tmp_path), "--disable-opencl", "--luacmd", load]
    result = seen_by("darktable-cli", tmp_path, *words)
    assert np.abs(result - edit.apply(COLORS)).max() <= 1


@pytest.mark.slow
def test_rawtherapee_applies_the_profile(tmp_path: Path) -> None:
    edit = GLOBAL["tone table"]
    edit.export(tmp_path / "look.pp3")
    words = ["-o", "result.png", "-p", "look.pp3", "-n", "-b8", "-Y", "-a", "-c", "photo.png"]
    result = seen_by("rawtherapee-cli", tmp_path, *words)
    assert np.abs(result - edit.apply(COLORS)).max() <= 1


def test_what_a_table_cannot_hold_is_told(tmp_path: Path) -> None:
    noisy = replace(EDIT, denoising=Denoising("fast"))
    assert noisy.export(tmp_path / "a.cube").notices == ("denoising is no part of it",)
    local = Edit(corner_grid(), method="mine")
    with pytest.raises(UsageError, match=r"mine is not the same everywhere .* \(photo=\)"):
        local.export(tmp_path / "b.cube")
    (told,) = local.export(tmp_path / "b.cube", COLORS // 3).notices
    assert told.startswith("light from place to place is no part of it")


def test_names_and_files_that_are_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"ends with one of \.cube, \.png, \.dtstyle, \.pp3"):
        EDIT.export(tmp_path / "look.xmp")
    EDIT.export(tmp_path / "look.cube")
    with pytest.raises(WriteError, match="exists already"):
        EDIT.export(tmp_path / "look.cube")
    EDIT.export(tmp_path / "look.cube", overwrite=True)
    for name, beside in (("a.dtstyle", "a.cube"), ("b.pp3", "b.png")):
        made = EDIT.export(tmp_path / name)
        assert [path.name for path in made.paths] == [beside, name]
        assert beside in made.notices[-1]


def test_a_lattice_is_linear_between_its_points() -> None:
    identity = lattice(lambda colors: colors, 5)
    colors = RNG.random((500, 3), np.float32)
    assert np.abs(identity(colors) - colors).max() < 1e-6
    index, weights = corners(points(4), 4)
    assert np.array_equal(index[np.arange(64), weights.argmax(1)], np.arange(64))
    assert curves(lambda colors: colors[:, ::-1]) is None


def test_the_fit_finds_a_table_that_there_is() -> None:
    """Colors after a table that is the same everywhere come from that table."""
    mixed = np.array([[0.8, 0.15, 0.05], [0.1, 0.8, 0.1], [0.0, 0.2, 0.8]])
    truth = Lattice((points(5) @ mixed**0.8).clip(0, 1).reshape(5, 5, 5, 3).astype(np.float32))
    colors = RNG.random((20_000, 3), np.float32)
    start = lattice(lambda seen: seen, 9)
    found = nearest(colors, truth(colors), start)
    assert np.abs(start(colors) - truth(colors)).mean() > 0.05
    assert np.abs(found(colors) - truth(colors)).mean() < 0.004


def test_the_fit_beats_what_is_done_at_any_one_place() -> None:
    edit = Edit(EXAMPLES["light grid"]())
    photo = nightlift.read(DARK / "lamp.jpg").pixels[::2, ::2]
    wanted = edit.apply(photo).astype(float)
    before, after = ((x / 255).reshape(-1, 3).astype(np.float32) for x in (photo, wanted))
    found = nearest(before, after, lattice(lambda colors: colors, 17))
    missed = np.abs(found(before) - after).mean()
    colors = np.ascontiguousarray(np.broadcast_to(points(17)[:, None, None], (17**3, 5, 5, 3)))
    places = edit.adjustment.apply_each(colors)
    for row, column in np.ndindex(5, 5):
        other = Lattice(np.ascontiguousarray(places[:, row, column]).reshape(17, 17, 17, 3))
        assert missed < np.abs(other(before) - after).mean()


def test_from_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    look = Edit(corner_grid(), method="mine").save(tmp_path / "look.npz")
    out = tmp_path / "look.cube"
    assert main(["lut", str(look), "-o", str(out)]) == 2
    assert "(--photo)" in capsys.readouterr().err
    assert main(["lut", str(look), "-o", str(out), "--photo", str(DARK / "lamp.jpg")]) == 0
    said = capsys.readouterr()
    assert said.out == f"{look} -> {out}\n"
    assert said.err.startswith(f"note: {out}: light from place to place is no part of it")
    assert main(["lut", str(look), "-o", str(look)]) == 2
