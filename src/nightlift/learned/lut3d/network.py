"""The network of image-adaptive 3D lookup tables: weights for a few learned tables."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

SIDE = 256
"""Pixels of each side of the small copy."""

LAYERS = 5
"""Each halves the sides; one kernel sees all of what is left."""


class AdaptiveLut3D(nn.Module):
    """A 3D lookup table mixed from learned ones by weights that a small copy asks for.

    Zeng et al., TPAMI 2020: five 3×3 layers of stride 2, leaky, some with an instance norm behind
    the activation, and one that sees all of what is left.
    """

    def __init__(
        self,
        widths: Sequence[int] = (16, 32, 64, 128, 128),
        norms: Sequence[bool] = (True, True, True, True, False),
        points: int = 33,
        tables: int = 3,
    ) -> None:
        super().__init__()
        into = (3, *widths[:-1])
        self.layers = nn.ModuleList(
            nn.Conv2d(a, b, 3, stride=2, padding=1) for a, b in zip(into, widths, strict=True)
        )
        self.norms = nn.ModuleList(
            nn.InstanceNorm2d(width, affine=True) if norm else nn.Identity()
            for width, norm in zip(widths, norms, strict=True)
        )
        self.last = nn.Conv2d(widths[-1], tables, SIDE // 2**LAYERS)
        self.tables = nn.Parameter(torch.zeros(tables, 3, points, points, points))

    def forward(self, photo: Tensor) -> Tensor:
        """(N, 3, 256, 256) RGB in [0, 1] → cubes (N, 3, n, n, n) over blue, green and red."""
        for layer, norm in zip(self.layers, self.norms, strict=True):
            photo = norm(F.leaky_relu(layer(photo), 0.2))
        weights = self.last(photo).flatten(1)
        return torch.einsum("nt,tcbgr->ncbgr", weights, self.tables)
