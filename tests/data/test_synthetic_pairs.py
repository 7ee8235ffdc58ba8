"""A folder of pairs: planned by seed, resumed without a difference, never mixed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nightlift.data import synthetic_pairs as pairs
from nightlift.data.checking import check
from nightlift.errors import DataError, UsageError

from .conftest import Place


@pytest.fixture
def good(place: Place, tmp_path: Path) -> Path:
    for index in range(4):
        place(f"good/{index}.png", seed=index, height=120, width=160)
    place("good/deep/4.jpg", seed=9, height=80, width=64)
    return tmp_path / "good"


def made(planned: pairs.Plan) -> list[str]:
    pairs.begin(planned)
    return [outcome.status for outcome in pairs.write_pairs(planned, workers=2)]


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize("style", ["physical", "smnet"])
def test_pairs_are_a_lol_collection(good: Path, tmp_path: Path, style: pairs.Style) -> None:
    out = tmp_path / "out"
    assert made(pairs.plan(good, out, style=style, size=100)) == ["done"] * 5
    report = check(f"auto:{out}", decode=True)
    assert report.problems == ()
    assert {sample.id for sample in report.collection.samples} == {"0", "1", "2", "3", "deep/4"}
    for sample in report.collection.samples:
        dark, bright = (np.asarray(Image.open(path)) for path in (sample.photo, sample.target))
        assert dark.mean() < 0.8 * bright.mean()
        assert max(bright.shape[:2]) == (80 if sample.id == "deep/4" else 100)


def test_the_record_says_what_was_drawn(good: Path, tmp_path: Path) -> None:
    planned = pairs.plan(good, tmp_path / "out", seed=5)
    made(planned)
    record = json.loads((tmp_path / "out" / pairs.RECORD).read_text())
    assert (record["style"], record["seed"], record["size"]) == ("physical", 5, None)
    row = record["pairs"]["deep/4"]
    assert row["source"] == "deep/4.jpg"
    assert -5 <= row["stops"] <= -1


def test_a_resumed_run_gives_the_same_files(good: Path, tmp_path: Path) -> None:
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    made(pairs.plan(good, whole, count=8, seed=2))
    made(pairs.plan(good, cut, count=3, seed=2))
    next((cut / "low").rglob("*.png")).unlink()
    statuses = made(pairs.plan(good, cut, count=8, seed=2))
    assert (statuses.count("done"), statuses.count("skipped")) == (6, 2)
    assert contents(cut) == contents(whole)
    assert made(pairs.plan(good, cut, count=8, seed=2)) == ["skipped"] * 8


def test_more_pairs_than_photos_are_further_draws(good: Path, tmp_path: Path) -> None:
    planned = pairs.plan(good, tmp_path / "out", count=7)
    assert len({pair.name for pair in planned.pairs}) == 7
    assert sum(pair.name.endswith("@2") for pair in planned.pairs) == 2
    assert len({pair.darkness for pair in planned.pairs}) == 7
    assert pairs.plan(good, tmp_path / "out", count=7, seed=1).pairs != planned.pairs


def test_other_settings_are_refused(good: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    made(pairs.plan(good, out, count=4))
    for other, words in [
        (pairs.plan(good, out, count=4, seed=1), "made with seed 0, not 1"),
        (pairs.plan(good, out, count=4, size=50), "made with size None, not 50"),
        (pairs.plan(good, out, count=4, style="smnet"), "made with style physical"),
        (pairs.plan(good, out, count=3), "1 pairs that this run would not make"),
    ]:
        with pytest.raises(UsageError, match=words):
            pairs.begin(other)


def test_a_foreign_record_is_refused(good: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / pairs.RECORD).write_text("[1]")
    with pytest.raises(DataError, match="expected what"):
        pairs.begin(pairs.plan(good, tmp_path / "out"))


def test_pictures_of_other_origin_are_left_alone(good: Path, lol: Path) -> None:
    with pytest.raises(UsageError, match="other origin"):
        pairs.begin(pairs.plan(good, lol))


@pytest.mark.parametrize("output", ["good", "good/out", "."])
def test_folders_that_overlap_are_refused(good: Path, tmp_path: Path, output: str) -> None:
    with pytest.raises(UsageError, match="within each other"):
        pairs.plan(good, tmp_path / output)


def test_values_outside_are_refused(good: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with pytest.raises(UsageError, match="count"):
        pairs.plan(good, out, count=0)
    with pytest.raises(UsageError, match="style"):
        pairs.plan(good, out, style="dusk")  # type: ignore[arg-type]
    with pytest.raises(DataError, match="no photo"):
        pairs.plan(tmp_path / "nothing", out)


def test_a_photo_that_fails_stops_nothing(good: Path, tmp_path: Path) -> None:
    (good / "2.png").write_bytes(b"no picture")
    planned = pairs.plan(good, tmp_path / "out")
    pairs.begin(planned)
    failed = [one for one in pairs.write_pairs(planned) if one.status == "failed"]
    assert [one.pair.name for one in failed] == ["2"]
    assert failed[0].problem and not failed[0].problem.startswith(str(good))
    assert len(list((tmp_path / "out" / "low").rglob("*.png"))) == 4
