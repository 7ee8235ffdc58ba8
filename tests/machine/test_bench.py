"""nightlift bench compares what it says with the floor, and photos of any kind are refused."""

import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nightlift.cli.main import main
from nightlift.edit.enhancer import Enhancer
from nightlift.machine import bench


def test_runs_alternate_and_medians_are_taken() -> None:
    calls: list[str] = []
    runs = {name: (lambda name=name: calls.append(name)) for name in "ab"}
    found = bench.alternating(runs, 3, before=lambda: calls.append("-"))
    assert "".join(calls) == "-b-a-a-b-b-a-a-b"
    assert set(found) == {"a", "b"} and min(found.values()) >= 0


def test_the_synthetic_photo_is_dark_and_of_its_size() -> None:
    image = Image.open(io.BytesIO(bench.synthetic(0.4, orientation=6)))
    assert image.size == (774, 516) and image.getexif()[0x0112] == 6
    assert 20 < np.asarray(image).mean() < 90


@pytest.mark.parametrize("cold", [False, True])
def test_the_floor_comes_first_and_nothing_is_left(tmp_path: Path, cold: bool) -> None:
    source = tmp_path / "a.jpg"
    source.write_bytes(bench.synthetic(0.1))
    timings = bench.file_to_file({"gamma": Enhancer("gamma", threads=1)}, source, 1, cold=cold)
    assert [timing.name for timing in timings] == [bench.FLOOR, "gamma"]
    assert timings[0].ratio == 1 and timings[1].milliseconds > 0
    assert [path.name for path in tmp_path.iterdir()] == ["a.jpg"]


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = ["bench", "--megapixels", "0.1", "--rounds", "1", "--threads", "1", "-m", "gamma,lime"]
    assert main([*given, "--json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["name"] for line in lines] == [bench.FLOOR, "gamma", "lime"]
    png = tmp_path / "a.png"
    Image.new("RGB", (9, 9)).save(png)
    assert main(["bench", str(png), "-m", "gamma"]) == 2
    assert "expected a JPEG" in capsys.readouterr().err
