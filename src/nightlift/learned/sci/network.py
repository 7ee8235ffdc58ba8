"""The illumination network of SCI: three convolutions that the photo is divided by."""

from __future__ import annotations

import torch
from torch import Tensor, nn

WIDTH = 3

LEAST_LIGHT = 1e-4


class SCI(nn.Module):
    """One stage of self-calibrated illumination, as it is used after training.

    Ma et al., CVPR 2022, Eq. 2 and Fig. 2: the light is the photo plus what three 3×3 layers say
    of it, and the result is the photo divided by the light. `repeats` applies the middle layer so
    many times with the same weights.
    """

    def __init__(self, width: int = WIDTH, repeats: int = 1) -> None:
        super().__init__()
        self.repeats = repeats
        self.first = nn.Conv2d(3, width, 3, padding=1)
        self.middle = nn.Conv2d(width, width, 3, padding=1)
        self.norm = nn.BatchNorm2d(width)
        self.last = nn.Conv2d(width, 3, 3, padding=1)

    @property
    def reach(self) -> int:
        """How far a pixel's result depends on others: one pixel a layer."""
        return 2 + self.repeats

    def forward(self, photo: Tensor) -> Tensor:
        """(N, 3, h, w) RGB in [0, 1] → the result, of the same shape and range."""
        features = torch.relu(self.first(photo))
        for _ in range(self.repeats):
            features = features + torch.relu(self.norm(self.middle(features)))
        light = (torch.sigmoid(self.last(features)) + photo).clamp(LEAST_LIGHT, 1.0)
        return (photo / light).clamp(0.0, 1.0)
