"""Averaged weights: calmer than the trained ones, and usually better."""

from __future__ import annotations

import copy

import torch
from torch import nn


class MovingAverage(nn.Module):
    """An exponential moving average of a network's weights, and of its norms' statistics.

    A norm's own running statistics are those of some ten batches: between two of them the result
    of a U-Net with batch norm moves by decibels. Buffers that count are taken as they are.
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        super().__init__()
        self.network = copy.deepcopy(network).requires_grad_(False)
        self.decay = decay

    @torch.no_grad()
    def update(self, network: nn.Module, step: int) -> None:
        """Take in the weights after `step` steps, counted from 1.

        The first steps weigh more, min(decay, (1 + step) / (10 + step)), so that little is left
        of the random beginning after a short training.
        """
        decay = min(self.decay, (1 + step) / (10 + step))
        for average, weight in zip(self.network.parameters(), network.parameters(), strict=True):
            average.lerp_(weight, 1 - decay)
        for mine, theirs in zip(self.network.buffers(), network.buffers(), strict=True):
            if mine.is_floating_point():
                mine.lerp_(theirs, 1 - decay)
            else:
                mine.copy_(theirs)
