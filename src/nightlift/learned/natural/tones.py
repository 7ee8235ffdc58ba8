"""What gains on a grid make of a small copy's tones, and of the bins' own."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

POOLED = 4
"""Places of so many pixels a side are looked at: neither noise nor sparks settle what is seen."""

WHOLE = 0.7
"""Stops of mean gain from which a photo counts as lifted wholly: what is not lifted stays."""

NEAR = 1e-3
"""Tones nearer to 0, and grid's tones nearer to 1, count as this near: their logit is finite."""


def seen(photo: Tensor, gains: Tensor) -> tuple[Tensor, Tensor]:
    """What gains make of the places of small copies.

    Args:
        photo: (N, 3, side, side), RGB in [0, 1].
        gains: (N, bins, h, w) in stops, of bins even in the root of the brightest channel.

    Returns:
        The lifted brightest channel of each place (N, 1, side/4, side/4), and how wholly each copy
        is lifted (N, 1, 1, 1), from 0 to 1.
    """
    brightest = F.avg_pool2d(photo.amax(1, keepdim=True), POOLED)
    lift = _sliced(gains, brightest)
    share = (lift.mean((1, 2, 3), keepdim=True) / WHOLE).clamp(0, 1)
    return lifted(brightest, lift), share


def of_bins(gains: Tensor) -> Tensor:
    """The tone that each bin's own becomes at each place: (N, bins, h, w)."""
    bins = gains.shape[1]
    tones = torch.linspace(0, 1, bins, device=gains.device).square().clamp(NEAR, 1 - NEAR)
    return lifted(tones.view(1, bins, 1, 1), gains)


def lifted(tone: Tensor, gain: Tensor) -> Tensor:
    """A tone in [0, 1] whose logit has grown by a gain in stops."""
    lift = torch.exp2(gain)
    return lift * tone / (1 + (lift - 1) * tone)


def _sliced(gains: Tensor, brightest: Tensor) -> Tensor:
    """The gain of each pixel (N, 1, H, W), by its place and its `brightest` channel."""
    bins = gains.shape[1]
    places = F.interpolate(gains, brightest.shape[2:], mode="bilinear", align_corners=True)
    numbers = torch.arange(bins, device=gains.device).view(1, bins, 1, 1)
    nearness = (1 - ((bins - 1) * brightest.sqrt() - numbers).abs()).clamp(min=0)
    return (places * nearness).sum(1, keepdim=True)
