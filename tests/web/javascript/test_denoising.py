"""Denoising in JavaScript is that of Python: noise, slopes, plan and pixels."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nightlift.adjust.adjustment import Adjustment
from nightlift.denoise import Denoiser, Noise, grain, measure, slopes, visible
from nightlift.edit.enhancer import Enhancer
from nightlift.photo.photo import Photo
from nightlift.photo.reading import read
from tests.adjust.examples import EXAMPLES
from tests.denoise.pictures import rounded, scene
from tests.web.javascript.adjustments import as_data
from tests.web.javascript.node import call, needs_node
from tests.web.javascript.test_adjustments import opaque

pytestmark = needs_node


def noisy_photo(height: int = 203, width: int = 310) -> Photo:
    """Dark, with white noise of 5 levels."""
    noise = np.random.default_rng(3).normal(size=(height, width, 3)) * 0.02
    return Photo(rounded(0.4 * scene(height, width) + noise))


def as_photo(photo: Photo) -> dict[str, Any]:
    return {
        "data": opaque(photo.pixels),
        "height": photo.height,
        "width": photo.width,
        "subsampling": photo.subsampling,
        "quantization": photo.quantization,
        "space": None,
    }


def as_noise(noise: Noise) -> dict[str, Any]:
    return {
        "levels": [noise.luma, noise.chroma],
        "spectra": [noise.luma_spectrum, noise.chroma_spectrum],
        "hidden": [noise.luma_hidden, noise.chroma_hidden],
        "shares": noise.shares,
        "halvedChroma": noise.halved_chroma,
    }


def lift(photo: Photo) -> Adjustment:
    adjustment = Enhancer(auto=False).estimate(photo).adjustment
    assert adjustment is not None
    return adjustment


@pytest.mark.parametrize("name", ["lamp.jpg", "noisy"])
def test_noise_is_measured_the_same(name: str, examples: Path) -> None:
    photo = noisy_photo(700, 900) if name == "noisy" else read(examples / name)
    wanted = measure(photo)
    found = call("twins.mjs", "measured", as_photo(photo))
    for key, value in as_noise(wanted).items():
        np.testing.assert_allclose(found[key], value, rtol=2e-2, atol=1e-5, err_msg=key)  # ties
    assert found["black"] == pytest.approx(wanted.black_level(), rel=1e-2)


@pytest.mark.parametrize("name", ["light grid, noise", "tone table", "hue kept, curves"])
def test_slopes_and_plan(name: str) -> None:
    noise = measure(noisy_photo())
    adjustment = EXAMPLES[name]()
    found = call("twins.mjs", "planned", as_noise(noise), as_data(adjustment), 0.8, 0.7)
    steep = slopes(adjustment, 0.8)
    shape = (*steep.curve.shape[:2], -1)
    curve = np.reshape(found["slopes"]["curve"], shape)
    np.testing.assert_allclose(curve, steep.curve, atol=1e-5)
    chroma = np.reshape(found["slopes"]["chroma"], shape)
    np.testing.assert_allclose(chroma, steep.chroma, rtol=2e-2, atol=1e-2)
    plan = Denoiser(noise, steep, 0.7, grain(noise)).plan
    assert found["visible"] is visible(noise, steep)
    assert found["plan"]["amounts"] == pytest.approx(plan.amounts, rel=1e-3)
    for component in (0, 1):
        own = found["plan"]["noise"][component].reshape(plan.noise[component].shape)
        np.testing.assert_allclose(own, plan.noise[component], rtol=2e-2, atol=2e-4)
    weights = np.reshape(found["plan"]["weights"], plan.weights.shape)
    np.testing.assert_allclose(weights, plan.weights, rtol=1e-3)


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("rows", [64, None])
@pytest.mark.parametrize("halved", [False, True])
def test_pixels_without_noise(rows: int | None, halved: bool, compiled: bool) -> None:
    photo = noisy_photo()
    noise = measure(photo)
    if halved:
        noise = noise._replace(halved_chroma=True)
    adjustment = lift(photo)
    lifted = adjustment.apply(photo.pixels)
    denoiser = Denoiser(noise, slopes(adjustment), 0.9, grain(noise))
    wanted = denoiser.apply(lifted)
    assert np.abs(wanted.astype(int) - lifted).max() > 5
    plan = denoiser.plan
    sent = {
        "noise": [*plan.noise],
        "cells": {"rows": plan.noise.shape[1], "columns": plan.noise.shape[2]},
        "weights": [[each.ravel() for each in scale] for scale in plan.weights],
        "softness": plan.softness,
        "reach": plan.reach,
        "amounts": plan.amounts,
    }
    size = {"height": photo.height, "width": photo.width}
    found = call("twins.mjs", "denoised", opaque(lifted), size, sent, rows, compiled)
    off = np.abs(found.reshape(*lifted.shape[:2], 4)[..., :3].astype(int) - wanted)
    assert off.max() <= 1
    assert (off == 0).mean() > 0.99
