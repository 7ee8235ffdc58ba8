"""The loss terms of DeepUPE (Wang et al., CVPR 2019), unweighted, as the reimplementation has them.

Pictures are (N, 3, H, W) RGB in [0, 1], at least 2 pixels a side; each term is a scalar, the mean
over the batch.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

SENSITIVITY = 1.2
"""The power of the photo's differences: how much an edge in it frees the illumination."""

SCALE = 1.5
EPSILON = 1e-4


def color(result: Tensor, target: Tensor) -> Tensor:
    """Mean of 1 − cosine of the angle between the RGB vectors of both pictures."""
    return (1 - F.cosine_similarity(result, target, dim=1)).mean()


def smoothness(illumination: Tensor, photo: Tensor) -> Tensor:
    """Squared differences of the illumination, weighing less where the photo has edges.

    A weight is 1.5 / (|∂ log(photo + 1e-4)|^1.2 + 1e-4), of each channel by itself.
    """
    steps = zip(_steps(illumination), _steps(torch.log(photo + EPSILON)), strict=True)
    squares = [
        SCALE / (edge.abs() ** SENSITIVITY + EPSILON) * step.square() for step, edge in steps
    ]
    return torch.stack(squares).sum(0).mean()


def _steps(picture: Tensor) -> tuple[Tensor, Tensor]:
    """Differences to the left and to the upper pixel, both at pixels that have both."""
    here = picture[..., 1:, 1:]
    return here - picture[..., 1:, :-1], here - picture[..., :-1, 1:]
