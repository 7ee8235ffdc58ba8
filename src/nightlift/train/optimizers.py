"""Optimizers by their names."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import nn

from nightlift.learned import Recipe


def optimizer_of(recipe: Recipe, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
    """The recipe's optimizer over `parameters`; what its `betas` mean is said in `Recipe`."""
    rate, betas, decay = recipe.learning_rate, recipe.betas, recipe.weight_decay
    if recipe.optimizer == "adam":
        return torch.optim.Adam(parameters, rate, betas, weight_decay=decay)
    if recipe.optimizer == "adamw":
        return torch.optim.AdamW(parameters, rate, betas, weight_decay=decay)
    if recipe.optimizer == "sgd":
        momentum = betas[0]
        return torch.optim.SGD(
            parameters, rate, momentum, weight_decay=decay, nesterov=momentum > 0
        )
    return torch.optim.RMSprop(parameters, rate, betas[1], weight_decay=decay)
