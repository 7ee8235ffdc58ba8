"""The loss terms of paired and unpaired training, unweighted.

Pictures are (N, 3, H, W) RGB, in [0, 1] where they are photos; tables (N, 256, 3). Each term is a
scalar unless it says otherwise.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from nightlift.adjust import KNOTS
from nightlift.learned.glenet.blocks import kernels

EDGE = 10.0
"""A step of a tenth in brightness lets the change beside it count e times less."""


def smoothness(tables: Tensor) -> Tensor:
    """How a table's slope changes from knot to knot: mean of squares.

    The slope of a table that changes nothing is 1 everywhere. A term of ours: tables of the
    reimplementation jump between neighboring intensities on photos unlike its training pictures.
    """
    return _slopes(tables).diff(dim=1).square().mean()


def monotonicity(tables: Tensor) -> Tensor:
    """How steeply a table falls, on average: 0 where it never does. A term of ours."""
    return (-_slopes(tables)).relu().mean()


def _slopes(tables: Tensor) -> Tensor:
    return (KNOTS - 1) * tables.diff(dim=1)


def local_smoothness(change: Tensor, picture: Tensor) -> Tensor:
    """Steps in what LEN adds to a picture where the picture itself has none.

    Absolute differences to the left and the upper neighbor, each weighted by exp(-10 · the step in
    the picture's brightness). A term of ours, against halos and blocks.
    """
    steps = []
    for axis in (2, 3):
        edge = picture.detach().mean(1, keepdim=True).diff(dim=axis).abs()
        steps.append((change.diff(dim=axis).abs() * torch.exp(-EDGE * edge)).mean())
    return torch.stack(steps).sum()


def decay(network: nn.Module) -> Tensor:
    """The sum of the squares of all kernels; norms are left alone (as Keras regularizes)."""
    return torch.stack([kernel.square().sum() for kernel in kernels(network)]).sum()


def judged(logits: Tensor, verdict: float) -> Tensor:
    """Least squares (Mao et al., ICCV 2017): squared distance of logits to a verdict, 1 is real."""
    return (logits.float() - verdict).square().mean()


def absolute(result: Tensor, target: Tensor) -> Tensor:
    """The mean absolute difference over the batch."""
    return (result - target).abs().mean()
