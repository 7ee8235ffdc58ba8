"""What CPGA-Net+ and ++ are built of; the published names of the parts are in `published.py`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias

import torch
import torch.nn.functional as F
from torch import Tensor, nn

Variant: TypeAlias = Literal["plus", "plusplus"]

LEAST = 1e-4
"""What results of blocks and fusions are clamped to at least, before they are raised to a power."""

SQUEEZE = 16
"""The channel attention's bottleneck is so many times narrower."""

LEAST_RATE = 0.1


def conv3(into: int, out: int, stride: int = 1) -> nn.Conv2d:
    """A 3×3 convolution with padding."""
    return nn.Conv2d(into, out, 3, stride, 1)


class Residual(nn.Module):
    """Two 3×3 convolutions, activated in between, plus what came in, halved with them."""

    def __init__(
        self, width: int, stride: int = 1, active: Callable[[Tensor], Tensor] = F.gelu
    ) -> None:
        super().__init__()
        self.active = active
        self.near, self.far = conv3(width, width, stride), conv3(width, width)
        self.stride = stride

    def forward(self, x: Tensor) -> Tensor:
        """(N, width, h, w) → the same width."""
        y: Tensor = self.far(self.active(self.near(x)))
        return y + (x if self.stride == 1 else halved(x))


class ConvNeXt(nn.Module):
    """Depthwise 3×3, a norm over channels, two 1×1 layers, scaled; plus what came in."""

    def __init__(self, width: int, stride: int = 1) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(width, 1, 1))
        self.dwconv = nn.Conv2d(width, width, 3, stride, 1, groups=width)
        self.norm = nn.LayerNorm(width, eps=1e-6)
        self.pwconv1 = nn.Conv2d(width, 4 * width, 1)
        self.pwconv2 = nn.Conv2d(4 * width, width, 1)
        self.halve = nn.Identity() if stride == 1 else nn.Conv2d(width, width, 1, stride)

    def forward(self, x: Tensor) -> Tensor:
        """(N, width, h, w) → the same width."""
        y = self.norm(self.dwconv(x).permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
        mixed: Tensor = self.halve(x) + self.gamma * self.pwconv2(F.gelu(self.pwconv1(y)))
        return mixed


def block(variant: Variant, width: int, stride: int = 1) -> nn.Module:
    """The block that a variant repeats."""
    return Residual(width, stride) if variant == "plus" else ConvNeXt(width, stride)


class Transmission(nn.Module):
    """How much of the light comes through, from the greatest, least and mean channel."""

    def __init__(self, into: int, width: int) -> None:
        super().__init__()
        self.priors = conv3(3, width)
        self.mix = Residual(width + into)
        self.out = nn.Conv2d(width + 2 * into, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(N, into, h, w) → (N, 1, h, w)."""
        priors = torch.cat((x.amax(1, True), x.amin(1, True), x.mean(1, True)), 1)
        mixed = self.mix(torch.cat((F.gelu(self.priors(priors)), x), 1))
        transmission: Tensor = self.out(F.gelu(torch.cat((mixed, x), 1)))
        return transmission


class Airlight(nn.Module):
    """The light that is everywhere, from half the size."""

    def __init__(self, variant: Variant, into: int, out: int, width: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(into, width, 1)
        self.halved = block(variant, width, 2)
        self.deep = block(variant, width)
        self.join = conv3(2 * width, width)
        self.full = block(variant, width)
        self.last = nn.Conv2d(2 * width, out, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(N, into, h, w) with even sides → (N, out, h, w)."""
        first = self.first(x)
        half = self.halved(first)
        joined = self.join(F.gelu(torch.cat((self.deep(half), half), 1)))
        large = F.interpolate(joined, scale_factor=2, mode="bilinear", align_corners=True)
        airlight: Tensor = self.last(torch.cat((self.full(large), first), 1))
        return airlight


class Scattering(nn.Module):
    """The atmospheric scattering model with learned parts: (x' - A) t + A."""

    def __init__(self, variant: Variant, into: int, out: int, width: int) -> None:
        super().__init__()
        self.prepare = conv3(into, out)
        self.transmission = Transmission(into, width // 2)
        self.airlight = Airlight(variant, into, out, width)

    def forward(self, x: Tensor) -> Tensor:
        """(N, into, h, w) → (N, out, h, w) from 1e-4 to 1."""
        airlight = self.airlight(x)
        seen = F.gelu(self.prepare(x))
        restored: Tensor = (seen - airlight) * self.transmission(x) + airlight
        return restored.clamp(LEAST, 1.0)


class Attended(nn.Module):
    """A residual block whose channels and places are weighed (CBAM, Woo et al. 2018)."""

    def __init__(self, width: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1, self.norm1 = conv3(width, width, stride), nn.BatchNorm2d(width)
        self.conv2, self.norm2 = conv3(width, width), nn.BatchNorm2d(width)
        narrow = max(width // SQUEEZE, 1)
        self.squeeze = nn.Conv2d(width, narrow, 1, bias=False)
        self.excite = nn.Conv2d(narrow, width, 1, bias=False)
        self.places = nn.Conv2d(2, 1, 7, padding=3, bias=False)
        self.halve = nn.Identity() if stride == 1 else nn.Conv2d(width, width, 1, stride)

    def forward(self, x: Tensor) -> Tensor:
        """(N, width, h, w) → the same width."""
        y = self.norm2(self.conv2(F.gelu(self.norm1(self.conv1(x)))))
        pooled = (y.mean((2, 3), True), y.amax((2, 3), True))
        weights = [self.excite(torch.relu(self.squeeze(one))) for one in pooled]
        y = torch.sigmoid(weights[0] + weights[1]) * y
        places = self.places(torch.cat((y.mean(1, True), y.amax(1, True)), 1))
        return F.gelu(torch.sigmoid(places) * y + self.halve(x))


class Fusion(nn.Module):
    """A picture and its power, added, less what both have in common."""

    def __init__(self, channels: int, width: int, active: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.first = nn.Conv2d(2 * channels, width, 1)
        self.middle = Residual(width, active=active)
        self.last = nn.Conv2d(width, channels, 1)

    def forward(self, powered: Tensor, plain: Tensor) -> Tensor:
        """Both (N, channels, h, w) → the same shape, from 1e-4 to 1."""
        common: Tensor = self.last(self.middle(self.first(torch.cat((powered, plain), 1))))
        return (powered + plain - common).clamp(LEAST, 1.0)


class MaskedFusion(nn.Module):
    """The same with learned shares of both, and with a score for each place of each."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.rate = nn.Parameter(torch.tensor(0.5))
        self.first = nn.Conv2d(2 * channels, width, 1)
        self.middle = ConvNeXt(width)
        self.last = nn.Conv2d(width, channels, 1)
        self.score = nn.Sequential(
            nn.Conv2d(channels, width, 1),
            ConvNeXt(width),
            ConvNeXt(width),
            nn.Conv2d(width, channels, 1),
            nn.Sigmoid(),
        )

    def forward(self, powered: Tensor, plain: Tensor) -> Tensor:
        """Both (N, channels, h, w) → the same shape, from 1e-4 to 1."""
        scored = [one * self.score(one) for one in (powered, plain)]
        common: Tensor = self.last(self.middle(self.first(torch.cat(scored, 1))))
        rate = self.rate.clamp(LEAST_RATE, 1.0)
        return ((1 - rate) * powered + rate * plain - common).clamp(LEAST, 1.0)


def halved(x: Tensor) -> Tensor:
    """Means of 2×2: what bilinear interpolation gives at half of even sides."""
    return F.avg_pool2d(x, 2)
