"""Colors outside sRGB: nothing is clipped, no step shows, gray stays gray."""

import numpy as np
import pytest

from nightlift.adjust import kernels
from nightlift.adjust.adjustment import Adjustment
from nightlift.adjust.chain import Chain
from nightlift.adjust.curve_map import CurveMap
from nightlift.adjust.develop import Develop
from nightlift.adjust.hue import HueKept
from nightlift.adjust.in_srgb import InSrgb
from nightlift.adjust.light_grid import LightGrid
from nightlift.adjust.scaled import Scaled
from nightlift.adjust.tone_table import ToneTable
from nightlift.edit.controls import NAMES, Controls
from nightlift.edit.edit import Edit
from nightlift.photo.matrix_rgb import rgb_space
from nightlift.photo.photo import Photo
from tests.adjust.examples import (
    EXAMPLES,
    F32,
    develop,
    grid,
    picture,
    tone,
)
from tests.adjust.spaces import LOWER, PROFILES, each_set, each_space, gradient

KNOTS = np.linspace(0, 1, 256, dtype=F32)
LIFTED = KNOTS**0.7  # never steeper than 5.3
GENTLE: dict[str, Adjustment] = {
    "tone table": ToneTable(LIFTED[:, None].repeat(3, 1)),
    "curves": CurveMap(np.full((4, 2, 2, 3), -0.3, F32), 4),
    "develop": Develop(LIFTED, np.ones(3, F32)),
    "hue kept": HueKept(ToneTable(LIFTED[:, None].repeat(3, 1))),
    "light": LightGrid(np.full((2, 2, 4), 1.5, F32), 0.5),
    "chain": Chain([ToneTable(LIFTED[:, None].repeat(3, 1)), LightGrid(np.ones((2, 2, 4), F32))]),
}
"""Adjustments that raise all channels alike."""


@each_space
@each_set
def test_gray_stays_gray(isa: str, name: str) -> None:
    x = np.linspace(0, 1, 3000, dtype=F32)[None, :, None].repeat(3, 2)
    for kind, edit in {**GENTLE, "light grid, lower": LOWER}.items():
        with kernels.using(isa):
            y = edit.apply(Photo(x, icc=PROFILES[name])).pixels
        assert np.ptp(y, axis=2).max() <= 2e-4, kind
        assert np.quantile(np.ptp(y, axis=2), 0.95) <= 1e-5, kind


@pytest.mark.parametrize("kind", GENTLE)
@each_set
def test_no_color_outside_srgb_is_clipped(isa: str, kind: str) -> None:
    own = np.array([[[0.02, 0.3, 0.04], [0.02, 0.25, 0.04]]], F32)  # greens that sRGB lacks
    for name in ("ProPhoto", "Adobe RGB", "Display P3"):
        with kernels.using(isa):
            result = GENTLE[kind].apply(Photo(own, icc=PROFILES[name])).pixels
        assert result[0, 0, 1] > 1.05 * result[0, 1, 1]
        space = rgb_space(PROFILES[name])
        assert space is not None
        red, after = (space.exact.to_srgb.of(each)[..., 0] for each in (own, result))
        assert (red < -0.05).all() and (after < red + 1e-3).all()


@pytest.mark.parametrize("kind", GENTLE)
@each_set
def test_there_is_no_step_where_srgb_ends(isa: str, kind: str) -> None:
    """From gray to a green that sRGB lacks: still a gradient, and as far outside."""
    way = np.linspace(0, 1, 4000, dtype=F32)[:, None]
    rows = (np.array([0.45, 0.45, 0.45], F32) + way * np.array([-0.25, 0.15, -0.2], F32))[None]
    own = GENTLE[kind].in_profile(PROFILES["ProPhoto"])
    assert isinstance(own, InSrgb)
    with kernels.using(isa):
        result = own.apply(rows)
    before, after = (own.space.to_srgb.of(each)[0].astype(np.float64) for each in (rows, result))
    assert before.min() < -0.3 and after.min() < -0.2
    assert result.min() > 0 and result.max() < 1
    steps, given = np.diff(after, axis=0), np.abs(np.diff(before, axis=0))
    assert (np.abs(steps) <= 10 * given.max(axis=1, keepdims=True) + 5e-5).all()
    for over in (40, 400):  # as finely as single precision tells
        apart = after[over:] - after[:-over]
        assert (apart[:, 1] > 0).all() and (apart[:, 0] < 0).all()


