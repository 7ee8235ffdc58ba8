"""What a step does: optimizer groups in turn, precision, averaged weights, logged terms."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from nightlift.errors import NightliftError
from nightlift.train.run import load_run, train
from nightlift.train.terms import lay_out
from tests.train.conftest import DUEL, EVERY, POISONED, RATIO, tiny
from tests.train.run_state import metrics, state

Specs = Mapping[str, str]


def test_both_players_learn(data: Specs, tmp_path: Path) -> None:
    train(DUEL, tiny(DUEL, clip_norm=1.0), data["unpaired"], tmp_path / "run", workers=0)
    recorded = state(tmp_path / "run")
    assert len(recorded["optimizers"]) == 2
    assert not torch.equal(recorded["objective"]["network.gain"], torch.ones(3, 1, 1))
    columns = list(metrics(tmp_path / "run")[0])
    for name in ("generator/adversarial", "generator/loss", "critic/real", "critic/gradient_norm"):
        assert name in columns


def test_a_player_leaves_the_others_gradients_alone(data: Specs, tmp_path: Path) -> None:
    """By hand: each Adam's first step has the size of the rate, with its own gradient's sign."""
    recipe = tiny(DUEL, epochs=1, batch=10, validation=0.0, learning_rate=0.01)
    train(DUEL, recipe, data["unpaired"], tmp_path / "run", workers=0)
    torch.manual_seed(0)
    gain = state(tmp_path / "run")["objective"]["network.gain"]
    np.testing.assert_allclose((gain - 1).abs().flatten(), 0.01, rtol=1e-3)


def test_bf16_trains_with_terms_in_full_precision(data: Specs, tmp_path: Path) -> None:
    for method in EVERY:
        recipe = tiny(method, precision="bf16", epochs=1)
        run = tmp_path / method.name
        train(method, recipe, data[method.supervision], run, workers=0)
        tensors = state(run)["objective"].values()
        assert all(value.dtype != torch.bfloat16 for value in tensors)


def test_the_averaged_weights_are_those_released(data: Specs, tmp_path: Path) -> None:
    recipe = tiny(RATIO, epochs=1, batch=3, learning_rate=0.1, ema=0.9)
    train(RATIO, recipe, data["paired"], tmp_path / "run", workers=0)
    recorded = state(tmp_path / "run")
    average, last = recorded["average"]["gain"], recorded["objective"]["network.gain"]
    assert torch.equal(load_run(tmp_path / "run")[2].get_parameter("gain"), average)
    # Every step's gradient has one sign: Adam goes up by 0.1 a step, the average by its decay.
    expected, weight = 1.0, 1.0
    for step in (1, 2, 3):
        weight += 0.1
        decay = min(0.9, (1 + step) / (10 + step))
        expected = decay * expected + (1 - decay) * weight
    np.testing.assert_allclose(last.flatten(), 1.3, atol=0.01)
    np.testing.assert_allclose(average.flatten(), expected, atol=0.01)


def test_a_value_that_is_not_finite_stops_with_its_name(data: Specs, tmp_path: Path) -> None:
    recipe = tiny(POISONED, epochs=5, batch=9, learning_rate=1e-3, log_every=10)
    with pytest.raises(NightliftError, match=r"term poison became nan in epoch 4, at step 4"):
        train(POISONED, recipe, data["paired"], tmp_path / "run", workers=0)
    assert state(tmp_path / "run")["epoch"] == 3
    assert state(tmp_path / "run")["objective"]["network.gain"].isfinite().all()


def test_terms_are_logged_as_means_between_rows(data: Specs, tmp_path: Path) -> None:
    for every in (1, 2):
        recipe = tiny(RATIO, epochs=1, log_every=every)
        train(RATIO, recipe, data["paired"], tmp_path / str(every), workers=0)
    each = [float(row["distance"]) for row in metrics(tmp_path / "1") if row["distance"]]
    both = [row for row in metrics(tmp_path / "2") if row["distance"]]
    assert [row["step"] for row in both] == ["2", "3"]
    assert float(both[0]["distance"]) == pytest.approx((each[0] + each[1]) / 2)


def test_grids_and_tables_of_more_dimensions_are_left_as_they_are() -> None:
    """A network may hold a grid (12, bins, rows, columns) for each of a few looks."""
    network = nn.Module()
    network.kernel = nn.Parameter(torch.rand(4, 3, 3, 3))
    network.register_buffer("grids", torch.rand(2, 12, 8, 4, 4))
    kept = network.kernel.detach().clone(), network.get_buffer("grids").clone()
    lay_out(network)
    assert network.kernel.is_contiguous(memory_format=torch.channels_last)
    assert torch.equal(network.kernel, kept[0])
    assert torch.equal(network.get_buffer("grids"), kept[1])
