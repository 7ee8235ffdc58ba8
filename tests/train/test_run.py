"""What every method must do when trained: whatever the table holds, and two stand-ins."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch

from nightlift.data.collection import open_collection
from nightlift.errors import DataError, ModelError, NightliftError, ReadError, UsageError
from nightlift.learned.method import Method
from nightlift.train.checkpoint import Checkpoint
from nightlift.train.report import EpochDone, Event, StepDone
from nightlift.train.run import RunFolder, load_run, resume, train
from tests.train.conftest import DUEL, EVERY, POISONED, RATIO, tiny

Specs = Mapping[str, str]
every_method = pytest.mark.parametrize("method", EVERY, ids=lambda method: method.name)


class Stop(Exception):
    """As if the process had been killed."""


class Kill:
    """Kills at a step of an epoch, both counted from 1."""

    def __init__(self, epoch: int, step: int) -> None:
        self.at = epoch, step

    def __call__(self, event: Event) -> None:
        if isinstance(event, StepDone) and (event.epoch, event.step) == self.at:
            raise Stop


def same(first: Any, second: Any) -> bool:
    """Equal to the bit, tensors in any containers."""
    if isinstance(first, torch.Tensor):
        return torch.equal(first, second)
    if isinstance(first, Mapping):
        return first.keys() == second.keys() and all(same(first[k], second[k]) for k in first)
    if isinstance(first, list | tuple):
        return len(first) == len(second) and all(map(same, first, second))
    return bool(first == second)


def state(run: Path, name: str = "last") -> dict[str, Any]:
    content = asdict(Checkpoint.load(getattr(RunFolder(run), name)))
    del content["seconds"]
    return content


def metrics(run: Path) -> list[dict[str, str]]:
    with RunFolder(run).metrics.open(newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        del row["seconds"]
    return rows


def assert_same_run(first: Path, second: Path) -> None:
    assert same(state(first), state(second))
    assert same(state(first, "best"), state(second, "best"))
    assert metrics(first) == metrics(second)


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


def test_another_seed_is_another_training(data: Specs, tmp_path: Path) -> None:
    recipe = tiny(DUEL)
    for seed in (1, 2):
        train(DUEL, recipe, data["unpaired"], tmp_path / str(seed), seed=seed, workers=0)
    assert not same(state(tmp_path / "1"), state(tmp_path / "2"))


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
    rows = [float(row["loss"]) for row in metrics(tmp_path / "run") if row["epoch"] == "2"]
    assert not ends[1].validated
    assert ends[1].loss == pytest.approx(np.mean(rows))


def test_terms_are_logged_as_means_between_rows(data: Specs, tmp_path: Path) -> None:
    for every in (1, 2):
        recipe = tiny(RATIO, epochs=1, log_every=every)
        train(RATIO, recipe, data["paired"], tmp_path / str(every), workers=0)
    each = [float(row["distance"]) for row in metrics(tmp_path / "1") if row["distance"]]
    both = [row for row in metrics(tmp_path / "2") if row["distance"]]
    assert [row["step"] for row in both] == ["2", "3"]
    assert float(both[0]["distance"]) == pytest.approx((each[0] + each[1]) / 2)


def test_the_run_says_how_it_came_to_be(data: Specs, tmp_path: Path) -> None:
    recipe = tiny(RATIO)
    run = tmp_path / "run"
    train(RATIO, recipe, data["paired"], run, workers=0, seed=5, command="nightlift train it")
    said = json.loads((run / "run.json").read_text())
    assert said["recipe"] == json.loads(json.dumps(asdict(recipe)))
    assert (said["method"], said["seed"], said["command"]) == ("ratio", 5, "nightlift train it")
    assert said["data"] == [data["paired"]] and said["data_hash"].startswith("sha256:")
    assert {"python", "torch", "lightning", "nightlift"} <= said["versions"].keys()
    chosen = json.loads((run / said["split"]).read_text())
    assert len(chosen["train"]) == 9 and len(chosen["validation"]) == 1
    assert sorted(path.name for path in run.iterdir() if path.name != "tensorboard") == [
        "checkpoints",
        "metrics.csv",
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


def test_pictures_are_drawn_when_asked(data: Specs, tmp_path: Path) -> None:
    method = EVERY[0]
    recipe = tiny(method, epochs=3, pictures_every=2, shown=1, steps=2)
    train(method, recipe, data[method.supervision], tmp_path / "run", workers=0)
    names = sorted(path.name for path in (tmp_path / "run" / "pictures").iterdir())
    assert [name for name in names if "histograms" not in name] == [
        "epoch-0002.png",
        "epoch-0003.png",
    ]
    for name in names:
        assert cv2.imread(str(tmp_path / "run" / "pictures" / name)).std() > 0


def test_drawing_leaves_the_training_as_it_is(data: Specs, tmp_path: Path) -> None:
    for every in (0, 1):
        recipe = tiny(RATIO, pictures_every=every)
        train(RATIO, recipe, data["paired"], tmp_path / str(every), workers=0)
    assert same(state(tmp_path / "0"), state(tmp_path / "1"))


def test_a_folder_that_holds_something_is_refused(data: Specs, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(UsageError, match="holds something already"):
        train(RATIO, tiny(RATIO), data["paired"], tmp_path, workers=0)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


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
    from tests.train.conftest import write

    photos = write(tmp_path / "photos", range(4))
    method = EVERY[0]
    recipe = tiny(method, epochs=1, validation=0.25)
    train(method, recipe, f"folder:{photos}", tmp_path / "run", workers=0)
    (photos / "3.png").write_bytes(b"")
    with pytest.raises(DataError, match="has changed since"):
        resume(tmp_path / "run", recipe=tiny(method, epochs=2, validation=0.25), workers=0)


def test_data_must_fit_the_method(data: Specs, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="ratio learns from pairs"):
        train(RATIO, tiny(RATIO), data["zero-reference"], tmp_path / "run", workers=0)
    with pytest.raises(DataError, match="duel learns from photos and good pictures"):
        train(DUEL, tiny(DUEL), data["paired"], tmp_path / "run", workers=0)
    assert not (tmp_path / "run").exists()


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


def test_files_are_looked_at_before_training(tmp_path: Path) -> None:
    from tests.train.conftest import write

    write(tmp_path / "pairs" / "low", range(5))
    high = write(tmp_path / "pairs" / "high", range(5))
    small = np.zeros((20, 30, 3), np.uint8)
    cv2.imwrite(str(high / "2.png"), small)
    (high / "4.png").write_bytes(b"no picture")
    with pytest.raises(DataError, match=r"2\.png: is 64x64, but its target is 30x20.*1 more like"):
        train(RATIO, tiny(RATIO), f"lol:{tmp_path / 'pairs'}", tmp_path / "run", workers=0)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("workers", [0, 1])
def test_a_file_damaged_further_on_is_named_in_one_line(tmp_path: Path, workers: int) -> None:
    from tests.train.conftest import write

    photos = write(tmp_path / "photos", range(6))
    whole = (photos / "3.png").read_bytes()
    (photos / "3.png").write_bytes(whole[: len(whole) // 2])
    method, spec = EVERY[0], f"folder:{photos}"
    with pytest.raises(ReadError, match=r"3\.png: ") as caught:
        train(method, tiny(method), spec, tmp_path / "run", workers=workers)
    assert "\n" not in str(caught.value)


@pytest.mark.slow
def test_a_sentence_of_another_process_arrives_as_one(
    data: Specs, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    recipe = tiny(POISONED, epochs=5, batch=4, learning_rate=1e-3)
    with pytest.raises(NightliftError, match=r"^the term poison became nan in epoch 2, at step 4"):
        train(POISONED, recipe, data["paired"], tmp_path / "run", devices=2, workers=0)
    assert capfd.readouterr() == ("", "")


@pytest.mark.slow
@pytest.mark.parametrize("method", [RATIO, DUEL], ids=lambda method: method.name)
def test_two_devices_train_as_one(method: Method[Any], data: Specs, tmp_path: Path) -> None:
    """Batches are shared: but for rounding, only normalization over a batch may differ."""
    recipe = tiny(method, learning_rate=0.05)
    for devices in (1, 2):
        run = tmp_path / str(devices)
        train(method, recipe, data[method.supervision], run, devices=devices, workers=0)
    gains = [load_run(tmp_path / name)[2].get_parameter("gain") for name in ("1", "2")]
    torch.testing.assert_close(*gains, atol=1e-5 if method is RATIO else 0.05, rtol=0)
    assert [row["step"] for row in metrics(tmp_path / "1")] == [
        row["step"] for row in metrics(tmp_path / "2")
    ]


def test_devices_must_share_the_batch_evenly(data: Specs, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="divides the batch of 4, got 3"):
        train(RATIO, tiny(RATIO), data["paired"], tmp_path / "run", devices=3, workers=0)
