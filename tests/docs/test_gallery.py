"""`make gallery`: every method for any use on the examples, the originals beside them, whole."""

import re
import shlex
from pathlib import Path

import pytest

from nightlift.classical import CLASSICAL
from nightlift.cli.main import main
from nightlift.models.released import FOLDER, load

ROOT = Path(__file__).resolve().parents[2]


def words() -> list[str]:
    """Of the command, without the program."""
    recipe = re.search(r"^gallery:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(), re.M)
    assert recipe
    return shlex.split(recipe[1].replace("\\\n", " "))[1:]


def test_every_method_for_any_use_is_in_it() -> None:
    told = words()
    released = {load(path).passport.method for path in FOLDER.glob("*.onnx")}
    shown = set(told[told.index("-m") + 1].split(","))
    assert shown >= released
    assert shown - released <= {"auto", *CLASSICAL}
    assert {"gamma", "adaptive-gamma", "equalize", "clahe", "lime"} <= shown
    assert "examples/dark" in told and "--full" in told
    assert told[told.index("--reference") + 1] == "examples/bright"


@pytest.mark.slow
def test_the_command_makes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    told = words()
    told[told.index("-o") + 1] = str(tmp_path / "gallery.html")
    assert main(told) == 0
    page = (tmp_path / "gallery.html").read_text()
    photos = len(list((ROOT / "examples" / "dark").iterdir()))
    columns = len(told[told.index("-m") + 1].split(",")) + 2  # the input and the reference, too
    assert len(re.findall(r'<script type="text/plain" id="p\d+-\d+"', page)) == photos * columns
