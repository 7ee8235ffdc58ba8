"""The network of SepLUT: curves and a small 3D table for each photo."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

SIDE = 256
"""Pixels of each side of the small copy."""

LAYERS = 5
POOLED = 2
"""Cells along each side of what the layers' last output is averaged to."""


class SepLUT(nn.Module):
    """A curve for each channel, and a 3D table mixed from learned ones (Yang et al., ECCV 2022).

    Five 3×3 layers of stride 2, leaky, an instance norm behind each activation but the last, then
    means over 2×2 cells. The curves are sigmoids, the table is a weighted sum.
    """

    def __init__(self, width: int = 8, knots: int = 17, points: int = 17, tables: int = 3) -> None:
        super().__init__()
        self.knots, self.points = knots, points
        widths = [width * factor for factor in (1, 2, 4, 8, 8)]
        into = (3, *widths[:-1])
        self.layers = nn.ModuleList(
            nn.Conv2d(a, b, 3, stride=2, padding=1) for a, b in zip(into, widths, strict=True)
        )
        self.norms = nn.ModuleList(nn.InstanceNorm2d(w, affine=True) for w in widths[:-1])
        seen = widths[-1] * POOLED**2
        self.curves = nn.Linear(seen, 3 * knots)
        self.weights = nn.Linear(seen, tables)
        self.bank = nn.Linear(tables, 3 * points**3, bias=False)

    def forward(self, photo: Tensor) -> Tensor:
        """(N, 3, 256, 256) RGB in [0, 1] → cubes (N, 3, n, n, n) over blue, green and red."""
        return self.ports(photo, None)["parameters"]

    def ports(self, photo: Tensor, given: Tensor | None) -> dict[str, Tensor]:
        """The cubes, and the curves before them as `table` (N, k, 3)."""
        for layer, norm in zip(self.layers, (*self.norms, nn.Identity()), strict=True):
            photo = norm(F.leaky_relu(layer(photo), 0.2))
        side = SIDE // 2**LAYERS // POOLED
        seen = F.avg_pool2d(photo, side).flatten(1)
        curves = torch.sigmoid(self.curves(seen)).view(-1, 3, self.knots).transpose(1, 2)
        cube = self.bank(self.weights(seen)).view(-1, 3, *[self.points] * 3)
        return {"parameters": cube, "table": curves}
