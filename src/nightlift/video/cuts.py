"""Scene cuts: where one shot ends and the next begins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from nightlift.metrics import BLUR, HIGH, SAMPLES, WIDE, structure
from nightlift.photo import Floats

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

ALIKE = 0.5
"""Structure from -1 to 1; two frames of one shot that share less are hardly ever seen."""

STEP = 0.3
"""Change of light over its sum: 0.3 is a factor of 1.86 within one frame."""

BLACK = 4.0
"""Levels of light below which a relative change says nothing."""


def frame_thumbnail(frame: VideoFrame) -> Floats:
    """`nightlift.metrics.likeness.thumbnail` of a frame, without converting its colors."""
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
