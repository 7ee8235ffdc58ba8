"""What is validated at an epoch's end, and which epoch is kept."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import torch

from nightlift.data.collection import open_collection
from nightlift.learned.table import METHODS
from nightlift.train.report import EpochDone, Event
from nightlift.train.run import load_run, train
from tests.train.conftest import RATIO, tiny
from tests.train.run_state import metrics, state

Specs = Mapping[str, str]


def test_stops_early_when_validation_no_longer_improves(data: Specs, tmp_path: Path) -> None:
    recipe = tiny(RATIO, epochs=40, batch=9, learning_rate=0.5, stop_after=3)
    events: list[Event] = []
    train(RATIO, recipe, data["paired"], tmp_path / "run", workers=0, report=events.append)
    ends = [event for event in events if isinstance(event, EpochDone)]
    assert len(ends) < 40 and ends[-1].stopped
    best = min(range(len(ends)), key=lambda index: ends[index].loss)
    assert len(ends) - 1 - best >= 3
    assert state(tmp_path / "run", "best")["epoch"] == best + 1


def test_best_is_the_epoch_of_least_validation_loss(data: Specs, tmp_path: Path) -> None:
    """Validation is computed again from the stored weights, picture by picture."""
    recipe = tiny(RATIO, epochs=3, learning_rate=0.7)
    train(RATIO, recipe, data["paired"], tmp_path / "run", workers=0)
    losses = {int(r["epoch"]): r["validation_loss"] for r in metrics(tmp_path / "run")}
    best = min(losses, key=lambda epoch: float(losses[epoch]))
    assert state(tmp_path / "run", "best")["epoch"] == best
    held = open_collection(f"run:{tmp_path / 'run'}").validation
    assert len(held) == 1
    from nightlift.data import augment
    from nightlift.data.pictures import picture

    pair = (picture(held[0].photo), picture(held[0].target))  # type: ignore[arg-type]
    low, high = (
        torch.from_numpy(one.astype(np.float32) / 255) for one in augment.resize(pair, 32, 32)
    )
    gain = load_run(tmp_path / "run")[2].get_parameter("gain").flatten()
    expected = (low * gain - high).abs().mean().item()
    assert float(losses[best]) == pytest.approx(expected, rel=1e-5)


def test_without_validation_the_training_loss_is_watched(data: Specs, tmp_path: Path) -> None:
    recipe = tiny(RATIO, validation=0.0)
    events: list[Event] = []
    train(RATIO, recipe, data["paired"], tmp_path / "run", workers=0, report=events.append)
    ends = [event for event in events if isinstance(event, EpochDone)]
    logged = [row for row in metrics(tmp_path / "run") if row["epoch"] == "2" and row["loss"]]
    rows = [float(row["loss"]) for row in logged]
    assert not ends[1].validated
    assert ends[1].loss == pytest.approx(np.mean(rows))


def test_the_kept_epoch_is_the_one_released(data: Specs, tmp_path: Path) -> None:
    """A rate that overshoots: the best epoch is not the last."""
    for keep in ("best", "last"):
        recipe = tiny(RATIO, epochs=4, learning_rate=1.5, keep=keep)
        train(RATIO, recipe, data["paired"], tmp_path / keep, workers=0)
        kept = state(tmp_path / keep, keep)["objective"]["network.gain"]
        assert torch.equal(load_run(tmp_path / keep)[2].get_parameter("gain"), kept)
    best, last = (load_run(tmp_path / keep)[2].get_parameter("gain") for keep in ("best", "last"))
    assert not torch.equal(best, last)


@pytest.mark.parametrize("name", [n for n, m in METHODS.items() if m.supervision == "unpaired"])
def test_what_critics_train_is_released_as_it_ends(name: str) -> None:
    assert {recipe.keep for recipe in METHODS[name].recipes.values()} == {"last"}
