"""Weighted sampling: what was done worse is drawn more often, and a resumed run knows it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from nightlift.data.collection import open_collection
from nightlift.errors import UsageError
from nightlift.learned.declaration import Method
from nightlift.learned.table import METHODS
from nightlift.train.checkpoint import Checkpoint
from nightlift.train.pictures import FIRST_LOSS, Order, TrainingPictures, collate
from nightlift.train.run import RunFolder, resume, train
from tests.train.conftest import DUEL, RATIO, tiny
from tests.train.run_state import Kill, Stop, assert_same_run, same, state

Specs = Mapping[str, str]


def losses(run: Path) -> torch.Tensor:
    found = Checkpoint.load(RunFolder(run).last).losses
    assert found is not None
    return found


def test_pictures_are_drawn_in_proportion_to_their_losses() -> None:
    wanted = np.array((0.5, 0.0, 0.25, 1.0, 0.25))
    order = Order(5, 4000, seed=1, epoch=0, losses=wanted)
    counts = np.bincount([index for _, index in order], minlength=5)
    np.testing.assert_allclose(counts / len(order), wanted / wanted.sum(), atol=0.03)
    first = list(order)
    wanted[:] = (0, 1, 0, 0, 0)
    assert {index for _, index in order} == {1} and first != list(order)


def test_a_batch_says_which_pictures_it_holds(data: Specs) -> None:
    pictures = TrainingPictures(
        RATIO, tiny(RATIO), open_collection(data["paired"]).samples, (), 0, False
    )
    batch = collate([pictures[0, index] for index in (7, 2)]).map(lambda one: one.float() / 255)
    assert batch.index is not None and batch.index.tolist() == [7, 2]
    first, second = batch.one_by_one()
    assert second.target is not None and batch.target is not None
    assert torch.equal(first.photo, batch.photo[:1])
    assert torch.equal(second.target, batch.target[1:])


def test_losses_are_those_of_each_picture_alone(data: Specs, tmp_path: Path) -> None:
    """With a rate of nothing, each loss can be computed from the pair itself."""
    recipe = tiny(RATIO, epochs=1, sampling="weighted", learning_rate=1e-12, flip=False)
    train(RATIO, recipe, data["paired"], tmp_path / "run", workers=0)
    divided = open_collection(f"run:{tmp_path / 'run'}")
    pictures = TrainingPictures(RATIO, recipe, divided.samples, (), 0, False)
    found, drawn = losses(tmp_path / "run"), 0
    for index in range(9):
        item = pictures[0, index]
        assert item.target is not None
        expected = (item.photo.float() - item.target.float()).abs().mean().item() / 255
        if found[index] != FIRST_LOSS:
            assert found[index].item() == pytest.approx(expected, rel=1e-5)
            drawn += 1
    assert 4 <= drawn < 9  # 12 draws with replacement leave some out


@pytest.mark.parametrize("method", [RATIO, METHODS["glenet-global"]], ids=lambda one: one.name)
def test_resumed_equals_uninterrupted(method: Method[Any], data: Specs, tmp_path: Path) -> None:
    recipe = tiny(method, epochs=3, sampling="weighted")
    train(method, recipe, data["paired"], tmp_path / "whole", workers=0)
    with pytest.raises(Stop):
        train(method, recipe, data["paired"], tmp_path / "cut", workers=1, report=Kill(3, 2))
    resume(tmp_path / "cut", workers=2)
    assert_same_run(tmp_path / "whole", tmp_path / "cut")
    assert not torch.equal(losses(tmp_path / "cut"), torch.full((9,), FIRST_LOSS).double())


def test_it_is_another_training_than_the_even_one(data: Specs, tmp_path: Path) -> None:
    for sampling in ("even", "weighted"):
        recipe = tiny(RATIO, sampling=sampling, learning_rate=0.1)
        train(RATIO, recipe, data["paired"], tmp_path / sampling, workers=0)
    assert state(tmp_path / "even")["losses"] is None
    even, weighted = (state(tmp_path / name)["objective"] for name in ("even", "weighted"))
    assert not same(even, weighted)


def test_a_critics_mood_is_no_measure_of_a_picture(data: Specs, tmp_path: Path) -> None:
    recipe = tiny(DUEL, sampling="weighted")
    with pytest.raises(UsageError, match=r"is for zero-dce, .*smnet.*: set sampling=even"):
        train(DUEL, recipe, data["unpaired"], tmp_path / "run", workers=0)
    assert not (tmp_path / "run").exists()


@pytest.mark.slow
def test_two_devices_exchange_their_losses(data: Specs, tmp_path: Path) -> None:
    recipe = tiny(RATIO, epochs=3, sampling="weighted", learning_rate=0.01)
    for devices in (1, 2):
        run = tmp_path / str(devices)
        train(RATIO, recipe, data["paired"], run, devices=devices, workers=0)
    torch.testing.assert_close(losses(tmp_path / "1"), losses(tmp_path / "2"), atol=1e-5, rtol=0)
