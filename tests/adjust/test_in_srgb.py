"""One photo in any RGB comes out the same."""

from pathlib import Path

import numpy as np
import pytest

import nightlift
from nightlift.adjust import kernels
from nightlift.adjust.adjustment import Adjustment
from nightlift.adjust.chain import Chain
from nightlift.adjust.hue import HueKept
from nightlift.adjust.in_srgb import InSrgb
from nightlift.adjust.light_grid import LightGrid
from nightlift.adjust.scaled import Scaled
from nightlift.adjust.tone_table import ToneTable
from nightlift.edit.edit import Edit
from nightlift.metrics.delta_e import delta_e_2000
from nightlift.photo.orientation import turn_back
from nightlift.photo.photo import Photo
from tests.adjust.examples import (
    EXAMPLES,
    IDENTITIES,
    SIZES,
    TYPES,
    curves,
    difference,
    grid,
    light,
    picture,
    tone,
)
from tests.adjust.spaces import (
    LOWER,
    PROFILES,
    WIDE,
    each_kind,
    each_set,
    each_space,
    gradient,
    seen,
    stored,
)
from tests.photo import files


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
