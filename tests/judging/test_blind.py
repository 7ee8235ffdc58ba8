"""Blind sheets: the key tells which is which, and tallies are right for rankings done by hand."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks import blind
from nightlift.errors import DataError
from nightlift.judging.sheets import GAP, HEAD
from tests.reference import synth


def run(*words: object) -> None:
    sys.argv = ["blind.py", *map(str, words)]
    blind.main()


@pytest.fixture
def key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sys, "argv", [])
    (tmp_path / "photos").mkdir()
    for seed in range(6):
        picture = np.rint(90 * synth.image(30, 40, seed)).astype(np.uint8)
        cv2.imwrite(str(tmp_path / "photos" / f"{seed}.png"), picture)
    names = ("gamma", "equalize", "adaptive-gamma")
    run("sheets", tmp_path / "photos", "-o", tmp_path / "sheets", "-m", *names, "--columns", 4)
    return tmp_path / "sheets" / "key.json"


def test_letters_are_shuffled_and_known_to_the_key_alone(key: Path) -> None:
    sheets = json.loads(key.read_text())
    photos = [one["photo"] for one in sheets.values()]
    assert sorted(photos) == [f"{seed}.png" for seed in range(6)] and photos != sorted(photos)
    assert len({tuple(letters[one] for one in "ABC") for letters in sheets.values()}) > 1
    photo = cv2.imread(str(key.parents[1] / "photos" / photos[0]))[..., ::-1]
    page = cv2.imread(str(key.parent / "001.png"))[..., ::-1]
    for place, letter in enumerate("ABC", 1):
        left = place * (40 + GAP)
        shown = page[HEAD : HEAD + 30, left : left + 40]
        expected = blind.Enhancer(sheets["001"][letter])(photo)
        assert np.array_equal(shown, expected)


def test_a_large_photo_has_a_part_and_results_may_come_from_a_folder(tmp_path: Path) -> None:
    for folder, scale in (("photos", 90), ("other", 200)):
        (tmp_path / folder).mkdir()
        picture = np.rint(scale * synth.image(60, 80, 0)).astype(np.uint8)
        cv2.imwrite(str(tmp_path / folder / "0.png"), picture)
    named = ("gamma", f"other={tmp_path / 'other'}")
    sizes = ("--size", 40, "--crop", 20, "--columns", 3)
    run("sheets", tmp_path / "photos", "-o", tmp_path / "sheets", "-m", *named, *sizes)
    letters = json.loads((tmp_path / "sheets" / "key.json").read_text())["001"]
    place = 1 + "AB".index(next(one for one in "AB" if letters[one] == "other"))
    whole, part = (cv2.imread(str(tmp_path / "sheets" / f"001{end}.png")) for end in ("", "-part"))
    other = cv2.imread(str(tmp_path / "other" / "0.png"))
    shown = whole[HEAD : HEAD + 30, place * (40 + GAP) :][:, :40]
    assert np.array_equal(shown, cv2.resize(other, (40, 30), interpolation=cv2.INTER_AREA))
    crop = part[HEAD : HEAD + 20, place * (20 + GAP) :][:, :20]
    assert np.isin(crop.reshape(-1, 3), other.reshape(-1, 3)).all() and part.shape[0] < 60


def test_a_tally_counts_pairs_places_and_ties(
    key: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sheets = json.loads(key.read_text())
    rows = []
    for number, letters in list(sheets.items())[:4]:
        letter = {name: one for one, name in letters.items()}
        order = (letter["gamma"], letter["equalize"], letter["adaptive-gamma"])
        rows.append(f"{number},{'>'.join(order)}" if number != "004" else f"004,{'='.join(order)}")
    (tmp_path / "mine.csv").write_text("# by hand\n" + "\n".join(rows) + "\n")
    run("tally", key, tmp_path / "mine.csv")
    said = capsys.readouterr().out
    assert "4 sheets ranked" in said
    # First three times and tied for all places once: (3 · 1 + 2) / 4, and (3 + 1/3) / 4 firsts.
    assert "| gamma | 1.25 | 83 % | 88 % | 88 % |  |" in said
    assert "| equalize | 2.00 | 8 % | 88 % |  | 12 % |" in said


def test_a_ranking_names_every_letter(key: Path, tmp_path: Path) -> None:
    (tmp_path / "short.csv").write_text("001,A>B\n")
    with pytest.raises(DataError, match="expected every letter once"):
        run("tally", key, tmp_path / "short.csv")
