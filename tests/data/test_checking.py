"""Every kind of problem, one sentence each."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nightlift.data.checking import check
from nightlift.data.split import save, split

from .conftest import Place, draw


def kinds(spec: str, **options: object) -> list[str]:
    return [problem.kind for problem in check(spec, **options).problems]  # type: ignore[arg-type]


def test_good_data_is_in_order(lol: Path) -> None:
    report = check(f"lol:{lol}", decode=True)
    assert (report.problems, report.pictures) == ((), 12)


def test_a_missing_partner(lol: Path) -> None:
    (lol / "high/2.bmp").unlink()
    (lol / "low/4.png").unlink()
    report = check(f"auto:{lol}")
    assert [problem.kind for problem in report.problems] == ["partner", "partner"]
    assert str(lol / "high/4.bmp") in report.problems[0].sentence
    assert report.problems[1].paths == (lol / "low/2.png",)
    assert len(report.collection.samples) == 4


def test_two_files_of_one_stem(lol: Path, place: Place) -> None:
    place("lol/low/1.jpg", seed=77)
    assert kinds(f"lol:{lol}") == ["name"]


def test_sizes_that_differ(lol: Path, place: Place) -> None:
    place("lol/high/3.bmp", seed=3, height=70)
    (problem,) = check(f"lol:{lol}").problems
    assert problem.kind == "size"
    assert "is 96x72 pixels" in problem.sentence
    assert "is 96x70 pixels" in problem.sentence


def test_sizes_are_compared_upright(lol: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 8
    turned = np.rot90(draw(3), -1)
    (lol / "low/3.png").unlink()
    Image.fromarray(turned).save(lol / "low/3.jpg", exif=exif)
    assert kinds(f"lol:{lol}") == []


def test_unreadable_files(lol: Path) -> None:
    (lol / "low/0.png").write_bytes(b"no picture")
    (lol / "high/1.bmp").write_bytes(b"")
    report = check(f"lol:{lol}")
    assert [problem.kind for problem in report.problems] == ["unreadable", "unreadable"]
    assert report.problems[0].sentence.startswith(f"{lol / 'low/0.png'}: ")


def test_damage_beyond_the_header_needs_decoding(lol: Path) -> None:
    path = lol / "low/5.png"
    path.write_bytes(path.read_bytes()[:-400])
    assert kinds(f"lol:{lol}") == []
    assert kinds(f"lol:{lol}", decode=True) == ["unreadable"]


def test_equal_photos_but_not_shared_targets(lol: Path) -> None:
    shutil.copy(lol / "low/0.png", lol / "low/1.png")
    shutil.copy(lol / "high/0.bmp", lol / "high/1.bmp")
    (problem,) = check(f"lol:{lol}").problems
    assert (problem.kind, problem.paths) == ("duplicate", (lol / "low/1.png", lol / "low/0.png"))


def test_a_photo_that_equals_its_target(lol: Path) -> None:
    (lol / "low/2.png").unlink()
    shutil.copy(lol / "high/2.bmp", lol / "low/2.bmp")
    (problem,) = check(f"lol:{lol}").problems
    assert problem.kind == "duplicate"
    assert "equals its target" in problem.sentence


def test_small_pictures(lol: Path) -> None:
    assert kinds(f"lol:{lol}", smallest=72) == []
    assert kinds(f"lol:{lol}", smallest=73) == ["small"] * 12


def test_a_leak_between_training_and_validation(lol: Path) -> None:
    bright = np.clip(draw(0) * 1.2, 0, 255).astype(np.uint8)
    Image.fromarray(bright).save(lol / "high/5.bmp")
    assert kinds(f"lol:{lol}") == []
    (lol / "split.json").write_text('{"validation": ["5", "3"]}')
    (problem,) = check(f"lol:{lol}").problems
    assert problem.kind == "leak"
    assert problem.paths == (lol / "high/5.bmp", lol / "high/0.bmp")
    assert "of validation looks like" in problem.sentence


def test_a_leak_from_good_pictures_into_test(place: Place, tmp_path: Path) -> None:
    for name, seed in {"train_A/1": 1, "train_B/2": 2, "test_A/3": 3}.items():
        place(f"{name}.png", seed=seed)
    assert kinds(f"auto:{tmp_path}") == []
    place("train_B/copy.jpg", seed=3)
    (problem,) = check(f"auto:{tmp_path}").problems
    assert (problem.kind, "of test looks like" in problem.sentence) == ("leak", True)


def test_a_run_whose_photos_changed(lol: Path, tmp_path: Path) -> None:
    from nightlift.data.collection import open_collection

    run = tmp_path / "run"
    run.mkdir()
    save(split(open_collection(f"lol:{lol}")), run / "split.json")
    (run / "run.json").write_text(json.dumps({"data": f"lol:{lol}", "split": "split.json"}))
    assert kinds(f"run:{run}") == []
    with (lol / "low/1.png").open("ab") as file:
        file.write(b"more")
    (problem,) = check(f"run:{run}").problems
    assert (problem.kind, "have changed" in problem.sentence) == ("split", True)


@pytest.mark.shared
def test_the_shared_split_of_lol_leaks_scenes(shared: Path) -> None:
    report = check(f"lol:{shared}/data/lol")
    assert {problem.kind for problem in report.problems} == {"leak"}
    assert 30 <= len(report.problems) <= 45
