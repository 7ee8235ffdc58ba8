"""Highlights: what is bright in a photo keeps its drawing, whatever is done to the rest."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from nightlift.learned.natural.tones import NEAR, POOLED

KEPT = 0.8
"""Slope of the line to white that the brightest tones do not rise above. Settled by what stays of
the highlights' spread in 28 dark photos, at a cost of 0.2 dB on half `a` of exposures."""

BRIGHT, TOP = 10, 100
"""One place of so many is brighter than where the brightest begin, and than where they end."""


def with_highlights(photo: Tensor, gains: Tensor) -> Tensor:
    """Gains that leave the brightest places room for their drawing.

    Args:
        photo: Small copies (N, 3, side, side), RGB in [0, 1].
        gains: (N, bins, h, w) in stops, of bins even in the root of the brightest channel.

    Returns:
        Gains of the same shape: no tone b becomes more than 1 - `KEPT` (*top* - max(b, *bright*)),
        where one place in ten is brighter than *bright* and one in a hundred than *top*; unless it
        is so bright as it is.
    """
    places = F.avg_pool2d(photo.amax(1, keepdim=True), POOLED).flatten(1)
    count = places.shape[1]
    bright, top = (
        places.topk(count // one + 1).values[:, -1].view(-1, 1, 1, 1) for one in (BRIGHT, TOP)
    )
    bins = gains.shape[1]
    own = torch.linspace(0, 1, bins, device=gains.device).square().clamp(NEAR, 1 - NEAR)
    own = own.view(1, bins, 1, 1)
    most = 1 - KEPT * (top - torch.maximum(own, bright)).clamp(min=0.0)
    most = most.clamp(max=1 - NEAR)
    limit = torch.log2(most / (1 - most)) - torch.log2(own / (1 - own))
    return torch.minimum(gains, limit.clamp(min=0.0))
