"""HDR panoramas as scenes: a perspective view, and a picture of it in which everything is seen."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from nightlift.data.srgb import LUMA, as_type, encode
from nightlift.errors import ReadError
from nightlift.photo import Floats

NAMES = (".hdr",)
"""Extensions of files that hold panoramas (Radiance RGBE)."""

KEY = 0.18
"""What the mean of log light is exposed to at 0 EV (Reinhard et al. 2002)."""

BRACKET = (-5.0, -3.5, -2.0, -1.0, 0.0, 1.0)
"""Exposures in EV that the good picture is fused from."""

HIGHEST = 2.0**16


@dataclass(frozen=True)
class View:
    """Where a camera looks: `yaw`, `pitch` and horizontal `width` in radians, height over width."""

    yaw: float
    pitch: float
    width: float
    aspect: float


def draw_view(rng: np.random.Generator) -> View:
    """Any direction, up to 20 degrees up or down, 1.0 to 1.7 rad wide, 2:3 to 3:2."""
    return View(
        yaw=float(rng.uniform(-np.pi, np.pi)),
        pitch=float(np.clip(rng.normal(0.0, 0.12), -0.35, 0.35)),
        width=float(rng.uniform(1.0, 1.7)),
        aspect=float(rng.choice((0.67, 0.75, 1.0, 1.33))),
    )


def read_panorama(path: Path) -> Floats:
    """Linear light of an equirectangular panorama, (H, 2H, 3) float32 RGB; raises ReadError."""
    found = cv2.imread(str(path), cv2.IMREAD_UNCHANGED) if path.is_file() else None
    if found is None or found.dtype != np.float32 or found.ndim != 3:
        raise ReadError(f"{path}: expected an HDR panorama in the Radiance format")
    if found.shape[1] != 2 * found.shape[0]:
        raise ReadError(
            f"{path}: expected a whole panorama, twice as wide as high, "
            f"got {found.shape[1]} by {found.shape[0]} pixels"
        )
    light: Floats = np.clip(np.nan_to_num(found[..., ::-1]), 0, HIGHEST)
    return np.ascontiguousarray(light)


def seen(panorama: Floats, view: View, long_side: int) -> Floats:
    """Linear light of a perspective view, (h, w, 3), whose mean log light is `KEY`."""
    height, width = panorama.shape[:2]
    x, y, z = _rays(view, long_side)
    across = (np.arctan2(x, z) / (2 * np.pi) + 0.5) * width - 0.5
    down = (np.arctan2(y, np.hypot(x, z)) / np.pi + 0.5) * height - 0.5
    places = across.astype(np.float32), down.astype(np.float32)
    light = cv2.remap(panorama, *places, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
    luma = np.maximum(light @ LUMA, 1e-6)
    exposed: Floats = light * np.float32(KEY / np.exp(np.log(luma).mean()))
    return exposed


def _rays(view: View, long_side: int) -> tuple[NDArray[np.float64], ...]:
    """Directions x right, y down, z ahead of each pixel."""
    width = round(long_side / max(1.0, view.aspect))
    height = round(width * view.aspect)
    reach = np.tan(view.width / 2)
    x, y = np.meshgrid(
        reach * np.linspace(-1, 1, width), reach * view.aspect * np.linspace(-1, 1, height)
    )
    up, along = np.cos(view.pitch), np.sin(view.pitch)
    y, z = up * y - along, along * y + up
    turn, side = np.cos(view.yaw), np.sin(view.yaw)
    return turn * x + side * z, y, turn * z - side * x


def developed(light: Floats) -> NDArray[np.uint8]:
    """A picture in which shadows and lights are seen, (h, w, 3) uint8.

    Exposures of `BRACKET` are fused (Mertens, Kautz and Van Reeth, "Exposure Fusion", 2007).
    """
    shots = [
        np.asarray(as_type(encode(np.clip(light * np.float32(2.0**stops), 0, 1)), np.dtype("u1")))
        for stops in BRACKET
    ]
    fused = cv2.createMergeMertens().process(shots)
    return np.asarray(as_type(np.clip(np.asarray(fused, np.float32), 0, 1), np.dtype("u1")))
