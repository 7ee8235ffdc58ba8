"""The questions of a blind page, its key, and the answers that come back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from nightlift.data import read_json
from nightlift.errors import DataError
from nightlift.judging.rankings import points, read

SHARES = {"left": 1.0, "right": 0.0, "tie": 0.5}


@dataclass(frozen=True)
class Question:
    """Which of two methods' results of a photo is better, and on which side each is shown."""

    photo: str
    left: str
    right: str


@dataclass(frozen=True)
class Key:
    """Which method stood where; `id` is that of the page."""

    id: str
    questions: tuple[Question, ...]


@dataclass(frozen=True)
class Preference:
    """One answer: the share of a win, 1, a half or 0, that the first of two methods has."""

    judge: str
    photo: str
    first: str
    second: str
    share: float


def questions(photos: Sequence[str], methods: Sequence[str], seed: int) -> Key:
    """Every pair of methods on every photo, in an order and on sides that are drawn.

    Questions of one photo never follow each other where there is another photo left.

    Args:
        photos: Their names.
        methods: Their names.
        seed: Of the draws.

    Returns:
        The key of a page.
    """
    rng = np.random.default_rng(seed)
    waiting = {
        photo: [pair for _, pair in sorted(zip(rng.random(len(pairs)), pairs, strict=True))]
        for photo in photos
        for pairs in [list(combinations(methods, 2))]
    }
    found: list[Question] = []
    while any(waiting.values()):
        for index in rng.permutation(len(photos)):
            pairs = waiting[photos[index]]
            if pairs:
                pair = pairs.pop() if rng.random() < 0.5 else pairs.pop()[::-1]
                found.append(Question(photos[index], *pair))
    text = json.dumps([seed, [asdict(one) for one in found]])
    return Key(hashlib.sha256(text.encode()).hexdigest()[:16], tuple(found))


def key_json(key: Key) -> str:
    """The key as JSON.

    Args:
        key: Of a page.

    Returns:
        What `load_key` reads.
    """
    return json.dumps(asdict(key), indent=1) + "\n"


def load_key(path: Path) -> Key | Mapping[str, Any]:
    """The key of a page, or that of sheets.

    Args:
        path: The file.

    Returns:
        A page's key, or the letters of each sheet.

    Raises:
        DataError: It is none.
    """
    content = read_json(path)
    try:
        if "questions" not in content:
            return {str(sheet): dict(letters) for sheet, letters in content.items()}
        asked = tuple(Question(**one) for one in content["questions"])
        return Key(content["id"], asked)
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise DataError(f"{path}: expected the key of a blind page or of sheets") from error


def merged(key: Key | Mapping[str, Any], files: Sequence[Path]) -> list[Preference]:
    """What all judges answered, a file each.

    Args:
        key: Of the page or the sheets.
        files: The judges'.

    Returns:
        The preferences of all.

    Raises:
        DataError: As by `comparisons`; or two files are of one judge, whose answers would count
            twice.
    """
    found: list[Preference] = []
    known: dict[str, Path] = {}
    for file in files:
        answers = comparisons(key, file)
        for judge in {one.judge for one in answers}:
            if judge in known:
                raise DataError(
                    f"{known[judge]} and {file}: both hold answers of the judge {judge!r}; give "
                    "one of them, or each judge a name of their own in the file"
                )
            known[judge] = file
        found += answers
    return found


def comparisons(key: Key | Mapping[str, Any], file: Path) -> list[Preference]:
    """What one judge answered: a page's answers (.json), or rankings of sheets (.csv).

    Args:
        key: Of the page or the sheets.
        file: The judge's.

    Returns:
        A preference for each question, or for each pair of a ranking.

    Raises:
        DataError: The answers are to another page, or damaged.
    """
    if isinstance(key, Key):
        return _answers(key, file)
    return [
        Preference(file.stem, photo, first, second, share)
        for photo, ranking in read(file, key)
        for (first, second), share in points(ranking).items()
        if first < second
    ]


def _answers(key: Key, file: Path) -> list[Preference]:
    content = read_json(file)
    try:
        if content["page"] != key.id:
            raise DataError(
                f"{file} answers the page {content['page']}, and the key is that of {key.id}"
            )
        judge = str(content["judge"]) or file.stem
        return [
            _compared(judge, key.questions[int(number)], SHARES[choice])
            for number, choice in content["answers"].items()
        ]
    except (TypeError, ValueError, KeyError, AttributeError, IndexError) as error:
        raise DataError(f"{file}: expected the answers that a blind page saves") from error


def _compared(judge: str, asked: Question, share: float) -> Preference:
    return Preference(judge, asked.photo, asked.left, asked.right, share)
