"""Exposure of `natural`: what is lifted comes nearer to the middle, what is not stays."""

from __future__ import annotations

import math
from dataclasses import replace

import torch
from torch import nn

from nightlift.learned.natural import NATURAL
from nightlift.learned.natural.exposure import DARKEST, SHADOWS, exposed
from nightlift.learned.natural.network import Natural

BINS, MIDDLE = 33, 0.6


def gray(*tones: float) -> torch.Tensor:
    """Gray photos (N, 3, 64, 64), one for each tone."""
    return torch.tensor(tones).view(-1, 1, 1, 1).expand(-1, 3, 64, 64).contiguous()


def even(stops: float, count: int = 1) -> torch.Tensor:
    return torch.full((count, BINS, 4, 4), float(stops))


def lifted(tone: float, stops: float) -> float:
    return 2**stops * tone / (1 + (2**stops - 1) * tone)


def test_nothing_lifted_nothing_changed() -> None:
    for stops in (0, -1):
        assert torch.equal(exposed(gray(0.2), even(stops), MIDDLE), even(stops))


def test_what_is_bright_enough_stays() -> None:
    gains = even(2)
    assert lifted(0.3, 2) > MIDDLE
    assert torch.equal(exposed(gray(0.3), gains, MIDDLE), gains)


def test_bright_tones_gain_what_lacks_to_the_middle_and_darker_ones_less() -> None:
    more = exposed(gray(0.1), even(1), MIDDLE)[0, :, 0, 0] - 1
    lacking = math.log2(MIDDLE / lifted(0.1, 1))
    tones = torch.linspace(0, 1, BINS).square()
    dark = torch.tensor([lifted(float(tone), 1) < SHADOWS for tone in tones])
    assert torch.allclose(more[~dark], torch.tensor(lacking), atol=1e-4)
    assert (more.diff()[dark[1:]] >= 0).all() and 0 < more[0] < 0.01 * lacking


def test_night_stays_darker_than_day() -> None:
    gains = even(1, 2)
    more = exposed(gray(0.001, 0.0001), gains, MIDDLE)[:, -1, 0, 0] - 1
    assert torch.allclose(more, torch.full((2,), -math.log2(DARKEST)), atol=1e-4)


def test_the_less_is_lifted_the_less_is_added() -> None:
    whole = exposed(gray(0.1), even(0.7), MIDDLE)[0, -1, 0, 0] - 0.7
    half = exposed(gray(0.1), even(0.35), MIDDLE)[0, -1, 0, 0] - 0.35
    assert 0.5 * whole < half < 0.62 * whole  # what is lifted less lacks more


def test_photos_of_a_batch_are_exposed_by_themselves() -> None:
    photos, gains = gray(0.02, 0.2), even(1.5, 2)
    both = exposed(photos, gains, MIDDLE)
    for place in range(2):
        one = slice(place, place + 1)
        assert torch.allclose(both[one], exposed(photos[one], gains[one], MIDDLE), atol=1e-6)


def test_the_recipe_says_how_bright() -> None:
    recipe = NATURAL.recipes["camera"]
    photo = 0.1 * torch.rand(1, 3, 128, 128, generator=torch.Generator().manual_seed(0))
    said = []
    for middle in (0.3, 0.6):
        network = NATURAL.network(replace(recipe, middle=middle)).eval()
        assert isinstance(network, Natural)
        nn.init.zeros_(network.level.weight)
        nn.init.ones_(network.level.bias)
        with torch.no_grad():
            said.append(network(photo)[:, recipe.bins // 2])
    assert 0.5 < (said[1] - said[0]).mean() < 1.1, "an octave of light is a stop"
