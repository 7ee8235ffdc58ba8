"""Photos of one's own whose results are drawn while a network is trained."""

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
class PreviewPhoto:
    """A photo whose result is drawn: its name, and its pixels (H, W, 3) uint8 in sRGB."""

    name: str
    pixels: Bytes


def read_previews(folder: Path) -> Sequence[PreviewPhoto]:
    """The first photos of a folder, brought down; UsageError where there are none.

    Raises ReadError naming a file that is damaged.
    """
    if not folder.is_dir():
        raise UsageError(f"--preview-folder: expected a folder of photos, but there is no {folder}")
    found = pictures_in(folder)[:MOST]
    if not found:
        raise UsageError(f"--preview-folder: expected a folder of photos, but {folder} holds none")
    return [PreviewPhoto(path.stem, shrunk(picture(path), SIDE)) for path in found]
