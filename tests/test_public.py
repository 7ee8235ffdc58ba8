"""The public face: what is exported, and what importing it costs."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

import nightlift

ROOT = Path(__file__).resolve().parents[1]


def test_all_is_what_is_exported() -> None:
    for name in nightlift.__all__:
        assert getattr(nightlift, name) is not None
    assert set(dir(nightlift)) == set(nightlift.__all__)
    with pytest.raises(AttributeError, match="no attribute 'lift'"):
        nightlift.lift  # noqa: B018


def test_no_sub_module_shadows_a_public_function() -> None:
    for name in nightlift.__all__:
        if not name.startswith("_"):
            assert importlib.util.find_spec(f"nightlift.{name}") is None


HEAVY = ("torch", "onnxruntime", "cv2", "PIL", "tifffile", "rawpy", "pi_heif", "tqdm")


@pytest.mark.parametrize(
    "code",
    [
        "import nightlift",
        "from nightlift.cli.main import parser; parser()",
    ],
)
def test_importing_does_no_work(code: str) -> None:
    report = f"{code}\nimport sys\nprint([name for name in {HEAVY} if name in sys.modules])"
    out = subprocess.check_output([sys.executable, "-c", report], text=True)
    assert out.strip() == "[]"


def test_enhancing_a_jpeg_classically_loads_no_engine() -> None:
    code = """
import sys, numpy as np, nightlift
nightlift.enhance(np.full((8, 9, 3), 40, np.uint8), "gamma")
print([name for name in ("torch", "onnxruntime", "PIL", "tifffile") if name in sys.modules])
"""
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


def test_the_command_line_reference_is_up_to_date() -> None:
    spec = importlib.util.spec_from_file_location("make_cli", ROOT / "docs" / "make_cli.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    written = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    assert written == module.document(), "run: python docs/make_cli.py"
