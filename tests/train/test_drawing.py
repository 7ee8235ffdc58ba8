"""The pictures of a run: when they are drawn, and that training does not notice."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import cv2

from nightlift.train.run import train
from tests.train.conftest import DUEL, EVERY, RATIO, tiny
from tests.train.run_state import same, state

Specs = Mapping[str, str]


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


def test_pictures_are_drawn_between_epochs_too(data: Specs, tmp_path: Path) -> None:
    for steps in (0, 2):
        recipe = tiny(DUEL, pictures_every_steps=steps, shown=1)
        train(DUEL, recipe, data["unpaired"], tmp_path / str(steps), workers=0)
    drawn = sorted((tmp_path / "2" / "pictures").iterdir())
    assert [path.name for path in drawn] == [f"step-{step:06d}.png" for step in (2, 4, 6)]
    assert all(cv2.imread(str(path)).std() > 0 for path in drawn)
    assert same(state(tmp_path / "0"), state(tmp_path / "2"))
