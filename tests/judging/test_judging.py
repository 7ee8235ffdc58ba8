"""Blind judging: questions are balanced, answers find their methods, strengths are right."""

import json
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import optimize

from nightlift.cli.main import main
from nightlift.errors import DataError, UsageError
from nightlift.judging.bradley_terry import PRIOR, agreement, preferred, strengths
from nightlift.judging.questionnaire import (
    Key,
    Preference,
    comparisons,
    key_json,
    load_key,
    merged,
    questions,
)
from tests.evaluate.conftest import save, scene

METHODS = ["lime", "gamma", "natural", "clahe"]
PHOTOS = [f"{number}.png" for number in range(12)]


def test_every_pair_is_asked_once_a_photo_on_sides_that_are_drawn() -> None:
    key = questions(PHOTOS, METHODS, 3)
    asked = [(one.photo, frozenset((one.left, one.right))) for one in key.questions]
    pairs = [frozenset(pair) for pair in combinations(METHODS, 2)]
    assert len(asked) == len(set(asked)) == len(PHOTOS) * len(pairs)
    assert set(asked) == {(photo, pair) for photo in PHOTOS for pair in pairs}
    lefts = sum(one.left == min(one.left, one.right) for one in key.questions)
    assert 0.3 < lefts / len(asked) < 0.7
    assert questions(PHOTOS, METHODS, 3) == key != questions(PHOTOS, METHODS, 4)


def answered(folder: Path, key: Key, judge: str, best: str) -> Path:
    """A judge who always prefers one method, and sees no difference among the others."""
    choices = {
        number: "left" if one.left == best else "right" if one.right == best else "tie"
        for number, one in enumerate(key.questions)
    }
    path = folder / f"answers-{judge}.json"
    path.write_text(json.dumps({"page": key.id, "judge": judge, "answers": choices}))
    return path


def test_answers_find_their_methods(tmp_path: Path) -> None:
    key = questions(PHOTOS, METHODS, 0)
    (tmp_path / "key.json").write_text(key_json(key))
    loaded = load_key(tmp_path / "key.json")
    assert loaded == key
    found = comparisons(key, answered(tmp_path, key, "ann", "natural"))
    rows = strengths(found)
    assert rows[0].method == "natural" and rows[0].won == rows[0].asked == 3 * len(PHOTOS)
    assert rows[0].preferred > 0.95 and rows[0].low > 0.9
    assert {one.won for one in rows[1:]} == {len(PHOTOS)}
    other = questions(PHOTOS, METHODS, 1)
    with pytest.raises(DataError, match="and the key is that of"):
        comparisons(other, tmp_path / "answers-ann.json")
    (tmp_path / "damaged.json").write_text(json.dumps({"page": key.id}))
    with pytest.raises(DataError, match="expected the answers"):
        comparisons(key, tmp_path / "damaged.json")


def test_no_judge_counts_twice(tmp_path: Path) -> None:
    key = questions(PHOTOS, METHODS, 0)
    ann, ben = (answered(tmp_path, key, judge, "lime") for judge in ("ann", "ben"))
    assert len(merged(key, [ann, ben])) == 2 * len(key.questions)
    again = tmp_path / "again.json"
    again.write_text(ann.read_text())
    with pytest.raises(DataError, match=r"again\.json: both hold answers of the judge 'ann'"):
        merged(key, [ann, ben, again])


def test_strengths_are_those_of_the_likelihood() -> None:
    """Against a direct search for the most likely strengths, the imagined games included."""
    random = np.random.default_rng(1)
    wins = random.integers(0, 9, (4, 4)).astype(float)
    np.fill_diagonal(wins, 0)

    def unlikely(logs: np.ndarray) -> float:
        gaps = logs[:, None] - logs[None]
        imagined = PRIOR * (np.logaddexp(0, -logs) + np.logaddexp(0, logs)).sum()
        return float((wins * np.logaddexp(0, -gaps)).sum() + imagined)

    logs = optimize.minimize(unlikely, np.zeros(4), tol=1e-12).x
    expected = 1 / (1 + np.exp(np.median(logs) - logs))
    assert preferred(wins[None])[0] == pytest.approx(expected, abs=1e-4)


def test_intervals_come_from_photos_and_judges_are_merged() -> None:
    def drawn(photos: int, seed: int) -> list[Preference]:
        random = np.random.default_rng(seed)
        return [
            Preference(judge, str(photo), "a", "b", float(random.random() < 0.7))
            for photo in range(photos)
            for judge in ("ann", "ben")
        ]

    few, many = (strengths(drawn(photos, 0)) for photos in (10, 200))
    assert few[0].method == many[0].method == "a"
    assert few[0].high - few[0].low > 2 * (many[0].high - many[0].low)
    assert many[0].asked == 400
    assert strengths(drawn(10, 0)) == few
    with pytest.raises(UsageError, match="at least one question"):
        strengths([])


