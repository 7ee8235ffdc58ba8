"""Dark photos by the model `camera`: a scene under other light, photographed by a drawn camera."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from nightlift.data.camera import Camera, draw_camera, photograph
from nightlift.data.light import Light, draw_light, relit
from nightlift.data.panorama import View, developed, draw_view, seen
from nightlift.data.srgb import LUMA, as_floats, as_type, linear
from nightlift.photo import Floats

Bytes = NDArray[np.uint8]

GRAY_SHARE = 0.1
"""Of pairs that have no color."""

MIDDLE, RAISED_SHARE = 0.48, 0.75
"""Mean luma of what people make of dark photos (FiveK's experts 0.42, LOL's and SICE's references
0.47), and how far on the way to it the answer to a photo in uneven light is brought."""

DARK, DIM = 0.1, 0.3
"""Mean luma of a photo that asks for all of that light, and of one that may be meant as it is."""


@dataclass(frozen=True)
class DarkScene:
    """How a scene is lit and photographed; `gray` without color, by a `view` of a panorama."""

    light: Light
    camera: Camera
    gray: bool = False
    view: View | None = None


def draw_scene(
    rng: np.random.Generator,
    stops: tuple[float, float] = (-5.5, 0.0),
    *,
    panorama: bool = False,
    grain: float = 1.0,
) -> DarkScene:
    """A random dark scene.

    Args:
        rng: Draws.
        stops: The least and the greatest exposure.
        panorama: Whether it is of a panorama, which has contrast enough of its own and is only
            exposed.
        grain: How much noise, in proportion to a camera's.

    Returns:
        The scene.
    """
    light = draw_light(rng, stops)
    if panorama and not light.left:
        light = replace(light, contrast=0.0, field=0.0)
    return DarkScene(
        light=light,
        camera=draw_camera(rng, clean=light.left, grain=grain),
        gray=bool(rng.random() < GRAY_SHARE),
        view=draw_view(rng) if panorama else None,
    )


def darken_scene(rng: np.random.Generator, good: Bytes, scene: DarkScene) -> tuple[Bytes, Bytes]:
    """The dark photo of a good picture, and that picture, without color where the scene has none.

    Where light is uneven, the darker the photo, the brighter are the answers to dim pictures
    (`raised`): who asks for light wants some. A scene that is dark evenly tells by itself how
    bright it was.

    Args:
        rng: Draws the noise and the field of light.
        good: (H, W, 3) uint8 sRGB.
        scene: What `draw_scene` drew.

    Returns:
        Two pictures, (H, W, 3) uint8 sRGB.
    """
    dark = photograph(rng, relit(rng, linear(good), scene.light), scene.camera)
    if scene.light.contrast:
        good = raised(good, share=RAISED_SHARE * _darkness(dark))
    return (_gray(dark), _gray(good)) if scene.gray else (dark, good)


def darken_panorama(
    rng: np.random.Generator, panorama: Floats, scene: DarkScene, size: int
) -> tuple[Bytes, Bytes]:
    """A view of a panorama (H, 2H, 3) as a camera takes it, and developed well.

    Both have a long side of `size` pixels. A scene that stays nearly as it was is photographed
    from the developed picture.
    """
    assert scene.view is not None
    light = seen(panorama, scene.view, size)
    good = raised(developed(light))
    if scene.light.left:
        return darken_scene(rng, good, scene)
    dark = photograph(rng, relit(rng, light, scene.light), scene.camera)
    return (_gray(dark), _gray(good)) if scene.gray else (dark, good)


def raised(good: Bytes, middle: float = MIDDLE, share: float = RAISED_SHARE) -> Bytes:
    """A good picture whose mean luma is below `middle`, brought a `share` of the way to it.

    The logit of the brightest channel is shifted, the others keep their ratios to it.
    """
    small = as_floats(np.asarray(cv2.resize(good, (48, 48), interpolation=cv2.INTER_AREA)))
    mean = float((small @ LUMA).mean())
    if mean >= middle:
        return good
    wanted, low, high = mean + share * (middle - mean), 0.0, 6.0
    for _ in range(12):
        stops = (low + high) / 2
        dim = float((_shifted(small, stops) @ LUMA).mean()) < wanted
        low, high = (stops, high) if dim else (low, stops)
    return np.asarray(as_type(_shifted(as_floats(good), low), np.dtype(np.uint8)), np.uint8)


def _darkness(picture: Bytes) -> float:
    """1 for a photo of mean luma up to `DARK`, 0 from `DIM`."""
    mean = float(as_floats(picture).mean(axis=(0, 1)) @ LUMA)
    return float(np.clip((DIM - mean) / (DIM - DARK), 0.0, 1.0))


def _shifted(picture: Floats, stops: float) -> Floats:
    gain = np.float32(2.0**stops)
    brighter: Floats = picture * (gain / (1 + (gain - 1) * picture.max(axis=2, keepdims=True)))
    return brighter


def _gray(picture: Bytes) -> Bytes:
    luma = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.cvtColor(luma, cv2.COLOR_GRAY2RGB), np.uint8)
