from __future__ import annotations
import torch
from torch import Tensor
from torch.nn import functional as F
LEAST=1e-6
def light_parameters(output: Tensor) -> tuple[Tensor, Tensor]:
    gains = output[:, :-1].clamp(-8,8)
    return gains, output[:, -1].mean((1, 2)).clamp(0, 1)

def light_grid(x: Tensor, gains: Tensor, color: Tensor, black: Tensor | None = None) -> Tensor:
    brightest = x.amax(1, keepdim=True)
    guide = 2 * brightest.clamp(min=LEAST).sqrt() - 1
    gain = _sliced(gains[:, None], guide)[:, :, 0]
    color = color.view(-1, 1, 1, 1)
    lift = torch.exp2(gain)
    ratio = lift / (1 + (lift - 1) * brightest)
    scale = torch.where(ratio < 1, ratio, 1 + color * (ratio - 1))
    return (scale * x + (brightest * (ratio - scale)).clamp(min=0)).clamp(max=1)

def _sliced(cells: Tensor, guide: Tensor) -> Tensor:
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
    return torch.linspace(-1, 1, pixels, dtype=like.dtype, device=like.device)
