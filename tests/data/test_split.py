"""Splits: reproducible, whole scenes, kept as files."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nightlift.data.sample import Collection, Sample
from nightlift.data.split import Split, data_hash, load, save, split, with_split
from nightlift.errors import DataError, UsageError


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("photos") / "one.png"
    path.write_bytes(b"12345")
    return path


def pool(photo: Path, groups: list[str], good: bool = False) -> Collection:
    samples = tuple(Sample(str(i), photo, None, group) for i, group in enumerate(groups))
    return Collection("folder", photo.parent, samples, good=samples[:1] if good else ())


def test_the_same_seed_gives_the_same_split(photo: Path) -> None:
    collection = pool(photo, [""] * 100)
    first = split(collection, validation=0.2, seed=3)
    assert first == split(collection, validation=0.2, seed=3)
    assert first.validation != split(collection, validation=0.2, seed=4).validation
    assert len(first.validation) == 20
    assert sorted(first.train + first.validation) == sorted(s.id for s in collection.samples)


def test_the_split_is_the_same_everywhere(photo: Path) -> None:
    assert split(pool(photo, [""] * 20), seed=0).validation == ("15", "18")


def test_a_photo_more_moves_few_others(photo: Path) -> None:
    before = set(split(pool(photo, [""] * 200)).validation)
    after = set(split(pool(photo, [""] * 201)).validation)
    assert len(before ^ after) <= 2


@settings(derandomize=True, max_examples=40, deadline=None)
@given(
    groups=st.lists(st.sampled_from(["", "a", "b", "c", "d", "e"]), min_size=2, max_size=40),
    share=st.floats(0.05, 0.6),
    seed=st.integers(0, 5),
)
def test_scenes_never_straddle(photo: Path, groups: list[str], share: float, seed: int) -> None:
    collection = pool(photo, groups)
    units = len(set(groups) - {""}) + groups.count("")
    if units == 1:
        with pytest.raises(DataError, match="cannot be divided"):
            split(collection, validation=share, seed=seed)
        return
    chosen = split(collection, validation=share, seed=seed)
    train = {groups[int(id)] for id in chosen.train} - {""}
    assert train.isdisjoint({groups[int(id)] for id in chosen.validation})
    assert chosen.train
    assert chosen.validation


def test_object_classes_are_on_both_sides(photo: Path) -> None:
    chosen = split(pool(photo, ["car"] * 10, good=True), validation=0.3)
    assert len(chosen.validation) == 3


def test_few_photos_give_one_to_validation(photo: Path) -> None:
    assert len(split(pool(photo, [""] * 3)).validation) == 1
    assert split(pool(photo, [""] * 3), validation=0).validation == ()
    with pytest.raises(DataError, match="cannot be divided"):
        split(pool(photo, [""]))


@pytest.mark.parametrize("share", [-0.1, 1.0])
def test_shares_outside_are_refused(photo: Path, share: float) -> None:
    with pytest.raises(UsageError, match="validation share"):
        split(pool(photo, [""] * 3), validation=share)


def test_the_own_split_comes_first(photo: Path) -> None:
    collection = with_split(pool(photo, [""] * 5), Split(("0", "1"), ("4",), None, ""))
    own = split(collection, validation=0.5, seed=9)
    assert (own.train, own.validation, own.seed) == (("0", "1"), ("4",), None)


def test_files_round_trip(photo: Path, tmp_path: Path) -> None:
    chosen = split(pool(photo, [""] * 30), seed=7)
    save(chosen, tmp_path / "split.json")
    assert load(tmp_path / "split.json") == chosen
    assert with_split(pool(photo, [""] * 30), chosen).validation[0].id == chosen.validation[0]


def test_the_hash_is_of_ids_and_sizes(lol: Path) -> None:
    from nightlift.data.collection import open_collection

    before = open_collection(f"lol:{lol}")
    fingerprint = data_hash(before)
    (lol / "split.json").write_text('{"validation": ["1"]}')
    assert data_hash(open_collection(f"lol:{lol}")) == fingerprint
    with (lol / "high" / "1.bmp").open("ab") as file:
        file.write(b"more")
    assert data_hash(before) != fingerprint
    (lol / "low" / "0.png").unlink()
    with pytest.raises(DataError, match=r"0\.png: expected a file"):
        data_hash(before)


def test_folds_validate_every_photo_once(photo: Path) -> None:
    collection = pool(photo, [f"scene{index % 9}" for index in range(23)])
    folds = [split(collection, seed=3, fold=(part, 4)) for part in range(1, 5)]
    held = [id for one in folds for id in one.validation]
    assert sorted(held) == sorted(sample.id for sample in collection.samples)
    scene = {sample.id: sample.group for sample in collection.samples}
    for one in folds:
        assert not {scene[id] for id in one.train} & {scene[id] for id in one.validation}


@pytest.mark.parametrize("fold", [(0, 5), (6, 5), (1, 1)])
def test_folds_that_there_are_not_are_refused(photo: Path, fold: tuple[int, int]) -> None:
    with pytest.raises(UsageError, match="1/n to n/n"):
        split(pool(photo, [""] * 10), fold=fold)
