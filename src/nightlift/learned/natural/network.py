"""The network of `natural`: gains on a bilateral grid, from a small copy."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from nightlift.learned.natural.exposure import exposed
from nightlift.learned.natural.highlights import with_highlights
from nightlift.learned.natural.levels import with_levels

LEAST_SLOPE = 0.15
"""Of the logit of the brightest channel that is left where gains fall with brightness."""


RISE = 0.5
"""Stops, at most, by which the darkest bin's gain is below the next one's in use: what is learned
there takes all of it for noise, and a steep step makes black patches with edges. Settled on pairs
of LOL's training and a half of exposures (0.2 and 0.03 dB better, less speckle), and by looking."""

PALER = 0.75
"""What the growth of color is multiplied by in use: levels leave more color to half `a` of LOL than
its answers have."""

FLATTEST = 3**-0.5
"""The guide where the logit of its square rises least."""

SEEN = 6
"""Values and logarithms of three channels."""


class Natural(nn.Module):
    """Local light from a small copy of `side` pixels a side.

    Three halvings lead to `side`/8 features a side; a local path goes on from there, a global
    one halves and pools what it sees and is added to every place (after Gharbi et al., SIGGRAPH
    2017). Every place of `cells` by `cells` says a gain in stops for the darkest tones, and by how
    much it changes from bin to bin; one number says how much color grows with the light. In use
    what is lifted comes nearer to a mean of `middle`.
    """

    def __init__(
        self,
        side: int = 128,
        cells: int = 16,
        bins: int = 8,
        width: int = 16,
        middle: float = 0.6,
    ) -> None:
        super().__init__()
        self.side, self.cells, self.bins, self.middle = side, cells, bins, middle
        narrow, middle, wide = width, 2 * width, 4 * width
        self.seen = nn.Sequential(
            _halving(SEEN, narrow), _halving(narrow, middle), _halving(middle, wide)
        )
        self.local = nn.Sequential(_layer(wide, wide), nn.Conv2d(wide, wide, 3, padding=1))
        self.whole = nn.Sequential(
            _halving(wide, wide), _halving(wide, 2 * wide), _layer(2 * wide, 2 * wide)
        )
        self.dense = nn.Sequential(
            nn.Linear(4 * wide, 2 * wide), nn.ReLU(), nn.Linear(2 * wide, 2 * wide), nn.ReLU()
        )
        self.shift = nn.Linear(2 * wide, wide)
        self.level = nn.Linear(2 * wide, bins + 1)
        self.out = nn.Conv2d(wide, bins, 1)
        nn.init.zeros_(self.out.weight)
        self.register_buffer("limits", torch.tensor(steepest(bins)), persistent=False)

    def forward(self, photo: Tensor) -> Tensor:
        """(N, 3, side, side) RGB in [0, 1] → (N, bins + 1, cells, cells).

        The first planes are gains in stops, the last is how much of the color grows; in evaluation
        gains are exposed (`exposed`), have levels (`with_levels`) and are level in the dark.
        """
        features = self.seen(inputs(photo))
        whole = self.whole(features).flatten(2)
        summary = self.dense(torch.cat((whole.mean(2), whole.amax(2)), 1))
        fused = F.relu(self.local(features) + self.shift(summary)[:, :, None, None])
        level = self.level(summary)[:, :, None, None]
        said = F.adaptive_avg_pool2d(self.out(fused), self.cells) + level[:, :-1]
        gains = self._ordered(said)
        gains = gains if self.training else self._in_use(photo, gains)
        color = torch.sigmoid(level[:, -1:] + 1)
        color = color if self.training else PALER * color
        color = color.expand(-1, -1, self.cells, self.cells)
        return torch.cat((gains, color), 1)

    def _ordered(self, said: Tensor) -> Tensor:
        """Gains that fall from bin to bin so slowly that no tone overtakes a brighter one."""
        limits = self.get_buffer("limits").view(1, -1, 1, 1)
        changes = limits * torch.tanh(said[:, 1:] / limits)
        return torch.cat((said[:, :1], said[:, :1] + changes.cumsum(1)), 1)

    def _in_use(self, photo: Tensor, gains: Tensor) -> Tensor:
        """Gains exposed, with levels, tones in their order, and level in the dark."""
        lit = exposed(photo, _level_in_the_dark(gains), self.middle)
        spread = with_highlights(photo, with_levels(photo, lit))
        limits = self.get_buffer("limits").view(1, -1, 1, 1)
        changes = torch.maximum(spread.diff(dim=1), -limits)
        return _level_in_the_dark(torch.cat((spread[:, :1], spread[:, :1] + changes.cumsum(1)), 1))


def _level_in_the_dark(gains: Tensor) -> Tensor:
    """Gains whose darkest bin is at most `RISE` below the next; tones keep their order."""
    return torch.cat((torch.maximum(gains[:, :1], gains[:, 1:2] - RISE), gains[:, 1:]), 1)


def inputs(photo: Tensor) -> Tensor:
    """What the first layer sees of (N, 3, H, W): values, and their logarithms from -1 to 1."""
    stops = torch.log2(photo + 1 / 256) / 4 + 1
    return torch.cat((2 * photo - 1, stops), 1)


def steepest(bins: int) -> list[float]:
    """By how many stops a gain may change from bin to bin, so that tones keep their order.

    The curve adds the gain to the logit of m in stops, and the guide is u = √m: a gain that falls
    by less than 2 / (u (1 - u²) ln 2) for each unit of u leaves the sum rising.
    """
    limits = []
    for low in range(bins - 1):
        ends = (low / (bins - 1), (low + 1) / (bins - 1))
        flattest = min(max(FLATTEST, ends[0]), ends[1])
        slope = 2 / (flattest * (1 - flattest**2) * math.log(2))
        limits.append((1 - LEAST_SLOPE) * slope / (bins - 1))
    return limits


def _halving(into: int, out: int) -> nn.Module:
    return nn.Sequential(nn.Conv2d(into, out, 3, stride=2, padding=1), nn.ReLU())


def _layer(into: int, out: int) -> nn.Module:
    return nn.Sequential(nn.Conv2d(into, out, 3, padding=1), nn.ReLU())
