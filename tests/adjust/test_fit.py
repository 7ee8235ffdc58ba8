"""Fitting a grid to a small input and a small output."""

import numpy as np
import pytest

from nightlift.adjust.fitting import default_grid, fit
from nightlift.errors import AdjustmentError
from tests.adjust.examples import F32, floats


def scene(height: int = 96, width: int = 128) -> np.ndarray:
    """Smooth patches of color with some noise, like a small photo."""
    y, x = np.mgrid[0:height, 0:width] / 24
    planes = [
        0.5 + 0.4 * np.sin(x * a + y * b + c) for a, b, c in ((1, 2, 0), (2, 1, 1), (1, 1, 4))
    ]
    noise = np.random.default_rng(5).normal(0, 0.02, (height, width, 3))
    return (np.stack(planes, -1) + noise).clip(0, 1).astype(F32)


def psnr(one: np.ndarray, other: np.ndarray) -> float:
    error = np.mean((one.astype(np.float64) - other) ** 2)
    return float(-10 * np.log10(max(error, 1e-20)))


MODEL = np.array([[0.9, 0.1, -0.1, 0.05], [0.0, 0.8, 0.1, 0.02], [0.1, 0.1, 0.7, -0.02]])


def test_affine_relation_is_reproduced() -> None:
    x = scene()
    y = (x @ MODEL[:, :3].T + MODEL[:, 3]).astype(F32)
    assert psnr(fit(x, y).evaluate(x, 0, len(x)), y.clip(0, 1)) >= 80


def test_affine_relation_holds_for_other_colors_and_sizes() -> None:
    x = scene()
    y = (x @ MODEL[:, :3].T + MODEL[:, 3]).astype(F32)
    other = floats(1, 0, 1, 40, 300, 3)
    wanted = (other @ MODEL[:, :3].T + MODEL[:, 3]).clip(0, 1)
    assert psnr(fit(x, y, grid=(6, 8, 8)).evaluate(other, 0, 40), wanted) >= 60


def test_tone_curve_is_followed() -> None:
    x = scene()
    assert psnr(fit(x, x ** F32(0.5), grid=(8, 8, 16)).evaluate(x, 0, len(x)), x**0.5) >= 36


def test_local_relation_is_followed() -> None:
    x = scene()
    gain = np.linspace(0.2, 1, 128, dtype=F32)[None, :, None]
    local = fit(x, x * gain, grid=(12, 16, 8))
    assert psnr(local.evaluate(x, 0, len(x)), x * gain) >= 36
    whole = fit(x, x * gain, grid=(1, 1, 2))
    assert psnr(whole.evaluate(x, 0, len(x)), x * gain) < 28


def test_cells_lie_where_pixels_are() -> None:
    # Brighter in one corner only, and only there must the fitted grid brighten.
    x = np.full((64, 96, 3), 0.3, F32) + floats(2, -0.05, 0.05, 64, 96, 3)
    y = x.copy()
    y[:16, -24:] += 0.4
    out = fit(x, y, grid=(9, 13, 8)).evaluate(x, 0, 64)
    assert abs(float((out - x)[:6, -10:].mean()) - 0.4) <= 0.03
    assert abs(float((out - x)[-20:].mean())) <= 0.01
    assert abs(float((out - x)[:, :40].mean())) <= 0.01


def test_illumination_divides() -> None:
    x = scene()
    light = (0.3 + 0.6 * x.mean(-1, keepdims=True)).repeat(3, -1).astype(F32)
    fitted = fit(x, light, mode="divide")
    assert fitted.mode == "divide"
    wanted = (x / (light + 1e-4)).clip(0, 1)
    assert psnr(fitted.evaluate(x, 0, len(x)), wanted) >= 60


@pytest.mark.parametrize("value", [0.0, 0.25, 1.0])
@pytest.mark.parametrize("size", [(1, 1), (1, 40), (40, 1), (3, 5), (30, 20)])
def test_flat_pictures(value: float, size: tuple[int, int]) -> None:
    x = np.full((*size, 3), value, F32)
    for y in (np.full_like(x, 0.4), np.zeros_like(x), np.ones_like(x)):
        fitted = fit(x, y)
        assert np.isfinite(fitted.cells).all()
        assert np.abs(fitted.cells).max() <= 2
        assert np.abs(fitted.evaluate(x, 0, len(x)) - y).max() <= 1e-4


def test_noise_to_noise_stays_sane() -> None:
    fitted = fit(floats(1, 0, 1, 60, 80, 3), floats(2, 0, 1, 60, 80, 3))
    assert np.abs(fitted.cells).max() <= 10


def test_default_grid_follows_the_aspect() -> None:
    assert default_grid(384, 512) == (24, 32, 8)
    assert default_grid(512, 384) == (32, 24, 8)
    assert default_grid(100, 1000) == (16, 32, 8)
    assert default_grid(7, 7) == (32, 32, 8)
    assert fit(scene(30, 40), scene(30, 40)).cells.shape == (24, 32, 8, 3, 4)
    assert fit(scene(30, 40), scene(30, 40), grid=(5, 3, 4)).cells.shape == (5, 3, 4, 3, 4)


def test_wrong_pictures() -> None:
    x = scene(8, 8)
    for one, other in (
        (x, x[:5]),
        (x[..., 0], x[..., 0]),
        (x, x.astype(np.float64)),
        (x, x + F32(np.nan)),
        (x[:0], x[:0]),
    ):
        with pytest.raises(AdjustmentError, match=r"expected .* got"):
            fit(one, other)
    for size in ((0, 4, 8), (4, 4, 1), (4, 4, 65)):
        with pytest.raises(AdjustmentError, match="expected a grid"):
            fit(x, x, grid=size)
