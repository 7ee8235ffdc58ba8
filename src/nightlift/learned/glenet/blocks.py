"""What both networks are made of: convolutions, norms, and inverted residual blocks."""

from __future__ import annotations

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor, nn

EPSILON = 1e-3
"""Of every batch norm, as in TensorFlow."""

KERNEL = 5


def convolution(into: int, out: int, size: int = 1, stride: int = 1, groups: int = 1) -> nn.Conv2d:
    """A convolution without bias; of stride 2, its input is padded by `padded_to_halve`."""
    padding = size // 2 if stride == 1 else 0
    layer = nn.Conv2d(into, out, size, stride, padding, groups=groups, bias=False)
    nn.init.kaiming_normal_(layer.weight)
    return layer


def padded_to_halve(x: Tensor) -> Tensor:
    """`x` with zeros around it as TensorFlow's 'same' pads for a 5×5 kernel of stride 2.

    In all 3 of an even side, 4 of an odd one; the smaller half lies left and above.
    """
    height, width = x.shape[2:]
    return F.pad(x, (1 + width % 2, 2, 1 + height % 2, 2))


def norm(channels: int, momentum: float) -> nn.BatchNorm2d:
    """A batch norm whose running statistics take in `momentum` of each batch's."""
    return nn.BatchNorm2d(channels, EPSILON, momentum)


class Stem(nn.Module):
    """Convolution, norm, swish."""

    def __init__(
        self, into: int, out: int, momentum: float, size: int = 1, stride: int = 1
    ) -> None:
        super().__init__()
        self.conv = convolution(into, out, size, stride)
        self.norm = norm(out, momentum)
        self.halves = stride == 2

    def forward(self, x: Tensor) -> Tensor:
        """(N, into, h, w) → (N, out, h / stride, w / stride)."""
        padded = padded_to_halve(x) if self.halves else x
        return F.silu(self.norm(self.conv(padded)))


class Excitation(nn.Module):
    """Squeeze and excitation: each channel times a factor said by the means of all of them."""

    def __init__(self, channels: int, squeezed: int) -> None:
        super().__init__()
        self.reduce = convolution(channels, squeezed)
        self.expand = convolution(squeezed, channels)

    def forward(self, x: Tensor, given: Tensor | None) -> tuple[Tensor, Tensor]:
        """(N, channels, h, w) → the same, and its means (N, channels) over the whole picture.

        `given` means take their place wherever they are not NaN.
        """
        own = x.mean((2, 3))
        used = own if given is None else instead(own, given)
        factors: Tensor = self.expand(F.silu(self.reduce(used[:, :, None, None])))
        return x * factors.sigmoid(), own


class InvertedResidual(nn.Module):
    """Expand, depthwise 5×5, squeeze and excite, project; without a skip connection.

    After Sandler et al., MobileNetV2, CVPR 2018, as GLeNet uses it (Kim et al., ECCV 2020); the
    squeezed width is a quarter of the block's input's.
    """

    def __init__(self, into: int, out: int, stride: int, expansion: int, momentum: float) -> None:
        super().__init__()
        wide = into * expansion
        self.expand = Stem(into, wide, momentum)
        self.depthwise = convolution(wide, wide, KERNEL, stride, groups=wide)
        self.norm = norm(wide, momentum)
        self.excite = Excitation(wide, max(1, into // 4))
        self.project = convolution(wide, out)
        self.project_norm = norm(out, momentum)
        self.halves = stride == 2

    @property
    def pooled(self) -> int:
        """How many means it takes over the whole picture."""
        return self.depthwise.out_channels

    def forward(self, x: Tensor) -> Tensor:
        """(N, into, h, w) → (N, out, h / stride, w / stride)."""
        return self.weighed(x, None)[0]

    def weighed(self, x: Tensor, given: Tensor | None) -> tuple[Tensor, Tensor]:
        """What `forward` gives, and the means (N, `pooled`); `given` ones as in `Excitation`."""
        wide = self.expand(x)
        padded = padded_to_halve(wide) if self.halves else wide
        filtered = F.silu(self.norm(self.depthwise(padded)))
        excited, own = self.excite(filtered, given)
        projected: Tensor = self.project_norm(self.project(excited))
        return projected, own


def instead(own: Tensor, given: Tensor) -> Tensor:
    """The `given` numbers, and a picture's own wherever those are NaN."""
    return torch.where(given.isnan(), own, given)


def kernels(network: nn.Module) -> Iterator[Tensor]:
    """The weights of all convolutions and fully connected layers: what is decayed."""
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            yield layer.weight
