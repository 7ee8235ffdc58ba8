"""Small photos with structure."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from tests.reference import synth


def save(path: Path, seed: int, gain: float = 0.3, size: tuple[int, int] = (96, 64)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = (synth.image(size[1], size[0], seed) * gain * 255).clip(0, 255).astype("uint8")
    Image.fromarray(pixels).save(path)
    return path


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Three dark photos, called a.png, b.png and c.png."""
    for seed, name in enumerate("abc"):
        save(tmp_path / "photos" / f"{name}.png", seed)
    return tmp_path / "photos"
