"""Enhancers and edits travel to other processes."""

from __future__ import annotations

import copy
import multiprocessing
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nightlift
from nightlift.edit.controls import Controls
from nightlift.edit.edit import Denoising, Edit
from tests.edit.held import ROOT, rgb, table

ENHANCERS: list[dict[str, Any]] = [
    {},
    {"method": "gamma", "denoise": "fast", "denoise_amount": 0.5, "controls": Controls(exposure=1)},
    {"method": "zero-dce-open", "steps": 4, "size": 128, "threads": 1, "memory": 10**9},
    {"auto": False},
    {"edit": Edit(table(), strength=0.5), "controls": Controls(warmth=20)},
    {"edit": Edit(table(), gate=0.5), "denoise": "auto"},
    {"edit": Edit(table(), gate=0.5), "auto": False},
]


@pytest.mark.parametrize("number", range(len(ENHANCERS)))
def test_enhancers_pickle(number: int) -> None:
    lift = nightlift.Enhancer(**ENHANCERS[number])
    other = pickle.loads(pickle.dumps(lift))
    photo = nightlift.Photo(rgb((40, 50, 3)))
    assert other.__reduce__()[0].keywords == lift.__reduce__()[0].keywords
    assert other.estimate(photo) == lift.estimate(photo)
    assert np.array_equal(other(photo).pixels, lift(photo).pixels)


def test_enhancers_of_a_file_pickle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = ROOT / "src/nightlift/models/released/zero-dce-open.onnx"
    (tmp_path / "mine.onnx").write_bytes(source.read_bytes())
    monkeypatch.chdir(tmp_path)
    data = pickle.dumps(nightlift.Enhancer(model="mine.onnx"))
    monkeypatch.chdir("/")
    assert pickle.loads(data).name


def test_changed_settings_pickle() -> None:
    lift = nightlift.Enhancer().with_settings(
        auto=False, denoising=Denoising(), controls=Controls(tint=9)
    )
    other = pickle.loads(pickle.dumps(lift))
    assert (other.auto, other.denoising, other.controls) == (False, Denoising(), Controls(tint=9))


@pytest.mark.parametrize("copied", [lambda e: pickle.loads(pickle.dumps(e)), copy.deepcopy])
def test_painted_edits_pickle_without_the_method(copied: Any) -> None:
    array = rgb((40, 50, 3))
    edit = nightlift.Enhancer("clahe").estimate(array)
    assert edit.painting is not None
    assert edit.painting.estimator is not None
    other = copied(edit)
    assert other == edit
    assert other.painting.estimator is None
    assert np.array_equal(other.apply(array), edit.apply(array))


def lifted(lift: nightlift.Enhancer, array: np.ndarray) -> np.ndarray:
    return lift(array)


@pytest.mark.parametrize("way", ["spawn", "forkserver"])
def test_enhancers_go_to_other_processes(way: str) -> None:
    lift = nightlift.Enhancer(threads=1)
    array = rgb((40, 50, 3))
    expected = lift(array)
    with multiprocessing.get_context(way).Pool(1) as pool:
        assert np.array_equal(pool.apply(lift, (array,)), expected)
