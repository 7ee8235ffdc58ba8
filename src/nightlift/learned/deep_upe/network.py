"""The networks of DeepUPE: coefficients from a small copy, and a guide from each pixel."""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import Tensor, nn

COEFFICIENTS = 12
"""Of each cell: three weights and an offset for each of three output channels."""

GLOBAL_SIDE = 4
"""Cells along each side of what the dense layers look at."""

GUIDE_WIDTH = 16


class DeepUPE(nn.Module):
    """The illumination of a photo as a bilateral grid, estimated from a small copy.

    The network of Wang et al., CVPR 2019, with the layers of Gharbi et al., SIGGRAPH 2017: a side
    is halved until `spatial_bins` are left; from there a local and a global path go on and are
    added. `guide` looks up the grid: it sees the photo at its own size, and belongs to the network
    without being part of `forward`.

    Args:
        luma_bins: Affine models for each cell of the grid.
        channel_multiplier: Every width is a multiple of this times `luma_bins`.
        spatial_bins: Cells of each side of the grid; 4 times a power of two.
        low_size: Pixels of each side that the network sees; `spatial_bins` times a power of two.
        batch_norm: Whether layers are normalized.
        guide_width: Of the guide's hidden layer.
    """

    def __init__(
        self,
        luma_bins: int = 8,
        channel_multiplier: int = 1,
        spatial_bins: int = 8,
        low_size: int = 256,
        batch_norm: bool = True,
        guide_width: int = GUIDE_WIDTH,
    ) -> None:
        super().__init__()
        self.luma_bins = luma_bins
        self.low_size = low_size
        unit = channel_multiplier * luma_bins
        wide = 8 * unit
        splats = halvings(low_size, spatial_bins)
        seen = (3, *(unit * 2**level for level in range(splats)))
        self.splat = nn.Sequential(
            *(
                _halving(seen[level], seen[level + 1], batch_norm and level > 0)
                for level in range(splats)
            )
        )
        shrinks = halvings(spatial_bins, GLOBAL_SIDE)
        into = (seen[-1], *(wide for _ in range(shrinks)))
        self.shrink = nn.Sequential(*(_halving(into[i], wide, batch_norm) for i in range(shrinks)))
        self.whole = nn.Sequential(
            _dense(into[-1] * GLOBAL_SIDE**2, 32 * unit, batch_norm),
            _dense(32 * unit, 16 * unit, batch_norm),
            _dense(16 * unit, wide, batch_norm, active=False),
        )
        self.local = nn.Sequential(
            _layer(nn.Conv2d(seen[-1], wide, 3, padding=1), _norm(wide, batch_norm)),
            nn.Conv2d(wide, wide, 3, padding=1, bias=False),
        )
        self.out = nn.Conv2d(wide, COEFFICIENTS * luma_bins, 1)
        self.guide = GuideNetwork(guide_width, batch_norm)
        self._begin_with_full_light()

    def forward(self, photo: Tensor) -> Tensor:
        """(N, 3, low, low) RGB in [0, 1] → cells (N, 12, bins, rows, columns).

        Coefficients 4c to 4c + 2 weigh red, green and blue in the illumination of channel c, and
        4c + 3 is its offset.
        """
        features = self.splat(photo)
        whole = self.whole(self.shrink(features).flatten(1))
        fused = torch.relu(self.local(features) + whole[:, :, None, None])
        cells: Tensor = self.out(fused).unflatten(1, (COEFFICIENTS, self.luma_bins))
        return cells

    @torch.no_grad()
    def _begin_with_full_light(self) -> None:
        """An illumination near 1, so that the first results are near the photo.

        Near 0, every pixel of the result would be clipped, and clipping lets no gradient through.
        """
        bias = self.out.get_parameter("bias").view(3, 4, self.luma_bins)
        bias[:, 3] += 1


class GuideNetwork(nn.Module):
    """Where a pixel lies along the grid's third axis: two pointwise layers (Gharbi et al. 2017)."""

    def __init__(self, width: int = GUIDE_WIDTH, batch_norm: bool = True) -> None:
        super().__init__()
        self.hidden = _layer(nn.Conv2d(3, width, 1), _norm(width, batch_norm))
        self.out = nn.Conv2d(width, 1, 1)

    def forward(self, photo: Tensor) -> Tensor:
        """(N, 3, H, W) RGB in [0, 1] → (N, 1, H, W) in (-1, 1)."""
        return torch.tanh(self.out(self.hidden(photo)))


def halvings(large: int, small: int) -> int:
    """How many halvings lead from `large` to `small`, whose ratio is a power of two."""
    return (large // small).bit_length() - 1


def _halving(into: int, out: int, batch_norm: bool) -> nn.Module:
    return _layer(nn.Conv2d(into, out, 3, stride=2, padding=1), _norm(out, batch_norm))


def _norm(channels: int, batch_norm: bool) -> nn.Module | None:
    return nn.BatchNorm2d(channels) if batch_norm else None


def _dense(into: int, out: int, batch_norm: bool, active: bool = True) -> nn.Module:
    return _layer(nn.Linear(into, out), nn.BatchNorm1d(out) if batch_norm else None, active)


def _layer(linear: nn.Module, norm: nn.Module | None, active: bool = True) -> nn.Module:
    """A linear layer, its norm if it has one, and its activation."""
    parts: OrderedDict[str, nn.Module] = OrderedDict(linear=linear)
    if norm is not None:
        parts["norm"] = norm
    if active:
        parts["active"] = nn.ReLU()
    return nn.Sequential(parts)
