"""Decoded pictures kept in memory, so that an accelerator need not wait for decoders."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from nightlift.data.pictures import Bytes, picture, size
from nightlift.data.workers import each


def decoded(paths: Iterable[Path], most: int) -> Mapping[Path, Bytes]:
    """The first of these pictures, as many as `most` bytes hold, as (H, W, 3) uint8 in sRGB.

    Processes that are forked share them. Raises ReadError naming a file that is damaged.
    """
    fitting = list(_fitting(dict.fromkeys(paths), most))
    return dict(zip(fitting, each(_kept, fitting, os.cpu_count() or 1), strict=True))


def _fitting(paths: Iterable[Path], most: int) -> Iterator[Path]:
    taken = 0
    for path in paths:
        height, width = size(path)
        taken += 3 * height * width
        if taken > most:
            return
        yield path


def _kept(path: Path) -> Bytes:
    """A picture that nobody may change."""
    pixels = picture(path)
    pixels.flags.writeable = False
    return pixels
