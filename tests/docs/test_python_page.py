"""Every Python block of docs/python.md and docs/edit.md runs, in order, and says what it says."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

import nightlift

ROOT = Path(__file__).resolve().parents[2]
DARK = ROOT / "examples" / "dark"
EXPECTED = [[4, 4, 4], [125, 67, 48], [188, 117, 81], [224, 149, 109], [246, 165, 125]]
EXPECTED += [[255, 172, 133]]
BLOCK = re.compile(r"^```python\n(.*?)^```$(?:\n```\n(.*?)^```$)?", re.MULTILINE | re.DOTALL)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """What the pages say there is."""
    for name, photo in {"night": "lamp", "second": "hopper", "third": "rocket"}.items():
        shutil.copy(DARK / f"{photo}.jpg", tmp_path / f"{name}.jpg")
    (tmp_path / "holiday").mkdir()
    shutil.copy(DARK / "camera.jpg", tmp_path / "holiday")
    clip = cv2.VideoWriter(
        str(tmp_path / "clip.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 25, (64, 48)
    )
    for _ in range(12):
        clip.write(np.full((48, 64, 3), 30, np.uint8))
    clip.release()
    monkeypatch.chdir(tmp_path)
    yield tmp_path


def blocks(page: str) -> list[tuple[str, str]]:
    """Each block of Python and what follows it as its output."""
    found = BLOCK.findall((ROOT / "docs" / page).read_text(encoding="utf-8"))
    assert found
    return found


RUNNER = """
import json, sys
if __name__ == "__main__":
    names = {"__name__": "page"}
    for number, code in enumerate(json.load(open(sys.argv[1]))):
        exec(compile(code, f"block {number}", "exec"), names)
        print("\\0", flush=True)
"""


def test_python_page(folder: Path) -> None:
    """In a process of its own: the page starts workers by forking."""
    pytest.importorskip("torch")
    found = blocks("python.md")
    (folder / "blocks.json").write_text(json.dumps([code for code, _ in found]))
    (folder / "runner.py").write_text(RUNNER)
    words = [sys.executable, "runner.py", "blocks.json"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(words, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    for (code, output), printed in zip(found, done.stdout.split("\0\n"), strict=False):
        if output:
            assert printed.strip() == output.strip()
        for line in re.findall(r"^print\(\w+\)  # (<.*>)$", code, re.MULTILINE):
            assert line in printed
    assert {path.name for path in folder.iterdir()} >= {"day.jpg", "look.npz", "series-night.jpg"}


def test_its_pictures_are_there() -> None:
    page = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
    named = re.findall(r"\]\((images/[^)]+)\)", page)
    assert named
    for name in named:
        assert (ROOT / "docs" / name).stat().st_size < 150_000


def test_edit_page(folder: Path) -> None:
    names: dict[str, Any] = {"__name__": "page"}
    for number, (code, _) in enumerate(blocks("edit.md")):
        exec(compile(code, f"edit.md, block {number}", "exec"), names)


def test_the_page_of_the_edits_file_knows_every_kind_and_key() -> None:
    page = (ROOT / "docs" / "edit.md").read_text(encoding="utf-8")
    from nightlift.adjust.storage import _KINDS
    from nightlift.edit.storage import VERSION, packed
    from tests.adjust.examples import EXAMPLES

    assert f'header["version"] == {VERSION}' in page
    edit = nightlift.Edit(EXAMPLES["grid"]())
    for word in (*_KINDS, *packed(edit)[0], "painting", "pooled"):
        assert f"`{word}`" in page
    for example in EXAMPLES.values():
        adjustment = example()
        words = (*adjustment.parameters(), *adjustment.settings())
        assert all(f"`{word.rpartition('.')[2]}`" in page or "." in word for word in words)


def test_a_file_of_the_first_version_is_read() -> None:
    """One that was written on 2026-11-28; what it does must never change."""
    edit = nightlift.Edit.load(Path(__file__).parent / "edit-1.npz")
    assert edit.method == "glenet-global-open"
    assert (edit.strength, edit.gate, edit.controls.warmth) == (0.8, 0.5, 20)
    assert edit.notices == ("held back",)
    gray = np.arange(0, 256, 51, dtype=np.uint8)
    pixels = np.stack([gray, gray // 2, gray // 3], axis=-1)[None]
    assert edit.apply(pixels)[0].tolist() == EXPECTED
