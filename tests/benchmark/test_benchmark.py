"""A benchmark: whole, the same twice, from what is kept, and by contents alone."""

import csv
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nightlift.benchmark import costs as costs_module
from nightlift.benchmark.overlap import overlap
from nightlift.benchmark.tables import like_best
from nightlift.cli.main import main
from nightlift.data.pictures import deep
from nightlift.evaluate.run import evaluate
from nightlift.evaluate.score_cache import ScoreCache, key_of
from nightlift.evaluate.table import Row
from nightlift.metrics.metric import METRICS, Metric
from nightlift.photo.photo import Photo
from nightlift.photo.writing import write
from tests.evaluate.conftest import darkened, load, save, scene

BEST = "best-constant-gamma"
FEW = "psnr,ssim,hue-drift"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Four training pairs, four validation pairs."""
    root = tmp_path / "LOL"
    for number in range(8):
        bright = scene(number)
        save(root / "high" / f"{number}.png", bright)
        save(root / "low" / f"{number}.png", darkened(bright, 2.0 + number / 10))
    (root / "split.json").write_text('{"validation": ["4", "5", "6", "7"]}')
    return root


def run(data: Path, out: Path, *further: object) -> dict[str, Any]:
    words = ("benchmark", "-m", "gamma,equalize", "--data", f"lol:{data}", "--metrics", FEW)
    words += ("-o", out, "--cache", out.parent / "kept.jsonl", "--no-costs", *further)
    assert main([str(word) for word in words]) == 0
    return json.loads((out / "benchmark.json").read_text())  # type: ignore[no-any-return]


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The names of metrics, once for each time that one is measured."""
    seen: list[str] = []
    plain = Metric.measure

    def measure(self: Metric, *pictures: Any) -> float:
        seen.append(self.name)
        return plain(self, *pictures)

    monkeypatch.setattr(Metric, "measure", measure)
    yield seen


def numbers(content: dict[str, Any]) -> Any:
    """All but when it was."""
    for part in content["data_sets"]:
        part["provenance"].pop("date")
    return content


def test_twice_is_the_same_and_nothing_is_measured_again(
    data: Path, tmp_path: Path, counted: list[str]
) -> None:
    first = numbers(run(data, tmp_path / "one"))
    assert len(counted) == 7 * 4 * 3
    counted.clear()
    assert numbers(run(data, tmp_path / "two")) == first
    assert counted == []
    fresh = tmp_path / "elsewhere"
    fresh.mkdir()
    assert numbers(run(data, fresh / "three")) == first


