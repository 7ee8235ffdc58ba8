"""A folder of own photos that is followed while a network is trained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from nightlift.data import Bytes, picture, pictures_in, shrunk
from nightlift.errors import UsageError

SIDE = 512
"""Long side, at most, of what the network is given, in pixels."""

MOST = 12
"""Photos on the strip: the first of the folder, by name."""


@dataclass(frozen=True)
class FollowedPhoto:
    """A photo that is followed: its name, and its pixels (H, W, 3) uint8 in sRGB."""

    name: str
    pixels: Bytes


def read_watched(folder: Path) -> Sequence[FollowedPhoto]:
    """The first photos of a folder, brought down; UsageError where there are none.

    Raises ReadError naming a file that is damaged.
    """
    if not folder.is_dir():
        raise UsageError(f"--watch-folder: expected a folder of photos, but there is no {folder}")
    found = pictures_in(folder)[:MOST]
    if not found:
        raise UsageError(f"--watch-folder: expected a folder of photos, but {folder} holds none")
    return [FollowedPhoto(path.stem, shrunk(picture(path), SIDE)) for path in found]
