"""PSNR and SSIM of a paired training: their values, and what is chosen and kept by them."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from nightlift.data import augment
from nightlift.data.collection import open_collection
from nightlift.data.pictures import picture
from nightlift.data.sample import Sample
from nightlift.errors import UsageError
from nightlift.metrics.metric import METRICS as MEASURES
from nightlift.train.measures import HIGHEST
from nightlift.train.report import EpochDone, Event
from nightlift.train.run import RunFolder, load_run, resume, train
from tests.train.conftest import DUEL, RATIO, tiny
from tests.train.run_state import Kill, Stop, assert_same_run, metrics, same, state

Specs = Mapping[str, str]


def logged(run: Path, name: str) -> dict[int, float]:
    return {int(row["epoch"]): float(row[name]) for row in metrics(run) if row[name]}


def oracle(gain: np.ndarray, sample: Sample, name: str) -> float:
    """Straight from the files, by the metrics of `nightlift evaluate`."""
    assert sample.target is not None
    low, high = augment.resize((picture(sample.photo), picture(sample.target)), 32, 32)
    result = np.floor(np.clip(low / 255 * gain, 0, 1) * 255 + 0.5).astype(np.uint8)
    return MEASURES[name].measure(result, high)


def test_measures_are_those_of_the_stored_weights(data: Specs, tmp_path: Path) -> None:
    run = tmp_path / "run"
    recipe = tiny(RATIO, epochs=3, measure_every=2, learning_rate=0.3, keep="last", flip=True)
    events: list[Event] = []
    train(RATIO, recipe, data["paired"], run, workers=0, report=events.append)
    gain = load_run(run)[2].get_parameter("gain").detach().numpy().flatten()
    divided = open_collection(f"run:{run}")
    for part, samples in (("validation", divided.validation), ("training", divided.samples)):
        for name in ("psnr", "ssim"):
            found = logged(run, f"{part}_{name}")
            assert list(found) == [2, 3]  # every second epoch, and the last
            expected = np.mean([oracle(gain, sample, name) for sample in samples])
            assert found[3] == pytest.approx(expected, rel=1e-3)
    ends = [event for event in events if isinstance(event, EpochDone)]
    assert not ends[0].measures
    assert ends[2].measures["training_ssim"] == logged(run, "training_ssim")[3]


def test_measuring_leaves_the_training_as_it_is(data: Specs, tmp_path: Path) -> None:
    for every in (0, 1):
        recipe = tiny(RATIO, measure_every=every)
        train(RATIO, recipe, data["paired"], tmp_path / str(every), workers=0)
    assert same(state(tmp_path / "0"), state(tmp_path / "1"))
    assert not logged(tmp_path / "0", "validation_psnr")


def test_a_resumed_run_may_begin_to_measure(data: Specs, tmp_path: Path) -> None:
    run = tmp_path / "run"
    train(RATIO, tiny(RATIO, measure_every=0), data["paired"], run, workers=0)
    resume(run, recipe=tiny(RATIO, measure_every=1, epochs=4), workers=0)
    assert list(logged(run, "validation_psnr")) == [3, 4]


def test_what_equals_its_target_is_finite(data: Specs, tmp_path: Path) -> None:
    """Photos that stay as they are, by a network that changes nothing."""
    spec = data["zero-reference"]
    recipe = tiny(RATIO, epochs=1, darkened=1e-9, learning_rate=1e-12)
    train(RATIO, recipe, spec, tmp_path / "run", workers=0)
    assert logged(tmp_path / "run", "validation_psnr") == {1: HIGHEST}
    assert logged(tmp_path / "run", "validation_ssim") == {1: 1.0}


@pytest.mark.parametrize("keep_by", ["psnr", "ssim"])
def test_the_best_epoch_is_chosen_among_those_measured(
    keep_by: str, data: Specs, tmp_path: Path
) -> None:
    """A rate that overshoots: the best is not the last."""
    run = tmp_path / "run"
    recipe = tiny(RATIO, epochs=6, measure_every=2, keep_by=keep_by, learning_rate=0.9)
    train(RATIO, recipe, data["paired"], run, workers=0)
    found = logged(run, f"validation_{keep_by}")
    assert list(found) == [2, 4, 6]
    assert state(run, "best")["epoch"] == max(found, key=lambda epoch: found[epoch]) != 6


def test_without_validation_training_pictures_choose(data: Specs, tmp_path: Path) -> None:
    recipe = tiny(RATIO, measure_every=1, keep_by="psnr", validation=0.0, learning_rate=0.1)
    train(RATIO, recipe, data["paired"], tmp_path / "run", workers=0)
    found = logged(tmp_path / "run", "training_psnr")
    assert state(tmp_path / "run", "best")["epoch"] == max(found, key=lambda epoch: found[epoch])
    assert not logged(tmp_path / "run", "validation_psnr")


def test_a_resumed_run_chooses_as_an_uninterrupted_one(data: Specs, tmp_path: Path) -> None:
    recipe = tiny(RATIO, epochs=4, measure_every=2, keep_by="psnr", learning_rate=0.4)
    train(RATIO, recipe, data["paired"], tmp_path / "whole", workers=0)
    with pytest.raises(Stop):
        train(RATIO, recipe, data["paired"], tmp_path / "cut", workers=0, report=Kill(4, 2))
    resume(tmp_path / "cut", workers=0)
    assert_same_run(tmp_path / "whole", tmp_path / "cut")


def test_there_must_be_something_to_choose_by(data: Specs, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="duel learns without pairs: set keep_by=loss"):
        train(DUEL, tiny(DUEL, keep_by="psnr"), data["unpaired"], tmp_path / "run", workers=0)
    with pytest.raises(UsageError, match="measures none: set measure_every=1"):
        tiny(RATIO, keep_by="ssim", measure_every=0)


def names(run: Path) -> list[str]:
    return [path.name for path in RunFolder(run).snapshots]


def test_snapshots_have_their_score_in_their_name(data: Specs, tmp_path: Path) -> None:
    run = tmp_path / "run"
    recipe = tiny(RATIO, epochs=4, snapshot_every=2, measure_every=4, keep_by="psnr")
    train(RATIO, recipe, data["paired"], run, workers=0)
    loss = logged(run, "validation_loss")[2]
    score = logged(run, "validation_psnr")[4]
    assert names(run) == [f"epoch-0002-loss-{loss:.4g}.ckpt", f"epoch-0004-psnr-{score:.2f}.ckpt"]
    last = RunFolder(run).snapshots[-1]
    train(RATIO, tiny(RATIO), data["paired"], tmp_path / "next", init=last, workers=0)


def test_only_the_last_snapshots_are_kept(data: Specs, tmp_path: Path) -> None:
    recipe = tiny(DUEL, epochs=4, snapshot_every=1, snapshots=2)
    with pytest.raises(Stop):
        train(DUEL, recipe, data["unpaired"], tmp_path / "cut", workers=0, report=Kill(4, 1))
    assert [name[:10] for name in names(tmp_path / "cut")] == ["epoch-0002", "epoch-0003"]
    resume(tmp_path / "cut", workers=0)
    assert [name[:10] for name in names(tmp_path / "cut")] == ["epoch-0003", "epoch-0004"]
    with (tmp_path / "cut" / "metrics.csv").open() as file:
        assert "training_psnr" not in next(csv.reader(file))


def test_tensorboard_has_them(data: Specs, tmp_path: Path) -> None:
    reader = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    recipe = tiny(RATIO, epochs=2, measure_every=1)
    train(RATIO, recipe, data["paired"], tmp_path / "run", workers=0)
    events = reader.EventAccumulator(str(tmp_path / "run" / "tensorboard")).Reload()
    for name in ("validation_psnr", "validation_ssim", "training_psnr", "training_ssim"):
        found = [event.value for event in events.Scalars(name)]
        expected = list(logged(tmp_path / "run", name).values())
        assert found == pytest.approx(expected, rel=1e-6) and len(found) == 2
