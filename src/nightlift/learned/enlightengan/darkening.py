"""Good pictures darkened on the device: pairs for a training that has none."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from nightlift.photo import LUMA

GAMMA = 2.2
MOST_CONTRAST, PIVOT = 0.8, 0.5
"""Exponent of a pixel's light over `PIVOT` that is added: the dark ones lose most."""
FIELD, NODES = 0.5, 3
"""Deviation in EV of a smooth field of light, and from how many numbers a side it is made."""
NOISE = (1e-5, 1e-3)
"""Variance of light per light, between a good camera and a phone at night."""
SHINING, WHITE = 8.0, 0.85
"""EV by which lamps and skies, in the picture from `WHITE` on, may outshine its white."""
READ = 3e-3
"""Variance in the dark as a share of it."""


def darkened(
    good: Tensor, stops: tuple[float, float], chance: torch.Generator | None = None
) -> Tensor:
    """Pictures (N, 3, H, W) in [0, 1] as if taken with less light, by `stops` in EV, and noisy.

    Half of them have their contrast raised too, and then need less of an exposure; in half of them
    what is nearly white shines as it may have done, and stays so. The numbers come from `chance`,
    or PyTorch's own generator, on the processor.
    """
    count = len(good)
    raised, contrast, exposure, noise, lit, shining = torch.rand(
        6, count, 1, 1, 1, generator=chance
    ).to(good)
    contrast = MOST_CONTRAST * contrast * (raised < 0.5)
    light = good.clamp(0, 1) ** GAMMA
    luma = (light * light.new_tensor(LUMA).view(1, 3, 1, 1)).sum(1, keepdim=True)
    nodes = FIELD * torch.randn(count, 1, NODES, NODES, generator=chance).clamp(-2, 2).to(good)
    field = F.interpolate(nodes, good.shape[2:], mode="bicubic", align_corners=True)
    low, high = stops
    change = (low + (high - low) * exposure) * (1 - 0.6 * contrast) + field
    light = light * (luma / PIVOT).clamp_min(1e-3) ** contrast * torch.exp2(change)
    white = ((good.amin(1, keepdim=True) - WHITE) / (1 - WHITE)).clamp(0, 1)
    light = light * torch.exp2(SHINING * shining * (lit < 0.5) * white)
    a, b = (math.log(end) for end in NOISE)
    shot = torch.exp(a + (b - a) * noise)
    deviation = (shot * light + READ * shot).sqrt()
    seen = light + deviation * torch.randn(good.shape, generator=chance).to(good)
    bytes_: Tensor = (255 * seen.clamp(0, 1) ** (1 / GAMMA)).round()
    return bytes_ / 255
