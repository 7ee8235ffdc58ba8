"""One photo in any RGB comes out the same."""

from pathlib import Path

import numpy as np
import pytest

import nightlift
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
from nightlift.metrics.delta_e import delta_e_2000
from nightlift.photo import color
from nightlift.photo.icc import parse
from nightlift.photo.matrix_rgb import rgb_space
from nightlift.photo.orientation import turn_back
from nightlift.photo.photo import Photo
from tests.adjust.examples import (
    EXAMPLES,
    F32,
    IDENTITIES,
    SIZES,
    TYPES,
    curves,
    develop,
    difference,
    grid,
    light,
    picture,
    tone,
)
from tests.photo import files
from tests.photo.files import ADOBE, LINEAR, P3, PROPHOTO, SRGB, SRGB_TONE, gamma, matrix_profile

PROFILES = {
    "sRGB": matrix_profile(SRGB, SRGB_TONE),
    "Display P3": matrix_profile(P3, SRGB_TONE),
    "Adobe RGB": matrix_profile(ADOBE, gamma(563 / 256)),
    "ProPhoto": matrix_profile(PROPHOTO, gamma(1.8)),
    "linear P3": matrix_profile(P3, LINEAR),
    "wide, sRGB's tone": matrix_profile(PROPHOTO, SRGB_TONE),
}
WIDE = [name for name in PROFILES if name != "sRGB"]
LOWER = LightGrid(np.linspace(3.5, 0.5, 48).reshape(2, 3, 8).astype(F32)[..., ::-1].copy(), 0.5)

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

each_set = pytest.mark.parametrize("isa", kernels.instruction_sets())
each_space = pytest.mark.parametrize("name", WIDE)
each_kind = pytest.mark.parametrize("kind", EXAMPLES)


def stored(srgb: np.ndarray, name: str, dtype: str) -> Photo:
    """Colors of sRGB, from 0 to 1, as a photo of another space; in double precision."""
    profile = parse(PROFILES[name])
    assert profile.curves is not None and profile.primaries is not None
    light = color.srgb_decode(srgb) @ np.linalg.solve(profile.primaries, color.SRGB_TO_XYZ).T
    knots = np.linspace(0, 1, profile.curves.shape[1])
    own = np.stack(
        [np.interp(light[..., c], profile.curves[c], knots) for c in range(3)], axis=-1
    ).clip(0, 1)
    if dtype == "float32":
        return Photo(own.astype(F32), icc=PROFILES[name])
    return Photo(np.floor(own * np.iinfo(dtype).max + 0.5).astype(dtype), icc=PROFILES[name])


def seen(photo: Photo) -> np.ndarray:
    """A photo's colors in sRGB, those outside clipped; in double precision."""
    most = 1 if photo.pixels.dtype == F32 else np.iinfo(photo.pixels.dtype).max
    own = photo.pixels / most
    profile = parse(photo.icc or b"")
    assert profile.curves is not None and profile.primaries is not None
    knots = np.linspace(0, 1, profile.curves.shape[1])
    light = np.stack([np.interp(own[..., c], knots, profile.curves[c]) for c in range(3)], axis=-1)
    mixed = light @ np.linalg.solve(color.SRGB_TO_XYZ, profile.primaries).T
    return color.srgb_encode(mixed.clip(0, 1))


def gradient() -> np.ndarray:
    """All hues, from black to full, in three saturations."""
    hue = np.linspace(0, 6, 240)[None, :, None]
    channels = (np.abs((hue + np.array([0, 4, 2])) % 6 - 3) - 1).clip(0, 1)
    value = np.linspace(0, 1, 60)[:, None, None]
    return np.concatenate([value * (1 - s * (1 - channels)) for s in (1, 0.6, 0.25)])


def examples() -> dict[str, np.ndarray]:
    folder = Path(__file__).parents[2] / "examples" / "dark"
    pictures = {"gradient": gradient()}
    for name in ("lamp.jpg", "astronaut.jpg", "coffee.png"):
        pixels = nightlift.read(folder / name).pixels[::4, ::4]
        pictures[name] = pixels / np.iinfo(pixels.dtype).max
    return pictures


@pytest.mark.parametrize("saturation", [0.0, 0.5, 1.0])
def test_one_photo_in_any_space_comes_out_the_same(saturation: float) -> None:
    edit = LightGrid(LOWER.gains, saturation)
    for title, srgb in examples().items():
        wanted = seen(edit.apply(stored(srgb, "sRGB", "uint16")))
        for name in WIDE:
            for dtype, most in (("uint16", 0.05), ("uint8", 1.0)):
                if dtype == "uint8" and name in ("ProPhoto", "linear P3", "wide, sRGB's tone"):
                    continue  # as they were stored, dark colors lie further apart than that
                got = seen(edit.apply(stored(srgb, name, dtype)))
                allowed = 0.6 if name == "Display P3" and dtype == "uint16" else most
                assert delta_e_2000(got, wanted, data_range=1.0) <= allowed, (title, name, dtype)


