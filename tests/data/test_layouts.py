"""Every layout, recognition, and what is said where a folder is otherwise."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from nightlift.data import layouts, listing, split
from nightlift.data.collection import Collection, open_collection
from nightlift.data.joining import split_each
from nightlift.errors import DataError, UsageError

from .conftest import Place


def ids(samples: tuple) -> list[str]:
    return [sample.id for sample in samples]


def empty(folder: Path, *names: str) -> None:
    """Files are found by name: contents do not matter to a layout."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


TREES = {
    "lol": ["low/1.png", "high/1.jpg"],
    "fivek": ["input/a1.jpg", "expertC_gt/a1.jpg"],
    "smnet": ["train/low/1.png", "train/high/1.png", "test/low/1.png", "test/high/1.png"],
    "unpaired": ["train_A/1.png", "train_B/7.png", "test_A/2.png"],
    "sice": ["train/1.jpg", "val/1.jpg"],
    "pairs": ["pairs.csv"],
    "folder": ["deep/in/1.jpg"],
}


@pytest.mark.parametrize("layout", TREES)
def test_auto_recognizes_each_layout(tmp_path: Path, layout: str) -> None:
    empty(tmp_path, *TREES[layout])
    if layout == "pairs":
        empty(tmp_path, "1.jpg", "2.jpg")
        (tmp_path / "pairs.csv").write_text("photo,target\n1.jpg,2.jpg\n")
    recognized = open_collection(f"auto:{tmp_path}")
    assert recognized.layout == layout
    assert recognized == open_collection(f"{layout}:{tmp_path}")


def test_the_table_is_what_the_surface_names() -> None:
    assert set(layouts.LAYOUTS) == {*TREES, "run"}


def test_a_table_names_pairs_of_photo_and_target(tmp_path: Path) -> None:
    """A stack of exposures: several dark photos, one target; other columns are of no account."""
    empty(tmp_path, "stack/1.jpg", "stack/2.jpg", "3.jpg", "4.jpg")
    (tmp_path / "groups.json").write_text('{"scene": ["1", "2", "3"]}')
    table = tmp_path / "pairs.csv"
    table.write_text("low,best,mean\nstack/2.jpg,3.jpg,7\nelsewhere/1.jpg,3.jpg,8\n")
    found = open_collection(f"pairs:{tmp_path}").samples
    assert ids(found) == ["stack/1", "stack/2"]
    assert {sample.target for sample in found} == {tmp_path / "3.jpg"}
    assert {sample.group for sample in found} == {"scene"}
    for row, sentence in (
        ("9.jpg,3.jpg", r"row 2 \(9.jpg,3.jpg\) names no pair of pictures"),
        ("4.jpg", "row 2 .* names no pair"),
        ("x" * 300 + ".jpg,3.jpg", "row 2 .* names no pair"),  # no file can be called so
        ("3.jpg,4.jpg\n3.jpg,stack/1.jpg", "row 3 names 3.jpg again; give it one target"),
    ):
        table.write_text(f"low,best\n{row}\n")
        with pytest.raises(DataError, match=sentence):
            open_collection(f"pairs:{tmp_path}")


def test_pairs_have_equal_stems_and_any_extension(tmp_path: Path) -> None:
    empty(tmp_path, "low/a.b.png", "high/a.b.JPG", "low/c/d.png", "high/c/d.webp")
    empty(tmp_path, "low/.hidden.png", "low/notes.txt", "high/Thumbs.db")
    first, second = open_collection(f"lol:{tmp_path}").samples
    assert (first.id, second.id) == ("a.b", "c/d")
    assert first.target == tmp_path / "high/a.b.JPG"
    assert second.reference == tmp_path / "high/c/d.webp"


def test_lol_as_it_is_published_has_its_evaluation_pairs(tmp_path: Path) -> None:
    empty(
        tmp_path, "our485/low/2.png", "our485/high/2.png", "eval15/low/1.png", "eval15/high/1.png"
    )
    found = open_collection(f"auto:{tmp_path}")
    assert (found.layout, ids(found.samples), ids(found.test)) == ("lol", ["2"], ["eval15/1"])


def test_smnet_keeps_its_test_pairs_apart(tmp_path: Path) -> None:
    empty(tmp_path, *TREES["smnet"])
    found = open_collection(f"smnet:{tmp_path}")
    assert (ids(found.samples), ids(found.test), found.validation) == (["1"], ["test/1"], ())
    assert found.part("test")[0].target == tmp_path / "test/high/1.png"


