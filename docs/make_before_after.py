"""Make README's first picture: examples beside what `nightlift enhance` makes of them.

python docs/make_before_after.py
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from nightlift.data import upright
from nightlift.edit import Enhancer
from nightlift.photo import read

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs" / "images" / "before-after.jpg"
PHOTOS = (
    *("scenes/night-square.jpg", "scenes/bright-window.jpg", "scenes/dim-hall.jpg"),
    *("dark/lamp.jpg", "dark/astronaut.jpg", "scenes/lanterns.jpg"),
)
WIDTH, HEIGHT = 360, 240
COLUMNS = 2
GAP = 6
FACES = 0.5, 0.1
"""Where a photo of another shape is cut: more below, so that heads stay whole."""
QUALITY = 88


def page(photos: tuple[str, ...] = PHOTOS) -> Image.Image:
    """Pairs of before and after, `COLUMNS` of them in a row, on white."""
    enhancer = Enhancer()
    pairs = [_pair(ROOT / "examples" / photo, enhancer) for photo in photos]
    rows = [np.hstack(pairs[at : at + COLUMNS]) for at in range(0, len(pairs), COLUMNS)]
    return Image.fromarray(np.vstack(rows)[:-GAP, : -2 * GAP])


def _pair(path: Path, enhancer: Enhancer) -> NDArray[np.uint8]:
    before = np.asarray(Image.open(path).convert("RGB"))
    after = upright(enhancer(read(path)))
    both = np.hstack([_fitted(before), _fitted(after)])
    edges = ((0, GAP), (0, 2 * GAP), (0, 0))
    return np.pad(both, edges, constant_values=255)


def _fitted(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    picture = ImageOps.fit(
        Image.fromarray(pixels), (WIDTH, HEIGHT), Image.Resampling.LANCZOS, centering=FACES
    )
    return np.asarray(picture, np.uint8)


if __name__ == "__main__":
    page().save(PICTURE, quality=QUALITY, optimize=True)
