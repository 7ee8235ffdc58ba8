"""Edits: scaled, blended, averaged, and applied with an editor's controls."""

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nightlift.adjust import kernels
from nightlift.adjust.tone_table import ToneTable
from nightlift.edit.controls import NAMES, Controls
from nightlift.edit.denoising import Denoising
from nightlift.edit.edit import Edit, Painting
from nightlift.edit.enhancer import Enhancer
from nightlift.edit.enhancing import enhance
from nightlift.errors import AdjustmentError, UsageError
from nightlift.photo.photo import Photo
from tests.adjust.examples import EXAMPLES, grid, picture, tone

FULL = {"exposure": 5.0, **dict.fromkeys(NAMES[1:], 100.0)}
GRAYS = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2)

values = st.tuples(*(st.floats(-FULL[name], FULL[name]) for name in NAMES))


def developed(pixels: np.ndarray, **asked: float) -> np.ndarray:
    return Controls(**asked).adjustment().apply(pixels)


def test_the_mean_of_edits_is_of_all_their_numbers() -> None:
    one = Edit(tone(1), strength=1.0, gate=1.0, controls=Controls(exposure=1))
    other = Edit(tone(9), strength=0.5, gate=None, denoising=Denoising("fast"))
    mean = Edit.mean([one, other], [3, 1])
    assert isinstance(mean.adjustment, ToneTable)
    expected = 0.75 * one.adjustment.values + 0.25 * other.adjustment.values
    np.testing.assert_allclose(mean.adjustment.values, expected, atol=1e-6)
    assert (mean.strength, mean.gate) == (0.875, 1.0)
    assert mean.controls == Controls(exposure=0.75)
    assert mean.denoising == Denoising("fast", 0.25)
    assert one.blend(other, 0.25) == mean
    assert one.blend(other, 0) == one


@given(
    st.lists(st.floats(0, 1), min_size=2, max_size=6),
    st.lists(st.floats(0.01, 1), min_size=6, max_size=6),
)
def test_the_mean_of_gates_is_a_gate(gates: list[float], weights: list[float]) -> None:
    mean = Edit.mean([Edit(tone(1), gate=gate) for gate in gates], weights[: len(gates)])
    assert min(gates) <= mean.gate <= max(gates)


def test_what_cannot_be_averaged() -> None:
    painted = Edit(None, Painting("clahe", ""), method="clahe")
    for edits in ([Edit(tone(1)), Edit(grid(3, 3, 8))], [painted, Edit(tone(1))], []):
        with pytest.raises(AdjustmentError):
            Edit.mean(edits)
    with pytest.raises(UsageError, match="share"):
        Edit(tone(1)).blend(Edit(tone(2)), 1.5)
    with pytest.raises(AdjustmentError, match="either"):
        Edit(None)


def test_strength_and_gate_fade_together() -> None:
    photo = Photo(picture(20, 30, "uint8"))
    edit = Edit(tone(1), gate=0.5)
    half = Edit(tone(1), strength=0.5)
    assert np.array_equal(edit.apply(photo).pixels, half.apply(photo).pixels)
    assert np.array_equal(edit.scaled(0).apply(photo).pixels, photo.pixels)
    assert edit.scaled(0).neutral and not edit.neutral


@pytest.mark.parametrize("isa", kernels.instruction_sets())
@pytest.mark.parametrize("name", ["tone table", "grid", "curves", "light"])
def test_controls_act_on_what_the_strength_left(name: str, isa: str) -> None:
    matching = next(each for each in EXAMPLES if each.startswith(name))
    edit = Edit(EXAMPLES[matching](), strength=0.6)
    controls = Controls(exposure=0.7, warmth=30, saturation=40, shadows=20)
    x = picture(23, 31, "float32").clip(0, 1)
    with kernels.using(isa):
        lifted = edit.apply(Photo(x)).pixels
        both = Edit(edit.adjustment, strength=0.6, controls=controls).apply(Photo(x)).pixels
        last = controls.adjustment().apply(lifted)
    assert np.abs(both - last).max() < 2e-5


@given(values)
@settings(max_examples=60, deadline=None)
def test_controls_never_exchange_tones_nor_leave_the_range(asked: tuple[float, ...]) -> None:
    tinted = Controls(*asked).adjustment().evaluate(GRAYS / np.float32(255), 0, 1)
    assert tinted.min() >= 0 and tinted.max() <= 1
    names = dict(zip(NAMES, asked, strict=True)) | {"warmth": 0, "tint": 0}
    after = Controls(**names).adjustment().evaluate(GRAYS / np.float32(255), 0, 1)
    assert (np.diff(after[0], axis=0) >= -1e-6).all()


