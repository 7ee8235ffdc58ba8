"""Functions of the browser edition, called in Node.js."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

HERE = Path(__file__).parent
SOURCES = HERE.parents[2] / "src" / "nightlift" / "web" / "browser"

NODE = shutil.which("node")
needs_node = pytest.mark.skipif(NODE is None, reason="there is no Node.js on this machine")


def call(module: str, name: str, *arguments: Any) -> Any:
    """What `name` of a module (of the browser edition, or beside this file) returns.

    Arrays go there and come back as typed arrays of one dimension; uint8 as clamped ones.
    """
    path = SOURCES / module if (SOURCES / module).exists() else HERE / module
    assert NODE is not None
    done = subprocess.run(
        [NODE, str(HERE / "call.mjs"), path.as_uri(), name],
        input=json.dumps([_sent(each) for each in arguments]),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return _received(json.loads(done.stdout))


def _sent(value: Any) -> Any:
    if isinstance(value, (bytes, bytearray)):
        return {"$array": "uint8", "data": base64.b64encode(value).decode()}
    if isinstance(value, np.ndarray):
        kind = "clamped" if value.dtype == np.uint8 else value.dtype.name
        data = np.ascontiguousarray(value).tobytes()
        return {"$array": kind, "data": base64.b64encode(data).decode()}
    if isinstance(value, Mapping):
        return {key: _sent(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_sent(each) for each in value]
    return value.item() if isinstance(value, np.generic) else value


def _received(value: Any) -> Any:
    if isinstance(value, dict) and "$array" in value:
        kind = "uint8" if value["$array"] == "clamped" else value["$array"]
        return np.frombuffer(base64.b64decode(value["data"]), kind)
    if isinstance(value, dict):
        return {key: _received(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_received(each) for each in value]
    return value
