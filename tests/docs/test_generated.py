"""The generated documents are those of the code and of the released files."""

import importlib.util
import json
import math
import re
import sys
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Any

import onnx
import pytest

from nightlift.classical import CLASSICAL
from nightlift.learned.table import METHODS
from nightlift.models.released import FOLDER, RESEARCH_MODELS, load

DOCS = Path(__file__).resolve().parents[2] / "docs"


def loaded(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, DOCS / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # where dataclasses look for their types
    sys.path.insert(0, str(DOCS))  # as for a script that is run there
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(DOCS))
    return module


@pytest.fixture(scope="module")
def script() -> ModuleType:
    return loaded("make_tables")


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script of the results, with measurements of its own."""
    module = loaded("make_results")
    (tmp_path / "notes.md").write_text("## Notes\n")
    monkeypatch.setattr(module, "FOLDER", tmp_path)
    return module


def report(folder: Path, pictures: str = "sha256:1", **psnr: float) -> Path:
    """What `benchmark` leaves of methods with these PSNRs."""
    rows = []
    for name, value in psnr.items():
        summary = {"mean": value, "low": value - 1, "high": value + 1, "count": 40}
        metrics = dict.fromkeys(("psnr", "ssim", "delta-e-2000", "psnr-mean-matched"), summary)
        role = "baseline" if name == "identity" else "method"
        rows.append({"name": name, "title": name, "role": role, "summaries": metrics})
    part = {
        "provenance": {"pictures_hash": pictures, "exact": False, "data": "lol:/somewhere"},
        "rows": rows,
        "overlaps": dict.fromkeys(psnr, "no"),
    }
    spent = [{"megapixels": size, "milliseconds": 7.6 * size, "megabytes": 3} for size in (1, 12)]
    content: dict[str, Any] = {
        "data_sets": [part],
        "costs": dict.fromkeys(psnr, spent),
        "processor": "a processor, 2 cores",
        "terms": dict.fromkeys(psnr, "any use"),
    }
    path = folder / "report.json"
    path.write_text(json.dumps(content))
    return path


@pytest.mark.parametrize("name", ["methods-table.md", "models.md"])
def test_it_is_up_to_date(script: ModuleType, name: str) -> None:
    makers = {"methods-table.md": script.methods_table, "models.md": script.models_table}
    written = (DOCS / name).read_text(encoding="utf-8")
    assert written == makers[name](), "run: python docs/make_tables.py"


def test_every_released_file_of_the_tree_is_listed_and_whole(script: ModuleType) -> None:
    page = (DOCS / "models.md").read_text(encoding="utf-8")
    files = [*FOLDER.glob("*.onnx"), *script.RESEARCH.rglob("*.onnx")]
    assert len(files) > 1
    for path in files:
        assert f"| `{load(path).path.stem}` |" in page


def test_the_card_of_the_fine_denoiser_tells_its_file(script: ModuleType) -> None:
    card = (script.FINE.parent / "card.md").read_text(encoding="utf-8")
    weights = onnx.load(script.FINE).graph.initializer
    assert f"| {sum(math.prod(weight.dims) for weight in weights):,} |" in card
    assert f"{script.FINE.stat().st_size:,} bytes" in card
    page = (DOCS / "models.md").read_text(encoding="utf-8")
    assert f"{sha256(script.FINE.read_bytes()).hexdigest()}  fine.onnx" in page


def test_the_page_of_results_is_up_to_date() -> None:
    written = (DOCS / "results.md").read_text(encoding="utf-8")
    assert written == loaded("make_results").page(), "run: python docs/make_results.py"


def test_rows_of_results_are_replaced_and_ordered(results: ModuleType, tmp_path: Path) -> None:
    first = {"lime": 1.0, "smnet-small": 2.0, "x-published": 3.0, "natural": 4.0, "identity": 5.0}
    results.take("lol", report(tmp_path, **first))
    results.take("lol", report(tmp_path, lime=6.5, identity=5.0))
    lines = [line for line in results.table("lol").splitlines() if "[" in line]
    names = [line.split()[1] for line in lines]
    assert names == ["identity", "natural", "smnet-small", "x-published", "lime"]
    assert lines[-1].startswith("| lime | 6.500 [5.500, 7.500] | ")
    assert lines[-1].endswith(" | no |")
    assert "/somewhere" not in (tmp_path / "lol.json").read_text()


def test_rows_of_results_are_of_the_same_pictures(results: ModuleType, tmp_path: Path) -> None:
    results.take("lol", report(tmp_path, lime=1.0))
    with pytest.raises(ValueError, match="expected the same pictures"):
        results.take("lol", report(tmp_path, "sha256:2", lime=1.0))
    with pytest.raises(ValueError, match="glenet learned from what is measured here"):
        results.take("fivek", report(tmp_path, glenet=1.0))


def test_costs_are_of_one_processor(results: ModuleType, tmp_path: Path) -> None:
    results.take_costs(report(tmp_path, lime=1.0, identity=2.0))
    results.take_costs(report(tmp_path, natural=1.0))
    lines = [line for line in results.costs_table().splitlines() if line.startswith("| ")]
    names = ["identity", "natural", "lime"]
    assert lines[1:] == [f"| {name} | 8 | 3 | 91 | 3 | any use |" for name in names]
    other = tmp_path / "report.json"
    other.write_text(other.read_text().replace("2 cores", "4 cores"))
    with pytest.raises(ValueError, match="expected costs on a processor, 2 cores"):
        results.take_costs(other)


def test_seeds_are_a_mean_and_a_deviation(results: ModuleType, tmp_path: Path) -> None:
    told = json.loads(report(tmp_path, a=1.0, b=2.0, c=3.0, identity=9.0).read_text())
    (tmp_path / "results.json").write_text(json.dumps(told["data_sets"][0]))
    results.take_seeds("three", tmp_path / "results.json")
    assert "| three | 2.000 ± 1.000 |" in results.seeds_table()


def test_the_page_of_reproductions_is_up_to_date() -> None:
    written = (DOCS / "reproduce.md").read_text(encoding="utf-8")
    assert written == loaded("make_reproduce").page(), "run: python docs/make_reproduce.py"


def test_rows_are_ranked_where_their_scores_are_known(results: ModuleType, tmp_path: Path) -> None:
    """The best, one that cannot be told from it, one that can, and one of an older evaluation."""
    path = report(tmp_path, identity=9.0, best=3.0, like=2.0, lime=1.0)
    content = json.loads(path.read_text())
    steps = [0.01 * number for number in range(40)]
    scores = {
        "identity": [9.0 for _ in steps],
        "best": [3.0 + step for step in steps],
        "like": [2.99 + step + (-1) ** place for place, step in enumerate(steps)],
        "lime": [1.0 + 2 * step for step in steps],
    }
    for row in content["data_sets"][0]["rows"]:
        row["scores"] = {"psnr": scores[row["name"]]}
    path.write_text(json.dumps(content))
    results.take("lol", path)
    results.take("lol", report(tmp_path, older=2.5))
    cells = dict(re.findall(r"\| (\w+) \| ([^|]*) \|", results.table("lol")))
    assert cells["best"] == "3.000 [2.000, 4.000] (1 [1, 2])"
    assert cells["like"] == "2.000 [1.000, 3.000] (≈2 [1, 2])"
    assert cells["lime"] == "1.000 [0.000, 2.000] (3 [3, 3])"
    assert cells["identity"].endswith("]") and cells["older"].endswith("]")


def test_methods_in_examples_of_commands_exist() -> None:
    """`--help` and its page are the same text."""
    known = {*CLASSICAL, *METHODS, *RESEARCH_MODELS, *(path.stem for path in FOLDER.glob("*.onnx"))}
    known |= {"auto", "matched-gamma"}
    text = (DOCS / "cli.md").read_text(encoding="utf-8")
    lists = re.findall(r"^ +nightlift .* -m ([\w,./-]+)", text, re.M)
    named = {name for one in lists for name in one.split(",") if not set("./") & set(name)}
    assert {"lime", "natural"} <= named <= known
