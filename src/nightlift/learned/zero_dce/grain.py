"""Noise that training adds to photos, so that their curves learn to leave it behind.

No reference is needed: what is wanted of the noisy photo is what its own curves, smoothed, make of
the photo without the added noise.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

SHARED = 0.5
"""Share of the noise's variance that is common to the three channels, as in cameras' files."""

MOST_BLUR = 0.5
"""What a pixel's four neighbors add to its noise, at most, for each part of its own."""

UNTOUCHED = 0.15
"""Share of the photos that get no noise: a clean photo is to keep its texture."""

NEIGHBORHOOD = 9
"""Side in pixels, odd, of the squares over which maps are smoothed: noise averages out."""


def grainy(photo: Tensor, levels: tuple[float, float]) -> Tensor:
    """Photos (N, 3, H, W) in [0, 1] with Gaussian noise, in 8 bits again.

    Each photo's standard deviation is drawn, its logarithm uniform, from `levels`, in steps of
    1/255. Noise is a little alike in neighboring pixels, and half of it in the three channels.
    """
    count = len(photo)
    low, high = (photo.new_tensor(level).log() for level in levels)
    drawn = torch.rand(3, count, 1, 1, 1, device=photo.device)
    deviation = (low + (high - low) * drawn[0]).exp() * (drawn[1] >= UNTOUCHED)
    common = torch.randn(count, 1, *photo.shape[2:], device=photo.device)
    noise = SHARED**0.5 * common + (1 - SHARED) ** 0.5 * torch.randn_like(photo)
    blur = MOST_BLUR * drawn[2]
    noise = (noise + blur * _around(noise)) / (1 + 4 * blur.square()).sqrt()
    noisy: Tensor = (photo * 255 + deviation * noise).round().clamp(0, 255) / 255
    return noisy


def local_mean(maps: Tensor) -> Tensor:
    """The mean of each (N, C, H, W) map around each pixel, the border repeated."""
    reach = NEIGHBORHOOD // 2
    return F.avg_pool2d(F.pad(maps, (reach,) * 4, mode="replicate"), NEIGHBORHOOD, 1)


def _around(noise: Tensor) -> Tensor:
    """The sum of the four neighbors of each pixel, the border repeated."""
    wide = F.pad(noise, (1, 1, 1, 1), mode="replicate")
    upright, across = wide[..., 1:-1], wide[:, :, 1:-1]
    return upright[..., :-2, :] + upright[..., 2:, :] + across[..., :-2] + across[..., 2:]