@pytest.fixture(scope="module")
def noisy() -> dict[str, Photo]:
    """One photo in all spaces: gradients, saturated colors among them, and noise."""
    noise = np.random.default_rng(5).normal(0, 0.01, (180, 240, 3))
    srgb = np.clip(gradient() + noise, 0, 1)
    return {name: stored(srgb, name, "uint16") for name in PROFILES}


@each_kind
@pytest.mark.parametrize("strength", [1.0, 0.6])
def test_every_kind_does_so(noisy: dict[str, Photo], kind: str, strength: float) -> None:
    edit = EXAMPLES[kind]()
    wanted = seen(edit.apply(noisy["sRGB"], strength))
    for name in WIDE:
        got = seen(edit.apply(noisy[name], strength))
        assert delta_e_2000(got, wanted, data_range=1.0) <= 1, name


@each_space
def test_a_strength_is_one_of_what_is_seen(name: str) -> None:
    srgb = gradient()
    for edit in (LOWER, tone(1), Chain([tone(1), LOWER])):
        for strength in (0.4, 1.3):
            wanted = seen(edit.apply(stored(srgb, "sRGB", "uint16"), strength))
            got = seen(edit.apply(stored(srgb, name, "uint16"), strength))
            assert delta_e_2000(got, wanted, data_range=1.0) <= 0.6


@each_kind
@each_set
def test_no_strength_changes_nothing(isa: str, kind: str) -> None:
    edit = EXAMPLES[kind]()
    for dtype in TYPES:
        photo = Photo(picture(9, 40, dtype), icc=PROFILES["Adobe RGB"])
        with kernels.using(isa):
            assert np.array_equal(edit.apply(photo, 0.0).pixels, photo.pixels)


TWINS: dict[str, Adjustment] = {
    **{name: make() for name, make in EXAMPLES.items()},
    "light grid, lower": LOWER,
    "lights": Chain([light(3, 4, 8), Scaled(LOWER, 0.6)]),
}


@pytest.mark.parametrize("kind", TWINS)
@each_set
def test_fast_twin_is_the_definition(isa: str, kind: str) -> None:
    edit = TWINS[kind]
    for name in WIDE:
        own = edit.in_profile(PROFILES[name])
        assert own is not None
        for dtype in TYPES:
            for size in SIZES[1::2] if "light" in kind else SIZES[-1:]:
                x = picture(*size, dtype)
                for strength in (1.0, 0.7):
                    with kernels.using("numpy"):
                        wanted = own.apply(x, strength)
                    with kernels.using(isa):
                        got = own.apply(x, strength)
                    off = np.abs(got.astype(np.float64) - wanted)
                    usual, most = {
                        "uint8": (0, 1),
                        "uint16": (6, 257),
                        "float32": (1e-4, 4e-3),
                    }[dtype]
                    # What single precision leaves of a channel that is all but black varies. Hue
                    # kept: of channels that are all but equal either may count as the greatest.
                    rare = 1e-3 if "hue" in kind else 0
                    assert (off > most).mean() <= rare, (name, dtype, size, strength)
                    if off.size > 1000:
                        assert np.quantile(off, 0.95) <= usual, (name, dtype, size, strength)


@each_space
@each_set
def test_identities_change_nothing(isa: str, name: str) -> None:
    srgb = gradient()
    for kind, make in IDENTITIES.items():
        edit = make()
        with kernels.using(isa):
            for strength in (1.0, 0.6):
                photo = stored(srgb, name, "uint8")
                assert np.array_equal(edit.apply(photo, strength).pixels, photo.pixels), kind
                deep = stored(srgb, name, "uint16")
                off = np.abs(edit.apply(deep, strength).pixels.astype(int) - deep.pixels)
                assert np.quantile(off, 0.9) <= 2, kind
                assert off.max() <= 0.5 / 255 * 65535, kind


