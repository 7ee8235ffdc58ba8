"""One photo in any RGB comes out of a light grid the same."""

from pathlib import Path

import numpy as np
import pytest

import nightlift
from nightlift.adjust import kernels
from nightlift.adjust.chain import Chain
from nightlift.adjust.hue import HueKept
from nightlift.adjust.light_grid import LightGrid
from nightlift.adjust.scaled import Scaled
from nightlift.edit.edit import Edit
from nightlift.metrics.delta_e import delta_e_2000
from nightlift.photo import color
from nightlift.photo.icc import parse
from nightlift.photo.orientation import turn_back
from nightlift.photo.photo import Photo
from tests.adjust.examples import F32, SIZES, TYPES, difference, light, picture, tone
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

each_set = pytest.mark.parametrize("isa", kernels.instruction_sets())
each_space = pytest.mark.parametrize("name", WIDE)


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


@each_space
def test_a_strength_is_one_of_what_is_seen(name: str) -> None:
    srgb = gradient()
    for strength in (0.4, 1.3):
        wanted = seen(LOWER.apply(stored(srgb, "sRGB", "uint16"), strength))
        got = seen(LOWER.apply(stored(srgb, name, "uint16"), strength))
        assert delta_e_2000(got, wanted, data_range=1.0) <= 0.6
    photo = stored(srgb, name, "uint8")
    assert np.array_equal(LOWER.apply(photo, 0.0).pixels, photo.pixels)


@each_space
@each_set
def test_fast_twin_is_the_definition(isa: str, name: str) -> None:
    for edit in (light(5, 7, 8), light(3, 4, 20, 0.9, 0.03), LOWER):
        own = edit.in_profile(PROFILES[name])
        assert own is not None
        for dtype in TYPES:
            for size in SIZES:
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
                    # What single precision leaves of a channel that is all but black varies.
                    assert off.max() <= most, (dtype, size, strength)
                    if off.size > 1000:
                        assert np.quantile(off, 0.95) <= usual, (dtype, size, strength)


@each_space
@each_set
def test_no_light_changes_nothing(isa: str, name: str) -> None:
    edit = LightGrid(np.zeros((2, 2, 3), F32), 0.5, 0.1)
    srgb = gradient()
    with kernels.using(isa):
        for strength in (1.0, 0.6):
            photo = stored(srgb, name, "uint8")
            assert np.array_equal(edit.apply(photo, strength).pixels, photo.pixels)
            deep = stored(srgb, name, "uint16")
            off = np.abs(edit.apply(deep, strength).pixels.astype(int) - deep.pixels)
            assert np.quantile(off, 0.9) <= 2
            assert off.max() <= 0.5 / 255 * 65535


@each_space
@each_set
def test_strips_are_the_whole(isa: str, name: str) -> None:
    photo = Photo(picture(61, 283, "uint8"), icc=PROFILES[name])
    edit = light(5, 7, 8)
    with kernels.using(isa):
        for strength in (1.0, 0.7):
            whole = edit.apply(photo, strength)
            whole_edit = Edit(edit, strength=strength).on(photo, 1)
            strips = [
                whole_edit.lifted(photo.pixels[a:b].copy(), a)
                for a, b in ((0, 1), (1, 30), (30, 61))
            ]
            assert np.array_equal(np.concatenate(strips), whole.pixels)


@each_space
@each_set
def test_gray_stays_gray(isa: str, name: str) -> None:
    x = np.linspace(0, 1, 3000, dtype=F32)[None, :, None].repeat(3, 2)
    with kernels.using(isa):
        y = LOWER.apply(Photo(x, icc=PROFILES[name])).pixels
    assert np.ptp(y, axis=2).max() <= 2e-4
    assert np.quantile(np.ptp(y, axis=2), 0.95) <= 1e-5


@pytest.mark.parametrize("orientation", range(1, 9))
def test_turned_photo_is_the_turned_result(orientation: int) -> None:
    edit, icc = light(3, 4, 8), PROFILES["Adobe RGB"]
    upright = picture(31, 45, "uint16")
    photo = Photo(np.ascontiguousarray(turn_back(upright, orientation)), icc=icc)
    photo = Photo(photo.pixels, icc=icc, orientation=orientation)
    wanted = turn_back(edit.apply(Photo(upright, icc=icc)).pixels, orientation)
    steepest = 16  # times what places on the grid, turned, differ by; most without optimization
    assert difference(edit.apply(photo).pixels, wanted) <= steepest


def test_no_color_outside_srgb_is_clipped() -> None:
    own = np.array([[[0.02, 0.3, 0.04], [0.02, 0.25, 0.04]]], F32)  # greens that sRGB lacks
    edit = LightGrid(np.full((2, 2, 2), 1, F32), 1.0)
    for name in ("ProPhoto", "Adobe RGB", "Display P3"):
        result = edit.apply(Photo(own, icc=PROFILES[name])).pixels
        assert result[0, 0, 1] > 1.1 * result[0, 1, 1]
        assert (result[..., 1] > 3 * result[..., 0]).all()


def test_links_act_in_the_space_too() -> None:
    icc = PROFILES["Display P3"]
    x = picture(9, 40, "uint16")
    edit = light(3, 4, 8)
    own = edit.in_profile(icc)
    assert own is not None
    for mixed, wanted in (
        (Chain([tone(1), edit]), own.apply(tone(1).apply(x))),
        (HueKept(edit), HueKept(own).apply(x)),
    ):
        assert difference(mixed.apply(Photo(x, icc=icc)).pixels, wanted) <= 20
    assert Chain([tone(1), edit]).in_profile(PROFILES["linear P3"]) is None


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
    x, edit = picture(9, 40, "uint8"), light(3, 4, 8)
    assert edit.in_profile(files.table_profile()) is None
    assert edit.in_profile(b"damaged") is edit
    assert edit.in_profile(PROFILES["sRGB"]) is edit
    plain = edit.apply(x)
    assert np.array_equal(edit.apply(Photo(x, icc=PROFILES["sRGB"])).pixels, plain)
    press = Photo(x, icc=files.cmyk_profile(), mode="cmyk")
    assert np.array_equal(edit.apply(press).pixels, plain)
