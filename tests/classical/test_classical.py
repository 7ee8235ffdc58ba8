"""Classical methods against plain formulas, OpenCV's own CLAHE and a direct sparse solver."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nightlift.adjust.adjustment import Adjustment
from nightlift.classical import CLASSICAL, clahe, lime, tones
from nightlift.errors import UsageError

LUMA = np.array([0.299, 0.587, 0.114])


def scene(height=60, width=80, seed=0, level=0.2):
    """A smooth dark picture with an edge, a texture and a little noise, float32."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width] / max(height, width)
    light = level * (0.3 + x) * np.where(y > 0.3, 1.0, 0.35)
    colors = np.stack([0.9 + 0.1 * np.sin(20 * x), 0.7 + 0.3 * y, 0.5 + 0.4 * np.cos(9 * y)], 2)
    noisy = light[..., None] * colors + random.normal(0, 0.01, (height, width, 3))
    return noisy.clip(0, 1).astype(np.float32)


def bytes_of(picture):
    return np.floor(picture * 255 + 0.5).astype(np.uint8)


def mean_luma(picture):
    return float((picture.astype(np.float64) @ LUMA).mean())


# The table


def test_the_table_lists_the_five_methods_under_their_names():
    assert list(CLASSICAL) == ["gamma", "adaptive-gamma", "equalize", "clahe", "lime"]
    assert all(name == entry.name and entry.sources for name, entry in CLASSICAL.items())
    with pytest.raises(TypeError):
        CLASSICAL["more"] = CLASSICAL["gamma"]


@pytest.mark.parametrize("name", ["gamma", "adaptive-gamma", "equalize", "clahe", "lime"])
def test_every_method_brightens_a_dark_scene_and_keeps_its_copy(name):
    small = scene()
    kept = small.copy()
    adjustment = CLASSICAL[name].estimate(small)
    assert isinstance(adjustment, Adjustment)
    lifted = adjustment.apply(small)
    assert lifted.shape == small.shape
    assert mean_luma(lifted) > 1.1 * mean_luma(small)
    assert np.array_equal(small, kept)
    again = CLASSICAL[name].estimate(small).parameters()
    for key, value in adjustment.parameters().items():
        assert np.array_equal(value, again[key])


@pytest.mark.parametrize("name", ["gamma", "adaptive-gamma", "equalize", "clahe", "lime"])
@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (5, 2)])
@pytest.mark.parametrize("value", [0.0, 0.3, 1.0])
def test_tiny_and_flat_copies_give_finite_results(name, shape, value):
    small = np.full((*shape, 3), value, np.float32)
    lifted = CLASSICAL[name].estimate(small).apply(small)
    assert np.isfinite(lifted).all()
    assert lifted.min() >= 0
    assert lifted.max() <= 1


# Tone tables


@pytest.mark.parametrize("exponent", [0.4, 0.7, 1.0, 2.2])
def test_gamma_is_the_power_law_at_eight_bits(exponent):
    levels = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2)
    wanted = np.floor((levels / 255.0) ** exponent * 255 + 0.5)
    got = tones.gamma(exponent).apply(levels)
    assert np.abs(got.astype(int) - wanted).max() <= 1
    assert (got == wanted).mean() > 0.98


@given(st.floats(0.03, 0.6), st.floats(0.3, 0.6), st.integers(0, 99))
@settings(derandomize=True, max_examples=25, deadline=None)
def test_adaptive_gamma_brings_the_mean_to_the_target_or_to_its_limit(level, target, seed):
    small = scene(seed=seed, level=level)
    table = tones.adaptive_gamma(small, target)
    exponent = np.log(table.values[128, 0]) / np.log(128 / 255)
    if abs(exponent - 1) < 1e-3:
        assert mean_luma(small) > target - 0.01
    elif abs(exponent - tones.STRONGEST_LIFT) < 1e-3:
        assert mean_luma(small**tones.STRONGEST_LIFT) < target + 0.01
    else:
        assert mean_luma(small**exponent) == pytest.approx(target, abs=0.01)


