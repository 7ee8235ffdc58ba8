"""Functions of the browser edition, called in Node.js."""

from __future__ import annotations

import atexit
import base64
import functools
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


@functools.cache
def _server() -> subprocess.Popen[str]:
    """One process for all calls: starting Node.js takes longer than most of them."""
    assert NODE is not None
    process = subprocess.Popen(
        [NODE, str(HERE / "call.mjs")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    atexit.register(process.kill)
    return process


def call(module: str, name: str, *arguments: Any) -> Any:
    """What `name` of a module (of the browser edition, or beside this file) returns.

    Arrays go there and come back as typed arrays of one dimension; uint8 as clamped ones.
    """
    path = SOURCES / module if (SOURCES / module).exists() else HERE / module
    asked = {"module": path.as_uri(), "name": name, "args": [sent(each) for each in arguments]}
    server = _server()
    assert server.stdin is not None
    assert server.stdout is not None
    server.stdin.write(json.dumps(asked) + "\n")
    server.stdin.flush()
    answer = json.loads(server.stdout.readline())
    assert "error" not in answer, answer["error"]
    return _received(answer["result"])


def sent(value: Any) -> Any:
    if isinstance(value, (bytes, bytearray)):
        return {"$array": "uint8", "data": base64.b64encode(value).decode()}
    if isinstance(value, np.ndarray):
        kind = "clamped" if value.dtype == np.uint8 else value.dtype.name
        data = np.ascontiguousarray(value).tobytes()
        return {"$array": kind, "data": base64.b64encode(data).decode()}
    if isinstance(value, Mapping):
        return {key: sent(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [sent(each) for each in value]
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
