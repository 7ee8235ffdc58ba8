"""RGB spaces to sRGB and back, without a bound."""

import numpy as np
import pytest

from nightlift.photo import color
from nightlift.photo.icc import parse
from nightlift.photo.matrix_rgb import END, RgbSpace, rgb_space
from tests.photo import files
from tests.photo.files import ADOBE, LINEAR, P3, PROPHOTO, SRGB, SRGB_TONE, gamma, matrix_profile

PROFILES = {
    "Display P3": matrix_profile(P3, SRGB_TONE),
    "Adobe RGB": matrix_profile(ADOBE, gamma(563 / 256)),
    "ProPhoto": matrix_profile(PROPHOTO, gamma(1.8)),
    "linear": matrix_profile(P3, LINEAR),
    "wide, sRGB's tone": matrix_profile(PROPHOTO, SRGB_TONE),
    "three curves": matrix_profile(ADOBE, gamma(1.8), gamma(2.2), gamma(2.4)),
}


def space_of(name: str) -> RgbSpace:
    space = rgb_space(PROFILES[name])
    assert space is not None
    return space


def every_color() -> np.ndarray:
    axis = np.linspace(0, 1, 18, dtype=np.float32)
    return np.stack(np.meshgrid(axis, axis, axis), axis=-1).reshape(18, -1, 3)


def exactly(icc: bytes, own: np.ndarray) -> np.ndarray:
    """Own codes to codes of sRGB in double precision, with signs and beyond 1."""
    profile = parse(icc)
    assert profile.curves is not None and profile.primaries is not None
    knots = np.linspace(0, 1, profile.curves.shape[1])
    light = np.stack([np.interp(own[..., c], knots, profile.curves[c]) for c in range(3)], axis=-1)
    mixed = light @ np.linalg.solve(color.SRGB_TO_XYZ, profile.primaries).T
    return np.copysign(color.srgb_encode(np.abs(mixed)), mixed)


@pytest.mark.parametrize("name", [name for name in PROFILES if name != "Display P3"])
def test_the_way_to_srgb_is_exact(name: str) -> None:
    own = every_color()
    wanted = exactly(PROFILES[name], own)
    assert wanted.min() < -0.1
    assert wanted.max() > 1.05
    # But for the rounding of a profile's numbers: white is white, and sRGB's curve is that.
    assert np.abs(space_of(name).to_srgb.of(own) - wanted).max() <= 2.5e-4


def test_the_quick_way_is_near() -> None:
    own = every_color()
    wanted = exactly(PROFILES["Display P3"], own)
    off = np.abs(space_of("Display P3").to_srgb.of(own) - wanted)
    assert off.mean() <= 0.02
    grays = own[..., :1].repeat(3, 2)
    assert np.abs(space_of("Display P3").to_srgb.of(grays) - grays).max() <= 1e-5


@pytest.mark.parametrize("name", PROFILES)
def test_there_and_back(name: str) -> None:
    space = space_of(name)
    assert (space.to_srgb.quick, space.from_srgb.quick) == ((name == "Display P3"),) * 2
    for own in (every_color(), every_color() ** 3 / 20):
        back = space.from_srgb.of(space.to_srgb.of(own)).clip(0, 1)
        # Of a channel that is all but black among bright ones, single precision loses some.
        assert np.abs(back - own).max() <= 1e-3
        assert np.quantile(np.abs(back - own), 0.97) <= 6e-5


def test_no_code_is_beyond_the_end() -> None:
    for name in PROFILES:
        assert np.abs(exactly(PROFILES[name], every_color())).max() < END


@pytest.mark.parametrize(
    "icc",
    [
        matrix_profile(SRGB, SRGB_TONE),
        files.table_profile(),
        files.gray_profile(LINEAR),
        files.cmyk_profile(),
        b"not a profile",
        matrix_profile(P3, SRGB_TONE)[:200],
    ],
    ids=["sRGB", "table", "gray", "CMYK", "damaged", "cut"],
)
def test_what_has_no_space(icc: bytes) -> None:
    assert rgb_space(icc) is None