def test_adaptive_gamma_darkens_only_when_asked():
    bright = scene() ** np.float32(0.25)
    assert mean_luma(bright) > 0.45
    assert np.allclose(tones.adaptive_gamma(bright).apply(bright), bright, atol=1e-6)
    darker = tones.adaptive_gamma(bright, darken=True).apply(bright)
    assert mean_luma(darker) == pytest.approx(0.4, abs=0.01)


def test_equalize_is_a_plain_loop_over_luma():
    small = bytes_of(scene()).astype(np.float32) / 255
    luma = [round(float(pixel @ LUMA) * 255) for row in small for pixel in row]
    darkest = min(luma)
    floor = luma.count(darkest)
    wanted = [
        max(sum(value <= level for value in luma) - floor, 0) / (len(luma) - floor)
        for level in range(256)
    ]
    table = tones.equalize(small).values
    # A luma half-way between two levels may be rounded either way by another summation order.
    assert np.abs(table[:, 0] - wanted).max() < 3 / len(luma)
    assert np.array_equal(table[:, 0], table[:, 1])
    assert np.array_equal(table[:, 0], table[:, 2])


def test_equalize_spreads_luma_evenly_and_leaves_a_flat_copy():
    small = scene(200, 300)
    luma = tones.equalize(small).apply(small) @ LUMA
    assert (
        np.abs(np.percentile(luma, [10, 30, 50, 70, 90]) - [0.1, 0.3, 0.5, 0.7, 0.9]).max() < 0.05
    )
    flat = np.full((4, 4, 3), 0.25, np.float32)
    assert np.allclose(tones.equalize(flat).apply(flat), flat)


@pytest.mark.parametrize("value", [0.0, -1.0, float("nan")])
def test_a_gamma_that_is_no_gamma_is_refused(value):
    with pytest.raises(UsageError, match="above 0"):
        tones.gamma(value)
    with pytest.raises(UsageError, match="between 0 and 1"):
        tones.adaptive_gamma(scene(), value)


# CLAHE


@pytest.mark.parametrize("shape", [(64, 48), (65, 47), (200, 131), (131, 300), (3, 90), (2, 2)])
def test_clahe_at_eight_bits_is_opencv_clahe_of_lab(shape):
    pixels = bytes_of(scene(*shape))
    lab = cv2.cvtColor(pixels, cv2.COLOR_RGB2Lab)
    lab[..., 0] = cv2.createCLAHE(2.0, (2, 2)).apply(np.ascontiguousarray(lab[..., 0]))
    wanted = cv2.cvtColor(lab, cv2.COLOR_Lab2RGB).astype(int)
    got = clahe.render(pixels)
    assert (got == wanted).mean() > 0.99
    # A level of L is up to three of a dark channel.
    assert np.abs(got - wanted).max() <= 4


@pytest.mark.parametrize("shape", [(64, 48), (131, 97)])
def test_clahe_of_finer_photos_is_the_same_in_exact_lab(shape):
    color = pytest.importorskip("skimage.color")
    pixels = bytes_of(scene(*shape))
    lab = color.rgb2lab(pixels)
    level = np.rint(lab[..., 0] * 2.55).astype(np.uint8)
    lab[..., 0] = cv2.createCLAHE(2.0, (2, 2)).apply(level) / 2.55
    wanted = color.lab2rgb(lab) * 255
    deep = clahe.render(pixels.astype(np.uint16) * 257)
    floats = clahe.render(pixels.astype(np.float32) / 255)
    assert deep.dtype == np.uint16
    assert floats.dtype == np.float32
    assert np.abs(deep / 257 - wanted).mean() < 0.7
    assert np.abs(deep / 257 - wanted).max() < 4
    assert np.abs(deep / 65535 - floats).max() < 1e-3


