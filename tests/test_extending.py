"""What docs/architecture.md says of adding a kind, a metric, a format and a command, done so."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

import nightlift

KIND = '''
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from nightlift.adjust import kernels
from nightlift.adjust.adjustment import Adjustment, Arrays, Rebuilt, Settings, finite_floats
from nightlift.photo import Floats


@dataclass(frozen=True, eq=False)
class Mixed(Adjustment):
    """Each channel moved towards white by an amount of its own."""

    amounts: Floats
    kind: ClassVar[str] = "mixed"

    def __post_init__(self) -> None:
        object.__setattr__(self, "amounts", finite_floats(self.amounts, "amounts", (3,)))

    def evaluate(self, rows: Floats, top: int, height: int) -> Floats:
        return np.clip(rows + self.amounts * (1 - rows), 0, 1)

    def oriented(self, orientation: int) -> Self:
        return self

    def parameters(self) -> Mapping[str, Floats]:
        return {"amounts": self.amounts}

    def settings(self) -> Settings:
        return {}

    @classmethod
    def stored(cls, settings: Settings, arrays: Arrays, rebuilt: Rebuilt) -> Self:
        return cls(arrays["amounts"])

    def stages(self, size: kernels.Size, top: int, rows: int) -> list[kernels.Stage]:
        levels = np.linspace(0, 1, 256, dtype=np.float32)[:, None]
        return [("tone_table", levels + self.amounts * (1 - levels))]
'''

COMMAND = """
from nightlift.cli.parser import Subparsers


def add(commands: Subparsers) -> None:
    parser = commands.add_parser("greet", help="say hello", epilog="example: nightlift greet")
    parser.set_defaults(run=run)


def run(given: object) -> int:
    print("hello")
    return 0
"""

USE = """
import numpy as np
from nightlift import Edit
from nightlift.adjust.mixed import Mixed
photo = np.random.default_rng(0).integers(0, 255, (70, 50, 3), dtype=np.uint8)
edit = Edit(Mixed(np.array([0.5, 0.25, 0], np.float32)))
edit.save("edit.npz")
whole = edit.apply(photo).astype(int)
assert np.array_equal(Edit.load("edit.npz").apply(photo), whole)
wanted = photo + np.array([0.5, 0.25, 0]) * (255 - photo.astype(int))
assert abs(whole - wanted).max() <= 1
mean = Edit.mean([edit, Edit(Mixed(np.zeros(3, np.float32)))]).apply(photo)
assert abs(mean - (photo + wanted) / 2).max() <= 1
"""

Edits = dict[str, tuple[str, str]]

METRIC = """
import numpy as np


def mean_error(output, reference, *, data_range):
    return float(np.abs(output.astype(float) - reference).mean() / data_range)
"""

FORMAT = """
import io

import numpy as np

from nightlift.photo.photo import Photo


def decode(data: bytes) -> Photo:
    magic, sides, most, pixels = data.split(b"\\n", 3)
    width, height = map(int, sides.split())
    return Photo(np.frombuffer(pixels, np.uint8).reshape(height, width, 3).copy(), format="ppm")
"""


@pytest.fixture
def tree(tmp_path: Path) -> Callable[[Edits], Path]:
    """A copy of the package in which texts were replaced, each of them found once."""

    def edited(edits: Edits) -> Path:
        package = tmp_path / "tree" / "nightlift"
        source = Path(nightlift.__file__).parent
        shutil.copytree(source, package, ignore=shutil.ignore_patterns("__pycache__"))
        for name, (old, new) in edits.items():
            text = (package / name).read_text(encoding="utf-8")
            assert text.count(old) == 1, name
            (package / name).write_text(text.replace(old, new), encoding="utf-8")
        return package

    return edited


def python(package: Path, *words: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(package.parent)}
    done = subprocess.run(
        [sys.executable, *words],
        cwd=package.parents[1],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_kind_is_a_class_and_its_line(tree: Callable[[Edits], Path]) -> None:
    package = tree(
        {
            "adjust/storage.py": (
                "from nightlift.adjust.scaled import Scaled\n",
                "from nightlift.adjust.mixed import Mixed\n"
                "from nightlift.adjust.scaled import Scaled\n",
            )
        }
    )
    storage = package / "adjust" / "storage.py"
    text = storage.read_text(encoding="utf-8")
    storage.write_text(text.replace("        Chain,\n", "        Chain,\n        Mixed,\n"))
    (package / "adjust" / "mixed.py").write_text(KIND)
    python(package, "-c", USE)


def test_a_metric_is_a_function_and_its_line(tree: Callable[[Edits], Path]) -> None:
    package = tree(
        {
            "metrics/metric.py": (
                '    Metric("loe", ',
                '    Metric("mean-error", "Mean error", mean_error, "lower", "reference"),\n'
                '    Metric("loe", ',
            )
        }
    )
    table = package / "metrics" / "metric.py"
    line = "from nightlift.metrics.loe import loe\n"
    text = table.read_text(encoding="utf-8")
    table.write_text(
        text.replace(line, f"{line}from nightlift.metrics.mean_error import mean_error\n"),
        encoding="utf-8",
    )
    (package / "metrics" / "mean_error.py").write_text(METRIC)
    rng = np.random.default_rng(0)
    for name in ("low", "high"):
        folder = package.parents[1] / "pairs" / name
        folder.mkdir(parents=True)
        cv2.imwrite(str(folder / "1.png"), rng.integers(0, 255, (40, 40, 3), dtype=np.uint8))
    words = ("-m", "nightlift", "evaluate", "-m", "gamma", "--data", "auto:pairs")
    told = python(package, *words, "--split", "all", "--metrics", "mean-error", "--json")
    assert "mean-error" in told
    assert json.loads(told.splitlines()[0])


def test_a_format_is_a_decoder_and_its_lines(tree: Callable[[Edits], Path]) -> None:
    package = tree(
        {
            "photo/photo.py": ('"heic", "raw"]', '"heic", "raw", "ppm"]'),
            "photo/formats.py": (
                '    if head[:2] == b"BM"',
                '    if head[:3] == b"P6\\n":\n        return "ppm"\n    if head[:2] == b"BM"',
            ),
            "photo/reading.py": (
                '    elif format == "raw":',
                '    elif format == "ppm":\n'
                "        from nightlift.photo.ppm import decode\n"
                '    elif format == "raw":',
            ),
        }
    )
    (package / "photo" / "ppm.py").write_text(FORMAT)
    pixels = np.random.default_rng(0).integers(0, 60, (20, 30, 3), dtype=np.uint8)
    folder = package.parents[1]
    (folder / "night.ppm").write_bytes(b"P6\n30 20\n255\n" + pixels.tobytes())
    python(package, "-m", "nightlift", "enhance", "night.ppm", "-o", "day.png")
    assert cv2.imread(str(folder / "day.png")).mean() > pixels.mean()


def test_a_command_is_a_module_and_its_line(tree: Callable[[Edits], Path]) -> None:
    package = tree(
        {
            "cli/main.py": (
                '    "doctor": "doctor",',
                '    "doctor": "doctor",\n    "greet": "greet",',
            )
        }
    )
    (package / "cli" / "greet.py").write_text(COMMAND)
    assert python(package, "-m", "nightlift", "greet") == "hello\n"
    assert "greet" in python(package, "-m", "nightlift", "--help")