@each_space
@each_set
def test_strips_are_the_whole(isa: str, name: str) -> None:
    photo = Photo(picture(61, 283, "uint8"), icc=PROFILES[name])
    edits = [light(5, 7, 8), grid(5, 7, 8), curves(8, 8, 9, 12, "half-pixel")]
    for edit in (*edits, Chain([*edits, HueKept(tone(1))])):
        for strength in (1.0, 0.7):
            with kernels.using(isa):
                whole = edit.apply(photo, strength)
                whole_edit = Edit(edit, strength=strength).on(photo, 1)
                strips = [
                    whole_edit.lifted(photo.pixels[a:b].copy(), a)
                    for a, b in ((0, 1), (1, 30), (30, 61))
                ]
            assert np.array_equal(np.concatenate(strips), whole.pixels)


def test_the_profile_is_looked_at_once_for_all_strips(monkeypatch: pytest.MonkeyPatch) -> None:
    looked = []
    in_profile = ToneTable.in_profile
    monkeypatch.setattr(
        ToneTable, "in_profile", lambda self, icc: looked.append(icc) or in_profile(self, icc)
    )
    photo = Photo(picture(61, 40, "uint8"), icc=PROFILES["Adobe RGB"])
    application = Edit(tone(1)).on(photo, 1)
    for top in range(0, 61, 10):
        application.lifted(photo.pixels[top : top + 10].copy(), top)
    assert looked == [photo.icc]


@each_space
@each_set
def test_gray_stays_gray(isa: str, name: str) -> None:
    x = np.linspace(0, 1, 3000, dtype=F32)[None, :, None].repeat(3, 2)
    for kind, edit in {**GENTLE, "light grid, lower": LOWER}.items():
        with kernels.using(isa):
            y = edit.apply(Photo(x, icc=PROFILES[name])).pixels
        assert np.ptp(y, axis=2).max() <= 2e-4, kind
        assert np.quantile(np.ptp(y, axis=2), 0.95) <= 1e-5, kind


@pytest.mark.parametrize("edit", [light(3, 4, 8), grid(3, 4, 8)], ids=["light", "grid"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_turned_photo_is_the_turned_result(orientation: int, edit: Adjustment) -> None:
    icc = PROFILES["Adobe RGB"]
    upright = picture(31, 45, "uint16")
    photo = Photo(np.ascontiguousarray(turn_back(upright, orientation)), icc=icc)
    photo = Photo(photo.pixels, icc=icc, orientation=orientation)
    wanted = turn_back(edit.apply(Photo(upright, icc=icc)).pixels, orientation)
    steepest = 16  # times what places on the grid, turned, differ by; most without optimization
    assert difference(edit.apply(photo).pixels, wanted) <= steepest


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


@each_kind
@each_set
def test_each_of_many_pictures_is_as_by_itself(isa: str, kind: str) -> None:
    own = EXAMPLES[kind]().in_profile(PROFILES["Adobe RGB"])
    assert own is not None
    pictures = np.stack([picture(9, 40, "uint16", seed) for seed in range(2)])
    with kernels.using(isa):
        for strength in (0.0, 0.5, 1.0, 1.3):
            found = own.apply_each(pictures, strength)
            for one, result in zip(pictures, found, strict=True):
                assert np.array_equal(result, own.apply(one, strength))


def test_the_whole_is_converted_once() -> None:
    for icc in (PROFILES["Display P3"], PROFILES["linear P3"]):
        for edit in (Chain([tone(1), light(3, 4, 8)]), HueKept(LOWER), Scaled(tone(1), 0.5)):
            own = edit.in_profile(icc)
            assert isinstance(own, InSrgb)
            assert own.adjustment is edit


@pytest.mark.parametrize("strength", [0.4, 1.0, 1.4])
@each_set
@each_space
def test_a_link_s_strength_is_one_of_what_is_seen(isa: str, name: str, strength: float) -> None:
    photo = Photo(picture(9, 40, "float32").clip(0, 1), icc=PROFILES[name])
    with kernels.using(isa):
        alone = LOWER.apply(photo, strength).pixels
        link = Chain([Scaled(LOWER, strength)]).apply(photo).pixels
    assert np.abs(link - alone).max() <= 2e-5


def test_profiles_without_a_matrix() -> None:
    for edit in (light(3, 4, 8), tone(1), Chain([tone(1), light(3, 4, 8)])):
        assert_taken_as_srgb(edit)


def assert_taken_as_srgb(edit: Adjustment) -> None:
    x = picture(9, 40, "uint8")
    assert edit.in_profile(files.table_profile()) is None
    assert edit.in_profile(b"damaged") is edit
    assert edit.in_profile(PROFILES["sRGB"]) is edit
    plain = edit.apply(x)
    assert np.array_equal(edit.apply(Photo(x, icc=PROFILES["sRGB"])).pixels, plain)
    press = Photo(x, icc=files.cmyk_profile(), mode="cmyk")
    assert np.array_equal(edit.apply(press).pixels, plain)
