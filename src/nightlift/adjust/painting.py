"""Pictures painted at a photo's own size: in its color space, blended with what was there."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from nightlift.photo import Photo, Pixels, color


def in_working_space(photo: Photo, act: Callable[[Pixels], Pixels]) -> Photo:
    """A photo after an act on its own RGB, or by way of sRGB where its tone curve is another.

    Args:
        photo: The photo before.
        act: Gives pixels of the same shape and type for pixels in stored order.

    Returns:
        The photo with other pixels.
    """
    if photo.mode != "rgb" or color.acts_in_place(photo.icc):
        return photo.with_pixels(act(photo.pixels))
    done = act(color.to_srgb(photo.pixels, photo.icc))
    return photo.with_pixels(color.from_srgb(done, photo.icc))


def blend(pixels: Pixels, painted: Pixels, strength: float) -> Pixels:
    """Pixels and what was painted of them at a strength: `clip(x + s · (f(x) - x))`.

    Args:
        pixels: (H, W, 3) uint8, uint16 or float32, before.
        painted: The same after.
        strength: 0 to 1.5.

    Returns:
        Pixels of the same shape and type; `painted` itself at strength 1.
    """
    if strength == 1.0:
        return painted
    import cv2

    blended: Pixels = cv2.addWeighted(painted, strength, pixels, 1.0 - strength, 0.0)
    return blended.clip(0, 1) if blended.dtype == np.float32 else blended
