"""EnlightenGAN's networks: the generator that is released, and the critics that teach it."""

from __future__ import annotations

from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from nightlift.photo import LUMA

DEVIATION = 0.02
"""Standard deviation of the first weights, as in the published training code."""

SLOPE = 0.2
"""Of the leaky ReLU below zero."""

WIDTH = 32
"""Of the published generator's first level."""

LEVELS = 5
MULTIPLE = 2 ** (LEVELS - 1)
"""The generator halves its sides four times."""

HALO = 128
"""Pixels around a cell of 16 by 16 that its result depends on (126), in whole cells."""

MOST = 8
"""Times its first width is how wide a critic becomes at most."""


class Stage(nn.Module):
    """Two 3×3 convolutions, each followed by a leaky ReLU and then batch norm.

    The first one's output is multiplied by `attention` where there is one; `norm_last` False
    leaves out the second norm.
    """

    def __init__(self, into: int, out: int, norm_last: bool = True) -> None:
        super().__init__()
        self.first = nn.Conv2d(into, out, 3, padding=1)
        self.first_norm = nn.BatchNorm2d(out)
        self.second = nn.Conv2d(out, out, 3, padding=1)
        self.second_norm = nn.BatchNorm2d(out) if norm_last else nn.Identity()

    def forward(self, x: Tensor, attention: Tensor | None = None) -> Tensor:
        """(N, in, h, w) → (N, out, h, w)."""
        x = self.first_norm(F.leaky_relu(self.first(x), SLOPE))
        if attention is not None:
            x = x * attention
        normed: Tensor = self.second_norm(F.leaky_relu(self.second(x), SLOPE))
        return normed


class Generator(nn.Module):
    """A U-Net that brightens where the photo is dark (Sect. III of Jiang et al., TIP 2021).

    Five levels, `width` channels at the first and twice as many at each next. The photo's
    darkness, 1 - luma, is a fourth input, weighs every skip and the residual.
    """

    def __init__(self, width: int = WIDTH) -> None:
        super().__init__()
        widths = [width * 2**level for level in range(LEVELS)]
        self.downs = nn.ModuleList(
            Stage(into, out) for into, out in zip([4, *widths], widths, strict=False)
        )
        narrowing = widths[::-1]
        self.narrow = nn.ModuleList(
            nn.Conv2d(into, out, 3, padding=1) for into, out in pairwise(narrowing)
        )
        self.ups = nn.ModuleList(
            Stage(2 * out, out, norm_last=out != width) for out in narrowing[1:]
        )
        self.latent = nn.Conv2d(width, 3, 1)
        self.apply(_begin)

    def forward(self, photo: Tensor) -> Tensor:
        """(N, 3, h, w) RGB in [0, 1], sides divisible by 16 → the result, clipped to [0, 1]."""
        return self.paint(photo).clamp(0, 1)

    def paint(self, photo: Tensor) -> Tensor:
        """The result on the scale of the photo, unclipped: what the critics see in training."""
        return photo + self.residual(photo) / 2

    def residual(self, photo: Tensor) -> Tensor:
        """What is added to the photo, both from -1 to 1: latent times attention."""
        dark = attention(photo)
        weights = [dark]
        for _ in range(LEVELS - 1):
            weights.append(F.max_pool2d(weights[-1], 2))
        x = torch.cat((2 * photo - 1, dark), 1)
        skips = []
        for down, weight in zip(self.downs[:-1], weights, strict=False):
            x = down(x)
            skips.append(x * weight)
            x = F.max_pool2d(x, 2)
        x = self.downs[-1](x, weights[-1])
        for narrow, up, skip in zip(self.narrow, self.ups, reversed(skips), strict=True):
            x = F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)
            x = up(torch.cat((narrow(x), skip), 1))
        added: Tensor = self.latent(x) * dark
        return added


def attention(photo: Tensor) -> Tensor:
    """How dark each pixel is: 1 - luma, (N, 1, h, w), of photos (N, 3, h, w) in [0, 1]."""
    weights = photo.new_tensor(LUMA).view(1, 3, 1, 1)
    return 1 - (photo * weights).sum(1, keepdim=True)


def pad(photo: Tensor) -> tuple[Tensor, int, int]:
    """Photos reflected at their borders to sides divisible by 16, and their first row and column.

    The smaller half is added at the top and left, as the published code does; a photo that is
    smaller than what is added is reflected again.
    """
    top, rows = _reflected(photo.shape[2])
    left, columns = _reflected(photo.shape[3])
    if len(rows) != photo.shape[2]:
        photo = photo[:, :, rows.to(photo.device)]
    if len(columns) != photo.shape[3]:
        photo = photo[:, :, :, columns.to(photo.device)]
    return photo, top, left


def _reflected(side: int) -> tuple[int, Tensor]:
    missing = -side % MULTIPLE
    before = missing // 2
    period = max(1, 2 * (side - 1))
    places = torch.arange(-before, side + missing - before) % period
    return before, torch.minimum(places, period - places) if side > 1 else places


class PatchCritic(nn.Module):
    """A patch discriminator without normalization (Sect. III-A of Jiang et al.).

    `strides` 4×4 convolutions of stride 2, `width` channels at the first and twice as many at
    each next, up to eight times; then one of stride 1, and one to a single channel.
    """

    def __init__(self, strides: int, width: int = 64) -> None:
        super().__init__()
        widths = [width * min(2**step, MOST) for step in range(strides)]
        layers: list[nn.Module] = []
        for into, out in zip([3, *widths], widths, strict=False):
            layers += [nn.Conv2d(into, out, 4, 2, 2), nn.LeakyReLU(SLOPE)]
        most = min(width * MOST, widths[-1] * 2)
        layers += [nn.Conv2d(widths[-1], most, 4, 1, 2), nn.LeakyReLU(SLOPE)]
        layers.append(nn.Conv2d(most, 1, 4, 1, 2))
        self.model = nn.Sequential(*layers)
        self.apply(_begin)

    def forward(self, picture: Tensor) -> Tensor:
        """(N, 3, h, w) RGB in [-1, 1] → logits (N, 1, h', w')."""
        logits: Tensor = self.model(picture)
        return logits


def _begin(module: nn.Module) -> None:
    if isinstance(module, nn.Conv2d):
        nn.init.normal_(module.weight, std=DEVIATION)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1.0, DEVIATION)
        nn.init.zeros_(module.bias)
