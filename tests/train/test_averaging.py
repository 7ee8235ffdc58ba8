"""The mean weights of checkpoints: what they are, where they go on, and what is refused."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
import torch

from nightlift.cli.main import main
from nightlift.errors import ModelError, UsageError
from nightlift.train import RunFolder, averaged, train
from nightlift.train.checkpoint import Checkpoint
from tests.train.conftest import DUEL, RATIO, tiny

Specs = Mapping[str, str]


@pytest.fixture(scope="module")
def checkpoints(data: Specs, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    run = tmp_path_factory.mktemp("averaged") / "run"
    train(DUEL, tiny(DUEL, epochs=3, snapshot_every=1), data["unpaired"], run, workers=0)
    return RunFolder(run).snapshots


def test_every_weight_is_the_mean_critics_too(checkpoints: list[Path]) -> None:
    each = [Checkpoint.load(path) for path in checkpoints]
    mean = averaged(checkpoints)
    assert set(mean.objective) == set(each[0].objective)
    for name, value in mean.objective.items():
        if not value.is_floating_point():
            assert torch.equal(value, each[-1].objective[name])  # a count of steps
            continue
        expected = torch.stack([one.objective[name].double() for one in each]).mean(0)
        assert torch.allclose(value.double(), expected, atol=1e-6)
    assert any(not torch.equal(mean.objective[n], each[-1].objective[n]) for n in mean.objective)


def test_it_is_written_and_a_training_begins_from_it(
    checkpoints: list[Path], data: Specs, tmp_path: Path
) -> None:
    out = tmp_path / "mean.ckpt"
    words = ["average", *map(str, checkpoints), "-o", str(out)]
    assert main(words) == 0
    assert main(words) == 1  # it is there already
    run = tmp_path / "next"
    recipe = tiny(DUEL, epochs=1, learning_rate=1e-12)
    train(DUEL, recipe, data["unpaired"], run, init=out, workers=0)
    begun = Checkpoint.load(RunFolder(run).last).released
    for name, value in averaged(checkpoints).released.items():
        assert torch.allclose(begun[name], value, atol=1e-5)


def test_others_networks_and_single_files_are_refused(
    checkpoints: list[Path], data: Specs, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="two or more checkpoints to average, got 1"):
        averaged(checkpoints[:1])
    train(RATIO, tiny(RATIO, epochs=1), data["paired"], tmp_path / "other", workers=0)
    with pytest.raises(ModelError, match="expected the network of"):
        averaged([checkpoints[0], RunFolder(tmp_path / "other").last])
