"""Profiles of other spaces than sRGB, and the same colors in each of them."""

import numpy as np
import pytest

from nightlift.adjust import kernels
from nightlift.adjust.light_grid import LightGrid
from nightlift.photo import color
from nightlift.photo.icc import parse
from nightlift.photo.photo import Photo
from tests.adjust.examples import (
    EXAMPLES,
    F32,
)
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
