"""Levels of `natural`: what is lifted spreads to black and white, what is not stays."""

from __future__ import annotations

import numpy as np
import torch

from nightlift.adjust import differentiable
from nightlift.learned.natural.levels import BLACK, ENDS, WHITE, with_levels

SIDE, BINS = 64, 33


def hazy() -> torch.Tensor:
    """A gray photo (1, 3, 64, 64), smooth, of tones from 0.1 to 0.3."""
    ramp = torch.linspace(0.1, 0.3, SIDE).expand(1, 3, SIDE, SIDE)
    return ramp.contiguous()


def even(stops: float) -> torch.Tensor:
    return torch.full((1, BINS, 4, 4), float(stops))


def lifted(photo: torch.Tensor, gains: torch.Tensor) -> torch.Tensor:
    return differentiable.light_grid(photo, gains, torch.ones(1))


def test_nothing_lifted_nothing_changed() -> None:
    for gains in (even(0), even(-1)):
        assert torch.allclose(with_levels(hazy(), gains), gains, atol=1e-4)


def test_black_and_white_of_what_is_lifted_move_outwards_by_their_shares() -> None:
    photo, gains = hazy(), even(1.5)
    before, after = lifted(photo, gains), lifted(photo, with_levels(photo, gains))
    # Means over 4 x 4 pixels, of which one in a hundred lies beyond the ends.
    places = np.sort(np.asarray(before[0, 0]).reshape(16, 4, 16, 4).mean((1, 3)).ravel())
    low, high = places[len(places) // ENDS], places[-1 - len(places) // ENDS]
    factor = 1 / (1 - WHITE * (1 - high))
    tone = np.asarray(before[0, 0, 0], np.float64)
    bent = factor * tone / (1 + (factor**4 - 1) * tone**4) ** 0.25
    expected = (bent - BLACK * low) / (1 - BLACK * low)
    assert np.abs(np.asarray(after[0, 0, 0]) - expected).max() < 0.004
    assert after.max() - after.min() > 1.4 * (before.max() - before.min())


def test_a_lift_of_the_whole_range_keeps_its_white() -> None:
    photo = torch.linspace(0, 1, SIDE).square().expand(1, 3, SIDE, SIDE).contiguous()
    before, after = lifted(photo, even(1)), lifted(photo, with_levels(photo, even(1)))
    assert (after - before).abs().max() < 0.02
    assert after.max() <= 1


def test_pictures_of_a_batch_have_levels_of_their_own() -> None:
    photos = torch.cat((hazy(), 0.3 * hazy()))
    gains = torch.cat((even(1.5), even(3)))
    both = with_levels(photos, gains)
    for place in range(2):
        one = slice(place, place + 1)
        assert torch.allclose(both[one], with_levels(photos[one], gains[one]), atol=1e-5)
