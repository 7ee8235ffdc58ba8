"""Exposure: what is lifted comes nearer to the brightness of a photo taken with enough light."""

from __future__ import annotations

import torch
from torch import Tensor

from nightlift.learned.natural import tones

DARKEST = 1 / 4
"""A mean counts as at least this share of the goal: night stays darker than day."""

SHADOWS = 0.35
"""Lifted tone below which less is added, in proportion: black stays, and so does its noise."""


def exposed(photo: Tensor, gains: Tensor, middle: float) -> Tensor:
    """Gains that also brighten what they leave dark as a whole.

    Args:
        photo: Small copies (N, 3, side, side), RGB in [0, 1].
        gains: (N, bins, h, w) in stops, of bins even in the root of the brightest channel.
        middle: Mean of the lifted brightest channel that photos come nearer to from below.

    Returns:
        Gains of the same shape: with *mean* that of the lifted brightest channel, larger by
        log2(middle / *mean*) stops where the mean is smaller, from tones of `SHADOWS` on; the
        less, the less is lifted.
    """
    brightest, share = tones.seen(photo, gains)
    mean = brightest.mean((1, 2, 3), keepdim=True).clamp(DARKEST * middle, middle)
    more = share * torch.log2(middle / mean)
    return gains + more * (tones.of_bins(gains) / SHADOWS).clamp(max=1.0)
