"""Several devices: they share each batch, and their errors arrive as sentences."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch

from nightlift.errors import NightliftError, UsageError
from nightlift.learned.declaration import Method
from nightlift.train.run import load_run, train
from tests.train.conftest import DUEL, POISONED, RATIO, tiny
from tests.train.run_state import metrics

Specs = Mapping[str, str]


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


def test_accelerators_are_named_by_their_numbers(
    data: Specs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nightlift.train.devices import check_devices, count

    assert (count(3), count((0, 2)), count([1])) == (3, 2, 1)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    check_devices((0, 1))
    check_devices(5)
    for numbers in ((0, 2), ()):
        with pytest.raises(UsageError, match="PyTorch finds numbers from 0 to 1: --devices 1"):
            check_devices(numbers)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    with pytest.raises(UsageError, match="got 0, 1; PyTorch finds no accelerator"):
        train(RATIO, tiny(RATIO), data["paired"], tmp_path / "run", devices=(0, 1), workers=0)
    assert not (tmp_path / "run").exists()
