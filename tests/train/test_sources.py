"""A run on several folders at once: all are listed, divided, resumed and evaluated."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from nightlift.data import synthetic_pairs
from nightlift.data.collection import open_collection
from nightlift.errors import DataError
from nightlift.train.folder import RunFolder
from nightlift.train.run import load_run, resume, train
from tests.train.conftest import DUEL, RATIO, tiny, write

Specs = Mapping[str, str]


@pytest.fixture
def more(tmp_path: Path) -> str:
    write(tmp_path / "more" / "input", range(5), 0.5)
    write(tmp_path / "more" / "expertC_gt", range(5))
    (tmp_path / "more" / "split.json").write_text('{"validation": ["2"]}')
    return f"fivek:{tmp_path / 'more'}"


def test_pairs_of_two_folders_train_one_network(data: Specs, more: str, tmp_path: Path) -> None:
    recipe, run = tiny(RATIO, learning_rate=0.05), tmp_path / "run"
    train(RATIO, recipe, [data["paired"], more], run, workers=0)
    said = json.loads((run / "run.json").read_text())
    assert said["data"] == [data["paired"], more]
    chosen = json.loads((run / "split.json").read_text())
    assert (len(chosen["train"]), chosen["validation"][1:]) == (9 + 4, ["2-fivek/2"])
    assert len(open_collection(f"run:{run}").validation) == 2
    resume(run, recipe=tiny(RATIO, learning_rate=0.05, epochs=3), workers=0)
    assert bool((load_run(run)[2].get_parameter("gain") > 1).all())


def test_pairs_and_good_photos_together(data: Specs, more: str, tmp_path: Path) -> None:
    sources = [more, data["zero-reference"]]
    train(RATIO, tiny(RATIO, epochs=1, darkened=0.5), sources, tmp_path / "run", workers=0)
    with pytest.raises(DataError, match=r"the photos of folder:.* have no targets"):
        train(RATIO, tiny(RATIO), sources, tmp_path / "other", workers=0)


def test_unpaired_photos_of_two_folders(data: Specs, tmp_path: Path) -> None:
    write(tmp_path / "photos", range(40, 46), 0.3)
    sources = [data["unpaired"], f"folder:{tmp_path / 'photos'}"]
    train(DUEL, tiny(DUEL, epochs=1), sources, tmp_path / "run", workers=0)
    chosen = json.loads((tmp_path / "run" / "split.json").read_text())
    assert {id.partition("/")[0] for id in chosen["train"]} == {"1-unpaired", "2-folder"}
    with pytest.raises(DataError, match=r"no good pictures in folder:.* and folder:"):
        train(
            DUEL,
            tiny(DUEL),
            [f"folder:{tmp_path / 'photos'}", data["zero-reference"]],
            tmp_path / "no",
            workers=0,
        )


def test_runs_that_named_their_data_in_one_text_go_on(data: Specs, tmp_path: Path) -> None:
    run = tmp_path / "run"
    train(RATIO, tiny(RATIO, epochs=1), data["paired"], run, workers=0)
    said = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(json.dumps({**said, "data": said["data"][0]}))
    resume(run, recipe=tiny(RATIO, epochs=2), workers=0)
    assert RunFolder(run).read()[0].data == (data["paired"],)


def test_synthesized_pairs_and_listed_exposures_are_trained_on(tmp_path: Path) -> None:
    good = write(tmp_path / "good", range(4))
    plan = synthetic_pairs.plan(good, tmp_path / "made", seed=1)
    synthetic_pairs.begin(plan)
    assert all(outcome.status == "done" for outcome in synthetic_pairs.write_pairs(plan, 1))
    stack = write(tmp_path / "stack", range(6))
    rows = "".join(f"{number}.png,5.png\n" for number in range(5))
    (stack / "pairs.csv").write_text("low,best\n" + rows)
    sources = [f"auto:{tmp_path / 'made'}", f"auto:{stack}"]
    train(RATIO, tiny(RATIO, epochs=1), sources, tmp_path / "run", workers=0)
    said = json.loads((tmp_path / "run" / "run.json").read_text())
    assert [spec.partition(":")[0] for spec in said["data"]] == ["lol", "pairs"]