def test_what_is_outside_is_added_to_what_the_nearest_color_becomes() -> None:
    """Link by link, but for kinds that have a formula of their own."""
    rows = picture(9, 40, "float32").clip(0, 1)
    for make in EXAMPLES.values():
        own = make().in_profile(PROFILES["ProPhoto"])
        assert isinstance(own, InSrgb)
        x = own.space.to_srgb.of(rows)
        assert x.min() < -0.1 and x.max() > 1.1
        whole = own.adjustment
        for link in whole.adjustments if isinstance(whole, Chain) else [whole]:
            if isinstance(link, (LightGrid, Develop, Scaled)):
                x = link.unclipped(x, 0, 9)
            else:
                inside = x.clip(0, 1)
                x = link.evaluate(inside, 0, 9) + (x - inside)
        wanted = own.space.from_srgb.of(x)
        assert np.array_equal(own.evaluate(rows, 0, 9), wanted.clip(0, 1))


def test_a_strength_ends_where_srgb_does() -> None:
    """Of colors within; what is outside stays as far outside at least."""
    x = picture(9, 40, "float32") * 1.5 - F32(0.25)
    for edit in (tone(1), LOWER, develop()):
        after = edit.unclipped(x, 0, 9)
        assert np.array_equal(Scaled(edit, 1.0).unclipped(x, 0, 9), x + (after - x))
        for strength in (0.3, 1.4):
            got = Scaled(edit, strength).unclipped(x, 0, 9)
            assert (got >= np.minimum(np.minimum(x, after), 0)).all()
            assert (got <= np.maximum(np.maximum(x, after), 1)).all()
            within = x.clip(0, 1)
            np.testing.assert_allclose(
                Scaled(edit, strength).unclipped(within, 0, 9),
                Scaled(edit, strength).evaluate(within, 0, 9),
                atol=1e-6,
            )


SLIGHT = {
    f"{name} {sign:+d}": Controls(**{name: sign * (0.001 if name == "exposure" else 0.02)})
    for name in NAMES
    for sign in (-1, 1)
}


@each_space
@each_set
def test_black_and_white_has_no_color(isa: str, name: str) -> None:
    steps = np.linspace(0, 255, 9)
    colors = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(27, 27, 3)
    photo = Photo((257 * colors).astype(np.uint16), icc=PROFILES[name])
    gray = Controls(saturation=-100)
    with kernels.using(isa):
        for kind, edit in {**GENTLE, "light grid, lower": LOWER, "grid": grid(3, 4, 8)}.items():
            for strength in (0.0, 0.7, 1.0, 1.3):
                result = Edit(edit, strength=strength, controls=gray).apply(photo).pixels
                assert np.ptp(result, axis=2).max() == 0, (kind, strength)


@each_space
@each_set
def test_what_is_made_darker_has_no_more_light_than_that(isa: str, name: str) -> None:
    own = Controls(exposure=-5).adjustment().in_profile(PROFILES[name])
    assert isinstance(own, InSrgb) and isinstance(own.adjustment, Develop)
    rows = gradient().astype(F32)
    with kernels.using(isa):
        after = own.apply(rows)
    before = own.space.to_srgb.of(rows)
    brightest = before.max(axis=2, keepdims=True).clip(1e-3, 1)
    share = np.interp(brightest, KNOTS, own.adjustment.curve) / brightest
    assert share.max() < 0.3
    wanted = own.space.from_srgb.of((share * before).astype(F32)).clip(0, 1)
    off = np.abs(after - wanted)
    assert off.max() < 4e-3
    assert np.quantile(off, 0.95) < 1e-4


@each_space
@each_set
def test_the_first_touch_of_a_control_changes_little(isa: str, name: str) -> None:
    """Light grids alone and with controls behind them go the same way to sRGB."""
    dark = np.floor(gradient() * 0.5 * 255 + 0.5).astype(np.uint8)
    photo = Photo(dark, icc=PROFILES[name])
    edits = {**GENTLE, "lower": LOWER, "steep": LightGrid(np.full((2, 2, 4), 2.0, F32), 0.7)}
    with kernels.using(isa):
        for kind, edit in edits.items():
            for strength in (1.0, 1.2):
                untouched = Edit(edit, strength=strength).apply(photo).pixels.astype(int)
                for slider, slight in SLIGHT.items():
                    touched = Edit(edit, strength=strength, controls=slight).apply(photo).pixels
                    assert np.abs(touched - untouched).max() <= 1, (kind, strength, slider)


@each_space
def test_the_first_touch_of_the_strength_changes_little(name: str) -> None:
    photo = Photo(np.floor(gradient() * 127 + 0.5).astype(np.uint8), icc=PROFILES[name])
    for kind, edit in {**GENTLE, "lower": LOWER}.items():
        whole = edit.apply(photo).pixels.astype(int)
        for strength in (0.999, 1.001):
            assert np.abs(edit.apply(photo, strength).pixels - whole).max() <= 1, kind
