"""Every command and all the Python of docs/tutorial.md run as they stand, in order."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest

from nightlift.cli.main import main

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```(python)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_the_tutorial(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for photos in ("dark", "bright"):
        shutil.copytree(ROOT / "examples" / photos, tmp_path / "examples" / photos)
    monkeypatch.chdir(tmp_path)
    found = BLOCK.findall((ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8"))
    for python, block in found:
        if python:
            exec(compile(block, "tutorial", "exec"), {})
            continue
        for line in block.splitlines():
            program, *words = shlex.split(line)
            assert program == "nightlift"
            assert main(words) == 0, line
            told = capsys.readouterr().err
            assert ("held back" in told) == ("examples/bright" in line), "as the page says"
    assert len(found) == 8
    made = {"lamp.jpg", "lamp.html", "warm.jpg.npz", "look.cube", "bright", "softer.jpg"}
    assert made <= {path.name for path in tmp_path.iterdir()}
