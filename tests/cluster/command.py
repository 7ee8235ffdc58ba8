"""Runs of the command line, which tell their outcomes as JSON."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any

from nightlift.cluster.manifest import Manifest
from nightlift.cluster.storage import Folder

PHOTOS = (sys.executable, "-m", "nightlift", "enhance")
CLIPS = (sys.executable, "-m", "nightlift", "video")


def begun(
    *arguments: str | Path,
    env: dict[str, str] | None = None,
    command: tuple[str, ...] = PHOTOS,
    stderr: IO[str] | None = None,
) -> subprocess.Popen[str]:
    """A run, in a process group of its own as a shell gives it one."""
    return subprocess.Popen(
        [*command, *arguments, "--recursive", "--json"],
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
        start_new_session=True,
        env=None if env is None else os.environ | env,
    )


def lines(stream: IO[str] | None, count: int | None = None) -> list[dict[str, Any]]:
    assert stream is not None
    if count is None:
        return [json.loads(line) for line in stream]
    return [json.loads(stream.readline()) for _ in range(count)]


def finished(run: subprocess.Popen[str], status: int = 0) -> list[dict[str, Any]]:
    with run:
        told = lines(run.stdout)
        assert run.wait(300) == status
        return told


def contents(folder: Path, suffix: str) -> dict[str, bytes]:
    """What is below a folder, by name."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob(f"*{suffix}")}


def check_each_once(output: Folder, source: str | Path, names: Iterable[str]) -> None:
    """Each input has one outcome in the manifest."""
    counts = Counter(record["input"] for record in Manifest(output).records())
    assert counts == {f"{source}/{name}": 1 for name in names}