def test_unpaired_sub_folders_are_object_classes(tmp_path: Path) -> None:
    empty(tmp_path, "train_A/car/1.jpg", "train_A/2.jpg", "train_B/car/9.jpg")
    empty(tmp_path, "test_A/3.png", "test_A/4.png", "test_B/3.jpg")
    found = open_collection(f"unpaired:{tmp_path}")
    assert {sample.id: sample.group for sample in found.samples} == {"2": "", "car/1": "car"}
    assert [sample.group for sample in found.good] == ["car"]
    assert {sample.id: sample.target for sample in found.test} == {
        "test_A/3": tmp_path / "test_B/3.jpg",
        "test_A/4": None,
    }


def test_sice_has_its_own_validation(tmp_path: Path) -> None:
    empty(tmp_path, "train/1.jpg", "train/2.jpg", "val/1.jpg", "test-toy/x.jpg", "pairs.csv")
    found = open_collection(f"sice:{tmp_path}")
    assert (ids(found.samples), ids(found.validation)) == (["1", "2"], ["val/1"])
    assert ids(found.test) == ["test-toy/x"]


def test_ids_of_a_folder_stay_unique(tmp_path: Path) -> None:
    empty(tmp_path, "b.jpg", "a.jpg", "a.dng", "a/a.jpg")
    assert set(ids(open_collection(f"folder:{tmp_path}").samples)) == {
        "a.jpg",
        "a.dng",
        "b",
        "a/a",
    }


def test_a_split_file_is_honored(lol: Path) -> None:
    (lol / "split.json").write_text('{"validation": [3, "1"], "train": ["0", "2"]}')
    found = open_collection(f"lol:{lol}")
    assert (ids(found.samples), ids(found.validation)) == (["0", "2"], ["3", "1"])
    (lol / "split.json").write_text('{"validation": ["1"]}')
    assert ids(open_collection(f"lol:{lol}").samples) == ["0", "2", "3", "4", "5"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('{"validation": ["9", "8"]}', "9, 8 was not found"),
        ('{"validation": ["1"], "train": ["1", "2"]}', "1 was named twice"),
        ('{"train": ["1"]}', "expected a split such as"),
        ("[1, 2]", "expected a split such as"),
        ("{", "cannot be read"),
    ],
)
def test_a_wrong_split_file_is_refused(lol: Path, content: str, words: str) -> None:
    (lol / "split.json").write_text(content)
    with pytest.raises(DataError, match=words):
        open_collection(f"lol:{lol}")


@pytest.mark.parametrize(
    "content",
    [
        {"kitchen": ["a.jpg", "b"], "street": ["sub/c.jpg"], "gone": ["z.jpg"]},
        [{"ids": ["a", "b"], "mean": [1.0, 2.0]}, {"ids": ["sub/c"]}],
    ],
)
def test_groups_name_the_scenes(tmp_path: Path, content: object) -> None:
    empty(tmp_path, "a.jpg", "b.jpg", "sub/c.jpg", "d.jpg")
    (tmp_path / "groups.json").write_text(json.dumps(content))
    groups = {sample.id: sample.group for sample in open_collection(f"auto:{tmp_path}").samples}
    assert groups["a"] == groups["b"] != groups["sub/c"] != ""
    assert groups["d"] == ""


def test_groups_of_another_form_are_refused(tmp_path: Path) -> None:
    empty(tmp_path, "a.jpg")
    (tmp_path / "groups.json").write_text('{"kitchen": "a.jpg"}')
    with pytest.raises(DataError, match="object of scenes"):
        open_collection(f"auto:{tmp_path}")


def test_a_run_gives_its_stored_split(lol: Path, tmp_path: Path) -> None:
    collection = open_collection(f"lol:{lol}")
    chosen = split.split(collection, validation=0.3, seed=4)
    run = tmp_path / "run"
    run.mkdir()
    split.save(chosen, run / "split.json")
    for stored in ("split.json", json.loads((run / "split.json").read_text())):
        (run / "run.json").write_text(json.dumps({"data": f"lol:{lol}", "split": stored}))
        found = open_collection(f"auto:{run}")
        assert (found.layout, found.root) == ("run", run)
        assert tuple(ids(found.validation)) == chosen.validation
        assert tuple(ids(found.samples)) == chosen.train
        assert split.split(found) == split.Split(
            chosen.train, chosen.validation, None, chosen.data_hash
        )


def test_a_run_of_several_sources_gives_its_stored_split(lol: Path, tmp_path: Path) -> None:
    empty(tmp_path / "more", "low/0.png", "high/0.png", "low/x.png", "high/x.png")
    specs = [f"lol:{lol}", f"lol:{tmp_path / 'more'}"]
    chosen = split_each([open_collection(spec) for spec in specs], validation=0.3, seed=4)
    run = tmp_path / "run"
    run.mkdir()
    (run / "run.json").write_text(json.dumps({"data": specs, "split": asdict(chosen)}))
    found = open_collection(f"run:{run}")
    assert tuple(ids(found.validation)) == chosen.validation
    assert {"1-lol/0", "2-lol/0"} <= {*chosen.train, *chosen.validation}
    assert split.data_hash(found) == chosen.data_hash