def test_clahe_does_not_posterize_sixteen_bits():
    ramp = np.linspace(2000, 9000, 512).astype(np.uint16)
    pixels = np.repeat(np.repeat(ramp[None, :, None], 40, axis=0), 3, axis=2)
    assert len(np.unique(clahe.render(pixels)[20, :, 0])) > 400


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_clahe_is_the_same_in_strips_threads_and_views(dtype, monkeypatch):
    pixels = scene(131, 77)
    if dtype != np.float32:
        pixels = np.floor(pixels * np.iinfo(dtype).max + 0.5).astype(dtype)
    kept = pixels.copy()
    whole = clahe.render(pixels, 1)
    view = np.ascontiguousarray(pixels.swapaxes(0, 1)).swapaxes(0, 1)
    assert np.array_equal(clahe.render(view, 3), whole)
    for rows in (1, 7, 1000):
        monkeypatch.setattr(clahe, "STRIP_ROWS", rows)
        assert np.array_equal(clahe.render(pixels, 2), whole)
    assert np.array_equal(pixels, kept)


def test_clahe_keeps_gray_gray():
    gray = np.repeat(bytes_of(scene())[..., :1], 3, axis=2)
    result = clahe.render(gray).astype(int)
    assert np.ptp(result, axis=2).max() <= 1


def test_clahe_carried_by_a_grid_is_near_the_rendered_one():
    small = scene(120, 160)
    carried = clahe.estimate(small).apply(small)
    assert np.sqrt(((carried - clahe.render(small)) ** 2).mean()) < 0.02


# LIME


def plain_illumination(small):
    """The same system, assembled from its definition and solved directly."""
    sparse = pytest.importorskip("scipy.sparse")
    solvers = pytest.importorskip("scipy.sparse.linalg")
    start = small.max(axis=2).astype(float)
    height, width = start.shape
    kernel = np.array([np.exp(-(k**2) / (2 * 2.0**2)) for k in range(-2, 3)])
    window = np.outer(kernel, kernel) / kernel.sum() ** 2
    matrix = sparse.identity(height * width, format="lil")
    for down, right in ((0, 1), (1, 0)):
        step = np.zeros_like(start)
        step[: height - down, : width - right] = (
            start[down:, right:] - start[: height - down, : width - right]
        )
        padded = np.pad(step, 2, mode="reflect")
        for y in range(height - down):
            for x in range(width - right):
                mean = (padded[y : y + 5, x : x + 5] * window).sum()
                weight = 0.15 / (abs(mean) + 1e-3) / (abs(step[y, x]) + 1e-3)
                here, there = y * width + x, (y + down) * width + x + right
                matrix[here, here] += weight
                matrix[there, there] += weight
                matrix[here, there] -= weight
                matrix[there, here] -= weight
    return solvers.spsolve(matrix.tocsc(), start.ravel()).reshape(height, width)


@pytest.mark.parametrize("shape", [(24, 31), (33, 16)])
def test_the_illumination_of_lime_is_the_solution_of_its_system(shape):
    small = scene(*shape, level=0.5)
    assert np.abs(lime.illumination(small) - plain_illumination(small)).max() < 2e-3


def test_the_illumination_is_smooth_within_surfaces_and_steps_at_edges():
    small = scene(90, 120, level=0.5)
    start, light = small.max(axis=2), lime.illumination(small)
    inside, edge = np.s_[40:80, 20:100], 36
    assert (
        np.abs(np.diff(light[inside], axis=1)).mean()
        < 0.2 * np.abs(np.diff(start[inside], axis=1)).mean()
    )
    step = light[edge + 4].mean() - light[edge - 5].mean()
    assert step > 0.55 * (start[edge + 4].mean() - start[edge - 5].mean()) > 0


def test_lime_divides_by_the_illumination_to_the_power_of_its_gamma():
    small = scene(90, 120)
    adjustment = lime.estimate(small)
    assert adjustment.mode == "divide"
    light = lime.illumination(small)[..., None] ** 0.8
    wanted = (small / np.maximum(light, 1 / 64)).clip(0, 1)
    assert np.sqrt(((adjustment.apply(small) - wanted) ** 2).mean()) < 0.03
