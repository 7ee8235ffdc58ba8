"""The network of `natural`: its size, tones that keep their order, and what it is asked for."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from nightlift.adjust import differentiable
from nightlift.adjust.light_grid import LightGrid
from nightlift.errors import UsageError
from nightlift.learned.declaration import Batch
from nightlift.learned.natural import NATURAL
from nightlift.learned.natural.network import RISE, Natural, steepest
from nightlift.learned.natural.objective import smoothness
from nightlift.learned.natural.recipes import NaturalRecipe
from tests.reference import synth


def photo(count: int = 1, side: int = 128) -> torch.Tensor:
    pictures = np.stack([synth.image(side, side, seed) for seed in range(count)])
    return torch.from_numpy(np.ascontiguousarray(pictures.transpose(0, 3, 1, 2))).float()


def test_it_is_small_and_begins_with_even_light() -> None:
    for recipe in NATURAL.recipes.values():
        network = NATURAL.network(recipe)
        assert sum(one.numel() for one in network.parameters()) <= 600_000
    said = Natural()(photo())
    assert said.shape == (1, 9, 16, 16)
    gains, color = differentiable.light_parameters(said)
    assert gains.std(dim=(2, 3)).max() < 1e-6 and gains.abs().max() < 1
    assert 0 < color.item() < 1


@given(seed=st.integers(0, 2**31), scale=st.floats(0.1, 300), bins=st.integers(2, 12))
@settings(max_examples=60, deadline=None)
def test_no_tone_overtakes_a_brighter_one(seed: int, scale: float, bins: int) -> None:
    network = Natural(16, 2, bins, 2)
    said = torch.from_numpy(np.random.default_rng(seed).normal(0, scale, (1, bins, 2, 2))).float()
    gains = network._ordered(said)[0].permute(1, 2, 0).detach().numpy().astype(np.float64)
    tones = np.linspace(0, 1, 4001)
    depth = np.sqrt(tones) * (bins - 1)
    for place in gains.reshape(-1, bins):
        place = place - place.mean()
        logit = np.log2(tones[1:-1] / (1 - tones[1:-1]))
        logit += np.interp(depth[1:-1], np.arange(bins), place)
        assert (np.diff(logit) > 0).all()


def test_the_steepest_fall_is_just_below_what_would_invert() -> None:
    bins = 8
    falls = np.array(steepest(bins)) / 0.85
    for low in range(bins - 1):
        tones = (np.linspace(max(low, 0.01), min(low + 1, 6.99), 2001) / (bins - 1)) ** 2
        logit = np.log2(tones / (1 - tones))
        place = np.sqrt(tones) * (bins - 1) - low
        assert (np.diff(logit - 0.99 * falls[low] * place) > 0).all()
        assert (np.diff(logit - 1.05 * falls[low] * place) < 0).any()


def test_in_use_the_darkest_gain_is_little_below_the_next() -> None:
    network = Natural(width=4)
    with torch.no_grad():
        network.level.bias[:-1] = torch.tensor([1.0, 2.5, -1, 0, 0, 0, 0, 0])
    learned, used = (network.train(mode)(photo()) for mode in (True, False))
    assert ((learned[:, 1] - learned[:, 0]) > 1.5).all()
    assert (used[:, 1] - used[:, 0] <= RISE + 1e-5).all()


@given(seed=st.integers(0, 2**31), scale=st.floats(0.1, 30))
@settings(max_examples=20, deadline=None)
def test_in_use_tones_keep_their_order(seed: int, scale: float) -> None:
    network = Natural(32, 4, 8, 2).eval()
    random = np.random.default_rng(seed)
    said = torch.from_numpy(random.normal(0, scale, (1, 8, 4, 4))).float()
    gains = network._in_use(random.uniform() * photo(side=32), network._ordered(said))
    falls = gains.diff(dim=1) + torch.tensor(steepest(8)).view(1, -1, 1, 1)
    assert (falls >= -1e-4).all()


def test_what_it_shows_is_what_is_applied() -> None:
    recipe = NaturalRecipe(width=4)
    torch.manual_seed(0)
    objective = NATURAL.objective(NATURAL.network(recipe), recipe)
    dark = 0.4 * photo()
    said = objective.network(dark)[0].detach().numpy()
    rows = dark[0].permute(1, 2, 0).numpy()
    applied = LightGrid.from_output(said).evaluate(rows, 0, len(rows))
    shown = objective.enhance(dark)[0].permute(1, 2, 0).detach().numpy()
    assert np.abs(applied - shown).max() < 1e-5


def test_its_terms_are_least_at_the_target() -> None:
    recipe = NaturalRecipe(width=4)
    torch.manual_seed(0)
    objective = NATURAL.objective(NATURAL.network(recipe), recipe)
    light = photo(2)
    done = objective.enhance(light).detach()
    for name, term in objective.terms(Batch(light, done), "network").items():
        value = term.item()
        off = objective.terms(Batch(light, 0.5 * done), "network")[name].item()
        assert value <= off + 1e-6
        assert name == "logarithm" or value == pytest.approx(0, abs=1e-5)


def test_smoothness_is_the_squared_step() -> None:
    gains = torch.zeros(1, 2, 4, 4)
    assert smoothness(gains) == 0
    ramp = torch.arange(4.0).expand(1, 2, 4, 4)
    assert smoothness(3 * ramp) == pytest.approx(9)
    assert smoothness(ramp.transpose(2, 3)) == pytest.approx(1)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"side": 130}, "multiple of 8"),
        ({"side": 64}, "at least 8 times the 16 cells"),
        ({"side": 192}, "multiple of cells"),
        ({"bins": 1}, "2 to 64 bins"),
        ({"least_crop": 0.0}, "least_crop"),
        ({"middle": 1.0}, "middle"),
    ],
)
def test_recipes_that_cannot_be_are_refused(changes: dict[str, float], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        NaturalRecipe(**changes)  # type: ignore[arg-type]
