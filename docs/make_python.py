"""Write the pictures of docs/python.md from the photos in examples/dark."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

import nightlift

DOCS = Path(__file__).parent
DARK = DOCS.parent / "examples" / "dark"
HEIGHT, GAP = 240, 6


def main() -> None:
    """Make all three."""
    lamp = Image.open(DARK / "lamp.jpg")
    _save("strength", [[nightlift.enhance(lamp, strength=s) for s in (0.0, 0.5, 1.0)]])
    series = [Image.open(DARK / f"{name}.jpg") for name in ("lamp", "hopper", "rocket")]
    lift = nightlift.Enhancer()
    edits = [lift.estimate(image) for image in series]
    look = nightlift.Edit.mean(edits)
    own = [edit.apply(image) for edit, image in zip(edits, series, strict=True)]
    _save("series", [own, [look.apply(image) for image in series]])
    controls = [
        nightlift.Controls(),
        nightlift.Controls(exposure=0.3, warmth=25, saturation=15, highlights=-20, shadows=20),
        nightlift.Controls(shadows=-60, black=-20, saturation=-100),
    ]
    rocket = series[2]
    _save("controls", [[nightlift.enhance(rocket, controls=each) for each in controls]])


def _save(name: str, rows: Sequence[Sequence[Image.Image]]) -> None:
    """One JPEG of rows of pictures, all of one height."""
    strips = [_strip(row) for row in rows]
    width = max(strip.shape[1] for strip in strips)
    sheet = np.full((len(strips) * (HEIGHT + GAP) - GAP, width, 3), 255, np.uint8)
    for number, strip in enumerate(strips):
        top = number * (HEIGHT + GAP)
        sheet[top : top + HEIGHT, : strip.shape[1]] = strip
    Image.fromarray(sheet).save(DOCS / "images" / f"python-{name}.jpg", quality=85)


def _strip(row: Sequence[Image.Image]) -> np.ndarray:
    gap = np.full((HEIGHT, GAP, 3), 255, np.uint8)
    pieces = []
    for image in row:
        size = (round(image.width * HEIGHT / image.height), HEIGHT)
        small = image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3)
        pieces += [np.asarray(small), gap]
    return np.concatenate(pieces[:-1], axis=1)


if __name__ == "__main__":
    main()
