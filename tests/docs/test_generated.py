"""The generated documents are those of the code and of the released files."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from nightlift.models.released import FOLDER, load

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_tables", DOCS / "make_tables.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


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
