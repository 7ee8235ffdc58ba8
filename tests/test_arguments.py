"""Numbers and types as arguments: whatever nobody can mean is told in a sentence."""

import math
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nightlift
from nightlift.adjust.tone_table import ToneTable
from nightlift.arguments import number, whole
from nightlift.edit.denoising import Denoising
from nightlift.edit.edit import Edit
from nightlift.errors import UsageError

GRAY = np.full((8, 9, 3), 40, np.uint8)
TABLE = ToneTable(np.linspace(0, 1, 256, dtype=np.float32)[:, None].repeat(3, 1))
EDIT = Edit(TABLE)


@given(st.floats(-2, 2))
def test_numbers_in_their_range_are_themselves(value: float) -> None:
    if 0 <= value <= 1:
        assert number(value, "it", 0, 1) == value
    else:
        with pytest.raises(UsageError, match=r"^expected it from 0 to 1, got"):
            number(value, "it", 0, 1)


def test_any_type_of_number_will_do() -> None:
    for half in (0.5, np.float32(0.5), np.array(0.5), Fraction(1, 2)):
        found = number(half, "it", 0, 1)
        assert type(found) is float and found == 0.5
    for three in (3, np.int64(3), np.uint8(3), np.array(3)):
        found = whole(three, "it", 1, 5)
        assert type(found) is int and found == 3


WRONG = [math.nan, math.inf, -math.inf, "1", None, [1.0], np.array([1.0, 2.0]), 1e300, b"1", 1j]
TAKEN: dict[str, Callable[[Any], object]] = {
    "strength": lambda x: nightlift.enhance(GRAY, "gamma", strength=x),
    "strength of an estimate": lambda x: nightlift.Enhancer("gamma").estimate(GRAY, x),
    "strength of an edit": lambda x: Edit(TABLE, strength=x),
    "scaled": EDIT.scaled,
    "blended": lambda x: EDIT.blend(EDIT, x),
    "weights": lambda x: Edit.mean([EDIT, Edit(TABLE)], [x, 1]),
    "amount of denoising": lambda x: Denoising("fast", x),
    "exposure": lambda x: nightlift.Controls(exposure=x),
    "saturation": lambda x: nightlift.Controls(saturation=x),
    "adjustment": lambda x: TABLE.apply(GRAY, x),
}


@pytest.mark.parametrize("name", TAKEN)
@pytest.mark.parametrize("value", WRONG, ids=repr)
def test_what_is_no_number_in_its_range_is_told(name: str, value: Any) -> None:
    with pytest.raises(UsageError, match=r"expected .* from -?[\d.e+]+ to [\d.e+]+, got "):
        TAKEN[name](value)


COUNTED: dict[str, Callable[[Any], object]] = {
    "threads": lambda x: nightlift.Enhancer("gamma", threads=x),
    "memory": lambda x: nightlift.Enhancer("gamma", memory=x),
    "steps": lambda x: nightlift.Enhancer("zero-dce-open", steps=x),
    "size": lambda x: nightlift.Enhancer("zero-dce-open", size=x),
    "quality": lambda x: nightlift.encode(GRAY, format="jpeg", quality=x),
    "every": lambda x: nightlift.Live(every=x),
    "limit": lambda x: nightlift.enhance_files(".", limit=x),
    "workers": lambda x: nightlift.enhance_files(".", workers=x),
    "memory of files": lambda x: nightlift.enhance_files(".", memory=x),
}


@pytest.mark.parametrize("name", COUNTED)
@pytest.mark.parametrize("value", [0, -3, math.nan, math.inf, 2.5, "4"], ids=repr)
def test_what_is_no_whole_number_is_told(name: str, value: Any) -> None:
    with pytest.raises(UsageError, match=r"expected .* as a whole number .*, got "):
        COUNTED[name](value)


@pytest.mark.parametrize("white", ["x", math.nan, math.inf, -1, 0, [255]], ids=repr)
@pytest.mark.parametrize("kind", ["u1", "f4"])
def test_a_white_that_cannot_be(white: Any, kind: str) -> None:
    with pytest.raises(UsageError, match="expected a white"):
        EDIT.apply(GRAY.astype(kind) / 255 if kind == "f4" else GRAY, white=white)


def test_edits_hold_plain_numbers(tmp_path) -> None:
    """NumPy's numbers would be refused only when the edit is saved."""
    edit = Edit(TABLE, strength=np.float32(0.5), gate=np.float64(0.25))
    edit = replace(edit, controls=nightlift.Controls(warmth=np.int64(3)))
    assert Edit.load(edit.save(tmp_path / "edit.npz")) == edit


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: Edit.mean([EDIT, 3]), "expected edits alone .*, got 3"),
        (lambda: Edit.mean(EDIT), "expected a list of edits, got Edit"),
        (lambda: Edit.mean("a.npz"), "expected a list of edits, got str"),
        (lambda: EDIT.blend("b.npz", 0.5), "expected edits alone .*, got 'b.npz'"),
        (lambda: Edit(TABLE, denoising="auto"), "expected denoising such as"),
        (lambda: replace(EDIT, controls={"exposure": 1}), "expected controls such as"),
        (lambda: Edit("gamma"), "expected an adjustment such as"),
        (lambda: Edit.load(EDIT), "expected the name of a file for an edit, got Edit"),
        (lambda: EDIT.save(None), "expected the name of a file for an edit, got None"),
        (lambda: nightlift.write("a.jpg", GRAY), "a file for the result, got ndarray"),
        (lambda: nightlift.Enhancer(model=3), "the name of a file for a model, got 3"),
        (lambda: nightlift.Photo([[1]]), "expected pixels as a NumPy array, got list"),
        (lambda: nightlift.Photo(GRAY, orientation=9), "orientation as a whole number from 1"),
        (lambda: nightlift.Photo(GRAY, GRAY), r"expected alpha of shape \(8, 9\) in uint8"),
    ],
)
def test_things_of_another_type_are_told(call: Callable[[], object], sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        call()


def test_a_mean_takes_whatever_gives_edits() -> None:
    other = Edit(TABLE, strength=0.5)
    made = Edit.mean((one for one in (EDIT, other)), iter([1, 1]))
    assert made == Edit.mean([EDIT, other]) and made.strength == 0.75
