"""PyTorch twins of the adjustments, for training: the same mathematics, with gradients.

Photos are (N, 3, H, W) floats in [0, 1]; parameters have the layout of a released model's output:
tables (N, 256, 3), maps (N, 3n, h, w) step by step, cells (N, 12, bins, gh, gw) with rows of three
weights and an offset for each output channel, gains (N, bins, gh, gw), cubes (N, 3, n, n, n). Each
twin clips its result to [0, 1].
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from nightlift.adjust.bilateral_grid import LEAST_LIGHT, OFFSET, GridMode
from nightlift.adjust.develop import DIM
from nightlift.adjust.hue import LEAST_SPREAD
from nightlift.adjust.light_grid import DULL, LEAST, MOST_STOPS, TURN, VIVID
from nightlift.adjust.resample import Alignment
from nightlift.photo import LUMA

TINY = 1e-9


def tone_table(x: Tensor, table: Tensor) -> Tensor:
    """Twin of `ToneTable`: `x` (N, 3, H, W) through `table` (N, 256, 3)."""
    return _curved(x.clamp(0, 1), table).clamp(0, 1)


def _curved(x: Tensor, table: Tensor) -> Tensor:
    """`x` in [0, 1] through curves (N, k, 3) with evenly spread knots, unclipped."""
    count = table.shape[1]
    at = x * (count - 1)
    index = at.detach().long().clamp(max=count - 2)
    knots = table.transpose(1, 2).expand(len(x), -1, -1)
    below = index.flatten(2)
    low = knots.gather(2, below).view_as(x)
    high = knots.gather(2, below + 1).view_as(x)
    return low + (at - index) * (high - low)


def lut3d(x: Tensor, cube: Tensor, curves: Tensor | None = None) -> Tensor:
    """Twin of `Lut3D`: `cube` (N, 3, n, n, n) over blue, green, red, `curves` (N, k, 3)."""
    x = x.clamp(0, 1)
    if curves is not None:
        x = _curved(x, curves).clamp(0, 1)
    at = (2 * x - 1).permute(0, 2, 3, 1)[:, None]
    out = F.grid_sample(
        cube.expand(len(x), -1, -1, -1, -1),
        at,
        mode="bilinear",
        padding_mode="border",
        align_corners=True,
    )
    return out[:, :, 0].clamp(0, 1)


def curve_map(x: Tensor, maps: Tensor, steps: int, alignment: Alignment) -> Tensor:
    """Twin of `CurveMap`: x <- x + a (x² - x), `maps` (N, 3n, h, w), n = `steps` or 1 for all."""
    a = F.interpolate(
        maps, size=x.shape[-2:], mode="bilinear", align_corners=alignment == "corners"
    )
    each = torch.split(a, 3, dim=1)
    for step in range(steps):
        x = x + each[step if len(each) > 1 else 0] * (x * x - x)
    return x.clamp(0, 1)


def develop(x: Tensor, curve: Tensor, balance: Tensor, saturation: float) -> Tensor:
    """Twin of `Develop`: `curve` (256,), `balance` (3,)."""
    x = (x * balance.view(1, 3, 1, 1)).clamp(0, 1)
    m = x.amax(1, keepdim=True)
    t = tone_table(m, curve[None, :, None])
    ratio = t / m.clamp(min=TINY)
    signal = m * m / (m * m + DIM * DIM)
    scale = torch.where(t < m, ratio, 1 + signal * (ratio - 1))
    x = (t - scale * (m - x)).clamp(0, 1)
    luma = (x * x.new_tensor(LUMA).view(1, 3, 1, 1)).sum(1, keepdim=True)
    above = (x.amax(1, keepdim=True) - luma).clamp(min=TINY)
    below = (luma - x.amin(1, keepdim=True)).clamp(min=TINY)
    most = torch.minimum((1 - luma) / above, luma / below).clamp(min=1)
    return (luma + most.clamp(max=saturation) * (x - luma)).clamp(0, 1)


def luma_guide(x: Tensor) -> Tensor:
    """Luma of (N, 3, H, W) from -1 to 1, (N, 1, H, W): the guide of grids that have none."""
    weights = x.new_tensor(LUMA).view(1, 3, 1, 1)
    return 2 * (x * weights).sum(1, keepdim=True) - 1


def pointwise_guide(x: Tensor, w1: Tensor, b1: Tensor, w2: Tensor, b2: Tensor) -> Tensor:
    """Twin of `PointwiseGuide`: tanh(w2 · relu(w1 rgb + b1) + b2), (N, 1, H, W)."""
    hidden = F.relu(F.conv2d(x, w1[:, :, None, None], b1))
    return torch.tanh(F.conv2d(hidden, w2[None, :, None, None], b2.reshape(1)))


def bilateral_affine(x: Tensor, cells: Tensor, guide: Tensor) -> Tensor:
    """A [r g b 1] for each pixel, unclipped: in divide mode, the illumination S.

    `x` (N, 3, H, W), `cells` (N, 12, bins, gh, gw), `guide` (N, 1, H, W), beyond -1 and 1 clamped.
    """
    models = _sliced(cells, guide).view(len(x), 3, 4, *x.shape[2:])
    return (models[:, :, :3] * x[:, None]).sum(2) + models[:, :, 3]


def divided(x: Tensor, illumination: Tensor, least_light: float = LEAST_LIGHT) -> Tensor:
    """The photo over its illumination: x / max(S + 1e-4, `least_light`), clipped to [0, 1]."""
    return (x / (illumination + OFFSET).clamp(min=least_light)).clamp(0, 1)


def bilateral_slice(
    x: Tensor, cells: Tensor, guide: Tensor, mode: GridMode, least_light: float = LEAST_LIGHT
) -> Tensor:
    """Twin of `BilateralGrid`; see `bilateral_affine` for the shapes."""
    affine = bilateral_affine(x, cells, guide)
    return divided(x, affine, least_light) if mode == "divide" else affine.clamp(0, 1)


def light_parameters(output: Tensor) -> tuple[Tensor, Tensor]:
    """Twin of `LightGrid.from_output`: (N, bins + 1, gh, gw) as gains and `color` (N,)."""
    gains = output[:, :-1].clamp(-MOST_STOPS, MOST_STOPS)
    return gains, output[:, -1].mean((1, 2)).clamp(0, 1)


def light_grid(x: Tensor, gains: Tensor, color: Tensor, black: Tensor | None = None) -> Tensor:
    """Twin of `LightGrid`: `gains` (N, bins, gh, gw) in stops, `color` and `black` (N,)."""
    brightest = x.amax(1, keepdim=True)
    guide = 2 * brightest.clamp(min=LEAST).sqrt() - 1
    gain = _sliced(gains[:, None], guide)[:, :, 0]
    least = x.amin(1, keepdim=True)
    gray = (x.median(1, keepdim=True).values + least) / 2
    saturation = (brightest - gray) / (brightest + DULL)
    color = color.view(-1, 1, 1, 1)
    color = color + (1 - color) * (VIVID * saturation * saturation).clamp(max=1)
    if black is not None:
        square = brightest * brightest
        signal = square / (square + black.view(-1, 1, 1, 1) ** 2).clamp(min=LEAST)
        gain = torch.where(gain > 0, signal * gain, gain)
        color = color * signal
    lift = torch.exp2(gain)
    ratio = lift / (1 + (lift - 1) * brightest)
    scale = torch.where(ratio < 1, ratio, 1 + color * (ratio - 1))
    turn = TURN * least * (scale - 1).clamp(min=0) / brightest.square().clamp(min=LEAST)
    spread = (brightest - x) * (x - least)
    light = (brightest * (ratio - scale)).clamp(min=0)
    return (scale * x + light + turn * spread).clamp(max=1)


def keep_hue(before: Tensor, after: Tensor) -> Tensor:
    """Twin of `hue.keep_hue`: both are (N, 3, H, W), from 0 to 1."""
    least, greatest = before.amin(1, keepdim=True), before.amax(1, keepdim=True)
    low = torch.where(before - least <= LEAST_SPREAD, after, 2).amin(1, keepdim=True)
    high = torch.where(greatest - before <= LEAST_SPREAD, after, -1).amax(1, keepdim=True)
    low, high = torch.minimum(low, high), torch.maximum(low, high)
    spread = greatest - least
    share = (before - least) / spread.clamp(min=LEAST_SPREAD)
    kept = (low + share * (high - low)).clamp(0, 1)
    return torch.where(spread > LEAST_SPREAD, kept, after)


def _sliced(cells: Tensor, guide: Tensor) -> Tensor:
    """Cells (N, C, bins, gh, gw) at each pixel's place and `guide` (N, 1, H, W), from -1 to 1.

    Returns (N, C, 1, H, W).
    """
    count, _, height, width = guide.shape
    across = _places(width, guide).view(1, 1, 1, width).expand(count, 1, height, width)
    down = _places(height, guide).view(1, 1, height, 1).expand(count, 1, height, width)
    return F.grid_sample(
        cells.expand(count, -1, -1, -1, -1),
        torch.stack([across, down, guide], dim=-1),
        mode="bilinear",
        padding_mode="border",
        align_corners=True,
    )


def _places(pixels: int, like: Tensor) -> Tensor:
    """Pixel centers from -1 at the first to 1 at the last; a single one lies at -1."""
    return torch.linspace(-1, 1, pixels, dtype=like.dtype, device=like.device)
