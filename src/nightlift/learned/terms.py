"""Loss terms that more than one method may ask for, unweighted, scalars unless said otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Protocol, TypeAlias

import torch
import torch.nn.functional as F
from torch import Tensor

from nightlift.errors import UsageError

WINDOW = 11
SIGMA = 1.5
C1 = 0.01**2
C2 = 0.03**2

Distance: TypeAlias = Literal["absolute", "squared", "logarithm"]

LEAST_ERROR = 1e-4
"""Added to a picture's squared error before its logarithm is taken: an error of 40 dB."""


def distances(result: Tensor, target: Tensor, kind: Distance, least: float = LEAST_ERROR) -> Tensor:
    """The mean absolute or squared difference of each (N, C, H, W) picture, or a logarithm, (N,).

    The natural logarithm of the squared difference is what a mean of PSNR over pictures weighs:
    one picture that is far off does not outweigh many that could be nearer. `least` is added to
    the squared difference, so that a perfect picture is not worth any price.
    """
    difference = result - target
    if kind == "absolute":
        return difference.abs().mean((1, 2, 3))
    squared = difference.square().mean((1, 2, 3))
    return squared if kind == "squared" else (squared + least).log()


class Features(Protocol):
    """What a network trained on ImageNet sees of pictures, by the name of the layer."""

    def __call__(self, picture: Tensor, /) -> Mapping[str, Tensor]:
        """(N, 3, H, W) RGB in [0, 1] → features (N, C, h, w)."""


def perceptual(features: Features, result: Tensor, wanted: Mapping[str, Tensor]) -> Tensor:
    """The mean absolute differences to the target's features `wanted`, summed over the layers."""
    found = features(result)
    return torch.stack([(found[name] - wanted[name]).abs().mean() for name in wanted]).sum()


def ssim(result: Tensor, target: Tensor) -> Tensor:
    """Mean structural similarity of (N, C, H, W) pictures in [0, 1]; 1 where equal.

    Eq. 13 of Wang, Bovik, Sheikh and Simoncelli 2004: a Gaussian window of 11×11 (sigma 1.5),
    only where it fits whole. Always computed in float32: its variances are small differences of
    large numbers. Raises UsageError for pictures smaller than the window.
    """
    if min(result.shape[2:]) < WINDOW:
        raise UsageError(
            f"expected pictures of at least {WINDOW} pixels a side, got {tuple(result.shape[2:])}"
        )
    with torch.autocast(result.device.type, enabled=False):
        x, y = result.float(), target.float()
        mean_x, mean_y = _blurred(x), _blurred(y)
        product, squares = mean_x * mean_y, mean_x.square() + mean_y.square()
        # The index needs only the sum of the two variances, which one blur gives.
        variances = _blurred(x * x + y * y) - squares
        covariance = _blurred(x * y) - product
        contrast = (2 * covariance + C2) / (variances + C2)
        return (contrast * (2 * product + C1) / (squares + C1)).mean()


def _blurred(x: Tensor) -> Tensor:
    """Each channel under the window, (N, C, H - 10, W - 10)."""
    places = torch.arange(WINDOW, dtype=x.dtype, device=x.device) - WINDOW // 2
    taps = torch.exp(-0.5 * (places / SIGMA).square())
    taps = (taps / taps.sum()).expand(x.shape[1], 1, 1, -1)
    across = F.conv2d(x, taps, groups=x.shape[1])
    return F.conv2d(across, taps.transpose(2, 3), groups=x.shape[1])
