"""What every method must do when trained: whatever the table holds, and two stand-ins."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import torch

from nightlift.errors import ModelError, UsageError
from nightlift.learned.declaration import Method
from nightlift.train.run import RunFolder, load_run, train
from tests.train.conftest import DUEL, EVERY, RATIO, tiny
from tests.train.run_state import metrics, same, state

Specs = Mapping[str, str]
every_method = pytest.mark.parametrize("method", EVERY, ids=lambda method: method.name)


@every_method
def test_training_changes_weights_and_keeps_finite(
    method: Method[Any], data: Specs, tmp_path: Path
) -> None:
    recipe = tiny(method)
    train(method, recipe, data[method.supervision], tmp_path / "run", workers=0)
    torch.manual_seed(0)
    fresh = method.network(recipe).state_dict()
    again, kept, network = load_run(tmp_path / "run")
    assert again is method and kept == recipe and not network.training
    trained = network.state_dict()
    assert any(not torch.equal(trained[key], fresh[key]) for key in fresh)
    assert all(value.isfinite().all() for value in trained.values())
    rows = metrics(tmp_path / "run")
    assert [row["epoch"] for row in rows if row["validation_loss"]] == ["1", "2"]
    assert {row["step"] for row in rows} == {"1", "2", "3", "4", "5", "6"}


def test_another_seed_is_another_training(data: Specs, tmp_path: Path) -> None:
    recipe = tiny(DUEL)
    for seed in (1, 2):
        train(DUEL, recipe, data["unpaired"], tmp_path / str(seed), seed=seed, workers=0)
    assert not same(state(tmp_path / "1"), state(tmp_path / "2"))


def test_the_run_says_how_it_came_to_be(data: Specs, tmp_path: Path) -> None:
    recipe = tiny(RATIO)
    run = tmp_path / "run"
    train(RATIO, recipe, data["paired"], run, workers=0, seed=5, command="nightlift train it")
    said = json.loads((run / "run.json").read_text())
    assert said["recipe"] == json.loads(json.dumps(asdict(recipe)))
    assert (said["method"], said["seed"], said["command"]) == ("ratio", 5, "nightlift train it")
    assert said["data"] == [data["paired"]] and said["data_hash"].startswith("sha256:")
    assert {"python", "torch", "lightning-fabric", "nightlift"} <= said["versions"].keys()
    chosen = json.loads((run / said["split"]).read_text())
    assert len(chosen["train"]) == 9 and len(chosen["validation"]) == 1
    assert sorted(path.name for path in run.iterdir() if path.name != "tensorboard") == [
        "checkpoints",
        "metrics.csv",
        "pace.csv",
        "pictures",
        "run.json",
        "split.json",
    ]


def test_nothing_is_written_elsewhere_or_printed(
    data: Specs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    train(RATIO, tiny(RATIO, epochs=1), data["paired"], tmp_path / "run", workers=0)
    assert list((tmp_path / "here").iterdir()) == []
    captured = capfd.readouterr()
    assert (captured.out, captured.err) == ("", "")


def test_a_folder_that_holds_something_is_refused(data: Specs, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(UsageError, match="holds something already"):
        train(RATIO, tiny(RATIO), data["paired"], tmp_path, workers=0)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_begins_with_another_runs_weights(data: Specs, tmp_path: Path) -> None:
    recipe = tiny(RATIO, learning_rate=0.1)
    train(RATIO, recipe, data["paired"], tmp_path / "first", workers=0)
    reached = load_run(tmp_path / "first")[2].get_parameter("gain")
    gentle = tiny(RATIO, epochs=1, learning_rate=1e-6)
    best = RunFolder(tmp_path / "first").best
    for name, source in (("folder", tmp_path / "first"), ("file", best)):
        train(RATIO, gentle, data["paired"], tmp_path / name, init=source, workers=0)
        begun = load_run(tmp_path / name)[2].get_parameter("gain")
        torch.testing.assert_close(begun, reached, atol=1e-4, rtol=0)


def test_weights_of_another_network_are_refused(data: Specs, tmp_path: Path) -> None:
    train(RATIO, tiny(RATIO), data["paired"], tmp_path / "first", workers=0)
    method = EVERY[0]
    with pytest.raises(ModelError, match="expected the weights of this recipe's network"):
        train(
            method,
            tiny(method),
            data[method.supervision],
            tmp_path / "second",
            init=tmp_path / "first",
            workers=0,
        )
    assert not (tmp_path / "second").exists()
