"""Small pictures on disk, drawn by seed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

Draw = Callable[..., NDArray[np.uint8]]
Place = Callable[..., Path]


def draw(seed: int, height: int = 72, width: int = 96) -> NDArray[np.uint8]:
    """A smooth random scene: as different from other seeds as photos are."""
    rng = np.random.default_rng(seed)
    coarse = rng.uniform(20, 235, (6, 8, 3)).astype(np.float32)
    smooth = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(smooth, 0, 255).astype(np.uint8)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Write a picture of a seed at a path below the test's folder."""

    def write(name: str, seed: int | None = None, **size: int) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        number = seed if seed is not None else sum(name.encode())
        Image.fromarray(draw(number, **size)).save(path)
        return path

    return write


@pytest.fixture
def lol(place: Place, tmp_path: Path) -> Path:
    """A folder of six pairs; extensions differ, and the bright one is brighter."""
    for index in range(6):
        path = place(f"lol/low/{index}.png", seed=index)
        dark = np.asarray(Image.open(path)) // 4
        Image.fromarray(dark).save(path)
        place(f"lol/high/{index}.bmp", seed=index)
    return tmp_path / "lol"
