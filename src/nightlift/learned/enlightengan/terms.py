"""EnlightenGAN's loss terms, unweighted; each is a scalar over the whole batch.

Sect. III of Jiang et al., "EnlightenGAN: Deep Light Enhancement without Paired Supervision",
TIP 2021, as its published code computes them, and the reimplementation's style term. Logits and
features are (N, C, h, w). `color` is ours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

Features = Mapping[str, Tensor]

GAMMA, CELL, FAINT, GRAY = 2.2, 8, 2e-3, 0.05
"""Of `color`: values to light, a place's side, light that noise outweighs, and a gray's weight."""


def relativistic_critic(real: Tensor, fake: Tensor) -> Tensor:
    """Relativistic average least squares (Eq. 3): real above the mean fake by one, fake not."""
    return (_distance(real - fake.mean(), 1) + _distance(fake - real.mean(), 0)) / 2


def relativistic_generator(real: Tensor, fake: Tensor) -> Tensor:
    """The same with the roles exchanged (Eq. 4)."""
    return (_distance(real - fake.mean(), 0) + _distance(fake - real.mean(), 1)) / 2


def plain_critic(real: Tensor, fake: Tensor) -> Tensor:
    """Least squares (Eq. 5): real at one, fake at zero."""
    return (_distance(real, 1) + _distance(fake, 0)) / 2


def plain_generator(fake: Tensor) -> Tensor:
    """Least squares (Eq. 6), not halved: fake at one."""
    return _distance(fake, 1)


def _distance(logits: Tensor, target: float) -> Tensor:
    return (logits - target).square().mean()


def content(result: Tensor, photo: Tensor) -> Tensor:
    """Mean squared difference of instance-normalized features of one layer (Eq. 7)."""
    return F.mse_loss(F.instance_norm(result), F.instance_norm(photo))


def style(result: Features, photo: Features, layers: Sequence[str]) -> Tensor:
    """Mean squared difference of Gram matrices, the mean over `layers` (the reimplementation)."""
    each = [F.mse_loss(gram(result[layer]), gram(photo[layer])) for layer in layers]
    return torch.stack(each).mean()


def gram(features: Tensor) -> Tensor:
    """(N, C, h, w) → the channels' products, (N, C, C), over C · h · w."""
    flat = features.flatten(2)
    return flat @ flat.transpose(1, 2) / (flat.shape[1] * flat.shape[2])


def color(result: Tensor, wanted: Tensor, photo: Tensor) -> Tensor:
    """How far places of results point from `wanted` in linear RGB: the mean chord between both.

    Pictures are (N, 3, H, W) in [0, 1], results unclipped. Brightness does not matter. A place
    counts by how much of its light in the photo stands out of noise, and by how far from gray
    `wanted` is: few places are colorful.
    """
    seen = _places(photo).mean(1)
    aim = F.normalize(_places(wanted), dim=1)
    apart = _chord(F.normalize(_places(result), dim=1), aim)
    vivid = GRAY + _chord(aim, F.normalize(torch.ones_like(aim), dim=1))
    return (apart * vivid * seen / (seen + FAINT)).mean()


def _places(picture: Tensor) -> Tensor:
    """Values → the mean light of cells; black has no direction, and is taken as nearly black."""
    light = picture.float().clamp_min(1e-3) ** GAMMA
    return F.avg_pool2d(light, CELL)


def _chord(one: Tensor, two: Tensor) -> Tensor:
    """Of unit vectors (N, 3, h, w), so that what is equal has a slope, too."""
    return ((one - two).square().sum(1) + 1e-6).sqrt()
