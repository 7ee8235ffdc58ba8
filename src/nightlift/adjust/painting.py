"""Pictures painted at a photo's own size: in its color space, blended with what was there."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from nightlift.photo import Photo, Pixels, color


def in_working_space(photo: Photo, act: Callable[[Pixels], Pixels]) -> Photo:
    """The photo after `act` on its own RGB, or by way of sRGB where its tone curve is another."""
    if photo.mode != "rgb" or color.acts_in_place(photo.icc):
        return photo.with_pixels(act(photo.pixels))
    done = act(color.to_srgb(photo.pixels, photo.icc))
    return photo.with_pixels(color.from_srgb(done, photo.icc))


def blend(pixels: Pixels, painted: Pixels, strength: float) -> Pixels:
    """`clip(x + s · (f(x) - x))` in the pixels' own code values."""
    if strength == 1.0:
        return painted
    import cv2

    blended: Pixels = cv2.addWeighted(painted, strength, pixels, 1.0 - strength, 0.0)
    return blended.clip(0, 1) if blended.dtype == np.float32 else blended
