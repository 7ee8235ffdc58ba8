"""The zero-reference loss terms, unweighted, in the two published sets.

`paper`: Sect. 3.3 of Guo et al., CVPR 2020, as its published code computes it. `reimplementation`:
by other formulas. Pictures are (N, 3, H, W) RGB in [0, 1], at least 16 pixels a side; each term
is a scalar.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

REGION = 4
"""Side in pixels of the regions whose differences to their neighbors should be kept."""

PATCH = 16
"""Side in pixels of the patches whose brightness should be near the target."""

DARKEST = 1e-4
"""Channel means below count as this: a black picture has no color, and divides by nothing."""


def spatial_paper(enhanced: Tensor, photo: Tensor, region: int = REGION) -> Tensor:
    """Spatial consistency (Eq. 5): mean of channels, and zeros beyond the border."""
    return _squared_steps((enhanced - photo).mean(1, keepdim=True), "constant", region)


def spatial_reimplemented(enhanced: Tensor, photo: Tensor, region: int = REGION) -> Tensor:
    """Spatial consistency with a gray that sums to 0.99 (the reimplementation's)."""
    weights = photo.new_tensor((0.3, 0.59, 0.1)).view(1, 3, 1, 1)
    return _squared_steps(((enhanced - photo) * weights).sum(1, keepdim=True), "replicate", region)


def contrast(enhanced: Tensor, photo: Tensor, factor: Tensor, region: int = REGION) -> Tensor:
    """Squared distance of each region's difference to its picture's mean from the one it should be.

    That is `factor`, (N, 1, 1, 1), times what it was, bent so that no region is asked to be black
    or white: highlights are kept. Near and far are kept apart alike, where Eq. 5 of Guo et al.
    knows neighbors alone.
    """
    found, was = (
        F.avg_pool2d(picture.mean(1, keepdim=True), region) for picture in (enhanced, photo)
    )
    mean = was.mean((2, 3), keepdim=True).clamp(DARKEST, 1 - DARKEST)
    step = factor * (was - mean)
    brighter = 1 - (1 - mean) * torch.exp(-step.clamp(min=0) / (1 - mean))
    darker = mean * torch.exp(step.clamp(max=0) / mean)
    wanted = torch.where(step > 0, brighter, darker)
    return (_from_mean(found) - _from_mean(wanted)).square().mean()


def _from_mean(regions: Tensor) -> Tensor:
    return regions - regions.mean((2, 3), keepdim=True)


def _squared_steps(change: Tensor, border: str, region: int) -> Tensor:
    """Squared differences of `change` to its left, right, upper and lower neighbor regions.

    Pooling and differences are linear, so those of result and photo need no computing apart.
    """
    pooled = F.avg_pool2d(change, region)
    around = F.pad(pooled, (1, 1, 1, 1), mode=border)
    left, right = around[..., 1:-1, :-2], around[..., 1:-1, 2:]
    up, down = around[..., :-2, 1:-1], around[..., 2:, 1:-1]
    squares = sum((pooled - near).square() for near in (left, right, up, down))
    return torch.as_tensor(squares).mean()


def exposure_paper(enhanced: Tensor, target: float, patch: int | None = PATCH) -> Tensor:
    """Exposure control: squared distance of each patch's brightness to `target`."""
    return (_brightness(enhanced, patch) - target).square().mean()


def exposure_reimplemented(enhanced: Tensor, target: float, patch: int | None = PATCH) -> Tensor:
    """Exposure control (Eq. 6): distance of each patch's brightness to `target`."""
    return (_brightness(enhanced, patch) - target).abs().mean()


def _brightness(picture: Tensor, patch: int | None) -> Tensor:
    """The mean of each patch; of the whole picture where `patch` is None."""
    return F.avg_pool2d(picture.mean(1, keepdim=True), patch or picture.shape[2:])


def color_paper(enhanced: Tensor) -> Tensor:
    """Color constancy: length of the vector of squared differences between channel means.

    A vector norm has gradient 0 at 0, where the root of a sum has none: gray pictures exist.
    """
    lengths: Tensor = torch.linalg.vector_norm(_channel_differences(enhanced), dim=1)
    return lengths.mean()


def color_reimplemented(enhanced: Tensor) -> Tensor:
    """Color constancy (Eq. 7): sum of squared differences between channel means."""
    return _channel_differences(enhanced).sum(1).mean()


def color_ratio(enhanced: Tensor, photo: Tensor) -> Tensor:
    """The reimplementation's: ratios of channel means R/G, G/B and B/R should stay."""
    return (_channel_ratios(enhanced) - _channel_ratios(photo)).abs().sum(1).mean()


def _channel_differences(picture: Tensor) -> Tensor:
    means = picture.mean((2, 3))
    return (means - means.roll(1, dims=1)).square()


def _channel_ratios(picture: Tensor) -> Tensor:
    means = picture.mean((2, 3)).clamp_min(DARKEST)
    return means / means.roll(-1, dims=1)


def smoothness_paper(maps: Tensor) -> Tensor:
    """Illumination smoothness of curve maps (N, C, H, W): squared differences, as published.

    Summed over channels and divided by the number of differences of one channel, times two.
    """
    down, across = _forward_differences(maps)
    scale = 2 / len(maps)
    height = down.square().sum() / (down.shape[2] * down.shape[3])
    width = across.square().sum() / (across.shape[2] * across.shape[3])
    return scale * (height + width)


def smoothness_reimplemented(maps: Tensor) -> Tensor:
    """Illumination smoothness (Eq. 8): absolute differences, summed over the colors.

    `maps` is (N, 3n, H, W); the mean is taken over the n steps.
    """
    down, across = _forward_differences(maps)
    return 3 * (down.abs().mean() + across.abs().mean())


def _forward_differences(maps: Tensor) -> tuple[Tensor, Tensor]:
    return maps.diff(dim=2), maps.diff(dim=3)
