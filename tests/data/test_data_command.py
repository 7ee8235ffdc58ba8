"""The three sub-commands, through their parser."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from nightlift.cli import data
from nightlift.cli.parser import Parser
from nightlift.errors import UsageError

from .conftest import Place


def run(*arguments: object) -> int:
    top = Parser(prog="nightlift")
    data.add(top.add_subparsers(dest="command", required=True))
    given = top.parse_args(["data", *map(str, arguments)])
    return int(given.run(given))


def test_check_in_order(lol: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("check", f"auto:{lol}") == 0
    assert capsys.readouterr().out == f"lol:{lol} (recognized): 12 pictures, in order\n"


def test_check_with_problems(lol: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (lol / "high/2.bmp").unlink()
    assert run("check", f"lol:{lol}") == 1
    first, last = capsys.readouterr().out.splitlines()
    assert first.startswith(f"{lol / 'low/2.png'}: has no partner")
    assert last == f"lol:{lol}: 10 pictures, 1 problem"


def test_check_as_json(lol: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (lol / "high/2.bmp").unlink()
    assert run("check", f"lol:{lol}", "--json", "--smallest", "80") == 1
    told = capsys.readouterr()
    *rows, summary = [json.loads(line) for line in told.out.splitlines()]
    assert told.err == ""
    assert {row["kind"] for row in rows} == {"partner", "small"}
    assert summary == {"layout": "lol", "root": str(lol), "pictures": 10, "problems": 11}


def test_describe(lol: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("describe", f"auto:{lol}") == 0
    told = capsys.readouterr().out
    assert "lol (recognized)" in told
    assert "96 / 96 / 96 (min/median/max) pixels" in told
    assert run("describe", f"lol:{lol}", "--json") == 0
    assert json.loads(capsys.readouterr().out)["pairs"] == 6


def test_synthesize(place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = place("good/a.png", seed=1).parent
    (good / "b.png").write_bytes(b"no picture")
    out = tmp_path / "out"
    assert run("synthesize", good, "-o", out, "--seed", 3) == 1
    told = capsys.readouterr()
    assert told.out == f"lol:{out}: 1 done, 1 failed of 2 pairs\n"
    assert told.err.startswith(f"{good / 'b.png'}: ")
    assert len(told.err.splitlines()) == 1
    (good / "b.png").unlink()
    assert run("synthesize", good, "-o", tmp_path / "more", "--json", "--style", "smnet") == 0
    (row,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (row["status"], Path(row["low"]).is_file()) == ("done", True)


def test_wrong_use(lol: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for wrong in (["chek", "x"], ["check"], ["synthesize", lol], ["check", "lol:x", "--decod"]):
        with pytest.raises(SystemExit) as stopped:
            run(*wrong)
        assert stopped.value.code == 2
    assert "did you mean check?" in capsys.readouterr().err
    with pytest.raises(UsageError, match="did you mean lol"):
        run("check", f"lool:{lol}")


def test_neither_torch_nor_onnxruntime_is_loaded(lol: Path) -> None:
    code = (
        "import sys; from nightlift.cli import data; assert 'cv2' not in sys.modules;"
        "import nightlift.data.checking, nightlift.data.description, nightlift.data.augment;"
        "import nightlift.data.synthetic_pairs;"
        "assert not {'torch', 'onnxruntime'} & set(sys.modules)"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(data.__file__).parents[2])}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)
