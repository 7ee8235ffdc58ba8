"""What makes a training fast, or end in time, does not change what it comes to."""

from __future__ import annotations

import csv
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from nightlift.data.collection import open_collection
from nightlift.errors import UsageError
from nightlift.learned.declaration import Batch
from nightlift.train import cache, pictures
from nightlift.train.compiled import CompiledTerms
from nightlift.train.report import EpochDone, Event, Notice
from nightlift.train.run import RunFolder, load_run, resume, train
from tests.train.conftest import DUEL, RATIO, SIDE, Ratio, Scale, tiny
from tests.train.run_state import assert_same_run, metrics

Specs = Mapping[str, str]
BYTES = 3 * SIDE * SIDE

graphs = pytest.mark.filterwarnings("ignore::DeprecationWarning:torch")
"""PyTorch's compiler warns of PyTorch's own code while it is imported."""


def test_kept_pictures_give_the_same_run(
    data: Specs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train(DUEL, tiny(DUEL), data["unpaired"], tmp_path / "read", workers=0)
    read: list[Path] = []

    def noted(path: Path) -> object:
        read.append(path)
        raise AssertionError(f"{path} is read again")

    monkeypatch.setattr(pictures, "picture", noted)
    train(DUEL, tiny(DUEL), data["unpaired"], tmp_path / "kept", workers=0, cache=100 * BYTES)
    assert_same_run(tmp_path / "read", tmp_path / "kept")
    with pytest.raises(AssertionError, match="is read again"):
        train(DUEL, tiny(DUEL), data["unpaired"], tmp_path / "few", workers=0, cache=3 * BYTES)


def test_only_as_many_pictures_are_kept_as_fit(data: Specs) -> None:
    paths = [sample.photo for sample in open_collection(data["paired"]).samples]
    for bytes_, count in ((3 * BYTES - 1, 2), (3 * BYTES, 3), (99 * BYTES, len(paths))):
        assert list(cache.decoded(paths + paths, bytes_)) == paths[:count]
    with pytest.raises(ValueError, match="read-only"):
        next(iter(cache.decoded(paths, BYTES).values()))[:] = 0


def test_portions_add_up_to_the_batch(data: Specs, tmp_path: Path) -> None:
    """The mean over a batch is the mean of its halves' means: here nothing else is in the terms."""
    recipe = tiny(RATIO, learning_rate=0.01)
    for steps in (1, 2):
        run = tmp_path / str(steps)
        train(RATIO, replace(recipe, accumulation_steps=steps), data["paired"], run, workers=0)
    whole, halves = (load_run(tmp_path / name)[2].get_parameter("gain") for name in "12")
    torch.testing.assert_close(whole, halves, atol=1e-5, rtol=0)
    assert (whole - 1).abs().min() > 0.01
    for first, second in zip(metrics(tmp_path / "1"), metrics(tmp_path / "2"), strict=True):
        if first["distance"]:
            assert float(first["distance"]) == pytest.approx(float(second["distance"]), rel=1e-4)


def test_portions_must_divide_the_batch(data: Specs, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="a divisor of the batch of 4, got 3"):
        tiny(RATIO, accumulation_steps=3)
    with pytest.raises(UsageError, match="in 4 steps"):
        train(DUEL, tiny(DUEL, accumulation_steps=4), data["unpaired"], tmp_path / "run", workers=0)


def test_an_epoch_shows_photos_repeatedly_and_never_alike(data: Specs) -> None:
    samples = open_collection(data["paired"]).samples
    recipe = tiny(RATIO, repeats=3, flip=False)
    once = pictures.TrainingPictures(RATIO, recipe, samples, (), 0, augmented=False)
    assert len(once) == len(samples)
    many = pictures.TrainingPictures(RATIO, tiny(RATIO, repeats=30), samples, (), 0, augmented=True)
    assert len(many) == 30 * len(samples)
    shown = [many[0, index].photo for index in range(0, len(many), len(samples))]
    plain = pictures.TrainingPictures(RATIO, recipe, samples, (), 0, augmented=False)[0, 0].photo
    mirrored = sum(torch.equal(photo, plain.flip(2)) for photo in shown)
    assert 0 < mirrored < len(shown)
    assert mirrored + sum(torch.equal(photo, plain) for photo in shown) == len(shown)


def test_stops_in_time_and_goes_on_to_the_same_end(data: Specs, tmp_path: Path) -> None:
    recipe = tiny(RATIO, epochs=3)
    train(RATIO, recipe, data["paired"], tmp_path / "whole", workers=0)
    events: list[Event] = []
    run = tmp_path / "cut"
    train(RATIO, recipe, data["paired"], run, workers=0, max_minutes=1e-6, report=events.append)
    ends = [event for event in events if isinstance(event, EpochDone)]
    notices = [event.sentence for event in events if isinstance(event, Notice)]
    assert [end.epoch for end in ends] == [1] and ends[0].stopped
    assert notices == ["time is up after epoch 1 of 3, which is saved; --resume goes on from there"]
    resume(run, workers=0, max_minutes=60)
    assert_same_run(tmp_path / "whole", run)


def test_each_epoch_says_how_fast_it_was(data: Specs, tmp_path: Path) -> None:
    events: list[Event] = []
    began = time.monotonic()
    train(RATIO, tiny(RATIO), data["paired"], tmp_path / "run", workers=0, report=events.append)
    passed = time.monotonic() - began
    ends = [event for event in events if isinstance(event, EpochDone)]
    with RunFolder(tmp_path / "run").pace.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == ["1", "2"]
    for end, row in zip(ends, rows, strict=True):
        assert end.pictures_a_second == float(row["pictures_a_second"]) > 2 * 4 / passed
        assert float(row["steps_a_second"]) == pytest.approx(end.pictures_a_second / 4, abs=0.01)
        assert end.peak_memory == int(row["peak_memory"]) > 2**26


def test_what_cannot_be_compiled_is_said_and_trained_uncompiled(
    data: Specs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[object] = []

    def uncompilable(*given: object) -> object:
        tried.append(given)
        raise RuntimeError("no compiler here\nand much more")

    monkeypatch.setattr(torch, "compile", lambda function: uncompilable)
    events: list[Event] = []
    for name, compiled in (("plain", False), ("fallen", True)):
        run = tmp_path / name
        train(
            RATIO,
            tiny(RATIO),
            data["paired"],
            run,
            workers=0,
            compiled=compiled,
            report=events.append,
        )
    assert_same_run(tmp_path / "plain", tmp_path / "fallen")
    assert len(tried) == 1
    assert [event.sentence for event in events if isinstance(event, Notice)] == [
        "the graphs cannot be compiled, training goes on without: no compiler here"
    ]


@graphs
@pytest.mark.slow
def test_compiled_terms_and_gradients_are_the_plain_ones() -> None:
    said: list[str] = []
    batch = Batch(torch.rand(2, 3, 8, 8), torch.rand(2, 3, 8, 8))
    found = []
    for compiled in (False, True):
        objective = Ratio(Scale())
        terms = CompiledTerms(objective, said.append) if compiled else objective.terms
        distance = terms(batch, "network")["distance"]
        distance.backward()
        gain = objective.network.get_parameter("gain")
        found.append((distance.detach(), gain.grad))
    assert not said
    torch.testing.assert_close(found[0], found[1])
