"""Levels: what is lifted uses the range of tones, from a black to a white of the photo's own."""

from __future__ import annotations

import torch
from torch import Tensor

from nightlift.learned.natural import tones
from nightlift.learned.natural.tones import NEAR

ENDS = 100
"""One place of so many is darker than the black that is seen, and one brighter than the white."""

BLACK, WHITE = 0.45, 0.7
"""Shares of what lies beyond black and white that are taken away. Settled on half `a` of the sets
that `benchmarks/default.py` reads."""

SHOULDER = 4.0
"""How late the tones below a moved white bend, so that white stays white: the exponent of a norm,
which `_change` takes to be 4."""

FURTHEST = 2.0
"""Stops by which a gain changes at most."""


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
    brightest, share = tones.seen(photo, gains)
    low, high = _ends(brightest)
    before = tones.of_bins(gains)
    change = _change(before, BLACK * share * low, 1 / (1 - WHITE * share * (1 - high)))
    return gains + change.clamp(-FURTHEST, FURTHEST)


def _ends(pictures: Tensor) -> tuple[Tensor, Tensor]:
    """Black and white of pictures (N, 1, H, W), (N, 1, 1, 1) each."""
    places = pictures.flatten(1)
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
