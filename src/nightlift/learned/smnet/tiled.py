"""SMNet on photos too large to run whole: a declared approximation, in tiles.

Only the pooled vectors of the three recalibrations depend on the whole picture. They are taken
from one run on a small copy; with them given, a pixel depends on no other further than `REACH`,
so that tiles with that halo, clipped at the photo's borders, equal one run with those vectors.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from nightlift.learned.smnet.network import MULTIPLE, PASSES, SMNet

MOST_PIXELS = 250_000
"""Of the copy that the vectors are taken from."""


class Tileable(nn.Module):
    """The network with its pooled vectors as a second input and a second output."""

    def __init__(self, network: SMNet) -> None:
        super().__init__()
        self.network = network

    def forward(self, photo: Tensor, pooled: Tensor) -> tuple[Tensor, Tensor]:
        """(1, 3, h, w) in [0, 1] and vectors, NaN for the photo's own → picture, own vectors."""
        pictures, own = self.network.paint(photo, pooled)
        return pictures[-1].clamp(0, 1), own


def unknown_vectors(network: SMNet) -> Tensor:
    """Vectors (1, 3, 2, 3 · width) that leave the photo's own in place."""
    return torch.full((1, PASSES, 2, 3 * network.width), torch.nan)


@torch.no_grad()
def vectors_of_copy(network: SMNet, photo: Tensor) -> Tensor:
    """The pooled vectors (1, 3, 2, 3 · width) of a copy of at most `MOST_PIXELS` of `photo`."""
    return network.paint(copied(photo))[1]


def copied(photo: Tensor) -> Tensor:
    """A copy (N, 3, h, w), each pixel the mean of its area, its sides divisible by 4."""
    height, width = photo.shape[2:]
    scale = min(1.0, (MOST_PIXELS / (height * width)) ** 0.5)
    sides = [max(MULTIPLE, int(scale * side) // MULTIPLE * MULTIPLE) for side in (height, width)]
    return F.interpolate(photo, sides, mode="area")
