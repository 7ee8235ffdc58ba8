"""The version stands in one place; what else must name it names the same."""

from __future__ import annotations

import tomllib
from importlib.metadata import version
from pathlib import Path

import yaml

import nightlift

ROOT = Path(__file__).resolve().parents[2]


def test_the_package_takes_it_from_the_module() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert "version" in project["dynamic"]
    assert "version" not in project
    assert version("nightlift") == nightlift.__version__


def test_the_citation_and_the_changes_name_it() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == nightlift.__version__
    assert f"## {nightlift.__version__}\n" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
