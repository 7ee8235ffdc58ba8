"""The command line on folders: what fails fails alone."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import simplejpeg

from tests.broken import BROKEN


def enhance(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "nightlift", "enhance", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def fill(folder: Path, good: int, broken: int) -> None:
    folder.mkdir()
    rng = np.random.default_rng(0)
    for number in range(good):
        height, width = rng.integers(40, 80, 2)
        pixels = rng.integers(0, 60, (height, width, 3), dtype=np.uint8)
        (folder / f"good-{number:04}.jpg").write_bytes(simplejpeg.encode_jpeg(pixels))
    kinds = list(BROKEN.items())
    for number in range(broken):
        name, data = kinds[number % len(kinds)]
        (folder / f"bad-{number:02}-{name}").write_bytes(data)


def told(text: str) -> list[str]:
    """Lines that are no progress, which a run of more than ten seconds tells."""
    return [line for line in text.splitlines() if not re.fullmatch(r"\d+ of \d+ photos", line)]


def check(folder: Path, out: Path, good: int, broken: int) -> None:
    done = enhance(folder, "-o", out, "--json")
    assert done.returncode == 1
    lines = told(done.stderr)
    assert len(lines) == broken
    assert all(line.startswith(f"{folder}{os.sep}bad-") and ": " in line for line in lines)
    records = [json.loads(line) for line in done.stdout.splitlines()]
    assert sum(record["status"] == "done" for record in records) == good
    assert len(records) == good + broken
    assert len(list(out.iterdir())) == good
    again = enhance(folder, "-o", out, "--skip-existing")
    assert again.returncode == 1
    assert len(told(again.stderr)) == broken


def test_a_folder_with_every_kind_of_broken_file(tmp_path: Path) -> None:
    fill(tmp_path / "in", 8, len(BROKEN))
    check(tmp_path / "in", tmp_path / "out", 8, len(BROKEN))


@pytest.mark.slow
def test_a_thousand_photos_fifty_of_them_broken(tmp_path: Path) -> None:
    fill(tmp_path / "in", 950, 50)
    check(tmp_path / "in", tmp_path / "out", 950, 50)


PEAK = """
import resource, sys
from nightlift.cli.main import main
main(["enhance", sys.argv[1], "-o", sys.argv[2]])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.slow
def test_memory_stays_flat(tmp_path: Path) -> None:
    def peak(number: int) -> int:
        folder = tmp_path / f"in-{number}"
        fill(folder, number, 0)
        command = [sys.executable, "-c", PEAK, folder, tmp_path / f"out-{number}"]
        return int(subprocess.check_output(command, text=True).splitlines()[-1])

    assert peak(800) < peak(80) + 8 * 1024
