"""Photos that pages are working on: decoded once, held in memory for a while, never on a disk."""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from starlette.exceptions import HTTPException

from nightlift.edit import Edit
from nightlift.photo import Photo
from nightlift.web.views import smaller

Key = TypeVar("Key")
Value = TypeVar("Value")

MOST_SMALLS = 2
MOST_EDITS = 4
"""How many small copies, and edits by different methods, are remembered of one photo."""


@dataclass(eq=False)
class HeldPhoto:
    """A decoded photo, and what was found out about it; safe to use from several threads."""

    photo: Photo
    used: float
    _smalls: OrderedDict[int, Photo] = field(default_factory=OrderedDict)
    _edits: OrderedDict[str, Edit] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def small(self, size: int) -> Photo:
        """The photo with a long side of at most `size` pixels; see `views.smaller`."""
        with self._lock:
            if size not in self._smalls:
                self._smalls[size] = smaller(self.photo, size)
            return _kept(self._smalls, size, MOST_SMALLS)

    def edit(self, method: str, estimate: Callable[[Photo], Edit]) -> Edit:
        """The edit by a method, estimated where it is not known yet."""
        with self._lock:
            if method not in self._edits:
                self._edits[method] = estimate(self.photo)
            return _kept(self._edits, method, MOST_EDITS)

    @property
    def bytes(self) -> int:
        """Memory of its pixels, those of the small copies, its edits, and its metadata."""
        photos = [self.photo, *list(self._smalls.values())]
        pixels = sum(photo.pixels.nbytes for photo in photos)
        alpha = 0 if self.photo.alpha is None else self.photo.alpha.nbytes
        blobs = (self.photo.icc, self.photo.exif, self.photo.xmp, self.photo.iptc)
        texts = sum(len(name) + len(text) for name, text in self.photo.texts)
        edits = sum(edit.nbytes for edit in list(self._edits.values()))
        return pixels + alpha + texts + edits + sum(len(blob or b"") for blob in blobs)


def _kept(known: OrderedDict[Key, Value], key: Key, most: int) -> Value:
    """The value of a key, now the one used last; what was not used for longest is dropped."""
    known.move_to_end(key)
    while len(known) > most:
        known.popitem(last=False)
    return known[key]


class PhotoStore:
    """The photos held by one server, under names that nobody can guess.

    Args:
        most: Bytes that they take together at most; the photo used last is held in any case.
        seconds: How long one is held after it was used last.
        now: The time in seconds.
    """

    def __init__(
        self, most: int, seconds: float, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._most = most
        self._seconds = seconds
        self._now = now
        self._photos: OrderedDict[str, HeldPhoto] = OrderedDict()
        self._lock = threading.Lock()

    def add(self, photo: Photo) -> str:
        """Hold a photo; its name, in letters that an address may have."""
        name = secrets.token_urlsafe(16)
        with self._lock:
            self._photos[name] = HeldPhoto(photo, self._now())
            self._tidy()
        return name

    def get(self, name: str) -> HeldPhoto:
        """The photo of a name; HTTPException 410 where it is not held any more, or never was."""
        with self._lock:
            self._tidy()
            held = self._photos.get(name)
            if held is None:
                raise HTTPException(410, "this photo is not held any more: send it again")
            held.used = self._now()
            self._photos.move_to_end(name)
            return held

    def remove(self, name: str) -> None:
        """Forget a photo, if it is held."""
        with self._lock:
            self._photos.pop(name, None)

    def tidy(self) -> None:
        """Forget what was not used for long, and what is too much."""
        with self._lock:
            self._tidy()

    def _tidy(self) -> None:
        oldest = self._now() - self._seconds
        for name in [name for name, held in self._photos.items() if held.used < oldest]:
            del self._photos[name]
        total = sum(held.bytes for held in self._photos.values())
        while total > self._most and len(self._photos) > 1:
            _, held = self._photos.popitem(last=False)
            total -= held.bytes
