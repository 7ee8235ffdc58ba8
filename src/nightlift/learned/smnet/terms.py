"""SMNet's loss terms, unweighted, as its published training code computes them.

Pictures are (N, 3, H, W) RGB; photo and target in [0, 1], the result unclipped. Each term is a
scalar, a mean over the batch; structural similarity is in `nightlift.learned.terms`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

LAYERS = ("relu1_2", "relu2_2", "relu3_3", "relu4_3")
"""VGG16's layers of the perceptual term."""


class Features(Protocol):
    """What a network trained on ImageNet sees of pictures, by the name of the layer."""

    def __call__(self, picture: Tensor, /) -> Mapping[str, Tensor]:
        """(N, 3, H, W) RGB in [0, 1] → features (N, C, h, w)."""


def perceptual(features: Features, result: Tensor, wanted: Mapping[str, Tensor]) -> Tensor:
    """The mean absolute differences to the target's features `wanted`, summed over the layers."""
    found = features(result)
    return torch.stack([(found[name] - wanted[name]).abs().mean() for name in wanted]).sum()


def smooth_l1(result: Tensor, target: Tensor) -> Tensor:
    """Half the squared difference below 1, the absolute difference less a half above."""
    return F.smooth_l1_loss(result, target)


def inner_product(result: Tensor, photo: Tensor) -> Tensor:
    """The mean of result times photo: what was bright need not become brighter."""
    return (result * photo).mean()


def variation(result: Tensor) -> Tensor:
    """Total variation: twice the mean squared steps down and across, added."""
    down, across = result.diff(dim=2), result.diff(dim=3)
    return 2 * (down.square().mean() + across.square().mean())
