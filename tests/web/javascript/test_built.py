"""What is committed of other packages and of compiled code is what the lock file gives."""

from __future__ import annotations

import gzip
import json
import subprocess
from pathlib import Path

import pytest

from tests.web.javascript.node import NODE, SOURCES, needs_node

BROWSER = Path(__file__).resolve().parents[3] / "browser"
PACKAGES = BROWSER / "node_modules"
VENDOR = SOURCES / "vendor"

pytestmark = [
    pytest.mark.slow,
    needs_node,
    pytest.mark.skipif(not PACKAGES.is_dir(), reason="`make types` has not brought the packages"),
]


def test_onnx_runtime_is_that_of_the_lock_file() -> None:
    lock = json.loads((BROWSER / "package-lock.json").read_text())
    locked = lock["packages"]["node_modules/onnxruntime-web"]
    assert locked["version"] == json.loads(
        (BROWSER / "package.json").read_text()
    )["devDependencies"]["onnxruntime-web"]  # fmt: skip
    assert locked["integrity"].startswith("sha512-")
    built = PACKAGES / "onnxruntime-web" / "dist"
    script = "ort.wasm.bundle.min.mjs"
    assert (VENDOR / script).read_bytes() == (built / script).read_bytes()
    wasm = gzip.decompress((VENDOR / "ort-wasm-simd-threaded.wasm.gz").read_bytes())
    assert wasm == (built / "ort-wasm-simd-threaded.wasm").read_bytes()
    assert locked["version"] in (VENDOR / "README.md").read_text()


def test_the_denoiser_is_compiled_from_its_source(tmp_path: Path) -> None:
    words = json.loads((BROWSER / "package.json").read_text())["scripts"]["compile"].split()
    assert NODE is not None
    out = tmp_path / "shrink.wasm"
    words = [*words[1 : words.index("--outFile")], "--outFile", str(out)]
    compiler = PACKAGES / "assemblyscript" / "bin" / "asc.js"
    subprocess.run([NODE, str(compiler), *words], cwd=BROWSER, check=True)
    assert out.read_bytes() == (SOURCES / "denoise" / "shrink.wasm").read_bytes()
