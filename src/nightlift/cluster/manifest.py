"""What became of each photo, in files of JSON lines beside the results, so that a run can go on.

Object stores cannot append: lines are collected and written as parts that are never changed while
a run goes on. A run that goes on reads them first, and takes out the lines of photos that failed,
which are tried again: each photo has one line. Nothing is changed before the first photo is given
to a worker: where there are settings there may be results, even if no line tells of them yet.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import Any, TypeAlias

import numpy as np

from nightlift.batch import Existing
from nightlift.cluster.storage import Folder
from nightlift.errors import DataError, UsageError

FOLDER = "nightlift-manifest"
SETTINGS = "run.json"

LINES = 1000
"""Lines of a part; fewer where `SECONDS` have passed."""

SECONDS = 30.0

Record: TypeAlias = dict[str, Any]


class Known:
    """A set of names as 16 bytes each: of 10⁸ names, two share a digest with a chance of 10⁻²³."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        digests = bytearray()
        for name in names:
            digests += _digest(name)
        pairs = np.frombuffer(bytes(digests), ">u8").reshape(-1, 2).astype(np.uint64)
        pairs = pairs[np.argsort(pairs[:, 0], kind="stable")]
        self._high, self._low = np.ascontiguousarray(pairs[:, 0]), np.ascontiguousarray(pairs[:, 1])

    def __len__(self) -> int:
        return len(self._high)

    def __contains__(self, name: str) -> bool:
        digest = _digest(name)
        high = np.uint64(int.from_bytes(digest[:8], "big"))
        low = np.uint64(int.from_bytes(digest[8:], "big"))
        at = int(np.searchsorted(self._high, high))
        while at < len(self._high) and self._high[at] == high:
            if self._low[at] == low:
                return True
            at += 1
        return False


def _digest(name: str) -> bytes:
    return blake2b(name.encode("utf-8", "surrogateescape"), digest_size=16).digest()


class Manifest:
    """The parts in the folder of results, and the lines that are still to be written.

    Args:
        output: The folder of results.
    """

    def __init__(self, output: Folder) -> None:
        self._folder = output.below(FOLDER)
        self._run = f"{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}-{secrets.token_hex(4)}"
        self._parts = 0
        self._lines: list[str] = []
        self._written = time.monotonic()
        self._settings: Record = {}
        self._removed: list[str] = []
        self._failures: list[str] = []
        self.overwrites = False
        """Whether photos without a line may have an older result, which is to be replaced."""

    @property
    def url(self) -> str:
        """Where the parts are."""
        return self._folder.url

    def open(self, settings: Record, existing: Existing) -> Known:
        """The photos that have an outcome already, which are not to be done again.

        Args:
            settings: What is asked for; a run that goes on has to ask for the same.
            existing: `skip` lets an earlier run go on, `overwrite` forgets it.

        Returns:
            What is known of each photo by its name.

        Raises:
            UsageError: There is an earlier run, and it is not to go on, or was another one.
        """
        found = self._folder.names()
        self._settings, self.overwrites = settings, existing == "overwrite"
        if self.overwrites:
            self._removed = found
        elif found:
            self.overwrites = bool(self._earlier(settings, existing).get("overwrite"))
            return Known(self._kept(found))
        return Known()

    def begin(self) -> None:
        """Write what is asked for, and take out what is to be done again."""
        for name in self._removed:
            self._folder.remove(name)
        for name in self._failures:
            self._take_out_failures(name)
        told = self._settings | {"overwrite": self.overwrites}
        self._folder.store(SETTINGS, json.dumps(told, indent=1).encode(), overwrite=True)

    def add(self, record: Record) -> None:
        """Take the outcome of a photo; a part is written now and then.

        Args:
            record: What `Outcome.record` gave.
        """
        self._lines.append(json.dumps(record))
        if len(self._lines) >= LINES or time.monotonic() - self._written >= SECONDS:
            self.flush()

    def flush(self) -> None:
        """Write what is still to be written."""
        if self._lines:
            self._parts += 1
            data = "".join(f"{line}\n" for line in self._lines).encode()
            self._folder.store(f"{self._run}-{self._parts:08d}.jsonl", data)
            self._lines.clear()
        self._written = time.monotonic()

    def records(self) -> Iterator[Record]:
        """All outcomes that are written.

        Yields:
            One record after the other.
        """
        for name in self._folder.names():
            if name.endswith(".jsonl"):
                yield from self._part(name)

    def _earlier(self, settings: Record, existing: Existing) -> Record:
        """What the earlier run was asked for, which has to be the same."""
        if existing != "skip":
            raise UsageError(
                f"an earlier run has left its outcomes in {self.url}: existing='skip' goes on "
                "where it ended, existing='overwrite' does everything again"
            )
        try:
            before: Record = json.loads(self._folder.read(SETTINGS))
        except (FileNotFoundError, ValueError):
            raise DataError(
                f"{self.url}/{SETTINGS}, which says what the earlier run did, is missing or "
                "damaged: existing='overwrite' does everything again"
            ) from None
        other = [key for key in settings if before.get(key) != settings[key]]
        if other:
            told = "; ".join(f"{key} was {before.get(key)}, is {settings[key]}" for key in other)
            raise UsageError(
                f"the earlier run whose results are here was asked for something else ({told}): "
                "ask for the same, or take another output"
            )
        return before

    def _kept(self, found: Iterable[str]) -> Iterator[str]:
        """The names of photos that are not to be tried again."""
        for name in found:
            if not name.endswith(".jsonl"):
                continue
            records = self._part(name)
            kept = [record["input"] for record in records if record["status"] != "failed"]
            if len(kept) < len(records):
                self._failures.append(name)
            yield from kept

    def _take_out_failures(self, name: str) -> None:
        kept = [record for record in self._part(name) if record["status"] != "failed"]
        if kept:
            data = "".join(f"{json.dumps(record)}\n" for record in kept).encode()
            self._folder.store(name, data, overwrite=True)
        else:
            self._folder.remove(name)

    def _part(self, name: str) -> list[Record]:
        try:
            return [json.loads(line) for line in self._folder.read(name).splitlines()]
        except ValueError as error:
            raise DataError(f"{self.url}/{name} is damaged: {error}") from error
