"""The curve estimation network of Zero-DCE and Zero-DCE++."""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import Tensor, nn

DEVIATION = 0.02
"""Standard deviation of the first weights, as in the published training code."""

REACH = 7
"""Each of the seven layers sees one pixel further: how far a pixel's curves depend on others."""


class ZeroDCE(nn.Module):
    """Seven 3×3 convolutions without pooling that say the curve parameters of each pixel.

    Fig. 3 of Guo et al., CVPR 2020: layers 5, 6 and 7 also see layers 3, 2 and 1. `separable`
    makes each a depthwise and a pointwise convolution, and `shared` gives one map to all steps
    instead of one to each: both together are Zero-DCE++ (Li et al., TPAMI 2021).
    """

    def __init__(
        self, width: int = 32, steps: int = 8, separable: bool = False, shared: bool = False
    ) -> None:
        super().__init__()
        self.steps = steps
        self.separable = separable
        self.maps = 1 if shared else steps
        inputs = (3, width, width, width, 2 * width, 2 * width, 2 * width)
        outputs = (width,) * 6 + (3 * self.maps,)
        layer = _separable if separable else _plain
        self.layers = nn.ModuleList(
            layer(into, out) for into, out in zip(inputs, outputs, strict=True)
        )
        for name, parameter in self.named_parameters():
            if name.endswith("weight"):
                nn.init.normal_(parameter, std=DEVIATION)

    def forward(self, photo: Tensor) -> Tensor:
        """(N, 3, h, w) RGB in [0, 1] → curve maps (N, 3 · maps, h, w) in [-1, 1], step-major.

        Channels 3i to 3i + 2 are the red, green and blue parameters of step i.
        """
        layer1, layer2, layer3, layer4, layer5, layer6, layer7 = self.layers
        f1 = torch.relu(layer1(photo))
        f2 = torch.relu(layer2(f1))
        f3 = torch.relu(layer3(f2))
        f4 = torch.relu(layer4(f3))
        f5 = torch.relu(layer5(torch.cat((f3, f4), 1)))
        f6 = torch.relu(layer6(torch.cat((f2, f5), 1)))
        return torch.tanh(layer7(torch.cat((f1, f6), 1)))


def _plain(into: int, out: int) -> nn.Module:
    return nn.Conv2d(into, out, 3, padding=1)


def _separable(into: int, out: int) -> nn.Module:
    return nn.Sequential(
        OrderedDict(
            depth=nn.Conv2d(into, into, 3, padding=1, groups=into),
            point=nn.Conv2d(into, out, 1),
        )
    )
