"""The network of IAT: a local branch for each pixel, ten queries for the whole picture."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from nightlift.learned.iat.blocks import LocalBlock, QueryAttention, TokenMLP

QUERIES = 10
"""One for the gamma, nine for the color matrix."""

HEADS = 4

LEAST = 1e-8
"""What colors are clamped to before the gamma."""


class LocalBranch(nn.Module):
    """What each pixel is multiplied by, and what is added to it."""

    def __init__(self, width: int, hidden: int, blocks: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, 3, padding=1)
        self.mul_blocks = nn.Sequential(*(LocalBlock(width, hidden) for _ in range(blocks)))
        self.add_blocks = nn.Sequential(*(LocalBlock(width, hidden) for _ in range(blocks)))
        self.mul_end = nn.Conv2d(width, 3, 3, padding=1)
        self.add_end = nn.Conv2d(width, 3, 3, padding=1)

    def forward(self, photo: Tensor) -> tuple[Tensor, Tensor]:
        """(N, 3, h, w) → a factor and a summand, each of the same shape."""
        features = F.leaky_relu(self.conv1(photo), 0.2)
        factor = torch.relu(self.mul_end(self.mul_blocks(features) + features))
        return factor, torch.tanh(self.add_end(self.add_blocks(features) + features))


class GlobalBranch(nn.Module):
    """A gamma and a 3×3 matrix of colors, from a quarter of the picture's size."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.near = nn.Conv2d(3, width // 2, 3, stride=2, padding=1)
        self.near_norm = nn.BatchNorm2d(width // 2)
        self.far = nn.Conv2d(width // 2, width, 3, stride=2, padding=1)
        self.far_norm = nn.BatchNorm2d(width)
        self.pos_embed = nn.Conv2d(width, width, 3, padding=1, groups=width)
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attn = QueryAttention(width, QUERIES, HEADS)
        self.mlp = TokenMLP(width, hidden)
        self.gamma_linear = nn.Linear(width, 1)
        self.color_linear = nn.Linear(width, 1)
        self.gamma_base = nn.Parameter(torch.ones(1))
        self.color_base = nn.Parameter(torch.eye(3))

    def forward(self, photo: Tensor) -> Tensor:
        """(N, 3, h, w) → (N, 10): the gamma, then the matrix row by row."""
        x = F.gelu(self.near_norm(self.near(photo)))
        x = self.far_norm(self.far(x))
        x = x + self.pos_embed(x)
        seen = self.attn(self.norm1(x.flatten(2).transpose(1, 2)))
        seen = seen + self.mlp(self.norm2(seen))
        gamma = self.gamma_linear(seen[:, :1])[..., 0] + self.gamma_base
        color = self.color_linear(seen[:, 1:])[..., 0] + self.color_base.view(1, -1)
        return torch.cat((gamma, color), 1)


class IAT(nn.Module):
    """Illumination-adaptive transformer (Cui et al., BMVC 2022), as it is used after training.

    The result is (M (x · factor + summand)) ** gamma, the factor and the summand of each pixel
    from the local branch, the matrix M and the gamma from the global one. `centered` photos are
    brought from [0, 1] to [-1, 1] first.
    """

    pooled = QUERIES

    def __init__(
        self,
        width: int = 16,
        blocks: int = 3,
        global_width: int = 64,
        hidden: tuple[int, int] = (64, 256),
        centered: bool = False,
    ) -> None:
        super().__init__()
        self.centered = centered
        self.local_net = LocalBranch(width, hidden[0], blocks)
        self.global_net = GlobalBranch(global_width, hidden[1])

    @property
    def reach(self) -> int:
        """How far a pixel's result depends on others, with the ten numbers given."""
        return 2 + 3 * len(self.local_net.mul_blocks)

    def forward(self, photo: Tensor) -> Tensor:
        """(N, 3, h, w) RGB in [0, 1] → the result, of the same shape and range."""
        return self.ports(photo, None)["parameters"]

    def ports(self, photo: Tensor, given: Tensor | None) -> dict[str, Tensor]:
        """The result, and the ten numbers; those of `given` (N, 10) count where not NaN."""
        x = 2 * photo - 1 if self.centered else photo
        own = self.global_net(x)
        numbers = own if given is None else torch.where(torch.isnan(given), own, given)
        factor, summand = self.local_net(x)
        matrix = numbers[:, 1:].view(-1, 3, 3)
        colors = torch.einsum("noc,nchw->nohw", matrix, x * factor + summand)
        result = colors.clamp(LEAST, 1.0) ** numbers[:, :1, None, None]
        return {"parameters": result, "pooled": own}
