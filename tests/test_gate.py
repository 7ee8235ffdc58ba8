"""The exposure gate: its rule, its order, and what it says of real photos."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nightlift import gate as module
from nightlift.errors import UsageError
from nightlift.gate import gate
from nightlift.photo.proxy import LongSide, small_copy
from nightlift.photo.read import read


def picture(seed, level=1.0):
    random = np.random.default_rng(seed)
    return (level * random.beta(1.2, 2.0, (24, 32, 3))).astype(np.float32)


@pytest.mark.parametrize(("level", "wanted"), [(0.0, 1), (0.1, 1), (0.22, 1), (0.51, 0), (1.0, 0)])
def test_even_pictures_are_dark_or_lit(level, wanted):
    assert gate(np.full((5, 7, 3), level, np.float32)) == wanted


def test_the_gate_fades_without_a_jump():
    levels = np.linspace(0, 1, 401)
    answers = [gate(np.full((1, 1, 3), level, np.float32)) for level in levels]
    assert max(-np.diff(answers)) < 0.02
    assert min(-np.diff(answers)) >= 0
    assert gate(np.full((1, 1, 3), 0.365, np.float32)) == pytest.approx(0.5, abs=0.01)


@given(st.integers(0, 10_000), st.floats(0.05, 1), st.floats(0, 1))
@settings(derandomize=True, max_examples=40, deadline=None)
def test_a_darker_photo_never_gets_less(seed, level, factor):
    light = picture(seed, level)
    assert gate(light * np.float32(factor)) >= gate(light)
    assert gate(light ** np.float32(1 + factor)) >= gate(light)


def test_the_rule_is_a_plain_mean_of_the_brightest_fifth():
    small = picture(3, 0.6)
    luma = sorted((small.astype(float) @ [0.299, 0.587, 0.114]).ravel())
    brightest = luma[int(len(luma) * 0.8) :]
    mean = sum(min(value, 0.6) for value in brightest) / len(brightest)
    place = (mean - 0.23) / (0.5 - 0.23)
    assert 0 < place < 1
    assert gate(small) == pytest.approx(1 - place * place * (3 - 2 * place), abs=1e-4)


def test_a_lit_subject_before_black_is_left_alone_and_lamps_at_night_are_not():
    low_key = np.full((40, 40, 3), 0.02, np.float32)
    low_key[10:30, 10:30] = 0.55
    night = np.full((40, 40, 3), 0.06, np.float32)
    night[:3] = 1.0
    assert gate(low_key) < 0.1
    assert gate(night) > 0.9


def test_other_shapes_are_refused():
    with pytest.raises(UsageError, match=r"shape \(h, w, 3\)"):
        gate(np.zeros((4, 4), np.float32))


@pytest.mark.shared
@pytest.mark.parametrize(
    ("folder", "share", "holds"),
    [
        ("good", 0.9, lambda answer: answer <= 0.1),
        ("lol/high", 0.95, lambda answer: answer <= 0.1),
        ("lol/low", 0.95, lambda answer: answer >= 0.9),
    ],
)
def test_real_photos_are_told_apart(shared, folder, share, holds):
    # Every third photo: enough to tell, quick enough to run always.
    files = sorted((shared / "data" / folder).glob("*.jpg"))[::3]
    assert len(files) > 100
    answers = [gate(small_copy(read(file), LongSide(128))) for file in files]
    assert np.mean([holds(answer) for answer in answers]) >= share - 0.02


def test_the_docstring_says_the_numbers_in_use():
    assert (module.SHARE, module.BRIGHT, module.DARK, module.LIT) == (0.2, 0.6, 0.23, 0.5)
    for number in ("fifth", "0.6", "0.23", "0.5"):
        assert number in (gate.__doc__ or "")
