from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

Bytes = NDArray[np.uint8]


def scene(seed: int, height: int = 48, width: int = 64) -> Bytes:
    """A picture with structure at every scale and colors of its own."""
    import cv2

    random = np.random.default_rng(seed)
    layers = [
        cv2.resize(random.random((side, side, 3)), (width, height), interpolation=cv2.INTER_CUBIC)
        for side in (3, 8, 20)
    ]
    mixed = 0.6 * layers[0] + 0.3 * layers[1] + 0.1 * layers[2]
    picture: Bytes = np.clip(255 * mixed + 0.5, 1, 254).astype(np.uint8)
    return picture


def darkened(bright: Bytes, gamma: float) -> Bytes:
    return np.floor(255 * (bright / 255) ** gamma + 0.5).astype(np.uint8)


def save(path: Path, pixels: Bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


def load(path: Path) -> Bytes:
    with Image.open(path) as file:
        return np.asarray(file.convert("RGB"))


@pytest.fixture
def lol(tmp_path: Path) -> Path:
    """Six training pairs that gamma 0.5 mends, four validation pairs that gamma 0.25 mends."""
    root = tmp_path / "LOL"
    for number in range(10):
        bright = scene(number)
        gamma = 2.0 if number < 6 else 4.0
        save(root / "high" / f"{number}.png", bright)
        save(root / "low" / f"{number}.png", darkened(bright, gamma))
    (root / "split.json").write_text('{"validation": ["6", "7", "8", "9"]}')
    return root


@pytest.fixture
def pairs(lol: Path) -> Callable[[str], tuple[Bytes, Bytes]]:
    """The dark and the bright picture of an id."""
    return lambda id: (load(lol / "low" / f"{id}.png"), load(lol / "high" / f"{id}.png"))
