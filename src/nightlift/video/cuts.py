"""Scene cuts: where one shot ends and the next begins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from nightlift.adjust.adjustment import to_floats
from nightlift.photo.photo import Floats, Pixels

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

WIDE, HIGH = 32, 18
"""Blocks that a frame is looked at in."""

SAMPLES = 4
"""Samples of a block along each side; more would only cost time."""

BLUR = 1.0
"""Blocks that an edge may move between two frames of a shot."""

ALIKE = 0.5
"""Structure from -1 to 1; two frames of one shot that share less are hardly ever seen."""

STEP = 0.3
"""Change of light over its sum: 0.3 is a factor of 1.86 within one frame."""

NOISE = 2.0
"""Levels (of 255) of contrast that noise alone may give a block."""

BLACK = 4.0
"""Levels of light below which a relative change says nothing."""


def thumbnail(frame: VideoFrame) -> Floats:
    """Luma of a frame in (18, 32) blurred blocks, float32 from 0 to 255."""
    gray = frame.reformat(
        width=WIDE * SAMPLES,
        height=HIGH * SAMPLES,
        format="gray",
        interpolation="POINT",
        threads=1,
    ).to_ndarray()
    blocks = gray.reshape(HIGH, SAMPLES, WIDE, SAMPLES)
    means = blocks.mean(axis=(1, 3), dtype=np.float32)
    return np.asarray(cv2.GaussianBlur(means, (0, 0), BLUR))


def thumbnail_of(pixels: Pixels) -> Floats:
    """The same of (H, W, 3) pixels of any type, of either order of colors."""
    samples = (WIDE * SAMPLES, HIGH * SAMPLES)
    picked = to_floats(cv2.resize(pixels, samples, interpolation=cv2.INTER_NEAREST))
    gray = cv2.cvtColor(picked * np.float32(255), cv2.COLOR_RGB2GRAY)
    means = cv2.resize(gray, (WIDE, HIGH), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.GaussianBlur(means, (0, 0), BLUR))


def is_cut(before: Floats, after: Floats) -> bool:
    """Whether two thumbnails that follow each other belong to different shots.

    A cut changes what is where: the structure term of SSIM (Wang et al. 2004) over the whole frame
    falls below 0.5. A light that is switched counts as one too, because what was estimated in the
    dark no longer fits. A ramp of exposure and a pan do not.
    """
    light, new_light = float(before.mean()), float(after.mean())
    if abs(new_light - light) > STEP * (light + new_light + 2 * BLACK):
        return True
    return structure(before, after) < ALIKE


def structure(one: Floats, other: Floats) -> float:
    """The structure term of SSIM over two whole thumbnails, from -1 to 1, whatever their light."""
    deviation, its = one - one.mean(), other - other.mean()
    shared = float((deviation * its).mean())
    spread = float(np.sqrt((deviation**2).mean() * (its**2).mean()))
    return (shared + NOISE**2) / (spread + NOISE**2)
