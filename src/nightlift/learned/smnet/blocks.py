"""What SMNet is built of; the published names of the parts are in `published.py`."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

SQUEEZE = 16
"""The recalibration's bottleneck is so many times narrower."""


def conv3(into: int, out: int, *, bias: bool = True) -> nn.Conv2d:
    """A 3×3 convolution that keeps the size."""
    return nn.Conv2d(into, out, 3, padding=1, bias=bias)


def conv_prelu(into: int, out: int, side: int) -> nn.Sequential:
    """A convolution of `side` by `side` that keeps the size, and a PReLU of one slope."""
    return nn.Sequential(nn.Conv2d(into, out, side, padding=side // 2), nn.PReLU())


class Encoder(nn.Module):
    """3×3, narrow, wide, 3×3, plus what came in; the 1×1 convolutions activated for FiveK only."""

    def __init__(self, width: int, variant: str) -> None:
        super().__init__()
        narrow = width // 4
        activated = variant == "fivek"
        self.layers = nn.Sequential(
            conv_prelu(width, width, 3),
            conv_prelu(width, narrow, 1) if activated else nn.Conv2d(width, narrow, 1),
            conv_prelu(narrow, width, 1) if activated else nn.Conv2d(narrow, width, 1),
            conv_prelu(width, width, 3),
        )

    def forward(self, x: Tensor) -> Tensor:
        """(N, width, h, w) → the same shape."""
        encoded: Tensor = self.layers(x)
        return encoded + x


class Down(nn.Module):
    """Half the size and twice the width, smoothed before every second pixel is dropped."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.near = conv3(width, width, bias=False)
        self.slope = nn.PReLU()
        self.widen = nn.Conv2d(width, 2 * width, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """(N, width, h, w) → (N, 2 · width, h / 2, w / 2)."""
        smoothed = every_second(self.slope(self.near(x)))
        widened: Tensor = self.widen(smoothed)
        return widened


def every_second(x: Tensor) -> Tensor:
    """Every second row and column after the binomial filter [1 2 1]² / 16, borders reflected."""
    channels = x.shape[1]
    taps = x.new_tensor((1.0, 2.0, 1.0))
    kernel = (taps[:, None] * taps / 16).expand(channels, 1, 3, 3)
    return F.conv2d(F.pad(x, (1, 1, 1, 1), mode="reflect"), kernel, stride=2, groups=channels)


class Rise(nn.Module):
    """Twice the size and half the width: learned and bilinear enlargements, added; no biases."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.before = nn.Sequential(nn.Conv2d(width, width, 1, bias=False), nn.PReLU())
        self.enlarge = nn.ConvTranspose2d(
            width, width, 3, stride=2, padding=1, output_padding=1, bias=False
        )
        self.after = nn.Sequential(nn.PReLU(), nn.Conv2d(width, width // 2, 1, bias=False))
        self.plain = nn.Conv2d(width, width // 2, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """(N, width, h, w) → (N, width / 2, 2h, 2w).

        A 1×1 convolution may change places with an enlargement: it then costs a quarter, or an
        enlarged picture of full width never exists.
        """
        plain = F.interpolate(self.plain(x), scale_factor=2.0, mode="bilinear")
        phases = transposed_phases(self.before(x), self.enlarge.weight)
        return interleaved([self.after(phase) for phase in phases]) + plain


def transposed_phases(x: Tensor, weight: Tensor) -> list[Tensor]:
    """A transposed 3×3 convolution of stride 2, as the four pictures that it interleaves.

    `x` (N, C, h, w), `weight` (C, D, 3, 3) with padding and output padding 1 → even and odd
    columns of even rows, then of odd rows, (N, D, h, w) each. An even place meets the middle
    tap alone, an odd one the last tap and, one pixel further, the first.
    """
    kernel = weight.transpose(0, 1)
    phases = []
    for rows in ((1,), (2, 0)):
        for columns in ((1,), (2, 0)):
            taps = torch.stack([kernel[..., row, :] for row in rows], 2)
            taps = torch.stack([taps[..., column] for column in columns], 3)
            padded = F.pad(x, (0, len(columns) - 1, 0, len(rows) - 1))
            phases.append(F.conv2d(padded, taps))
    return phases


def interleaved(phases: list[Tensor]) -> Tensor:
    """Four (N, C, h, w) → (N, C, 2h, 2w): columns alternate in rows that alternate."""
    return F.pixel_shuffle(torch.stack(phases, 2).flatten(1, 2), 2)


class Recalibration(nn.Module):
    """Global feature recalibration: channels weighed by what is in the whole picture.

    `fused`: the two gates are added and pass a further 1×1 convolution.
    """

    def __init__(self, width: int, fused: bool) -> None:
        super().__init__()
        narrow = max(1, width // SQUEEZE)
        self.gate = nn.Sequential(
            nn.Linear(width, narrow, bias=False),
            nn.ReLU(),
            nn.Linear(narrow, width, bias=False),
            nn.Sigmoid(),
        )
        self.fusion = conv_prelu(width, width, 1) if fused else nn.Identity()

    def forward(self, x: Tensor, given: Tensor | None) -> tuple[Tensor, Tensor]:
        """(N, width, h, w) → the same shape, and its mean and maximum (N, 2, width).

        `given` (N, 2, width) takes their place wherever it is not NaN.
        """
        own = torch.stack((x.mean((2, 3)), x.amax((2, 3))), 1)
        used = own if given is None else torch.where(given.isnan(), own, given)
        weights = self.fusion(self.gate(used).sum(1)[:, :, None, None])
        return x * (1 + weights), own


class Mix(nn.Module):
    """1×1 with PReLU, then 3×3 to a third of the width, a third of the channels at a time.

    At a photo's own size the wide features in between would be most of the memory.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.wide = nn.Conv2d(width, width, 1)
        self.slope = nn.PReLU()
        self.out = conv3(width, width // 3)

    def forward(self, x: Tensor, onto: Tensor) -> Tensor:
        """(N, width, h, w) → (N, width / 3, h, w), added to `onto`."""
        wide, out = self.wide, self.out
        assert wide.bias is not None
        biases = (out.bias, None, None)
        for rows, shift, columns, bias in zip(
            wide.weight.chunk(3), wide.bias.chunk(3), out.weight.chunk(3, 1), biases, strict=True
        ):
            part = self.slope(F.conv2d(x, rows, shift))
            onto = onto + F.conv2d(part, columns, bias, padding=1)
        return onto
