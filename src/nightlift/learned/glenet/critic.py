"""Who judges in unpaired training whether a photo looks good, or looks like one to improve."""

from __future__ import annotations

from itertools import pairwise

import torch.nn.functional as F
from torch import Tensor, nn

from nightlift.learned.glenet.blocks import KERNEL, Stem
from nightlift.learned.glenet.network import resized

SIDE = 224
"""Pixels of the square copy that a critic sees."""

DROPOUT = 0.2


class GlobalCritic(nn.Module):
    """One logit for a picture of any size.

    Five convolutions of stride 2 to 16, 32, 64, 128 and 256 channels (in proportion to `width`),
    1×1 to 1024, each with norm and swish; global mean, dropout, fully connected.
    """

    def __init__(self, width: int = 16, momentum: float = 0.1, side: int = SIDE) -> None:
        super().__init__()
        self.side = side
        widths = [3, *(width << level for level in range(5))]
        self.blocks = nn.Sequential(
            *(Stem(into, out, momentum, KERNEL, stride=2) for into, out in pairwise(widths)),
            Stem(widths[-1], 64 * width, momentum),
        )
        self.logit = nn.Linear(64 * width, 1)

    def forward(self, picture: Tensor) -> Tensor:
        """(N, 3, H, W) in [0, 1] → logits (N, 1)."""
        features = self.blocks(resized(picture, self.side)).mean((2, 3))
        logits: Tensor = self.logit(F.dropout(features, DROPOUT, self.training))
        return logits
