import csv
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nightlift.cli import evaluate
from nightlift.cli.parser import Parser
from nightlift.errors import UsageError, WriteError
from nightlift.evaluate.measures import PAIRED, UNPAIRED

from .conftest import darkened, load, save, scene

COLUMNS = ["psnr", "ssim", "delta-e-2000", "psnr-mean-matched", "loe"]


def command(*arguments: object) -> int:
    parser = Parser(prog="nightlift")
    evaluate.add(parser.add_subparsers(dest="command", required=True))
    given = parser.parse_args(["evaluate", *map(str, arguments)])
    return int(given.run(given))


def table(markdown: str) -> dict[str, list[str]]:
    """The cells of the first table, by the row's first cell."""
    lines = [line for line in markdown.splitlines() if line.startswith("|")]
    found: dict[str, list[str]] = {}
    for line in lines:
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if cells[0] == "difference":
            break
        found[cells[0].strip("*")] = cells[1:]
    return found


def test_end_to_end(lol: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "report"
    theirs = tmp_path / "theirs"
    for id in "6789":
        save(theirs / f"{id}.png", darkened(load(lol / "low" / f"{id}.png"), 0.3))
    status = command(
        *("-m", "gamma,equalize", "--data", f"lol:{lol}", "--results", f"theirs={theirs}"),
        *("-o", out, "--seed", 5),
    )
    told = capsys.readouterr()
    assert (status, told.err) == (0, "")
    markdown = (out / "results.md").read_text()
    assert told.out == markdown
    content = json.loads((out / "results.json").read_text())
    names = [row["name"] for row in content["rows"]]
    assert names == [
        *("identity", "gamma-0.4", "best-constant-gamma", "gamma-to-mean-0.4"),
        *("gain-to-mean-0.4", "gamma", "equalize", "theirs"),
    ]
    assert content["rows"][2]["about"]["gamma"] == pytest.approx(0.5, abs=0.005)
    check_csv(out, content)
    check_markdown(markdown, content)
    check_pictures(lol, theirs, content)
    check_provenance(lol, content)
    assert sorted(path.name for path in out.iterdir()) == [
        "pictures.csv",
        "report.html",
        "results.json",
        "results.md",
    ]


def check_csv(out: Path, content: dict[str, Any]) -> None:
    with (out / "pictures.csv").open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert list(lines[0]) == ["row", "picture", "width", "height", *COLUMNS]
    assert len(lines) == 8 * 4
    for row in content["rows"]:
        mine = [line for line in lines if line["row"] == row["name"]]
        assert [line["picture"] for line in mine] == ["6", "7", "8", "9"]
        for name in COLUMNS:
            assert [float(line[name]) for line in mine] == row["scores"][name]


def check_markdown(markdown: str, content: dict[str, Any]) -> None:
    cells = table(markdown)
    assert cells["row"] == [
        *("PSNR (dB) ↑", "SSIM (RGB) ↑", "ΔE2000 ↓", "PSNR (dB), mean matched ↑", "LOE ↓"),
    ]
    for row in content["rows"]:
        shown = cells[str(row["title"])]
        for cell, name in zip(shown, COLUMNS, strict=True):
            summary = row["summaries"][name]
            numbers = [float(number) for number in re.findall(r"-?[\d.]+", cell)]
            expected = [summary[key] for key in ("mean", "sd", "low", "high")]
            np.testing.assert_allclose(numbers, expected, atol=0.06)
    assert "never to be compared" in markdown
    assert "theirs − best baseline" in markdown
    assert "gamma − equalize" in markdown


def check_pictures(lol: Path, theirs: Path, content: dict[str, Any]) -> None:
    scores = {row["name"]: row["scores"] for row in content["rows"]}
    for place, id in enumerate("6789"):
        low, high = (load(lol / half / f"{id}.png").astype(float) for half in ("low", "high"))
        result = load(theirs / f"{id}.png").astype(float)
        for name, output in (("identity", low), ("theirs", result)):
            expected = 10 * np.log10(255**2 / ((output - high) ** 2).mean())
            assert scores[name]["psnr"][place] == pytest.approx(expected)


def check_provenance(lol: Path, content: dict[str, Any]) -> None:
    source = content["provenance"]
    assert source["data"] == f"lol:{lol}"
    assert (source["part"], source["number_of_pictures"]) == ("validation", 4)
    assert (source["seed"], source["exact"]) == (5, False)
    assert str(source["data_hash"]).startswith("sha256:")
    assert {"nightlift", "python", "numpy"} <= set(source["versions"])


def test_one_json_object_a_row(lol: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command("-m", "gamma", "--data", f"auto:{lol}", "--metrics", "psnr", "--json") == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(rows) == 6
    assert rows[-1]["name"] == "gamma"
    assert rows[-1]["pictures"] == 4
    assert set(rows[-1]["summaries"]) == {"psnr"}
    assert [one["against_baseline"] for one in rows[-1]["comparisons"]] == [True]


def test_infinite_scores_in_every_file(lol: Path, tmp_path: Path) -> None:
    out = tmp_path / "report"
    assert command("--data", f"lol:{lol}", "--results", f"answer={lol / 'high'}", "-o", out) == 0
    row = json.loads((out / "results.json").read_text())["rows"][-1]
    assert row["scores"]["psnr"] == ["inf"] * 4
    unknown = {"sd": None, "low": None, "high": None}
    assert row["summaries"]["psnr"] == {"count": 4, "mean": "inf", **unknown}
    assert "inf" in (out / "pictures.csv").read_text()
    assert table((out / "results.md").read_text())["answer"][0] == "inf ± —"


def test_what_failed_is_one_line_each(
    lol: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = lol / "low" / "7.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\n and no more")
    theirs = tmp_path / "theirs"
    for id in "6789":
        save(theirs / f"{id}.png", scene(1, 10, 10))
    status = command(
        *("-m", "gamma", "--data", f"lol:{lol}", "--results", f"small={theirs}"),
        *("-o", tmp_path / "report", "--metrics", "psnr"),
    )
    told = capsys.readouterr()
    assert status == 1
    errors = told.err.splitlines()
    assert len(errors) == 2
    assert errors[0].startswith(f"{broken}: ")
    assert errors[1].startswith("small: ")
    assert errors[1].endswith("(and 2 more)")
    assert table(told.out)["small"] == ["—"]
    assert "left out of every row" in told.out
    content = json.loads((tmp_path / "report" / "results.json").read_text())
    assert len(content["left_out"]) == 1
    assert content["rows"][-1]["scores"]["psnr"] == [None, None, None]
    assert len(content["rows"][-1]["problems"]) == 3


def test_unpaired_photos(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save(tmp_path / "a.png", scene(1))
    save(tmp_path / "b.png", scene(2))
    assert command("-m", "equalize", "--data", f"folder:{tmp_path}") == 0
    told = capsys.readouterr()
    assert table(told.out)["row"] == ["LOE ↓"]
    assert "best constant gamma is left out" in told.err
    assert "best constant gamma (" not in told.out
    with pytest.raises(UsageError, match="these photos have none"):
        command("--data", f"folder:{tmp_path}", "--metrics", "psnr")


def test_results_are_not_overwritten_unasked(lol: Path, tmp_path: Path) -> None:
    given = ("--data", f"lol:{lol}", "--metrics", "psnr", "-o", tmp_path / "report")
    assert command(*given) == 0
    with pytest.raises(WriteError, match="--overwrite"):
        command(*given)
    assert command(*given, "--overwrite", "--limit", 2) == 0
    content = json.loads((tmp_path / "report" / "results.json").read_text())
    assert len(content["pictures"]) == 2
    assert content["provenance"]["notes"] == ["only the first 2 of 4 pictures are measured"]


def test_wrong_use(lol: Path) -> None:
    with pytest.raises(UsageError, match="'identity' twice"):
        command("--data", f"lol:{lol}", "--results", f"identity={lol / 'high'}")
    for wrong in (("--results", "folder"), ("-m", "gamma,,lime")):
        with pytest.raises(SystemExit):
            command("--data", f"lol:{lol}", *wrong)


def test_help_tells_the_defaults() -> None:
    told = f"default: {','.join(PAIRED)}; {','.join(UNPAIRED)} without references"
    assert told == evaluate.METRICS


def test_niqe_on_request(lol: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    random = np.random.default_rng(0)
    parameters = tmp_path / "niqe.npz"
    root = random.normal(size=(36, 36))
    np.savez(parameters, mu_pris_param=random.normal(size=36), cov_pris_param=root @ root.T)
    save(tmp_path / "photos" / "a.png", scene(1, 192, 192))
    status = command("--data", f"folder:{tmp_path / 'photos'}", "--niqe-parameters", parameters)
    assert status == 0
    header = table(capsys.readouterr().out)["row"]
    assert header[0] == "LOE ↓"
    assert header[1].startswith("NIQE (parameters ")


def test_no_pytorch() -> None:
    code = (
        "import sys, nightlift.cli.evaluate, nightlift.evaluate.run,"
        "nightlift.evaluate.baseline_rows, nightlift.evaluate.documents,"
        "nightlift.evaluate.selection, nightlift.evaluate.measures\n"
        "assert 'torch' not in sys.modules and 'onnxruntime' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_best_gamma_stays_where_there_are_evaluation_pairs_alone(
    lol: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in (20, 21):
        save(tmp_path / "eval" / "high" / f"{number}.png", scene(number))
        save(tmp_path / "eval" / "low" / f"{number}.png", darkened(scene(number), 0.5))
    words = ("--data", f"lol:{tmp_path / 'eval'}", "--split", "all", "--metrics", "psnr")
    assert command(*words) == 0
    assert "best constant gamma (" not in capsys.readouterr().out
    assert command(*words, "--gamma-data", f"lol:{lol}") == 0
    told = capsys.readouterr()
    assert any(row.startswith("best constant gamma (0.") for row in table(told.out))
    assert f"fitted on the 6 training pairs of lol:{lol}" in told.err and "note" in told.err
    assert f"training pairs of lol:{lol}" in told.out  # among the table's notes
    more = ("--metrics", "ssim,ssim-uniform", "--json")
    assert command(*words, *more) == 0
    (first, *_) = map(json.loads, capsys.readouterr().out.splitlines())
    assert "ssim-uniform" in json.dumps(first)
