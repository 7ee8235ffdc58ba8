"""Scores that were measured before, by the contents of everything they were measured from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

from nightlift.data import Sample
from nightlift.errors import WriteError
from nightlift.evaluate.candidate import Candidate
from nightlift.evaluate.traceability import versions
from nightlift.metrics import Metric

FORMAT = 1
"""Raised when a score means something else than before."""

WITHOUT_SCORES = ("cli", "judging", "report", "viewer", "web")
"""Rooms whose code no score depends on: measuring imports none of them."""


def default_file() -> Path:
    """Where scores are kept unless said otherwise; RuntimeError where the user has no home.

    Returns:
        A path below the user's cache.
    """
    return Path.home() / ".cache" / "nightlift" / f"scores-{FORMAT}.jsonl"


class ScoreCache:
    """A file of JSON lines, each a key and named values; it only ever grows.

    A line that was cut off when a measurement was stopped is passed over.

    Args:
        path: The file; it need not be there yet.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._known: dict[str, dict[str, Any]] = {}
        with suppress(FileNotFoundError):
            for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
                with suppress(ValueError, KeyError, TypeError):
                    entry = json.loads(line)
                    self._known.setdefault(entry["key"], {}).update(entry["values"])

    def get(self, key: str) -> Mapping[str, Any]:
        """What is known under a key.

        Args:
            key: What `key_of` gave.

        Returns:
            Values by name; empty where nothing is known.
        """
        return self._known.get(key, {})

    def put(self, key: str, values: Mapping[str, Any]) -> None:
        """Keep more values under a key.

        Args:
            key: What `key_of` gave.
            values: By name; names that are known stay as they are.

        Raises:
            WriteError: They cannot be written.
        """
        new = {name: value for name, value in values.items() if name not in self.get(key)}
        if not new:
            return
        self._known.setdefault(key, {}).update(new)
        line = json.dumps({"key": key, "values": new}, allow_nan=True) + "\n"
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a", encoding="utf-8") as file:
                file.write(line)
        except OSError as error:
            raise WriteError(f"scores cannot be kept in {self.path}: {error.strerror}") from error

    def made(self, key: str, make: Callable[[], Any]) -> Any:
        """What is made once, and then known.

        Args:
            key: What `key_of` gave.
            make: Makes it; what it gives must fit in JSON.

        Returns:
            What was made, now or earlier.
        """
        if "made" not in self.get(key):
            self.put(key, {"made": make()})
        return self.get(key)["made"]


def key_of(*parts: object) -> str:
    """The hash of what a value depends on, and of the code that makes it.

    Args:
        parts: Values that fit in JSON.

    Returns:
        In hexadecimal digits.
    """
    made_by = {**versions(), "code": code_hash()}
    text = json.dumps([FORMAT, made_by, *parts], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def key_of_mark(candidate: Candidate, sample: Sample, own_depth: bool) -> str:
    """The key of a row's scores on one picture: contents of model, photo, reference and result."""
    parts = [file_hash(path) for path in (sample.photo, sample.target) if path is not None]
    about = {key: value for key, value in candidate.about.items() if key not in ("file", "folder")}
    result = candidate.result_of(sample) if candidate.result_of is not None else None
    rendered = None if result is None else file_hash(result)
    return key_of(candidate.role, candidate.identity, about, parts, rendered, own_depth)


def names_of(metrics: Sequence[Metric]) -> list[str]:
    """Metrics as they are kept: a title tells of parameters."""
    return [f"{metric.name}: {metric.title}" for metric in metrics]


@lru_cache(maxsize=65536)
def _hashed(path: Path, size: int, changed: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def file_hash(path: Path) -> str:
    """The SHA-256 of a file's contents.

    Args:
        path: The file.

    Returns:
        In hexadecimal digits.
    """
    stat = path.stat()
    return _hashed(path, stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=1)
def code_hash() -> str:
    """The SHA-256 of the installed package's own code that measures, compiled parts too."""
    import nightlift

    root = Path(nightlift.__file__).parent
    code = sorted(path for path in root.rglob("*") if path.suffix in (".py", ".so", ".pyd"))
    inside = ((path.relative_to(root), path) for path in code)
    marks = [f"{at} {file_hash(path)}" for at, path in inside if at.parts[0] not in WITHOUT_SCORES]
    return hashlib.sha256("\n".join(marks).encode()).hexdigest()
