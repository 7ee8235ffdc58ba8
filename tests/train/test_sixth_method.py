"""A method that nobody has written yet: one folder, and its line in the table, are all it takes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

import nightlift
from nightlift.cli.main import main
from nightlift.learned import table
from tests.toy import TOY
from tests.train.test_contract import assert_commands_take, assert_enhances

ROOT = Path(__file__).resolve().parents[2]
IMPORT = "from nightlift.learned.zero_dce import"
LAST = "        SMNET_FIVEK,\n"

CONTRACTS = ("tests/train/test_contract.py", "tests/train/test_resume.py")


def test_a_method_in_the_table_alone_is_trained_released_and_used(
    data: Mapping[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setitem(table.METHODS, TOY.name, TOY)
    assert_enhances(TOY, data, tmp_path)
    assert_commands_take(tmp_path / "model.onnx", data)
    assert main(("methods", "--trainable", "--json")) == 0
    printed = [line for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
    (listed,) = [one for one in map(json.loads, printed) if one["name"] == "toy"]
    assert (listed["recipes"], listed["imports"]) == (["default"], False)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package with the toy's folder in it, and its name in the table."""
    root = tmp_path_factory.mktemp("tree")
    package = Path(nightlift.__file__).parent
    shutil.copytree(package, root / "nightlift", ignore=shutil.ignore_patterns("__pycache__"))
    learned = root / "nightlift" / "learned"
    shutil.copytree(
        ROOT / "tests" / "toy", learned / "toy", ignore=shutil.ignore_patterns("__pycache__")
    )
    file = learned / "table.py"
    text = file.read_text(encoding="utf-8")
    assert text.count(IMPORT) == text.count(LAST) == 1
    text = text.replace(IMPORT, f"from nightlift.learned.toy import TOY\n{IMPORT}")
    file.write_text(text.replace(LAST, f"{LAST}        TOY,\n"), encoding="utf-8")
    return root


def python(tree: Path, where: Path, *words: object) -> subprocess.CompletedProcess[str]:
    """A process that knows the copied package alone, on one thread."""
    environment = {**os.environ, "PYTHONPATH": str(tree), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, *map(str, words)]
    return subprocess.run(
        command, env=environment, cwd=where, capture_output=True, text=True, check=False
    )


@pytest.mark.slow
def test_one_folder_and_one_line_bring_every_command(tree: Path, tmp_path: Path) -> None:
    def run(*words: object, status: int = 0) -> str:
        done = python(tree, tmp_path, "-m", "nightlift", *words)
        assert done.returncode == status, done.stderr
        return done.stdout + done.stderr

    pairs = f"lol:{ROOT / 'examples' / 'tiny' / 'lol'}"
    dark = ROOT / "examples" / "dark" / "astronaut.jpg"
    assert "toy" in run("methods", "--trainable")
    assert "learning_rate=0.05" in run("train", "toy", "--show-recipe")
    trained = run("train", "toy", "--data", pairs, "-o", "run", "--workers", 0)
    assert "epoch 3/3  validation loss" in trained and "reconstruction" in trained
    again = ("train", "toy", "-o", "run", "--resume", "--set", "epochs=4")
    assert "neither beside the run" in run(*again, status=2)
    assert "epoch 4/4" in run(*again, "--data", pairs)
    assert "did you mean toy?" in run("train", "toi", "--data", pairs, "-o", "x", status=2)
    assert "Toy: one bend" in run("export", "run", "-o", "toy.onnx")
    refused = run("import", "toy", "nothing.pth", "-o", "x.onnx", status=2)
    assert "no published checkpoint of toy" in refused
    run("enhance", dark, "--model", "toy.onnx", "-o", "light.jpg")
    lighter = nightlift.read(tmp_path / "light.jpg").pixels.mean()
    assert lighter > 1.1 * nightlift.read(dark).pixels.mean()
    run("compare", dark, "-m", "toy.onnx,gamma", "-o", "sheet.png")
    assert "**toy**" in run("evaluate", "--model", "toy.onnx", "--data", pairs, "--split", "run")


@pytest.mark.slow
def test_the_contract_tests_judge_it(tree: Path) -> None:
    done = python(
        tree, ROOT, "-m", "pytest", "-n", "0", "-p", "no:cacheprovider", "-m", "", "-vv",
        "-k", "toy", *CONTRACTS,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    for test in (
        "test_it_has_a_card[toy]",
        "test_a_fixed_batch_is_learned[toy]",
        "test_a_run_becomes_a_model_that_enhances[toy]",
        "test_resumed_after_a_kill_equals_uninterrupted[toy]",
    ):
        assert f"{test} PASSED" in done.stdout
