"""The small copy of photos that networks of a fixed size see, inside the graph."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor


def small(photo: Tensor, side: int) -> Tensor:
    """Photos (N, 3, H, W) as the network sees them, (N, 3, side, side).

    The mean of each small pixel's area, as `small_copy` makes it by default; enlarged bilinearly
    along a side that is too short.
    """
    height, width = photo.shape[2:]
    shrunk = F.interpolate(photo, (min(height, side), min(width, side)), mode="area")
    if shrunk.shape[2:] == (side, side):
        return shrunk
    return F.interpolate(shrunk, (side, side), mode="bilinear", align_corners=False)
