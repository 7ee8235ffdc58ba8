"""Adjustments in JavaScript do what their NumPy definitions say."""

import dataclasses

import numpy as np
import pytest

from nightlift.adjust import kernels
from nightlift.adjust.chain import Chain
from nightlift.edit.controls import NAMES, Controls
from nightlift.photo.photo import Photo
from tests.adjust.examples import EXAMPLES, light, picture
from tests.photo.files import ADOBE, P3, PROPHOTO, SRGB_TONE, gamma, matrix_profile
from tests.web.javascript.adjustments import as_data
from tests.web.javascript.node import call, needs_node

pytestmark = needs_node

P3_PROFILE = matrix_profile(P3, SRGB_TONE)
ADOBE_PROFILE = matrix_profile(ADOBE, gamma(2.2))
PROFILES = {
    "P3": P3_PROFILE,
    "Adobe": ADOBE_PROFILE,
    "ProPhoto": matrix_profile(PROPHOTO, gamma(1.8)),
    "wide, sRGB's tone": matrix_profile(PROPHOTO, SRGB_TONE),
}


def opaque(pixels: np.ndarray) -> np.ndarray:
    return np.dstack([pixels, np.full(pixels.shape[:2], 255, np.uint8)])


def test_rows_are_those_of_the_definition() -> None:
    rows = picture(23, 301, "float32").clip(0, 1)
    examples = {name: make() for name, make in EXAMPLES.items()}
    found = call("twins.mjs", "evaluated", [*map(as_data, examples.values())], rows, 23, 301)
    for (name, adjustment), values in zip(examples.items(), found, strict=True):
        wanted = adjustment.evaluate(rows, 0, len(rows))
        np.testing.assert_allclose(values.reshape(rows.shape), wanted, atol=2e-5, err_msg=name)


@pytest.mark.parametrize("profile", [None, *PROFILES.values()], ids=["sRGB", *PROFILES])
def test_pixels_are_those_of_python(profile: bytes | None) -> None:
    names = ["chain", "chain, light", "light grid, noise", "hue kept, curves", "tone table"]
    names += ["3D table, curves", "develop", "grid, learned guide", "scaled", "scaled, developed"]
    names += ["develop, grayer", "chain, developed", "chain, lights developed"]
    pixels = picture(37, 53, "uint8")
    cases = [(EXAMPLES[name](), turned) for name in names for turned in range(1, 9)]
    sent = [{"adjustment": as_data(one), "orientation": turned} for one, turned in cases]
    found = call("twins.mjs", "applied", sent, opaque(pixels), 37, 53, 0.7, profile)
    for (adjustment, orientation), values in zip(cases, found, strict=True):
        photo = Photo(pixels, orientation=orientation, icc=profile)
        with kernels.using("numpy"):
            wanted = adjustment.apply(photo, 0.7).pixels
        rgba = values.reshape(37, 53, 4).astype(int)
        assert (rgba[..., 3] == 255).all()
        off = np.abs(rgba[..., :3] - wanted)
        assert off.max() <= 1
        assert (off == 0).mean() > 0.95  # the rest are halves, rounded either way


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_controls_are_gradual_and_leave_no_color_of_any_profile(profile: bytes) -> None:
    lift = light(3, 4, 8)
    settings = [Controls(exposure=0.001), Controls(warmth=-0.02), Controls(saturation=-100)]
    edits = [lift, *(Chain([lift, each.adjustment()]) for each in settings)]
    sent = [{"adjustment": as_data(edit), "orientation": 1} for edit in edits]
    dark = picture(37, 53, "uint8") // 2
    found = call("twins.mjs", "applied", sent, opaque(dark), 37, 53, 1, profile)
    alone, brighter, cooler, gray = (each.reshape(37, 53, 4)[..., :3].astype(int) for each in found)
    assert np.abs(brighter - alone).max() <= 1
    assert np.abs(cooler - alone).max() <= 1
    assert np.ptp(gray, axis=2).max() == 0 and np.ptp(gray) > 100


def test_controls_come_to_the_same() -> None:
    ends = {name: 5.0 if name == "exposure" else 100.0 for name in NAMES}
    settings = [Controls()]
    settings += [Controls(**{n: s * e * ends[n]}) for n in NAMES for s in (-1, 1) for e in (0.3, 1)]
    settings.append(Controls(1.5, -40, 30, -20, 25, -10, 35))
    found = call("twins.mjs", "developed", [dataclasses.asdict(each) for each in settings])
    for each, made in zip(settings, found, strict=True):
        wanted = each.adjustment()
        np.testing.assert_allclose(made["curve"], wanted.curve, atol=1e-6)
        np.testing.assert_allclose(made["balance"], wanted.balance, atol=1e-6)
        assert made["saturation"] == pytest.approx(wanted.saturation)
