"""docs/images/series.jpg: photos of a jumping exposure, each by itself and as a series.

Prints flicker as the standard deviation of the mean luma of 60 photos, of which eight are shown.

Run: python docs/make_series.py
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

import nightlift

ROOT = Path(__file__).resolve().parents[1]
COUNT, SHOWN, WIDTH, HEIGHT = 60, 8, 150, 176
STOPS = 0.5
"""Standard deviation of the camera's exposure."""


def photos() -> list[np.ndarray]:
    """One scene, (HEIGHT, WIDTH, 3) uint8, at an exposure that jumps."""
    random = np.random.default_rng(3)
    scene = Image.open(ROOT / "examples" / "dark" / "hopper.jpg").resize((WIDTH, HEIGHT))
    code = np.asarray(scene.convert("RGB")) / 255
    light = np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)
    made = []
    for stops in random.normal(0, STOPS, COUNT):
        seen = np.clip(light * 2**stops + random.normal(0, 0.0015, light.shape), 0, 1)
        codes = np.where(seen <= 0.0031308, 12.92 * seen, 1.055 * seen ** (1 / 2.4) - 0.055)
        made.append(np.floor(codes * 255 + 0.5).astype(np.uint8))
    return made


def row(folder: Path) -> np.ndarray:
    """The first photos of a folder side by side."""
    return np.hstack([nightlift.read(path).pixels for path in sorted(folder.iterdir())[:SHOWN]])


def flicker(folder: Path) -> float:
    """The standard deviation of the mean luma of a folder's photos, in levels of 255."""
    pixels = [nightlift.read(path).pixels for path in folder.iterdir()]
    return float(np.std([(each @ [0.299, 0.587, 0.114]).mean() for each in pixels]))


def main() -> None:
    """Make the sheet."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "in").mkdir()
        for number, photo in enumerate(photos()):
            nightlift.write(photo, folder / "in" / f"{number:02d}.png")
        for out, series in (("alone", False), ("series", True)):
            list(nightlift.enhance_files(folder / "in", folder / out, series=series))
        sheet = np.vstack([row(folder / each) for each in ("in", "alone", "series")])
        target = ROOT / "docs" / "images" / "series.jpg"
        nightlift.write(sheet, target, quality=72, overwrite=True)
        before, alone, series = (flicker(folder / each) for each in ("in", "alone", "series"))
        print(f"flicker: {before:.2f} before, {alone:.2f} alone, {series:.2f} as a series")
        print(f"left of what single photos have: {series / alone:.3f}")


if __name__ == "__main__":
    main()
