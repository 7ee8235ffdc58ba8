"""The light of a scene, changed: exposure, contrast of its large parts, a smooth field of light.

A good photo darkened by one exposure never looks backlit. Here the contrast of its base layer is
expanded first, so that a lamp or a window outshines the rest as it does before a camera.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from nightlift.data.srgb import LUMA
from nightlift.photo import Floats

LEFT_SHARE = 1 / 6
"""Of scenes that stay nearly as they were."""
OVEREXPOSED_SHARE = 0.08
EVEN_SHARE = 0.4
"""Of the others that are darkened evenly, by exposure alone."""

RADIUS = 1 / 12
"""Of the window of the edge-aware smoothing, over the long side."""
EDGE = 0.4
"""Differences in EV that the base layer keeps as edges."""

FIELD_NODES = 3
"""Random numbers a side from which a field of light is interpolated."""
LEAST_LIGHT = 2.0**-11
"""What counts as black when logarithms are taken."""


@dataclass(frozen=True)
class Light:
    """How a scene is lit.

    `stops` is the exposure in EV. The base layer's log2 light is pushed away from its
    percentile `pivot` by `contrast` times its distance. `field` is the deviation in EV of a
    random smooth field of light.
    """

    stops: float
    contrast: float = 0.0
    pivot: float = 90.0
    field: float = 0.0

    @property
    def left(self) -> bool:
        """Whether the scene is nearly as it was."""
        return self.contrast == 0 and -0.7 <= self.stops <= 0


def draw_light(
    rng: np.random.Generator,
    stops: tuple[float, float] = (-5.5, 0.0),
    left: float = LEFT_SHARE,
    overexposed: float = OVEREXPOSED_SHARE,
) -> Light:
    """Random light of a dark scene.

    Contrast expands by up to 1, about the 70th to 99th percentile; a field has up to 0.5 EV.

    Args:
        rng: Draws.
        stops: The least and the greatest exposure.
        left: The share that is nearly as it was, at -0.7 to 0 EV.
        overexposed: The share that is overexposed, by up to 1.5 EV.

    Returns:
        The light.
    """
    kind, even = rng.random(2)
    exposure = float(rng.uniform(*stops))
    contrast, pivot, field = (
        float(rng.uniform(low, high)) for low, high in ((0.0, 1.0), (70.0, 99.0), (0.0, 0.5))
    )
    small, over = float(rng.uniform(-0.7, 0.0)), float(rng.uniform(0.2, 1.5))
    if kind < left:
        return Light(small)
    if kind < left + overexposed:
        return Light(over)
    if even < EVEN_SHARE:
        return Light(exposure)
    # Expanded contrast darkens by itself: what is exposed for a bright sky needs little more.
    return Light(exposure * (1 - 0.75 * contrast), contrast, pivot, field)


def relit(rng: np.random.Generator, light: Floats, change: Light) -> Floats:
    """Linear light (H, W, 3) float32 under changed light; `rng` gives the field."""
    stops = np.full(light.shape[:2], change.stops, np.float32)
    if change.contrast:
        base = base_layer(light)
        pivot = np.float32(np.percentile(base, change.pivot))
        stops += np.float32(change.contrast) * (base - pivot)
    if change.field:
        stops += np.float32(change.field) * _field(rng, *light.shape[:2])
    changed: Floats = light * np.exp2(np.minimum(stops, 4.0))[..., None]
    return changed


def base_layer(light: Floats) -> Floats:
    """Log2 luma of linear light without its detail: a guided filter (He et al. 2010), (H, W)."""
    luma = np.log2(np.maximum(light @ LUMA, np.float32(LEAST_LIGHT)))
    side = 2 * max(1, round(RADIUS * max(luma.shape) / 2)) + 1
    mean = cv2.boxFilter(luma, -1, (side, side))
    variance = cv2.boxFilter(luma * luma, -1, (side, side)) - mean * mean
    slope = np.maximum(variance, 0) / (np.maximum(variance, 0) + np.float32(EDGE**2))
    slope, offset = (
        cv2.boxFilter(plane, -1, (side, side)) for plane in (slope, mean - slope * mean)
    )
    return np.asarray(slope * luma + offset, np.float32)


def _field(rng: np.random.Generator, height: int, width: int) -> Floats:
    """A smooth field of mean 0 and deviation near 1, at most 2 off."""
    nodes = rng.standard_normal((FIELD_NODES, FIELD_NODES), np.float32).clip(-2, 2)
    field = cv2.resize(nodes - nodes.mean(), (width, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray(field, np.float32).clip(-2, 2)
