"""A wider network that begins as the same function (Net2WiderNet: Chen et al., ICLR 2016, Sect. 2).

Each channel becomes several that are alike, and what reads it reads shares of them that sum to what
was read before. The shares are unequal, so that copies are trained apart from each other.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.conv import _ConvNd, _ConvTransposeNd

UNEQUAL = 0.4
"""Standard deviation of a share, in units of the mean share."""

Weights = Mapping[str, Tensor]


def widened(weights: Weights, network: nn.Module) -> tuple[dict[str, Tensor], int] | None:
    """The weights of a narrower network, as those of `network`.

    Args:
        weights: A state dict.
        network: The wider network: of the same layers, of which each has as many channels, or a
            whole number of times as many, the same everywhere. A layer whose inputs are partly
            wider, such as features beside a photo's channels, cannot be filled.

    Returns:
        A state dict that `network` takes, and how many times as wide it is; None where there is no
        such number, or a layer is of a kind that is not known here.
    """
    wide = network.state_dict()
    if weights.keys() != wide.keys():
        return None
    times = {factor for name in wide for factor in _factors(weights[name], wide[name])} - {1}
    if len(times) != 1 or (factor := times.pop()) < 2:
        return None
    reading = _reading(network)
    if any(name not in reading for name in wide if weights[name].shape != wide[name].shape):
        return None
    random = torch.Generator().manual_seed(0)
    filled = {
        name: _repeated(value, wide[name], factor, reading.get(name), random)
        for name, value in weights.items()
    }
    return filled, factor


def _factors(narrow: Tensor, wide: Tensor) -> list[int]:
    """How many times as large each side is; -1: not a whole number of times."""
    if narrow.dim() != wide.dim():
        return [-1]
    sides = zip(narrow.shape, wide.shape, strict=True)
    return [-1 if large % small else large // small for small, large in sides]


def _reading(network: nn.Module) -> dict[str, int | None]:
    """Of each weight that is known the axis that reads channels, None where none does."""
    known: dict[str, int | None] = {}
    for prefix, module in network.named_modules():
        if not isinstance(module, (_ConvNd, nn.Linear, _BatchNorm, nn.GroupNorm, nn.PReLU)):
            continue
        for name, _ in (*module.named_parameters(recurse=False), *module.named_buffers()):
            axis = None
            if name == "weight" and isinstance(module, (_ConvNd, nn.Linear)):
                axis = 0 if isinstance(module, _ConvTransposeNd) else 1
            known[f"{prefix}.{name}" if prefix else name] = axis
    return known


def _repeated(
    narrow: Tensor, wide: Tensor, times: int, reading: int | None, random: torch.Generator
) -> Tensor:
    for axis in range(narrow.dim()):
        if narrow.shape[axis] == wide.shape[axis]:
            continue
        each = _shares(narrow, times, random).movedim(0, axis + 1) if axis == reading else None
        narrow = narrow.unsqueeze(axis + 1).repeat_interleave(times, axis + 1)
        narrow = (narrow if each is None else narrow * each).flatten(axis, axis + 1)
    return narrow


def _shares(of: Tensor, times: int, random: torch.Generator) -> Tensor:
    """(times, …) of each number, with a sum of 1."""
    noise = torch.randn((times, *of.shape), generator=random) * UNEQUAL
    return (1 + noise - noise.mean(0)) / times
