"""Going on: a resumed run equals one that was never cut off."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch

from nightlift.errors import DataError, UsageError
from nightlift.learned.declaration import Method
from nightlift.learned.table import METHODS
from nightlift.train.run import RunFolder, load_run, resume, train
from tests.train.conftest import DUEL, EVERY, RATIO, tiny, write
from tests.train.run_state import Kill, Stop, assert_same_run, state

Specs = Mapping[str, str]
every_method = pytest.mark.parametrize("method", EVERY, ids=lambda method: method.name)


@every_method
def test_resumed_after_a_kill_equals_uninterrupted(
    method: Method[Any], data: Specs, tmp_path: Path
) -> None:
    recipe = tiny(method, epochs=3, ema=0.9, schedule="plateau", patience=0, flip=True)
    spec = data[method.supervision]
    train(method, recipe, spec, tmp_path / "whole", workers=0)
    with pytest.raises(Stop):
        train(method, recipe, spec, tmp_path / "cut", workers=0, report=Kill(2, 2))
    resume(tmp_path / "cut", workers=0)
    assert_same_run(tmp_path / "whole", tmp_path / "cut")


def test_killed_before_the_first_checkpoint_begins_again(data: Specs, tmp_path: Path) -> None:
    recipe = tiny(DUEL)
    with pytest.raises(Stop):
        train(DUEL, recipe, data["unpaired"], tmp_path / "cut", workers=0, report=Kill(1, 3))
    resume(tmp_path / "cut", workers=0)
    train(DUEL, recipe, data["unpaired"], tmp_path / "whole", workers=0)
    assert_same_run(tmp_path / "whole", tmp_path / "cut")


def test_the_number_of_workers_changes_nothing(data: Specs, tmp_path: Path) -> None:
    recipe = tiny(DUEL, epochs=3)
    spec = data["unpaired"]
    train(DUEL, recipe, spec, tmp_path / "alone", workers=0)
    with pytest.raises(Stop):
        train(DUEL, recipe, spec, tmp_path / "cut", workers=1, report=Kill(2, 1))
    resume(tmp_path / "cut", workers=2)
    assert_same_run(tmp_path / "alone", tmp_path / "cut")


def test_resuming_has_its_limits(data: Specs, tmp_path: Path) -> None:
    run = tmp_path / "run"
    with pytest.raises(UsageError, match="holds no run"):
        resume(run)
    recipe = tiny(RATIO, epochs=1)
    train(RATIO, recipe, data["paired"], run, workers=0)
    with pytest.raises(UsageError, match="holds a run already; add --resume"):
        train(RATIO, recipe, data["paired"], run, workers=0)
    with pytest.raises(UsageError, match="is done with its 1 epochs"):
        resume(run, workers=0)
    with pytest.raises(UsageError, match="but learning_rate changed"):
        resume(run, recipe=tiny(RATIO, learning_rate=1.0), workers=0)
    resume(run, recipe=tiny(RATIO, epochs=2), workers=0)
    assert state(run)["epoch"] == 2
    assert json.loads((run / "run.json").read_text())["recipe"]["epochs"] == 2


def test_data_that_changed_is_not_trained_on(tmp_path: Path) -> None:
    photos = write(tmp_path / "photos", range(4))
    method = EVERY[0]
    recipe = tiny(method, epochs=1, validation=0.25)
    train(method, recipe, f"folder:{photos}", tmp_path / "run", workers=0)
    (photos / "3.png").write_bytes(b"")
    with pytest.raises(DataError, match="has changed since"):
        resume(tmp_path / "run", recipe=tiny(method, epochs=2, validation=0.25), workers=0)


def test_what_leaves_the_training_as_it_is_may_change(data: Specs, tmp_path: Path) -> None:
    method, run = METHODS["glenet-global"], tmp_path / "run"
    train(method, tiny(method, epochs=1), data["paired"], run, workers=0)
    free = {"features_file": str(tmp_path), "keep": "last", "pictures_every_steps": 1, "shown": 1}
    resume(run, recipe=tiny(method, epochs=2, **free), workers=0)
    assert RunFolder(run).read()[0].recipe["features_file"] == str(tmp_path)
    assert load_run(run)[1].keep == "last"
    with pytest.raises(UsageError, match=r"but sampling changed; only epochs, .*features_file may"):
        resume(run, recipe=tiny(method, epochs=3, sampling="weighted", **free), workers=0)


def test_checkpoints_from_before_weighted_sampling_are_understood(
    data: Specs, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    train(RATIO, tiny(RATIO, epochs=1), data["paired"], run, workers=0)
    content = torch.load(RunFolder(run).last)
    del content["losses"]
    torch.save(content, RunFolder(run).last)
    resume(run, recipe=tiny(RATIO, epochs=2), workers=0)
    assert state(run)["epoch"] == 2