def test_the_gamma_is_fitted_on_pairs_that_are_named(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Evaluation pairs in a folder of their own have none; a data set beside them has its own."""
    for name in ("low", "high"):
        save(tmp_path / "eval" / name / "0.png", load(data / name / "5.png"))
    (tmp_path / "eval" / "split.json").write_text('{"validation": ["0"]}')
    words = ["benchmark", "--metrics", "psnr", "--no-costs", "--cache", str(tmp_path / "kept")]
    words += ["--data", f"lol:{data}", "--gamma-data", f"lol:{data}", "-o"]
    assert main([*words, str(tmp_path / "refused")]) == 2
    assert "no data set here is such" in capsys.readouterr().err
    assert main([*words, str(tmp_path / "out"), "--data", f"lol:{tmp_path / 'eval'}"]) == 0
    own, alone = json.loads((tmp_path / "out" / "benchmark.json").read_text())["data_sets"]
    said = f"the best constant gamma is fitted on the 4 training pairs of lol:{data}"
    assert said not in own["provenance"]["notes"] and said in alone["provenance"]["notes"]
    assert all(BEST in {row["name"] for row in part["rows"]} for part in (own, alone))


def test_a_changed_picture_is_measured_again_and_a_moved_one_is_not(
    data: Path, tmp_path: Path, counted: list[str]
) -> None:
    run(data, tmp_path / "one")
    counted.clear()
    moved = data.rename(tmp_path / "other")
    run(moved, tmp_path / "two")
    assert counted == []
    save(moved / "low" / "5.png", darkened(load(moved / "high" / "5.png"), 3.0))
    run(moved, tmp_path / "three")
    assert len(counted) == 7 * 3


def test_a_stopped_measurement_goes_on(data: Path, tmp_path: Path, counted: list[str]) -> None:
    first = numbers(run(data, tmp_path / "one"))
    kept = tmp_path / "kept.jsonl"
    lines = kept.read_text().splitlines(keepends=True)
    kept.write_text("".join(lines[: len(lines) // 2]) + lines[-1][:20])
    counted.clear()
    assert numbers(run(data, tmp_path / "two")) == first
    assert 0 < len(counted) < 7 * 4 * 3


def test_a_further_metric_is_measured_alone(data: Path, tmp_path: Path, counted: list[str]) -> None:
    run(data, tmp_path / "one")
    counted.clear()
    run(data, tmp_path / "two", "--metrics", f"{FEW},speckle")
    assert set(counted) == {"speckle"}


def test_what_is_written(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    content = run(data, out, "--overwrite")
    told = capsys.readouterr().out
    assert told == (out / "benchmark.md").read_text()
    part = content["data_sets"][0]
    rows = [row["name"] for row in part["rows"]]
    assert rows[:3] == ["identity", "gamma-0.4", "best-constant-gamma"]
    assert set(part["ranks"]["psnr"]) == set(rows) - {"identity"}
    assert len(part["tests"]) == 3 * 7 * 6 / 2
    assert all(one["p"] <= one["corrected"] <= 1 for one in part["tests"] if one["p"] is not None)
    with (out / "pictures.csv").open(newline="") as file:
        table = list(csv.DictReader(file))
    assert len(table) == 7 * 4
    scores = {(one["row"], one["picture"]): float(one["psnr"]) for one in table}
    ids = [one["id"] for one in part["pictures"]]
    for row in part["rows"]:
        assert [scores[row["name"], id] for id in ids] == row["scores"]["psnr"]
    latex = (out / "benchmark.tex").read_text()
    assert latex.count(r"\\") == 1 + 7 and latex.count(r"\textbf") >= 3
    page = (out / "report.html").read_text()
    assert "http://" not in page.replace("http://www.w3.org", "") and "equalize" in page


@pytest.mark.parametrize("depth", [np.uint16, np.float32])
def test_deep_references_are_not_rounded(tmp_path: Path, depth: type) -> None:
    bright = scene(1).astype(np.uint16) * 257 + 100
    white, name = (65535, "a.png") if depth is np.uint16 else (1, "a.tif")
    for folder, pixels in (("low", bright // 4), ("high", bright)):
        (tmp_path / folder).mkdir()
        write(Photo((pixels * (white / 65535)).astype(depth)), tmp_path / folder / name)
    from nightlift.evaluate.candidate import Candidate
    from nightlift.evaluate.selection import select

    samples = select(f"lol:{tmp_path}", "all").samples
    assert deep(samples[0].reference).dtype == depth
    step = depth(50 * (white / 65535))
    near = Candidate("near", "near", "method", lambda sample, _: deep(sample.reference) - step)
    found = evaluate([near], samples, [METRICS["psnr"]], own_depth=True)
    expected = 20 * np.log10(65535 / 50)
    assert found.row("near").scores["psnr"][0] == pytest.approx(expected, rel=1e-4)


def test_what_is_kept_is_read_back(tmp_path: Path) -> None:
    kept = ScoreCache(tmp_path / "a" / "kept.jsonl")
    kept.put("k", {"x": float("inf"), "y": 1.5})
    kept.put("k", {"y": 2.0, "z": float("nan")})
    again = ScoreCache(tmp_path / "a" / "kept.jsonl")
    assert again.get("k")["x"] == float("inf") and again.get("k")["y"] == 1.5
    assert np.isnan(again.get("k")["z"])
    assert again.made("m", lambda: 3) == ScoreCache(kept.path).made("m", lambda: 4) == 3
    assert key_of("a", [1]) != key_of("a", [2])


@pytest.mark.parametrize(
    ("data", "told", "expected"),
    [
        (("402 of LOL's 485 training pairs",), "lol:/data/LOL", "LOL"),
        (("SICE part 1",), "folder:/data/exposures", "SICE"),
        (("MIT-Adobe FiveK",), "lol:/data/LOL", "no"),
        (("unknown: the file is none",), "lol:/data/LOL", "unknown"),
        ((), "lol:/data/LOL", "unknown"),
    ],
)
def test_overlap_is_what_both_name(data: tuple[str, ...], told: str, expected: str) -> None:
    row = Row("a", "a", "method", {"data": data}, {}, {})
    assert overlap(row, told) == expected
    classical = Row("a", "a", "method", {"kind": "classical"}, {}, {})
    assert overlap(classical, told) == "no"


@pytest.mark.slow
def test_costs_are_measured_once(tmp_path: Path) -> None:
    from nightlift.evaluate.baseline_rows import baselines
    from nightlift.evaluate.candidate import method
    from nightlift.evaluate.gamma_fit import GammaFit

    kept = ScoreCache(tmp_path / "kept.jsonl")
    found = costs_module.costs(method("gamma"), False, kept)
    assert [one.megapixels for one in found] == [1, 12]
    assert all(one.milliseconds > 0 and one.megabytes >= 0 for one in found)
    assert costs_module.costs(method("gamma"), False, ScoreCache(kept.path)) == found
    for baseline in baselines(GammaFit(0.3, 4, 20.0)):
        for one in costs_module.costs(baseline, False, kept):
            assert one.problem is None and one.milliseconds >= 0


def test_rows_like_the_best_are_marked(data: Path, tmp_path: Path) -> None:
    from nightlift.benchmark.run import benchmark
    from nightlift.evaluate.candidate import method
    from nightlift.evaluate.selection import select

    found = benchmark(
        [select(f"lol:{data}")],
        lambda _: [method("gamma")],
        lambda _: [METRICS["psnr"]],
        with_costs=False,
        kept=ScoreCache(tmp_path / "kept.jsonl"),
    )
    part = found.parts[0]
    best = min(part.ranks["psnr"], key=lambda name: part.ranks["psnr"][name].place)
    # Four pictures allow no p-value below an eighth: nothing is clear.
    assert not like_best(part, best, "psnr")
    assert all(like_best(part, name, "psnr") for name in part.ranks["psnr"] if name != best)
    assert found.terms["gamma"] == "Apache-2.0"


def test_costs_stand_in_every_document(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[dict[str, Any]] = []

    def measured(given: dict[str, Any]) -> tuple[float, float]:
        asked.append(given)
        if given.get("method") == "equalize" and given["megapixels"] == 12:
            raise subprocess.TimeoutExpired("nightlift", costs_module.LIMIT)
        return 1234 * given["megapixels"], 56.0

    monkeypatch.setattr(costs_module, "_in_child", measured)
    monkeypatch.setattr(costs_module, "processor", lambda: "a processor, 2 cores")
    monkeypatch.setattr("nightlift.benchmark.run.processor", lambda: "a processor, 2 cores")
    words = ["benchmark", "-m", "gamma,equalize", "--data", f"lol:{data}", "--metrics", FEW]
    words += ["-o", str(tmp_path / "out"), "--cache", str(tmp_path / "kept.jsonl")]
    assert main(words) == 0
    assert len(asked) == 7 * 2
    assert "equalize: no costs at 12 MP: not done after 600 seconds" in capsys.readouterr().err
    texts = {path.name: path.read_text() for path in (tmp_path / "out").iterdir()}
    for name in ("benchmark.md", "benchmark.tex", "report.html", "rows.csv"):
        assert "a processor, 2 cores" in texts[name] and "CPU ms" in texts[name]
        assert "14808" in texts[name]
    content = json.loads(texts["benchmark.json"])
    assert content["processor"] == "a processor, 2 cores"
    assert content["costs"]["identity"][1]["milliseconds"] == 14808
    with (tmp_path / "out" / "rows.csv").open(newline="") as file:
        rows = {one["row"]: one for one in csv.DictReader(file)}
    assert float(rows["gamma"]["CPU ms 1 MP"]) == 1234 and rows["equalize"]["MB 12 MP"] == ""
    assert (
        float(rows["gamma"]["psnr"])
        == content["data_sets"][0]["rows"][5]["summaries"]["psnr"]["mean"]
    )
    asked.clear()
    assert main([*words, "--overwrite"]) == 0
    assert asked == [{"method": "equalize", "exact": False, "megapixels": 12.0}]


def test_notes_hold_no_place(data: Path, tmp_path: Path) -> None:
    save(data / "high" / "7.png", load(data / "high" / "3.png"))
    content = run(data, tmp_path / "out")
    (note,) = content["data_sets"][0]["provenance"]["notes"]
    assert "the first is high/7.png, like high/3.png" in note and str(tmp_path) not in note


def test_a_metric_that_cannot_be_measured_is_named(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["benchmark", "-m", "gamma", "--data", f"lol:{data}", "-o", str(tmp_path / "out")]
    assert main([*words, "--no-costs", "--cache", str(tmp_path / "kept.jsonl")]) == 1
    said = capsys.readouterr().err
    assert "4.png: ms-ssim: this metric needs a picture of at least 176x176 pixels" in said


def test_squeezenet_is_a_column_of_its_own(data: Path, tmp_path: Path) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    from tests.learned.test_distances import weights

    torch.save(weights(), tmp_path / "squeezenet.pth")
    part = run(data, tmp_path / "out", "--squeezenet", tmp_path / "squeezenet.pth")["data_sets"][0]
    told = {one["name"]: one["title"] for one in part["metrics"]}
    assert told["squeezenet"].startswith("SqueezeNet distance (weights ")
    rows = {row["name"]: row["scores"]["squeezenet"] for row in part["rows"]}
    assert all(score > 0 for score in rows["identity"]) and rows["gamma"] != rows["equalize"]
