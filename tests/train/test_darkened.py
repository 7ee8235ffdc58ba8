"""Good photos alone teach a paired method: darkened by chance, and some left as they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from nightlift.data.collection import open_collection
from nightlift.errors import DataError, UsageError
from nightlift.learned.recipe import Recipe
from nightlift.learned.table import METHODS
from nightlift.learned.views import dimmed
from nightlift.train.pictures import TrainingPictures
from nightlift.train.run import load_run, train
from tests.reference import synth
from tests.train.conftest import DUEL, RATIO, tiny

Specs = Mapping[str, str]
NIGHT: dict[str, Any] = {"darkened": 0.7, "stops": (-6.0, -3.0)}


def items(data: Specs, augmented: bool = True, kind: str = "zero-reference") -> TrainingPictures:
    collection = open_collection(data[kind])
    method = DUEL if kind == "unpaired" else RATIO
    recipe = tiny(method, flip=True, **NIGHT)
    return TrainingPictures(method, recipe, collection.samples, collection.good, 3, augmented)


def test_an_item_is_a_good_photo_and_mostly_its_dark_exposure(data: Specs) -> None:
    pictures, ratios = items(data), []
    for epoch in range(4):
        for index in range(len(pictures)):
            item = pictures[epoch, index]
            assert item.target is not None and item.photo.dtype == torch.uint8
            ratios.append(item.photo.float().mean().item() / item.target.float().mean().item())
            assert ratios[-1] == 1.0 or ratios[-1] < 0.6
    dark = sum(ratio < 1 for ratio in ratios)
    assert 20 <= dark <= 35  # 28 of 40 expected
    assert len(set(ratios)) == dark + 1


def test_the_draw_depends_on_seed_epoch_and_index_alone(data: Specs) -> None:
    keys = [(epoch, index) for epoch in range(2) for index in range(10)]
    forward = {key: items(data)[key].photo for key in keys}
    backward = {key: items(data)[key].photo for key in reversed(keys)}
    assert all(torch.equal(forward[key], backward[key]) for key in keys)
    assert not any(torch.equal(forward[0, i], forward[1, i]) for i in range(10))


def test_validation_is_darkened_the_same_way_each_time(data: Specs) -> None:
    plain = items(data, augmented=False)
    first, again = ([plain[epoch, index] for index in range(10)] for epoch in (0, 7))
    assert all(torch.equal(a.photo, b.photo) for a, b in zip(first, again, strict=True))
    dark = [not torch.equal(item.photo, item.target) for item in first if item.target is not None]
    assert 3 <= sum(dark) <= 9


def test_pairs_are_left_as_they_are(data: Specs) -> None:
    collection = open_collection(data["paired"])
    made = [
        TrainingPictures(RATIO, tiny(RATIO, **changes), collection.samples, (), 0, False)[
            0, 0
        ].photo
        for changes in ({}, {"darkened": 1.0})
    ]
    assert torch.equal(*made)


def test_without_pairs_the_photo_is_darkened_and_never_the_good_picture(data: Specs) -> None:
    darkened = items(data, kind="unpaired")
    plain = replace(darkened, recipe=replace(darkened.recipe, darkened=0.0))
    changed = 0
    for index in range(10):
        one, other = darkened[0, index], plain[0, index]
        assert one.target is not None and other.target is not None
        assert torch.equal(one.target, other.target)
        changed += not torch.equal(one.photo, other.photo)
    assert 3 <= changed <= 9


def test_darkness_stays_within_its_stops() -> None:
    picture = (255 * synth.image(40, 50, 4)).astype(np.uint8)
    recipe = Recipe(darkened=1.0, stops=(-2.0, -2.0))
    linear = {}
    for name, seen in (("good", picture), ("dark", dimmed(recipe, None, picture)[0])):
        codes = seen / 255.0
        linear[name] = np.where(codes <= 0.04045, codes / 12.92, ((codes + 0.055) / 1.055) ** 2.4)
    # A quarter of the light, but for white balance, noise and JPEG.
    assert linear["dark"].mean() / linear["good"].mean() == pytest.approx(0.25, rel=0.15)


@pytest.mark.parametrize("name", ["deep-upe", "glenet", "smnet"])
def test_a_paired_method_learns_from_good_photos(name: str, data: Specs, tmp_path: Path) -> None:
    recipe = tiny(METHODS[name], epochs=1, **NIGHT)
    train(METHODS[name], recipe, data["zero-reference"], tmp_path / "run", workers=0)
    trained = load_run(tmp_path / "run")[2].state_dict()
    assert all(value.isfinite().all() for value in trained.values())


def test_it_learns_to_undo_the_darkness(data: Specs, tmp_path: Path) -> None:
    recipe = tiny(
        RATIO, epochs=4, learning_rate=0.1, darkened=1.0, stops=(-1.0, -1.0), validation=0.0
    )
    train(RATIO, recipe, data["zero-reference"], tmp_path / "run", workers=0)
    gain = load_run(tmp_path / "run")[2].get_parameter("gain")
    assert bool((gain > 1.2).all())


def test_photos_are_taken_for_good_ones_only_when_told_so(data: Specs, tmp_path: Path) -> None:
    folder, unpaired = data["zero-reference"], data["unpaired"]
    for spec, changes, sentence in (
        (folder, {}, "no targets; .*if all of them are good photos, --set darkened=0.7"),
        (unpaired, NIGHT, "--data folder:.*train_B --set darkened=0.7"),
    ):
        with pytest.raises(DataError, match=sentence):
            train(RATIO, tiny(RATIO, **changes), spec, tmp_path / "run", workers=0)
    (tmp_path / "sice").mkdir()
    for part in ("train", "val"):
        (tmp_path / "sice" / part).symlink_to(folder.partition(":")[2])
    with pytest.raises(DataError, match="have no targets; expected a layout such as lol"):
        train(RATIO, tiny(RATIO, **NIGHT), f"sice:{tmp_path / 'sice'}", tmp_path / "run", workers=0)


@pytest.mark.parametrize(
    "changes", [{"darkened": 1.5}, {"stops": (-1.0, -2.0)}, {"stops": (-1.0, 1.0)}]
)
def test_darkness_has_its_range(changes: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=f"expected {next(iter(changes))} to be"):
        Recipe(**changes)
