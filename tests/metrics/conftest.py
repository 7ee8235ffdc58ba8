"""Pictures to measure: noise, smooth color, and something like a dark photo and its truth."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

Pictures: TypeAlias = dict[str, tuple[NDArray[Any], NDArray[Any]]]


def _eight_bit(values: NDArray[Any]) -> NDArray[Any]:
    return np.floor(np.clip(values, 0, 1) * 255 + 0.5).astype(np.uint8)


def _scene(height: int, width: int, random: np.random.Generator) -> NDArray[Any]:
    """Edges, texture and a gradient of light, in [0, 1]."""
    spectrum = np.fft.rfft2(random.normal(size=(height, width)))
    fy, fx = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)
    texture = np.fft.irfft2(spectrum / (np.hypot(fy, fx) + 0.02), s=(height, width))
    texture = 0.12 * texture / texture.std()
    y, x = np.mgrid[:height, :width]
    planes = []
    for channel in range(3):
        plane = 0.2 + 0.5 * x / width + texture + random.normal(0, 0.01, (height, width))
        for _ in range(6):
            cy, cx, r = random.uniform(0, height), random.uniform(0, width), random.uniform(5, 25)
            plane = np.where(np.hypot(y - cy, x - cx) < r, plane * 0.4 + 0.1 * channel, plane)
        planes.append(plane)
    return np.clip(np.stack(planes, axis=2), 0, 1)


def make_pictures(height: int, width: int, seed: int = 0) -> Pictures:
    """(output, reference) of uint8 for every kind of picture."""
    random = np.random.default_rng(seed)
    noise = random.integers(0, 256, (2, height, width, 3), dtype=np.uint8)
    smooth = ndimage.gaussian_filter(random.random((height, width, 3)), (9, 9, 0), mode="nearest")
    smooth = (smooth - smooth.min()) / np.ptp(smooth)
    scene = _scene(height, width, random)
    dark = np.round(255 * 0.3 * scene**1.5) / 255 + random.normal(0, 0.02, scene.shape)
    brightened = np.clip(dark / 0.3, 0, 1) ** (1 / 1.6)
    return {
        "noise": (noise[0], noise[1]),
        "smooth": (_eight_bit(smooth**0.8), _eight_bit(smooth)),
        "photo": (_eight_bit(brightened), _eight_bit(scene)),
    }


@pytest.fixture(scope="session")
def small_pictures() -> Pictures:
    return make_pictures(61, 74)


@pytest.fixture(scope="session")
def large_pictures() -> Pictures:
    return make_pictures(205, 299)


@pytest.fixture(params=["noise", "smooth", "photo"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)
