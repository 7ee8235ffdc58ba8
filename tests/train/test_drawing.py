"""The pictures of a run: when they are drawn, and that training does not notice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import pytest

from nightlift.errors import UsageError
from nightlift.learned.declaration import Panel
from nightlift.train import sheets
from nightlift.train.run import resume, train
from tests.train.conftest import DUEL, EVERY, RATIO, tiny, write
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


def titles(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The titles of the panels of every sheet that is drawn, a row at a time."""
    found: list[list[str]] = []
    draw = sheets._pictures

    def noted(rows: Sequence[tuple[Panel, ...]]) -> bytes:
        found.extend([panel.title for panel in row] for row in rows)
        return draw(rows)

    monkeypatch.setattr(sheets, "_pictures", noted)
    return found


def test_targets_stand_beside_results(
    data: Specs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = titles(monkeypatch)
    train(
        RATIO,
        tiny(RATIO, epochs=1, pictures_every=1),
        data["paired"],
        tmp_path / "pairs",
        workers=0,
    )
    assert found == [["photo", "result", "target"]]
    found.clear()
    recipe = tiny(DUEL, epochs=1, pictures_every=1, shown=1)
    train(DUEL, recipe, data["unpaired"], tmp_path / "duel", workers=0)
    assert found == [["photo", "result"]]  # a good picture is not how the photo should look


def test_a_folder_of_own_photos_is_followed(
    data: Specs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = titles(monkeypatch)
    own = write(tmp_path / "own", range(3))
    recipe = tiny(RATIO, epochs=3, pictures_every=2)
    for folder in (None, own):
        run = tmp_path / ("with" if folder else "without")
        train(RATIO, recipe, data["paired"], run, workers=0, preview_folder=folder)
    assert same(state(tmp_path / "with"), state(tmp_path / "without"))
    drawn = sorted(path.name for path in (tmp_path / "with" / "pictures").glob("preview-*"))
    assert drawn == ["preview-0002.png", "preview-0003.png"]
    assert found.count(["0", "1", "2"]) == 2 and found.count(["", "", ""]) == 2
    resume(
        tmp_path / "without",
        recipe=tiny(RATIO, epochs=4, pictures_every=2),
        workers=0,
        preview_folder=own,
    )
    assert (tmp_path / "without" / "pictures" / "preview-0004.png").is_file()


def test_a_folder_to_follow_must_hold_photos(data: Specs, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for folder, sentence in (("empty", "holds none"), ("nowhere", "there is no")):
        with pytest.raises(UsageError, match=f"--preview-folder: .*{sentence}"):
            train(
                RATIO,
                tiny(RATIO),
                data["paired"],
                tmp_path / "run",
                workers=0,
                preview_folder=tmp_path / folder,
            )
    assert not (tmp_path / "run").exists()
