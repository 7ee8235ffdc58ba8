"""The networks CPGA-Net+ and CPGA-Net++: scattering blocks, and one power for the whole picture."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from nightlift.learned.cpga.blocks import (
    Attended,
    Fusion,
    MaskedFusion,
    Scattering,
    Variant,
    conv3,
    halved,
)

MULTIPLE = 2

LEAST_POWER, MOST_POWER = 0.01, 4.0


class PictureExponent(nn.Module):
    """The exponent of a picture: a mean over all of it."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = conv3(3, width)
        self.halved = Attended(width, 2)
        self.deep = nn.Sequential(Attended(width), Attended(width))
        self.last = nn.Conv2d(width, 1, 1)

    def forward(self, photo: Tensor) -> Tensor:
        """(N, 3, h, w) → (N, 1, 1, 1)."""
        first = self.first(photo)
        deep = self.deep(self.halved(first))
        power: Tensor = self.last(deep + halved(first)).mean((2, 3), keepdim=True)
        return power.clamp(LEAST_POWER, MOST_POWER)


class CPGANet(nn.Module):
    """CPGA-Net+ (`plus`) and CPGA-Net++ (`plusplus`) of Weng et al. 2024.

    `blocks` scattering blocks between the first and the last, each followed by a fusion of its
    features and their power; then the picture itself is fused with its power. CPGA-Net++ takes
    that power of the photo, and ConvNeXt blocks and masked fusions everywhere.
    """

    def __init__(
        self,
        variant: Variant,
        width: int = 8,
        blocks: int = 2,
        power_width: int = 16,
        fusion_width: int = 16,
    ) -> None:
        super().__init__()
        self.variant = variant
        self.first = Scattering(variant, 3, width, width)
        self.blocks = nn.ModuleList(Scattering(variant, width, width, width) for _ in range(blocks))
        self.last = Scattering(variant, width, 3, width)
        self.power = PictureExponent(power_width)
        masked = variant == "plusplus"
        self.fusions = nn.ModuleList(
            MaskedFusion(width, fusion_width) if masked else Fusion(width, fusion_width, F.gelu)
            for _ in range(blocks)
        )
        self.fusion = (
            MaskedFusion(3, fusion_width) if masked else Fusion(3, fusion_width, torch.relu)
        )

    def forward(self, photo: Tensor) -> Tensor:
        """(N, 3, h, w) RGB in [0, 1], even sides → the result, of the same shape and range."""
        power = self.power(photo)
        features = self.first(photo)
        for block, fusion in zip(self.blocks, self.fusions, strict=True):
            features = block(features) + features
            features = fusion(features**power, features) + features
        restored = self.last(features) + photo
        powered = photo if self.variant == "plusplus" else restored
        result: Tensor = self.fusion(powered**power, restored)
        return result