def test_a_run_whose_photos_are_gone_says_so(lol: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    with pytest.raises(DataError, match=r"expected the layout run"):
        open_collection(f"run:{run}")
    stored = {"data": f"lol:{lol}", "split": {"train": ["0"], "validation": ["77"]}}
    (run / "run.json").write_text(json.dumps(stored))
    with pytest.raises(DataError, match="77 was not found"):
        open_collection(f"run:{run}")
    (run / "run.json").write_text('{"data": "run:.", "split": {"validation": []}}')
    with pytest.raises(DataError, match="itself a run"):
        open_collection(f"run:{run}")
    (run / "run.json").write_text("{}")
    with pytest.raises(DataError, match="expected the fields data and split"):
        open_collection(f"run:{run}")


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("lool:x", "did you mean lol"),
        ("fiveK:x", "did you mean fivek"),
        ("qqqqqq:x", "there is no layout 'qqqqqq' .there are: lol"),
        ("somewhere", "expected LAYOUT:PATH, got 'somewhere'; auto:somewhere"),
        ("lol:", "expected LAYOUT:PATH"),
    ],
)
def test_wrong_specs_name_the_nearest(spec: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        open_collection(spec)


def test_wrong_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="there is none"):
        open_collection(f"lol:{tmp_path / 'no'}")
    with pytest.raises(DataError, match="no layout recognized"):
        open_collection(f"auto:{tmp_path}")
    with pytest.raises(DataError, match="expected the layout fivek"):
        open_collection(f"fivek:{tmp_path}")
    (tmp_path / "low").mkdir()
    (tmp_path / "high").mkdir()
    with pytest.raises(DataError, match="there are none"):
        open_collection(f"lol:{tmp_path}")


def test_a_folder_of_two_layouts_asks_which(tmp_path: Path) -> None:
    empty(tmp_path, *TREES["lol"], *TREES["fivek"])
    with pytest.raises(DataError, match="looks like lol and like fivek"):
        open_collection(f"auto:{tmp_path}")
    assert open_collection(f"fivek:{tmp_path}").layout == "fivek"


def test_unpaired_photos_are_not_silently_left_out(tmp_path: Path) -> None:
    empty(tmp_path, "low/1.png", "high/1.png", "low/2.png", "high/3.png", "low/1.jpg")
    with pytest.raises(DataError, match=r"and 2 more.*data check lol:"):
        open_collection(f"lol:{tmp_path}")


def test_parts_are_asked_for_by_name(lol: Path) -> None:
    collection = open_collection(f"lol:{lol}")
    assert collection.part("train") == collection.samples
    with pytest.raises(DataError, match="expected one of: train"):
        collection.part("validation")


def test_ten_thousand_files_cost_their_paths(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for part in ("low", "high"):
        (tmp_path / part).mkdir()

    def walk(folder: Path) -> Iterator[tuple[str, list[str], list[str]]]:
        yield str(folder), [], [f"{index}.png" for index in range(5000)]

    monkeypatch.setattr(listing.os, "walk", walk)
    tracemalloc.start()
    collection: Collection = open_collection(f"lol:{tmp_path}")
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(collection.samples) == 5000
    assert held < 10_000 * 1500


@pytest.mark.shared
def test_shared_collections_open(shared: Path, place: Place) -> None:
    lol = open_collection(f"auto:{shared}/data/lol")
    assert (lol.layout, len(lol.samples), len(lol.validation)) == ("lol", 445, 40)
    fivek = open_collection(f"auto:{shared}/data/fivek")
    assert (fivek.layout, len(fivek.samples)) == ("fivek", 233)
    assert all(sample.target for sample in fivek.samples)
    listed = open_collection(f"auto:{shared}/data/exposures")
    assert (listed.layout, len(listed.samples)) == ("pairs", 662)
    assert all(sample.target and sample.group for sample in listed.samples)
    exposures = open_collection(f"folder:{shared}/data/exposures")
    assert len(exposures.samples) == 2002
    assert len({sample.group for sample in exposures.samples}) == 265
    divided = split.split(exposures)
    group = {sample.id: sample.group for sample in exposures.samples}
    held = {group[id] for id in divided.validation}
    assert held.isdisjoint(group[id] for id in divided.train)
    assert 150 <= len(divided.validation) <= 200
