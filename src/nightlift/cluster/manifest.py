"""What became of each photo, in files of JSON lines beside the results, so that a run can go on.

Object stores cannot append: lines are collected and written as parts that are never changed while
a run goes on. A run that goes on reads them first, and takes out the lines of photos that failed,
which are tried again: each photo has one line.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import Any, TypeAlias

import numpy as np

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
    """The parts in the folder of results, and the lines that are still to be written."""

    def __init__(self, output: Folder) -> None:
        self._folder = output.below(FOLDER)
        self._run = f"{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}-{secrets.token_hex(4)}"
        self._parts = 0
        self._lines: list[str] = []
        self._written = time.monotonic()

    @property
    def url(self) -> str:
        """Where the parts are."""
        return self._folder.url

    def begin(self, settings: Record, *, anew: bool, goes_on: bool) -> Known:
        """The photos that have an outcome already, which are not to be done again.

        Args:
            settings: What is asked for; a run that goes on has to ask for the same.
            anew: Whether what an earlier run wrote here is deleted.
            goes_on: Whether an earlier run may go on.

        Raises:
            UsageError: There is an earlier run, and it is not to go on, or was another one.
        """
        found = self._folder.names()
        if anew:
            for name in found:
                self._folder.remove(name)
        elif found:
            self._check(settings, goes_on)
            return Known(self._kept(found))
        self._folder.store(SETTINGS, json.dumps(settings, indent=1).encode(), overwrite=True)
        return Known()

    def add(self, record: Record) -> None:
        """Take the outcome of a photo; a part is written now and then."""
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
        """All outcomes that are written."""
        for name in self._folder.names():
            if name.endswith(".jsonl"):
                yield from self._part(name)

    def _check(self, settings: Record, goes_on: bool) -> None:
        if not goes_on:
            raise UsageError(
                f"an earlier run has left its outcomes in {self.url}: existing='skip' goes on "
                "where it ended, existing='overwrite' does everything again"
            )
        try:
            before = json.loads(self._folder.read(SETTINGS))
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

    def _kept(self, found: Iterable[str]) -> Iterator[str]:
        """The names of photos that are not to be tried again; failures are taken out."""
        for name in found:
            if not name.endswith(".jsonl"):
                continue
            records = self._part(name)
            kept = [record for record in records if record["status"] != "failed"]
            if not kept:
                self._folder.remove(name)
            elif len(kept) < len(records):
                data = "".join(f"{json.dumps(record)}\n" for record in kept).encode()
                self._folder.store(name, data, overwrite=True)
            yield from (record["input"] for record in kept)

    def _part(self, name: str) -> list[Record]:
        try:
            return [json.loads(line) for line in self._folder.read(name).splitlines()]
        except ValueError as error:
            raise DataError(f"{self.url}/{name} is damaged: {error}") from error
