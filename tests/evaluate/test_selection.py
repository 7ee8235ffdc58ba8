import json
from pathlib import Path

import pytest

from nightlift.data import split as splits
from nightlift.data.collection import open_collection
from nightlift.data.sample import Sample
from nightlift.errors import DataError, UsageError
from nightlift.evaluate.selection import fitted_on, leaks, select

from .conftest import darkened, save, scene


def ids(samples: tuple[Sample, ...]) -> str:
    return "".join(sample.id for sample in samples)


def test_parts(lol: Path) -> None:
    spec = f"lol:{lol}"
    assert ids(select(spec).samples) == "6789"
    assert select(spec).part == "validation"
    assert ids(select(spec, "train").samples) == "012345"
    everything = select(spec, "all")
    assert ids(everything.samples) == "0123456789"
    assert everything.training == ()
    assert select(spec).data_hash == everything.data_hash
    assert select(spec).pictures_hash != everything.pictures_hash
    with pytest.raises(DataError, match="no part named 'test'"):
        select(spec, "test")
    with pytest.raises(UsageError, match="did you mean validation"):
        select(spec, "validaton")


def test_without_a_part_set_apart_all_photos_are_measured(lol: Path) -> None:
    (lol / "split.json").unlink()
    chosen = select(f"lol:{lol}")
    assert (chosen.part, len(chosen.samples), chosen.training) == ("all", 10, ())
    assert "training photos included" in chosen.notes[0]
    assert select(f"folder:{lol / 'low'}").notes == ()


def test_a_test_folder_counts_where_there_is_no_validation(tmp_path: Path) -> None:
    for place, count in (("train", 3), ("test", 2)):
        for number in range(count):
            for half in ("low", "high"):
                save(tmp_path / place / half / f"{number}.png", scene(number))
    chosen = select(f"smnet:{tmp_path}")
    assert chosen.part == "test"
    assert [sample.id for sample in chosen.samples] == ["test/0", "test/1"]
    assert ids(chosen.training) == "012"


def test_a_file_and_a_run(lol: Path, tmp_path: Path) -> None:
    collection = open_collection(f"lol:{lol}")
    stored = splits.Split(("2", "3", "6"), ("0", "1"), 7, splits.data_hash(collection))
    file = tmp_path / "split.json"
    splits.save(stored, file)
    chosen = select(f"lol:{lol}", str(file))
    assert (ids(chosen.samples), ids(chosen.training)) == ("01", "236")
    assert chosen.part == f"validation of {file}"
    assert chosen.notes == ()
    run = tmp_path / "run"
    run.mkdir()
    (run / "run.json").write_text(json.dumps({"data": f"lol:{lol}", "split": str(file)}))
    with pytest.raises(DataError, match="the name of a split beside it"):
        select(f"lol:{lol}", str(run))  # a stranger's run names no other files
    splits.save(stored, run / "split.json")
    (run / "run.json").write_text(json.dumps({"data": f"lol:{lol}", "split": "split.json"}))
    assert ids(select(f"lol:{lol}", str(run)).samples) == "01"
    assert ids(select(f"run:{run}").samples) == "01"
    save(lol / "low" / "9.png", scene(77))
    assert "changed since" in select(f"lol:{lol}", str(file)).notes[0]


def test_limit_and_photos_without_reference(tmp_path: Path) -> None:
    for number in range(4):
        save(tmp_path / "test_A" / f"{number}.png", scene(number))
        save(tmp_path / "train_A" / f"{number}.png", scene(number + 50))
        save(tmp_path / "train_B" / f"{number}.png", scene(number + 60))
    assert not select(f"unpaired:{tmp_path}").paired
    for number in range(3):
        save(tmp_path / "test_B" / f"{number}.png", scene(number))
    chosen = select(f"unpaired:{tmp_path}", limit=2)
    assert chosen.paired
    assert [sample.id for sample in chosen.samples] == ["test_A/0", "test_A/1"]
    assert "1 of 4 pictures have no reference" in chosen.notes[0]
    assert "first 2 of 3" in chosen.notes[1]


def test_leaks_are_told_in_one_sentence(lol: Path) -> None:
    assert leaks(select(f"lol:{lol}")) is None
    save(lol / "high" / "7.png", darkened(scene(3), 0.8))
    told = leaks(select(f"lol:{lol}"), workers=2)
    assert told is not None
    assert told.startswith("1 of the 4 reference pictures")
    assert str(Path("high") / "7.png") in told
    assert str(Path("high") / "3.png") in told
    assert leaks(select(f"lol:{lol}", "all")) is None


def test_the_gamma_may_be_fitted_on_other_pairs(lol: Path, tmp_path: Path) -> None:
    """A set of evaluation pairs alone, which has nothing to fit on, and the training pairs."""
    for number in (20, 21):
        for half in ("low", "high"):
            save(tmp_path / "eval" / half / f"{number}.png", scene(number))
    alone = select(f"lol:{tmp_path / 'eval'}", "all")
    assert alone.training == ()
    chosen = fitted_on(alone, f"lol:{lol}")
    assert ids(chosen.training) == "012345"
    assert chosen.samples == alone.samples and chosen.part == alone.part
    assert f"fitted on the 6 training pairs of lol:{lol}" in chosen.notes[-1]


def test_measured_pictures_are_never_fitted_on(lol: Path) -> None:
    some = select(f"lol:{lol}", "train", limit=2)
    assert ids(some.samples) == "01"
    assert ids(fitted_on(some, f"lol:{lol}").training) == "2345"


def test_there_must_be_pairs_to_fit_on(lol: Path) -> None:
    everything = select(f"lol:{lol}", "all")
    for spec in (f"lol:{lol}", f"folder:{lol / 'low'}"):
        with pytest.raises(UsageError, match="no pairs, or all of them are measured"):
            fitted_on(everything, spec)
