"""The exposure gate: its rule, its order, and what it says of real photos."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nightlift.adjust.tone_table import ToneTable
from nightlift.edit.deciding import GATE_COPY
from nightlift.edit.gate import SAFE, appearance, told_of_clip
from nightlift.edit.gate import gate as gate_of
from nightlift.errors import UsageError
from nightlift.metrics.delta_e import delta_e_2000
from nightlift.photo.reading import read

RAMP = np.linspace(0, 1, 256, dtype=np.float32)[:, None].repeat(3, axis=1)


def gate(small, gamma=0.5, method="gamma"):
    return gate_of(small, lambda: ToneTable(RAMP ** np.float32(gamma)), method)


def picture(seed, level=1.0):
    random = np.random.default_rng(seed)
    return (level * random.beta(1.2, 2.0, (24, 32, 3))).astype(np.float32)


@pytest.mark.parametrize(("level", "wanted"), [(0.0, 1), (0.1, 1), (0.22, 1), (0.56, 0), (1.0, 0)])
def test_even_pictures_are_dark_or_lit(level, wanted):
    assert gate(np.full((5, 7, 3), level, np.float32)) == wanted


def test_the_gate_fades_without_a_jump():
    levels = np.linspace(0, 1, 401)
    answers = [gate(np.full((1, 1, 3), level, np.float32)) for level in levels]
    assert max(-np.diff(answers)) < 0.05
    assert min(-np.diff(answers)) >= 0


@given(st.integers(0, 10_000), st.floats(0.05, 1), st.floats(0, 1))
@settings(derandomize=True, max_examples=40, deadline=None)
def test_the_same_photo_with_less_light_never_gets_less(seed, level, factor):
    light = picture(seed, level)
    slight = 0.97  # changes no photo by more than is safe
    assert gate(light * np.float32(factor), slight) >= gate(light, slight)


def test_what_is_looked_at_is_what_plain_loops_find():
    small = picture(3, 0.6)
    places = small.reshape(-1, 3).astype(float)
    luma = places @ [0.299, 0.587, 0.114]
    dark, light = np.percentile(luma, (25, 99))
    found = np.percentile(np.sqrt(places) @ [0.299, 0.587, 0.114], (25, 5))
    expected = [np.log(dark + 0.01), light, np.log(places.max() + 0.01), *found]
    np.testing.assert_allclose(appearance(small, np.sqrt(small)), expected, rtol=1e-4)


def test_a_lit_subject_before_black_stays_and_the_same_underexposed_does_not():
    low_key = np.full((40, 40, 3), 0.02, np.float32)
    low_key[8:32, 8:32] = (0.8, 0.5, 0.4)
    low_key[12:20, 12:20] = 0.97
    after = low_key + np.float32(gate(low_key)) * (low_key ** np.float32(0.5) - low_key)
    assert delta_e_2000(after, low_key, data_range=1) < 1.05 * SAFE
    assert gate(low_key * np.float32(0.3)) == 1


def test_a_clip_is_told_how_far_it_was_held_back():
    assert told_of_clip([]) == told_of_clip([1.0, 0.97, 1.0]) == ()
    (spread,) = told_of_clip([0.4, 0.5, 0.9])
    assert spread.startswith("held back to 60 % in the mean, 40 to 90 %: ")
    (even,) = told_of_clip([0.5, 0.5])
    assert even.startswith("held back to 50 %: ")
    assert told_of_clip([0.0, 0.01])[0].startswith("left alone: ")


def test_a_photo_of_fog_is_left_alone():
    fog = np.full((40, 40, 3), 0.55, np.float32)
    fog[::2] = 0.6
    assert gate(fog) == 0


def test_a_photo_that_may_be_fine_is_hardly_changed():
    unsure = np.full((40, 40, 3), 0.1, np.float32)
    unsure[8:32, 8:32] = (0.55, 0.4, 0.35)
    unsure[:8, :8] = 0.85
    shares = [gate(unsure, gamma) for gamma in (0.9, 0.6, 0.3)]
    assert 1 >= shares[0] > shares[1] > shares[2] > 0
    for gamma, share in zip((0.6, 0.3), shares[1:], strict=True):
        after = unsure + np.float32(share) * (unsure ** np.float32(gamma) - unsure)
        assert delta_e_2000(after, unsure, data_range=1) == pytest.approx(SAFE, rel=0.05)


def test_the_bound_grows_with_how_sure_it_is():
    photo = picture(1, 0.75)
    shares = [gate(photo * np.float32(light), 0.3) for light in np.linspace(1.1, 0.6, 26)]
    assert shares[0] < 0.3
    assert shares[-1] == 1
    steps = np.diff(shares)
    assert min(steps) > -0.005
    assert max(steps) < 0.35


def test_other_shapes_are_refused():
    with pytest.raises(UsageError, match=r"shape \(h, w, 3\)"):
        gate(np.zeros((4, 4), np.float32))


@pytest.mark.shared
@pytest.mark.parametrize(
    ("folder", "share", "holds"),
    [
        ("good", 0.87, lambda answer: answer <= 0.5),
        ("lol/high", 0.85, lambda answer: answer <= 0.5),
        ("lol/low", 0.95, lambda answer: answer >= 0.9),
    ],
)
def test_real_photos_are_told_apart(shared, folder, share, holds):
    # Every third photo: enough to tell, quick enough to run always.
    files = sorted((shared / "data" / folder).glob("*.jpg"))[::3]
    assert len(files) > 100
    answers = [gate(GATE_COPY.of(read(file))) for file in files]
    assert np.mean([holds(answer) for answer in answers]) >= share - 0.02


def test_the_opinion_of_the_method_it_was_fitted_with_counts():
    photo = picture(1, 0.8)
    own, other = ([gate(photo, gamma, name) for gamma in (0.8, 0.3)] for name in ("natural", "x"))
    assert own[1] == 1 and other[1] < 0.5  # the former learned when not to lift so much
    assert other[0] > other[1]
