"""One photo in any RGB is freed of its noise alike: with the tone curve that it was measured in."""

import numpy as np
import pytest

from nightlift.adjust.light_grid import LightGrid
from nightlift.edit.denoising import Denoising
from nightlift.edit.edit import Edit
from nightlift.metrics.delta_e import delta_e_2000
from nightlift.photo import color
from tests.adjust.test_in_srgb import PROFILES, seen, stored
from tests.denoise.pictures import demosaiced, luma_of, scene

LIFT = LightGrid(np.full((2, 2, 4), 2.5, np.float32), 0.7)


@pytest.fixture(scope="module")
def noisy() -> np.ndarray:
    dark = 0.25 * scene(192, 256)
    return np.clip(demosaiced(dark, np.full(luma_of(dark).shape, 0.012)), 0, 1)


@pytest.mark.parametrize("name", [name for name in PROFILES if name != "sRGB"])
@pytest.mark.parametrize("dtype", ["uint16", "float32"])
def test_one_photo_in_any_rgb_is_denoised_alike(noisy: np.ndarray, name: str, dtype: str) -> None:
    denoised = Edit(LIFT, denoising=Denoising("fast"))
    wanted = seen(denoised.apply(stored(noisy, "sRGB", dtype)))
    lifted = seen(Edit(LIFT).apply(stored(noisy, "sRGB", dtype)))
    assert delta_e_2000(lifted, wanted, data_range=1.0) > 4
    got = seen(denoised.apply(stored(noisy, name, dtype)))
    assert delta_e_2000(got, wanted, data_range=1.0) < 0.5


@pytest.mark.parametrize("name", ["Adobe RGB", "ProPhoto", "linear P3"])
def test_strips_are_denoised_as_the_whole(noisy: np.ndarray, name: str) -> None:
    photo = stored(noisy, name, "uint8")
    edit = Edit(LIFT, denoising=Denoising("fast"))
    whole = edit.apply(photo).pixels
    application = edit.on(photo)
    halo, rows = application.halo, photo.height
    lifted = application.lifted(photo.pixels.copy(), 0)
    for top, bottom in ((0, 70), (70, rows)):
        first, last = max(0, top - halo), min(rows, bottom + halo)
        strip = application.denoised([lifted[first:last]], first, top, bottom)
        assert np.array_equal(strip, whole[top:bottom])


@pytest.mark.parametrize("name", ["Adobe RGB", "ProPhoto", "linear P3"])
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_tone_curves_are_exchanged_there_and_back(name: str, dtype: str) -> None:
    profile = PROFILES[name]
    assert not color.has_srgb_tone(profile)
    codes = np.linspace(0, 1, 256)[:, None, None].repeat(3, axis=2)
    most = 1 if dtype == "float32" else np.iinfo(dtype).max
    pixels = (codes * most).astype(dtype)
    there = color.to_srgb_tone(pixels, profile)
    assert there.dtype == (np.uint16 if dtype == "uint8" else dtype)
    back = color.from_srgb_tone(there, profile, pixels.dtype)
    allowed = {"uint8": 0, "uint16": 24, "float32": 4e-4}[dtype]
    assert np.abs(back.astype(np.float64) - pixels).max() <= allowed
    assert color.has_srgb_tone(PROFILES["Display P3"])
    assert color.has_srgb_tone(None)
