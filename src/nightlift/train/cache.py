"""Decoded pictures kept in memory, so that an accelerator need not wait for decoders."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from multiprocessing.sharedctypes import RawArray
from pathlib import Path

import numpy as np

from nightlift.data import Bytes, each, picture, size
from nightlift.errors import ReadError


class Decoded(Mapping[Path, Bytes]):
    """Pictures (H, W, 3) uint8 by their paths, in one block that all processes share.

    Their sizes are told before their pixels, so that the block is as large as all of them.
    """

    def __init__(self, sizes: Mapping[Path, tuple[int, int]]) -> None:
        self._places: dict[Path, tuple[int, tuple[int, int, int]]] = {}
        end = 0
        for path, (height, width) in sizes.items():
            self._places[path] = end, (height, width, 3)
            end += 3 * height * width
        self._block = RawArray("B", end)

    def __len__(self) -> int:
        return len(self._places)

    def __iter__(self) -> Iterator[Path]:
        return iter(self._places)

    def __contains__(self, path: object) -> bool:
        return path in self._places

    def __getitem__(self, path: Path) -> Bytes:
        pixels = self._view(path)
        pixels.flags.writeable = False
        return pixels

    def read(self, path: Path) -> None:
        """Decode a picture into its place; raises ReadError where its header lied."""
        pixels, place = picture(path), self._view(path)
        if pixels.shape != place.shape:
            raise ReadError(
                f"{path}: expected {place.shape[1]}x{place.shape[0]} pixels by its header, "
                f"got {pixels.shape[1]}x{pixels.shape[0]}; save it again or leave it out"
            )
        place[:] = pixels

    def _view(self, path: Path) -> Bytes:
        start, shape = self._places[path]
        return np.frombuffer(self._block, np.uint8, int(np.prod(shape)), start).reshape(shape)


def decoded(paths: Iterable[Path], most: int) -> Decoded:
    """The first of these pictures, as many as `most` bytes hold, as (H, W, 3) uint8 in sRGB.

    Raises ReadError naming a file that is damaged.
    """
    found = Decoded(dict(_fitting(dict.fromkeys(paths), most)))
    for _ in each(found.read, found, os.cpu_count() or 1):
        pass
    return found


def _fitting(paths: Iterable[Path], most: int) -> Iterator[tuple[Path, tuple[int, int]]]:
    taken = 0
    for path in paths:
        height, width = size(path)
        taken += 3 * height * width
        if taken > most:
            return
        yield path, (height, width)
