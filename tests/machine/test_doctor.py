"""nightlift doctor: what is there is told with its version, what is broken with how to mend it."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.metadata import requires, version
from pathlib import Path

import onnxruntime
import pytest

from nightlift import imports
from nightlift.cli.main import main
from nightlift.machine import doctor
from nightlift.models import released
from nightlift.processor import cores

ABSENT = """
import sys
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == {name!r}:
            raise ImportError("no such part")
sys.meta_path.insert(0, Finder())
"""


def without(part: str, code: str, *options: str) -> subprocess.CompletedProcess[str]:
    """A process of its own, in which a compiled part is missing."""
    words = [sys.executable, *options, "-c", ABSENT.format(name=part) + code]
    return subprocess.run(words, capture_output=True, text=True, check=False)


def test_the_lines(capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["doctor"])
    out = capsys.readouterr().out
    problems = [line for line in out.splitlines() if line.startswith("!!")]
    assert status == (1 if problems else 0)
    for words in (f"onnxruntime: {version('onnxruntime')}", f"{cores()} processor cores"):
        assert words in out
    for name in released.files():
        assert f"{name}: version" in out


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    main(["doctor", "--json"])
    records = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {record["area"] for record in records} >= {
        "compiled",
        "engine",
        "extra",
        "model",
        "test",
    }
    assert all(record["state"] in ("ok", "absent", "problem") for record in records)
    assert all(record["mend"] for record in records if record["state"] == "absent")
    assert {record["name"] for record in records if record["area"] == "extra"} == set(doctor.EXTRAS)


def test_every_extra_has_requirements_that_are_found() -> None:
    for extra in doctor.EXTRAS:
        assert list(doctor._requirements(extra)), extra
    assert ("av", "18.1") in list(doctor._requirements("video"))


def test_what_is_missing_or_old_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_version", lambda name: None)
    check = doctor._extra("raw")
    assert (check.state, check.mend) == ("absent", "pip install 'nightlift[raw]'")
    monkeypatch.setattr(doctor, "_version", lambda name: "0.9.1")
    check = doctor._extra("video")
    assert check.state == "problem"
    assert "av 0.9.1 is older than 18.1" in check.found
    monkeypatch.setattr(doctor, "_version", lambda name: "9999.1+cpu")
    assert doctor._extra("train").state == "ok"


def test_two_builds_of_onnx_runtime_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert list(doctor._builds()) == []
    both = {"onnxruntime": ["onnxruntime-gpu", "onnxruntime"]}
    monkeypatch.setattr("importlib.metadata.packages_distributions", lambda: both)
    (check,) = doctor._builds()
    assert check.state == "problem"
    assert check.found == "onnxruntime and onnxruntime-gpu are installed over one another"
    assert check.mend == (
        "pip uninstall --yes onnxruntime onnxruntime-gpu, then pip install onnxruntime-gpu"
    )


def test_no_extra_brings_another_build_of_onnx_runtime() -> None:
    named = [line for line in requires("nightlift") or [] if line.startswith("onnxruntime")]
    assert len(named) == 1
    assert "extra" not in named[0]


def test_devices_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    providers = ["CUDAExecutionProvider", "CPUExecutionProvider"]
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: providers)
    states = {check.name: check for check in doctor._engines() if check.area == "device"}
    assert states["cpu"].state == "ok"
    assert states["cuda"].state == "absent"
    assert "on cuda: " in states["cuda"].found


def test_a_damaged_model_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken.onnx").write_bytes(b"\x00" * 50)
    monkeypatch.setattr(released, "FOLDER", tmp_path)
    (check,) = (check for check in doctor._models() if check.name == "broken")
    assert check.state == "problem"
    assert "passport" in check.found


@pytest.mark.parametrize("part", imports.PARTS)
def test_a_missing_part_is_told_once_and_everything_works(part: str) -> None:
    code = """
import numpy as np, nightlift, nightlift.photo.jpeg_rows
dark = np.full((20, 30, 3), 40, np.uint8)
for _ in range(2):
    assert nightlift.enhance(dark).mean() > 60
"""
    done = without(part, code)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count(f"the compiled part {part} cannot be loaded (no such part)") == 1
    assert "apt install g++" in done.stderr


def test_the_command_line_tells_it_as_a_note(tmp_path: Path) -> None:
    photo = Path(__file__).resolve().parents[2] / "examples" / "dark" / "camera.jpg"
    part = "nightlift.adjust._kernels"
    code = f"""
import sys
from nightlift.cli.main import entry
out = {str(tmp_path / "out.jpg")!r}
sys.argv = ["nightlift", "enhance", {str(photo)!r}, "-o", out, "-m", "gamma"]
entry()
"""
    done = without(part, code)
    assert done.returncode == 0
    assert f"note: the compiled part {part}" in done.stderr
    assert "kernels.py" not in done.stderr
    doctored = without(
        part, "import sys\nfrom nightlift.cli.main import main\nsys.exit(main(['doctor']))"
    )
    assert doctored.returncode == 1
    assert f"!!  compiled {part}: no such part" in doctored.stdout
    assert "numpy runs" in doctored.stdout
    assert doctored.stderr == ""
