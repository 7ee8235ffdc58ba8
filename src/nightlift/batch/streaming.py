"""A JPEG larger than memory: decoded, adjusted and encoded in strips, twice through the file.

The first pass decodes the strips for the small copies alone; the second decodes them again,
adjusts them and encodes them. A few strips are in hand at a time, on all threads. The file that
comes out is the one that enhancing the photo whole gives, byte for byte.
"""

from __future__ import annotations

import mmap
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from nightlift.edit import Application, Edit, Enhancer, Gathering
from nightlift.errors import UsageError
from nightlift.photo import (
    Photo,
    Pixels,
    Strip,
    checked,
    failures,
    growing,
    jpeg,
    jpeg_rows,
    jpeg_strips,
    named,
    recognize,
    snapshot,
    traveling,
)
from nightlift.processor import cores, in_order

Lifted: TypeAlias = tuple[int, Pixels]
"""A strip of lifted pixels, and its first row."""

AHEAD = 2
"""Strips in hand for each thread: one that is worked on, one that waits to be written."""

STRIPS_AT_ONCE = 2
"""Encoded strips that are decoded together, so that few rows are decoded twice at the seams."""


@dataclass(frozen=True)
class StreamSource:
    """An open JPEG: `photo` is all but the pixels, of which only the shape counts."""

    photo: Photo
    rows: jpeg_rows.JpegRows
    data: bytes | mmap.mmap

    def pieces(self, halo: int = 0) -> list[tuple[int, int]]:
        """First and last row of pixels, exclusively, of what is in hand at a time.

        Where each needs `halo` rows of its neighbors, pieces have at least as many rows.
        """
        units = jpeg.units_of(self.photo)
        strip = jpeg_strips.strip_rows(self.photo.width, units)
        rows = strip * max(STRIPS_AT_ONCE, -(-halo // strip))
        height = self.photo.height
        return [(top, min(top + rows, height)) for top in range(0, height, rows)]

    def pixels(self, top: int, bottom: int) -> Pixels:
        """These rows of pixels, decoded."""
        return self.rows.decode(top // self.rows.high, -(-bottom // self.rows.high))

    def follow(self, bottom: int) -> bool:
        """Follow the codes until rows up to `bottom` can be decoded."""
        return self.rows.follow_to(self.rows.needed(-(-bottom // self.rows.high)))

    def forget(self, top: int) -> None:
        """Give back the memory of the file's pages before these rows."""
        if not isinstance(self.data, bytes) and hasattr(self.data, "madvise"):
            read = self.rows.offset(top // self.rows.high) // mmap.PAGESIZE * mmap.PAGESIZE
            if read:
                self.data.madvise(mmap.MADV_DONTNEED, 0, read)


def open_source(path: Path) -> StreamSource | str:
    """The JPEG at `path`, or why it cannot be had in strips: a part of a sentence.

    Raises ReadError for what is missing or no photo.
    """
    with named(path), failures():
        data = snapshot(path)
    if not data:
        return "it is empty"
    if recognize(data[:64]) != "jpeg":
        return "it is no JPEG"
    rows = jpeg_rows.open_rows(data)
    photo = jpeg.outline(data) if rows is not None else None
    if rows is None or photo is None:
        return "it is no baseline JPEG in one scan (or nightlift was built without a compiler)"
    if photo.width * photo.height < jpeg_strips.LARGE:
        return "it is small"
    return StreamSource(checked(photo), rows, data)


def stream(
    source: StreamSource,
    target: Path,
    enhancer: Enhancer,
    *,
    strength: float = 1.0,
    exact: bool = False,
    quality: int = 92,
    strip: Strip = "none",
    overwrite: bool = False,
    threads: int | None = None,
    decided: Callable[[Edit], object] | None = None,
) -> tuple[Photo, Edit] | str:
    """Enhance a JPEG into the JPEG `target` in bounded memory; see `Enhancer.estimate`.

    `decided` is given the edit before anything is written.

    Returns the photo, which has no pixels, and its edit, or why it cannot be done in strips.
    Raises NightliftError as reading, enhancing and writing whole photos do.
    """
    photo = source.photo
    try:
        gathering = enhancer.gather(photo, strength, exact=exact)
    except UsageError as error:
        return str(error)
    threads = threads or cores()
    with ThreadPoolExecutor(threads, thread_name_prefix="strip") as pool:
        if not _gathered(source, gathering, pool, threads):
            return "its data is damaged"
        edit = gathering.edit()
        if decided is not None:
            decided(edit)
        strips = _edited_and_encoded(source, edit.on(photo, 1), quality, pool, threads)
        travels = traveling(photo, "jpeg", upright=False, strip=strip)
        with growing(target, overwrite) as place, place.open("wb") as file:
            file.write(jpeg.start_of(travels))
            units = jpeg.units_of(photo)
            for piece in jpeg_strips.joined(strips, photo.height, photo.width, units):
                file.write(piece)
    return replace(photo, notices=(*photo.notices, *edit.notices)), edit


def _gathered(
    source: StreamSource, gathering: Gathering, pool: ThreadPoolExecutor, threads: int
) -> bool:
    """Gather all of the photo; False where its data is damaged."""

    def add(rows: tuple[int, int]) -> None:
        gathering.add(source.pixels(*rows), rows[0])

    def sound() -> Iterator[tuple[int, int]]:
        for top, bottom in source.pieces():
            if not source.follow(bottom):
                raise ValueError("the data of the JPEG is damaged")
            source.forget(top)
            yield top, bottom

    try:
        for _ in in_order(add, sound(), pool, AHEAD * threads):
            pass
    except ValueError:
        return False
    return True


def _edited_and_encoded(
    source: StreamSource,
    application: Application,
    quality: int,
    pool: ThreadPoolExecutor,
    threads: int,
) -> Iterator[bytes]:
    """A JPEG for each strip of the photo, in order."""
    photo = source.photo
    compress = jpeg.compressor(photo, quality)
    rows = jpeg_strips.strip_rows(photo.width, jpeg.units_of(photo))

    def lift(rows: tuple[int, int]) -> Lifted:
        return rows[0], application.lifted(source.pixels(*rows), rows[0])

    def finish(group: tuple[int, int, list[Lifted]]) -> list[bytes]:
        top, bottom, around = group
        first, lifted = around[0][0], [rows for _, rows in around]
        done = application.denoised(lifted, first, top, bottom)
        return [compress(done[at : at + rows]) for at in range(0, len(done), rows)]

    def pieces() -> Iterator[tuple[int, int]]:
        for top, bottom in source.pieces(application.halo):
            source.forget(top)
            yield top, bottom

    lifted = in_order(lift, pieces(), pool, AHEAD * threads)
    groups = _with_neighbors(lifted, application.halo, photo.height)
    for encoded in in_order(finish, groups, pool, AHEAD * threads):
        yield from encoded


def _with_neighbors(
    strips: Iterator[Lifted], halo: int, height: int
) -> Iterator[tuple[int, int, list[Lifted]]]:
    """Top and bottom of each strip, and the strips that reach `halo` rows beyond."""
    held: deque[Lifted] = deque()
    waiting: deque[tuple[int, int]] = deque()
    for top, rows in strips:
        bottom = top + len(rows)
        held.append((top, rows))
        waiting.append((top, bottom))
        while waiting and min(height, waiting[0][1] + halo) <= bottom:
            start, end = waiting.popleft()
            while held[0][0] + len(held[0][1]) <= max(0, start - halo):
                held.popleft()
            needed = min(height, end + halo)
            yield start, end, [strip for strip in held if strip[0] < needed]
