"""What IAT is built of; the published names of the parts are in `published.py`."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class ChannelMix(nn.Module):
    """What stands in for a norm: channels mixed by a matrix, then scaled and shifted."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.alpha = nn.Parameter(torch.ones(1, 1, width))
        self.beta = nn.Parameter(torch.zeros(1, 1, width))
        self.color = nn.Parameter(torch.eye(width))

    def forward(self, x: Tensor) -> Tensor:
        """(N, width, h, w) → the same shape."""
        mixed = F.conv2d(x, self.color[:, :, None, None])
        return mixed * self.alpha.view(1, -1, 1, 1) + self.beta.view(1, -1, 1, 1)


class PixelMLP(nn.Module):
    """Two 1×1 layers, four times as wide in between."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.fc1 = nn.Conv2d(width, hidden, 1)
        self.fc2 = nn.Conv2d(hidden, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(N, width, h, w) → the same shape."""
        mixed: Tensor = self.fc2(F.gelu(self.fc1(x)))
        return mixed


class LocalBlock(nn.Module):
    """A transformer's block whose attention is a depthwise 5×5 convolution (Cui et al., Fig. 3)."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.pos_embed = nn.Conv2d(width, width, 3, padding=1, groups=width)
        self.norm1, self.norm2 = ChannelMix(width), ChannelMix(width)
        self.conv1 = nn.Conv2d(width, width, 1)
        self.attn = nn.Conv2d(width, width, 5, padding=2, groups=width)
        self.conv2 = nn.Conv2d(width, width, 1)
        self.mlp = PixelMLP(width, hidden)
        self.gamma_1 = nn.Parameter(torch.ones(1, width, 1, 1))
        self.gamma_2 = nn.Parameter(torch.ones(1, width, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        """(N, width, h, w) → the same shape."""
        x = x + self.pos_embed(x)
        x = x + self.gamma_1 * self.conv2(self.attn(self.conv1(self.norm1(x))))
        mixed: Tensor = x + self.gamma_2 * self.mlp(self.norm2(x))
        return mixed


class QueryAttention(nn.Module):
    """A few learned queries look at all tokens of a picture (Cui et al., Sec. 3.3)."""

    def __init__(self, width: int, queries: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.q = nn.Parameter(torch.zeros(1, queries, width))
        self.k = nn.Linear(width, width, bias=False)
        self.v = nn.Linear(width, width, bias=False)
        self.proj = nn.Linear(width, width)

    def forward(self, tokens: Tensor) -> Tensor:
        """(N, tokens, width) → (N, queries, width)."""
        q, k, v = map(self._of_heads, (self.q, self.k(tokens), self.v(tokens)))
        weights = (q @ k.transpose(-1, -2) * q.shape[-1] ** -0.5).softmax(-1)
        seen: Tensor = self.proj((weights @ v).transpose(1, 2).flatten(2))
        return seen

    def _of_heads(self, x: Tensor) -> Tensor:
        return x.view(len(x), -1, self.heads, x.shape[2] // self.heads).transpose(1, 2)


class TokenMLP(nn.Module):
    """Two layers over tokens, four times as wide in between."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(width, hidden)
        self.fc2 = nn.Linear(hidden, width)

    def forward(self, x: Tensor) -> Tensor:
        """(N, tokens, width) → the same shape."""
        mixed: Tensor = self.fc2(F.gelu(self.fc1(x)))
        return mixed
