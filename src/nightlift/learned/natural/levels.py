"""Levels: what is lifted uses the range of tones, from a black to a white of the photo's own."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

POOLED = 4
"""Places of so many pixels a side are looked at: neither noise nor sparks settle the ends."""

ENDS = 100
"""One place of so many is darker than the black that is seen, and one brighter than the white."""

BLACK, WHITE = 0.45, 0.7
"""Shares of what lies beyond black and white that are taken away. Settled on half `a` of the sets
that `benchmarks/default.py` reads."""

WHOLE = 0.7
"""Stops of mean gain from which the levels count wholly: what is not lifted keeps its own."""

SHOULDER = 4.0
"""How late the tones below a moved white bend, so that white stays white: the exponent of a norm,
which `_change` takes to be 4."""

FURTHEST = 2.0
"""Stops by which a gain changes at most."""

NEAR = 1e-3
"""Tones nearer to 0, and grid's tones nearer to 1, count as this near: their logit is finite."""


def with_levels(photo: Tensor, gains: Tensor) -> Tensor:
    """Gains that also spread the tones of what they make of `photo`.

    Args:
        photo: Small copies (N, 3, side, side), RGB in [0, 1].
        gains: (N, bins, h, w) in stops, of bins even in the root of the brightest channel.

    Returns:
        Gains of the same shape: with t the lifted brightest channel, one in a hundred places of
        which are darker than *low* and one brighter than *high*, first
        k t / (1 + (k^4 - 1) t^4)^(1/4), k = 1 / (1 - `WHITE` (1 - *high*)), then
        (t - `BLACK` *low*) / (1 - `BLACK` *low*); both the less, the less is lifted.
    """
    brightest = F.avg_pool2d(photo.amax(1, keepdim=True), POOLED)
    lift = _sliced(gains, brightest)
    low, high = _ends(_lifted(brightest, lift))
    share = (lift.mean((1, 2, 3), keepdim=True) / WHOLE).clamp(0, 1)
    bins = gains.shape[1]
    tones = torch.linspace(0, 1, bins, device=gains.device).square().clamp(NEAR, 1 - NEAR)
    before = _lifted(tones.view(1, bins, 1, 1), gains)
    change = _change(before, BLACK * share * low, 1 / (1 - WHITE * share * (1 - high)))
    return gains + change.clamp(-FURTHEST, FURTHEST)


def _sliced(gains: Tensor, brightest: Tensor) -> Tensor:
    """The gain of each pixel (N, 1, H, W), by its place and its `brightest` channel."""
    bins = gains.shape[1]
    places = F.interpolate(gains, brightest.shape[2:], mode="bilinear", align_corners=True)
    numbers = torch.arange(bins, device=gains.device).view(1, bins, 1, 1)
    nearness = (1 - ((bins - 1) * brightest.sqrt() - numbers).abs()).clamp(min=0)
    return (places * nearness).sum(1, keepdim=True)


def _lifted(tone: Tensor, gain: Tensor) -> Tensor:
    lift = torch.exp2(gain)
    return lift * tone / (1 + (lift - 1) * tone)


def _ends(lifted: Tensor) -> tuple[Tensor, Tensor]:
    """Black and white of pictures (N, 1, H, W), (N, 1, 1, 1) each."""
    places = lifted.flatten(1)
    count = places.shape[1] // ENDS + 1
    dark = places.topk(count, largest=False).values[:, -1]
    light = places.topk(count).values[:, -1]
    return dark.view(-1, 1, 1, 1), light.view(-1, 1, 1, 1)


def _change(tone: Tensor, black: Tensor, factor: Tensor) -> Tensor:
    """By how many stops the logit of a tone changes: no small difference is taken near white."""
    bent = 1 + (factor**SHOULDER - 1) * tone**SHOULDER
    light = factor * tone / bent ** (1 / SHOULDER)
    grown = ((light - black) / (1 - black)).clamp(min=NEAR) / tone.clamp(min=NEAR)
    # Of what lacks to white: 1 - x^4 = (1 - x) (1 + x) (1 + x^2), where 1 - light^4 is known.
    left = (1 + tone) * (1 + tone**2) / (bent * (1 + light) * (1 + light**2) * (1 - black))
    return torch.log2(grown / left)
