"""SMNet's loss terms, unweighted, as its published training code computes them.

Pictures are (N, 3, H, W) RGB; photo and target in [0, 1], the result unclipped. Each term is a
scalar, a mean over the batch; structural similarity and the distance of features are in
`nightlift.learned.terms`.
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

LAYERS = ("relu1_2", "relu2_2", "relu3_3", "relu4_3")
"""VGG16's layers of the perceptual term."""


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
