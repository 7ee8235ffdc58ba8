"""Several folders as one: no id twice, each folder divided as it would be alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from nightlift.data.collection import open_collection
from nightlift.data.joining import joined, split_each
from nightlift.data.split import data_hash, split, with_split
from nightlift.errors import DataError


def pairs(folder: Path, *names: str) -> str:
    for part in ("low", "high"):
        (folder / part).mkdir(parents=True)
        for name in names:
            (folder / part / f"{name}.png").write_bytes(part.encode())
    return f"lol:{folder}"


def test_one_source_stays_as_it_is(tmp_path: Path) -> None:
    source = open_collection(pairs(tmp_path, *"abcdef"))
    assert joined([source]) is source
    assert split_each([source], validation=0.3, seed=2) == split(source, validation=0.3, seed=2)


def test_each_source_is_divided_as_if_it_were_alone(tmp_path: Path) -> None:
    specs = [pairs(tmp_path / "one", *"abcdef"), pairs(tmp_path / "two", *"abcdefgh")]
    (tmp_path / "two" / "split.json").write_text('{"validation": ["c", "h"]}')
    sources = [open_collection(spec) for spec in specs]
    alone = split(sources[0], validation=0.34, seed=3)
    chosen = split_each(sources, validation=0.34, seed=3)
    assert chosen.validation == (
        *(f"1-lol/{id}" for id in alone.validation),
        "2-lol/c",
        "2-lol/h",
    )
    assert (len(chosen.train), chosen.seed) == (10, 3)
    whole = joined(sources)
    assert chosen.data_hash == data_hash(whole)
    divided = with_split(whole, chosen)
    assert {sample.id: sample.photo for sample in divided.validation}["2-lol/c"] == (
        tmp_path / "two" / "low" / "c.png"
    )


def test_good_pictures_and_tests_are_joined_too(tmp_path: Path) -> None:
    for name in ("one", "two"):
        for part in ("train_A", "train_B", "test_A"):
            (tmp_path / name / part).mkdir(parents=True)
            (tmp_path / name / part / "1.png").write_bytes(b"x")
    whole = joined([open_collection(f"unpaired:{tmp_path / name}") for name in ("one", "two")])
    assert [sample.id for sample in whole.good] == ["1-unpaired/1", "2-unpaired/1"]
    assert [sample.id for sample in whole.test] == ["1-unpaired/test_A/1", "2-unpaired/test_A/1"]


def test_a_photo_of_two_sources_is_refused(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "1.png").write_bytes(b"x")
    sources = [open_collection(f"folder:{path}") for path in (tmp_path, tmp_path / "inner")]
    with pytest.raises(DataError, match=r"1\.png: is in folder:.* and again in folder:.*inner"):
        joined(sources)
