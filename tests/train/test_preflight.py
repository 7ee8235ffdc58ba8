"""What is found before a training starts: data, files and recipes that do not fit."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np
import pytest

from nightlift.errors import DataError, ReadError, UsageError
from nightlift.learned.table import METHODS
from nightlift.train.run import train
from tests.train.conftest import DUEL, EVERY, RATIO, tiny, write

Specs = Mapping[str, str]


def test_data_must_fit_the_method(data: Specs, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="ratio learns from pairs"):
        train(RATIO, tiny(RATIO), data["zero-reference"], tmp_path / "run", workers=0)
    with pytest.raises(DataError, match="duel learns from photos and good pictures"):
        train(DUEL, tiny(DUEL), data["paired"], tmp_path / "run", workers=0)
    assert not (tmp_path / "run").exists()


def test_files_are_looked_at_before_training(tmp_path: Path) -> None:
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
    photos = write(tmp_path / "photos", range(6))
    whole = (photos / "3.png").read_bytes()
    (photos / "3.png").write_bytes(whole[: len(whole) // 2])
    method, spec = EVERY[0], f"folder:{photos}"
    with pytest.raises(ReadError, match=r"3\.png: ") as caught:
        train(method, tiny(method), spec, tmp_path / "run", workers=workers)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["deep-upe", "glenet", "enlightengan", "duel"])
def test_batch_norm_needs_two_pictures_a_device(name: str, data: Specs, tmp_path: Path) -> None:
    method = METHODS[name]
    recipe, spec = tiny(method, batch=2), data[method.supervision]
    with pytest.raises(UsageError, match="at least 2 on each device, got a batch of 2 on 2"):
        train(method, recipe, spec, tmp_path / "run", devices=2, workers=0)
    assert not (tmp_path / "run").exists()


def test_without_batch_norm_one_picture_is_enough(data: Specs, tmp_path: Path) -> None:
    train(RATIO, tiny(RATIO, batch=1, epochs=1), data["paired"], tmp_path / "run", workers=0)
    assert (tmp_path / "run" / "checkpoints" / "last.ckpt").is_file()