def test_agreement_counts_pairs_of_judges() -> None:
    def one(judge: str, share: float, turned: bool = False) -> Preference:
        names = ("b", "a") if turned else ("a", "b")
        return Preference(judge, "p", *names, 1 - share if turned else share)

    assert agreement([one("x", 1), one("y", 1, turned=True)]) == 1
    assert agreement([one("x", 1), one("y", 0)]) == 0
    assert agreement([one("x", 1), one("y", 0.5)]) == 0.5
    assert np.isnan(agreement([one("x", 1)]))


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    for number in range(3):
        save(tmp_path / "photos" / f"{number}.png", scene(number) // 3)
    return tmp_path / "photos"


def test_a_page_from_photos_to_a_table(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "blind"
    assert main(["judge", "page", str(photos), "-m", "gamma,equalize,clahe", "-o", str(out)]) == 0
    page = (out / "judge.html").read_text()
    assert not any(name in page for name in ("equalize", "clahe", "0.png"))
    key = load_key(out / "key.json")
    assert isinstance(key, Key) and len(key.questions) == 9
    files = [str(answered(tmp_path, key, judge, "equalize")) for judge in ("ann", "ben")]
    capsys.readouterr()
    assert main(["judge", "tally", str(out / "key.json"), *files]) == 0
    told = capsys.readouterr().out
    assert "18 answers of 2 judges about 3 photos" in told
    first = next(line for line in told.splitlines() if line.startswith("| equalize"))
    assert [cell.strip() for cell in first.strip("|").split("|")][2:] == ["12", "12"]
    assert "judges agree on 100%" in told


def test_sheets_and_their_rankings(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "blind"
    assert main(["judge", "sheets", str(photos), "-m", "gamma,equalize", "-o", str(out)]) == 0
    key: dict[str, Any] = json.loads((out / "key.json").read_text())
    rows = []
    for number, letters in key.items():
        letter = {name: one for one, name in letters.items()}
        rows.append(f"{number},{letter['gamma']}>{letter['equalize']}")
    (tmp_path / "mine.csv").write_text("\n".join(rows) + "\n")
    capsys.readouterr()
    words = ["judge", "tally", str(out / "key.json"), str(tmp_path / "mine.csv"), "--json"]
    assert main(words) == 0
    best = json.loads(capsys.readouterr().out.splitlines()[0])
    assert (best["method"], best["won"], best["asked"]) == ("gamma", 3, 3)


def test_one_method_cannot_be_compared(photos: Path, tmp_path: Path) -> None:
    assert main(["judge", "page", str(photos), "-m", "gamma", "-o", str(tmp_path / "o")]) == 2


def test_the_page_is_answered_by_keys(photos: Path, tmp_path: Path, browser: Any) -> None:
    out = tmp_path / "blind"
    assert main(["judge", "page", str(photos), "-m", "gamma,equalize", "-o", str(out)]) == 0
    key = load_key(out / "key.json")
    assert isinstance(key, Key)
    tab = browser.new_page()
    tab.goto((out / "judge.html").as_uri())
    sources = tab.eval_on_selector_all(".pair img", "all => all.map(one => one.src.slice(0, 22))")
    assert sources == ["data:image/jpeg;base64"] * 2
    for pressed in ("ArrowLeft", "ArrowUp", "ArrowRight", "ArrowDown"):
        tab.keyboard.press(pressed)
    tab.fill("[data-judge]", "ann")
    tab.reload()
    assert "3 of 3" in tab.inner_text("[data-progress]")
    tab.keyboard.press("ArrowLeft")
    assert "all 3 answered" in tab.inner_text("[data-progress]")
    with tab.expect_download() as waited:
        tab.click("[data-save]")
    assert waited.value.suggested_filename == "answers-ann.json"
    waited.value.save_as(tmp_path / "answers.json")
    found = comparisons(key, tmp_path / "answers.json")
    assert [one.share for one in found] == [0, 0.5, 1] and found[0].judge == "ann"
    tab.on("dialog", lambda dialog: dialog.accept())
    tab.click("[data-anew]")
    assert "1 of 3" in tab.inner_text("[data-progress]")
    assert tab.input_value("[data-judge]") == ""
    tab.reload()
    assert "1 of 3" in tab.inner_text("[data-progress]")
    tab.close()
