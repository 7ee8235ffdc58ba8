"""A large photo encoded in strips, on several threads, and joined into one baseline JPEG.

The strips' entropy-coded data stand one behind the other with restart markers between them, and
the header says how many units lie between two (ITU-T T.81, B.1.1.2 and B.2.4.4). Units do not
depend on their neighbors, and each strip but the last is whole units high, so that the pixels are
those of a single encoding, bit for bit. The strips depend on the photo's size alone: one photo
gives one file, however many threads there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from nightlift.photo.jpeg_segments import picture_of, walk

LARGE = 1 << 22
"""Pixels from which a photo is encoded, and decoded, in strips."""

STRIP_PIXELS = 1 << 20
"""Of a strip, about: it stays in a cache between its adjustment and its encoding."""

ROWS = 16
"""The highest unit has so many rows of pixels."""

UNITS = {"444": (8, 8), "422": (8, 16), "420": (16, 16), "440": (16, 8), "411": (8, 32)}
"""Height and width of a unit in pixels, by subsampling; gray as 444."""

_SOS = 0xDA
_FRAMES = (0xC0, 0xC1)
_MOST_UNITS = 65535


def strip_rows(width: int, subsampling: str) -> int:
    """Rows of pixels in each strip of a photo so wide but the last: a multiple of 16."""
    high, wide = UNITS[subsampling]
    most = _MOST_UNITS // -(-width // wide) * high
    return max(ROWS, min(STRIP_PIXELS // width, most) // ROWS * ROWS)


def encode(
    compress: Callable[[int, int], bytes], height: int, width: int, subsampling: str, threads: int
) -> Iterator[bytes | memoryview]:
    """The pieces of a JPEG from its first table on; `compress` encodes rows from one to another."""
    rows = strip_rows(width, subsampling)

    def strip(top: int) -> bytes:
        return compress(top, min(top + rows, height))

    tops = range(0, height, rows)
    if threads < 2:
        yield from joined(map(strip, tops), height, width, subsampling)
        return
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(threads) as pool:
        yield from joined(pool.map(strip, tops), height, width, subsampling)


def joined(
    strips: Iterable[bytes], height: int, width: int, subsampling: str
) -> Iterator[bytes | memoryview]:
    """The strips' JPEG files as the pieces of one, from its first table on."""
    high, wide = UNITS[subsampling]
    interval = strip_rows(width, subsampling) // high * -(-width // wide)
    for number, strip in enumerate(strips):
        start, stop = _scan(strip)
        if number:
            yield bytes([0xFF, 0xD0 + (number - 1) % 8])
        else:
            yield _tables(strip, start, height)
            yield b"\xff\xdd\0\4" + interval.to_bytes(2, "big")
            yield memoryview(strip)[start:stop]
        yield memoryview(strip)[stop:-2]
    yield b"\xff\xd9"


def _scan(strip: bytes) -> tuple[int, int]:
    """Where the scan's header begins and ends."""
    return next((start - 4, stop) for marker, start, stop in walk(strip) if marker == _SOS)


def _tables(strip: bytes, scan: int, height: int) -> bytes:
    """Everything from the first table to the scan's header, for a picture so high."""
    picture, _ = picture_of(strip)
    frame = next(start for marker, start, _ in walk(strip) if marker in _FRAMES)
    first = len(strip) - len(picture)
    return strip[first : frame + 1] + height.to_bytes(2, "big") + strip[frame + 3 : scan]