@given(values, st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_controls_keep_the_hue_but_for_white_balance(asked: tuple[float, ...], seed: int) -> None:
    names = dict(zip(NAMES, asked, strict=True)) | {"warmth": 0, "tint": 0}
    x = np.random.default_rng(seed).random((4, 4, 3), np.float32)
    after = Controls(**names).adjustment().evaluate(x, 0, 4)
    least, most = x.min(2), x.max(2)
    share = (x - least[..., None]) / (most - least)[..., None]
    spread = after.max(2) - after.min(2)
    expected = after.min(2)[..., None] + share * spread[..., None]
    assert np.abs(after - expected).max() < 1e-4


@pytest.mark.parametrize(
    ("asked", "dark", "middle", "bright"),
    [
        ({"exposure": 1}, 1, 1, 1),
        ({"exposure": -1}, -1, -1, -1),
        ({"shadows": 60}, 1, 1, 0),
        ({"shadows": -60}, -1, -1, 0),
        ({"highlights": -60}, 0, -1, -1),
        ({"highlights": 60}, 0, 1, 1),
        ({"black": 60}, 1, 1, 0),
        ({"black": -60}, -1, -1, 0),
    ],
)
def test_each_control_moves_its_tones(
    asked: dict[str, float], dark: int, middle: int, bright: int
) -> None:
    change = developed(GRAYS, **asked)[0, :, 0].astype(int) - np.arange(256)
    for place, sign in ((20, dark), (128, middle), (235, bright)):
        assert np.sign(change[place]) == sign if sign else abs(change[place]) <= 5, (place, change)


def test_a_stop_is_twice_the_light() -> None:
    def light(code: np.ndarray) -> np.ndarray:
        x = code / 255
        return np.where(x <= 0.04045, x / 12.92, ((x + 0.055) / 1.055) ** 2.4)

    after = developed(GRAYS, exposure=1)[0, :, 0]
    places = np.arange(40, 110)
    np.testing.assert_allclose(light(after[places]) / light(places), 2, rtol=0.06)
    assert after[255] == 255
    darker = developed(GRAYS, exposure=-1)[0, :, 0]
    np.testing.assert_allclose(light(darker[100:]) / light(np.arange(100, 256)), 0.5, rtol=0.04)


def test_warmth_tint_and_saturation() -> None:
    gray = np.full((1, 1, 3), 120, np.uint8)
    r, g, b = developed(gray, warmth=50)[0, 0].astype(int)
    assert r > g > b
    r, g, b = developed(gray, tint=50)[0, 0].astype(int)
    assert g < r == b
    red = np.array([[[200, 80, 60]]], np.uint8)
    assert np.ptp(developed(red, saturation=-100)) == 0
    assert np.ptp(developed(red, saturation=50)) > np.ptp(red)


@pytest.mark.parametrize("name", NAMES)
def test_controls_beyond_their_scales(name: str) -> None:
    with pytest.raises(UsageError, match=name):
        Controls(**{name: FULL[name] + 1})


def test_one_picture_by_every_door() -> None:
    pixels = picture(60, 90, "uint8") // 6
    enhancer = Enhancer()
    edit = enhancer.estimate(pixels)
    results = [
        enhancer(pixels),
        enhance(pixels),
        edit.apply(pixels),
        edit.apply(Photo(pixels)).pixels,
        pickle.loads(pickle.dumps(enhancer))(pixels),
        pickle.loads(pickle.dumps(edit)).apply(pixels),
    ]
    assert all(np.array_equal(results[0], other) for other in results[1:])


def test_an_edit_for_another_photo() -> None:
    bright, dark = picture(30, 40, "uint8"), picture(30, 40, "uint8") // 5
    edit = Enhancer("adaptive-gamma").estimate(dark)
    same = Enhancer(edit=edit, controls=Controls(warmth=10)).estimate(bright)
    assert same.adjustment is edit.adjustment
    assert same.controls == Controls(warmth=10)
    assert Enhancer(edit=edit).estimate(bright, 0.5).strength == 0.5


def test_noise_of_a_photo_whose_channels_share_memory() -> None:
    gray = picture(40, 50, "uint8")[..., :1]
    edit = Edit(tone(1), denoising=Denoising("fast"))
    shared = edit.apply(Photo(np.broadcast_to(gray, (40, 50, 3)))).pixels
    assert np.array_equal(shared, edit.apply(Photo(np.repeat(gray, 3, axis=2))).pixels)


def test_a_painted_edit_names_its_method_and_is_painted_again(tmp_path) -> None:
    pixels = picture(30, 40, "uint8")
    edit = Enhancer("clahe").estimate(pixels)
    assert edit.adjustment is None
    assert "painted" in repr(edit)
    again = Edit.load(edit.save(tmp_path / "edit.npz"))
    assert again == edit
    assert np.array_equal(again.apply(pixels), edit.apply(pixels))


def test_the_repr_is_one_line() -> None:
    edit = Edit(tone(1), gate=0.25, controls=Controls(exposure=1), denoising=Denoising("auto"))
    assert repr(edit) == (
        "<Edit by adjustment: tone_table, strength 1, gate 0.25, exposure +1, denoise auto 1>"
    )


def test_other_settings_share_the_loaded_model() -> None:
    enhancer = Enhancer("zero-dce-open")
    other = enhancer.with_settings(auto=True, denoising=Denoising("fast", 0.5))
    assert other._estimator is enhancer._estimator
    assert (other.auto, other.denoising) == (True, Denoising("fast", 0.5))
    assert (enhancer.auto, enhancer.denoising) == (False, Denoising())
