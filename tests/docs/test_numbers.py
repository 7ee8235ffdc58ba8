"""Figures of methods in the documents are those of the result files and passports."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nightlift.classical import CLASSICAL
from nightlift.models.released import FOLDER, load

ROOT = Path(__file__).resolve().parents[2]
RESEARCH = ROOT / "packages" / "nightlift-research-models"
WRITTEN = [ROOT / "README.md", RESEARCH / "README.md", *sorted((ROOT / "src").rglob("card.md"))]
GENERATED = ("default.md", "methods-table.md", "models.md", "reproduce.md", "results.md")
WRITTEN += [path for path in sorted((ROOT / "docs").glob("*.md")) if path.name not in GENERATED]
NUMBER = re.compile(r"(?<![\d.\w])[+−-]?(\d{1,2}\.\d{2,3})(?![\d%])")
MEASURED = re.compile(r"dB|PSNR|SSIM")


def numbers(value: Any) -> Iterator[str]:
    """All numbers below a value, rounded as documents round them."""
    if isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from numbers(one)
    elif isinstance(value, float):
        yield from (f"{abs(value):.2f}", f"{abs(value):.3f}")


def rows(value: Any) -> Iterator[tuple[str, Any]]:
    """Whatever has a name, or stands under one, and its name."""
    if isinstance(value, dict):
        yield str(value.get("name", "")), value
        for key, one in value.items():
            yield key, one
            yield from rows(one)
    elif isinstance(value, list):
        for one in value:
            yield from rows(one)


@pytest.fixture(scope="module")
def known() -> dict[str, set[str]]:
    """The figures of each method."""
    found: dict[str, set[str]] = {name: set() for name in ("identity", *CLASSICAL)}
    for path in [*FOLDER.glob("*.onnx"), *RESEARCH.rglob("*.onnx")]:
        found[path.stem] = set(numbers(load(path).passport.quality))
    measured = defaultdict(set, found)
    for path in (ROOT / "docs").glob("*/*.json"):
        for name, value in rows(json.loads(path.read_text(encoding="utf-8"))):
            measured[name] |= set(numbers(value))
    for line in (ROOT / "docs" / "results" / "notes.md").read_text(encoding="utf-8").splitlines():
        if match := re.match(r"\| `([\w-]+)` \|", line):
            measured[match[1]] |= set(NUMBER.findall(line))
    return {name: measured[name] for name in found}


def strangers(text: str, known: dict[str, set[str]]) -> Iterator[str]:
    """Lines with a figure that is none of the methods that the line names."""
    head = ""
    for line in text.splitlines():
        head = (head or line) if line.startswith("|") else ""
        named = [name for name in known if f"`{name}`" in line]
        if named and MEASURED.search(head + line):
            right = set().union(*(known[name] for name in named))
            if wrong := set(NUMBER.findall(line)) - right:
                yield f"{sorted(wrong)}: {line}"


def measured_on(pictures: str) -> dict[str, tuple[str, str]]:
    """PSNR and SSIM of each method in default mode, as documents write them."""
    content = (ROOT / "docs" / "results" / f"{pictures}.json").read_text(encoding="utf-8")
    means = {
        name: (row["summaries"]["psnr"]["mean"], row["summaries"]["ssim"]["mean"])
        for name, row in json.loads(content)["rows"].items()
    }
    return {name: (f"{psnr:.2f}", f"{ssim:.3f}") for name, (psnr, ssim) in means.items()}


def test_the_table_of_the_readme_is_that_of_the_results() -> None:
    """An older figure of the same method would be among those that `known` has."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    told = re.findall(r"^\| \W*`([\w-]+)`.*? \| ([^|]*) \| ([^|]*) \| [^|]* \|$", text, re.M)
    assert len(told) > 10
    for column, pictures in ((1, "lol"), (2, "fivek")):
        results = measured_on(pictures)
        for line in told:
            if len(figures := NUMBER.findall(line[column])) == 2:
                assert tuple(figures) == results[line[0]], (pictures, line)


def test_passports_have_the_figures_of_the_results() -> None:
    results = {"LOL": measured_on("lol"), "FiveK": measured_on("fivek")}
    for path in [*FOLDER.glob("*.onnx"), *RESEARCH.rglob("*.onnx")]:
        quality = load(path).passport.quality
        for pictures, known in results.items():
            if path.stem in known and f"{pictures} PSNR" in quality:
                said = f"{quality[f'{pictures} PSNR']:.2f}", f"{quality[f'{pictures} SSIM']:.3f}"
                assert said == known[path.stem], (path.name, pictures)


def test_figures_of_methods_have_one_source(known: dict[str, set[str]]) -> None:
    told = {path.name: list(strangers(path.read_text("utf-8"), known)) for path in WRITTEN}
    assert {name: lines for name, lines in told.items() if lines} == {}


def test_a_figure_of_nobody_is_found(known: dict[str, set[str]]) -> None:
    table = "| method | PSNR |\n|---|---|\n| `zero-dce` | {} |\n"
    assert list(strangers(table.format("18.57"), known)) == []
    assert len(list(strangers(table.format("16.57"), known))) == 1
