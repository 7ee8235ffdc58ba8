"""Items depend on seed, epoch and index alone; orders cover everything, in equal shares."""

from collections.abc import Mapping
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from nightlift.data.collection import open_collection
from nightlift.data.sample import Sample
from nightlift.learned.declaration import Batch
from nightlift.train.pictures import Order, TrainingPictures, collate
from tests.train.conftest import DUEL, RATIO, tiny

few = settings(derandomize=True, max_examples=40, deadline=None)


@few
@given(
    count=st.integers(1, 40),
    share=st.integers(1, 5),
    devices=st.integers(1, 4),
    seed=st.integers(0, 5),
    epoch=st.integers(0, 5),
)
def test_devices_share_whole_batches_that_cover_everything(
    count: int, share: int, devices: int, seed: int, epoch: int
) -> None:
    batch = share * devices
    alone = list(Order(count, batch, seed, epoch))
    shares = [list(Order(count, batch, seed, epoch, rank, devices)) for rank in range(devices)]
    assert len(alone) == -(-count // batch) * batch == len(Order(count, batch, seed, epoch))
    assert {index for _, index in alone} == set(range(count))
    assert {key[0] for key in alone} == {epoch}
    for start in range(0, len(alone), batch):
        local = start // devices
        together = [key for one in shares for key in one[local : local + share]]
        assert sorted(together) == sorted(alone[start : start + batch])


def test_epochs_and_seeds_have_orders_of_their_own() -> None:
    order = Order(50, 5, seed=1, epoch=0)
    first = [index for _, index in order]
    assert first == [index for _, index in order]
    order.set_epoch(1)
    second = [index for _, index in order]
    assert len({tuple(first), tuple(second), tuple(i for _, i in Order(50, 5, 2, 0))}) == 3


def items(data: Mapping[str, str], seed: int = 0, augmented: bool = True) -> TrainingPictures:
    collection = open_collection(data["unpaired"])
    recipe = tiny(DUEL, flip=True)
    return TrainingPictures(DUEL, recipe, collection.samples, collection.good, seed, augmented)


def equal(first: Batch, second: Batch) -> bool:
    assert first.target is not None and second.target is not None
    return torch.equal(first.photo, second.photo) and torch.equal(first.target, second.target)


def test_an_item_is_made_of_seed_epoch_and_index(data: Mapping[str, str]) -> None:
    keys = [(epoch, index) for epoch in range(3) for index in range(10)]
    forward = {key: items(data)[key] for key in keys}
    backward = {key: items(data)[key] for key in reversed(keys)}
    assert all(equal(forward[key], backward[key]) for key in keys)
    assert not all(equal(forward[0, index], forward[1, index]) for index in range(10))
    assert not all(equal(forward[0, i], items(data, seed=1)[0, i]) for i in range(10))


def test_items_are_bytes_of_the_recipes_size(data: Mapping[str, str]) -> None:
    item = items(data)[0, 0]
    assert item.photo.shape == (3, 32, 32) and item.photo.dtype == torch.uint8
    batch = collate([item, item])
    assert batch.target is not None and batch.target.shape == (2, 3, 32, 32)


def test_validation_is_not_augmented(data: Mapping[str, str]) -> None:
    plain = items(data, augmented=False)
    assert torch.equal(plain[0, 3].photo, plain[1, 3].photo)


def test_photos_meet_good_pictures_of_their_class(
    data: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures = items(data)
    met: list[tuple[Path, ...]] = []
    import nightlift.train.pictures as module

    original = module.picture
    paths: list[Path] = []

    def noted(path: Path) -> object:
        paths.append(path)
        return original(path)

    monkeypatch.setattr(module, "picture", noted)
    for epoch in range(4):
        for index in range(len(pictures)):
            _ = pictures[epoch, index]
    met = list(zip(paths[::2], paths[1::2], strict=True))
    assert all(photo.parent.name == good.parent.name for photo, good in met)
    assert len({good for _, good in met}) == 6


def test_photo_and_target_are_flipped_alike(data: Mapping[str, str]) -> None:
    collection = open_collection(data["paired"])
    same = tuple(Sample(s.id, s.photo, s.photo) for s in collection.samples)
    pictures = TrainingPictures(RATIO, tiny(RATIO, flip=True), same, (), 0, True)
    flipped = 0
    plain = TrainingPictures(RATIO, tiny(RATIO, flip=True), same, (), 0, False)
    for index in range(10):
        item = pictures[0, index]
        assert item.target is not None and torch.equal(item.photo, item.target)
        flipped += not torch.equal(item.photo, plain[0, index].photo)
    assert 0 < flipped < 10
