"""What a light grid promises: color, gray, black, white, order and identity."""

import colorsys
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nightlift.adjust import kernels
from nightlift.adjust.light_grid import DULL, TURN, VIVID, LightGrid
from tests.adjust.examples import EXAMPLES, F32, light, picture

each_set = pytest.mark.parametrize("isa", kernels.instruction_sets())
each_grid = pytest.mark.parametrize("name", [n for n in EXAMPLES if n.startswith("light")])


def applied(isa: str, grid: LightGrid, x: np.ndarray) -> np.ndarray:
    with kernels.using(isa):
        return grid.apply(x)


def floats(seed: int = 0) -> np.ndarray:
    return picture(23, 301, "float32", seed).clip(0, 1)


def constant(gain: float, color: float = 0.5, black: float = 0.0) -> LightGrid:
    return LightGrid(np.full((2, 3, 4), gain, F32), color, black)


def by_loops(grid: LightGrid, x: np.ndarray) -> np.ndarray:
    """The definition in double precision, a pixel and a corner at a time."""
    height, width = x.shape[:2]
    gh, gw, bins = grid.gains.shape
    out = np.zeros(x.shape)
    for row in range(height):
        for column in range(width):
            c = x[row, column].astype(np.float64)
            m = c.max()
            places = (
                row * (gh - 1) / max(height - 1, 1),
                column * (gw - 1) / max(width - 1, 1),
                math.sqrt(m) * (bins - 1),
            )
            gain = 0.0
            for corner in np.ndindex(2, 2, 2):
                low = [math.floor(at) for at in places]
                weight = math.prod(
                    at - i if upper else 1 - (at - i)
                    for at, i, upper in zip(places, low, corner, strict=True)
                )
                if weight > 0:
                    gain += weight * grid.gains[tuple(np.add(low, corner))]
            h = m * m / (m * m + grid.black**2) if grid.black else 1.0
            lift = 2 ** (h * gain if gain > 0 else gain)
            t = lift * m / (1 + (lift - 1) * m)
            if m > 0:
                r = t / m
                saturation = (3 * m - c.sum()) / (2 * (m + DULL))
                grown = grid.color + (1 - grid.color) * min(VIVID * saturation**2, 1)
                s = r if t < m else 1 + grown * h * (r - 1)
                turn = TURN * c.min() * max(s - 1, 0) / m**2
                out[row, column] = t - s * (m - c) + turn * (m - c) * (c - c.min())
    return out


@each_set
@each_grid
def test_definition_against_plain_loops(isa: str, name: str) -> None:
    grid = EXAMPLES[name]()
    assert isinstance(grid, LightGrid)
    for size in ((1, 1), (1, 9), (11, 1), (7, 10), (4, 37)):
        x = picture(*size, "float32").clip(0, 1)
        assert np.abs(applied(isa, grid, x) - by_loops(grid, x)).max() <= 2e-5, size


@each_set
@each_grid
def test_hue_turns_toward_the_middle_channel_alone(isa: str, name: str) -> None:
    grid = EXAMPLES[name]()
    assert isinstance(grid, LightGrid)
    x = floats()
    y = applied(isa, grid, x)
    for before, after in zip(x.reshape(-1, 3)[::7], y.reshape(-1, 3)[::7], strict=True):
        least, middle, most = np.argsort(before)
        if before[least] == before[most]:
            continue
        was, now = before.astype(float), after.astype(float)
        share = (was[middle] - was[least]) / (was[most] - was[least])
        grown = (now[middle] - now[least]) - share * (now[most] - now[least])
        bound = TURN / 4 * share * (1 - share) * (now[most] - now[least])
        # Within what rounding to single precision can turn so small a spread.
        assert -1e-6 <= grown <= bound + 1e-6


@each_set
def test_hue_is_kept_where_nothing_is_lifted(isa: str) -> None:
    x = floats()
    y = applied(isa, constant(-2.0), x)
    for before, after in zip(x.reshape(-1, 3)[::7], y.reshape(-1, 3)[::7], strict=True):
        turn = abs(colorsys.rgb_to_hsv(*before)[0] - colorsys.rgb_to_hsv(*after)[0])
        assert min(turn, 1 - turn) * float(after.max() - after.min()) <= 1e-6


@each_set
def test_orange_nears_yellow_and_blue_nears_cyan(isa: str) -> None:
    x = np.array([[[0.2, 0.12, 0.08], [0.08, 0.12, 0.2]]], F32)
    orange, blue = applied(isa, constant(2), x)[0]
    assert orange[1] - orange[2] > 1.03 * (orange[0] - orange[2]) / 3
    assert np.array_equal(orange, blue[::-1])


@each_set
@each_grid
def test_gray_stays_gray_and_channels_may_change_places(isa: str, name: str) -> None:
    grid = EXAMPLES[name]()
    assert isinstance(grid, LightGrid)
    x = floats()
    y = applied(isa, grid, x)
    for order in ([2, 0, 1], [1, 0, 2]):
        swapped = applied(isa, grid, np.ascontiguousarray(x[..., order]))
        assert np.array_equal(swapped, y[..., order])
    gray = applied(isa, grid, x[..., :1].repeat(3, 2))
    assert np.array_equal(gray, gray[..., :1].repeat(3, 2))


@each_set
@each_grid
def test_black_stays_black(isa: str, name: str) -> None:
    x = np.zeros((5, 300, 3), F32)
    grid = EXAMPLES[name]()
    assert isinstance(grid, LightGrid)
    assert not applied(isa, grid, x).any()
    # So does a channel that is 0 while the chroma grows fully.
    red = x + np.array([0.3, 0, 0], F32)
    full = LightGrid(grid.gains, 1.0, 0.0)
    assert applied(isa, full, red)[..., 1:].max() <= 1e-6


@each_set
@each_grid
def test_white_stays_white(isa: str, name: str) -> None:
    grid = EXAMPLES[name]()
    assert isinstance(grid, LightGrid)
    assert np.abs(applied(isa, grid, np.ones((5, 300, 3), F32)) - 1).max() <= 2e-5


@each_set
@pytest.mark.parametrize("gain", [-8.0, -3.0, -0.5, 0.0, 0.7, 3.0, 8.0])
@pytest.mark.parametrize("black", [0.0, 0.02, 0.2])
def test_constant_gains_are_monotone(isa: str, gain: float, black: float) -> None:
    for color in ([1, 1, 1], [1, 0.6, 0.1]):
        ramp = np.linspace(0, 1, 3000, dtype=F32)[:, None] * np.array(color, F32)
        brightest = applied(isa, constant(gain, 0.5, black), ramp[None])[0].max(axis=1)
        assert np.diff(brightest).min() >= -2e-7


@each_set
def test_no_gain_is_the_identity_for_every_byte(isa: str) -> None:
    x = np.stack(np.meshgrid(*[np.arange(0, 256, 5)] * 3), -1).astype(np.uint8).reshape(52, -1, 3)
    for black in (0.0, 0.3):
        assert np.array_equal(applied(isa, constant(0, 0.7, black), x), x)


@each_set
def test_color_grows_with_the_light(isa: str) -> None:
    x = np.array([[[0.2, 0.1, 0.05]]], F32)
    light = 4 * 0.2 / (1 + 3 * 0.2)
    grown = VIVID * ((0.2 - 0.075) / (0.2 + DULL)) ** 2
    scale = 1 + grown * (light / 0.2 - 1)
    ends = x[..., [0, 2]]
    dull, full = (applied(isa, constant(2, color), x)[..., [0, 2]] for color in (0, 1))
    assert np.allclose(dull, light - scale * (0.2 - ends), atol=1e-5)
    assert np.allclose(full, ends * (light / 0.2), atol=1e-5)
    pale = np.array([[[0.2, 0.199, 0.199]]], F32)
    assert np.allclose(applied(isa, constant(2, 0), pale), light - 0.2 + pale, atol=1e-4)
    assert np.allclose(
        applied(isa, constant(-2, 0), x), x / 4 / (1 - 0.75 * 0.2), atol=1e-5
    )  # darkened by the ratio, whatever the color


@each_set
def test_noise_is_not_lifted(isa: str) -> None:
    x = np.array([[[0.002, 0.001, 0]], [[0.4, 0.2, 0.1]]], F32)
    lifted, held = applied(isa, constant(4), x), applied(isa, constant(4, 0.5, 0.02), x)
    assert held[0].max() <= 1.1 * x[0].max() < lifted[0].max() / 10
    assert np.abs(held[1] - lifted[1]).max() <= 0.01
    dimmed = applied(isa, constant(-4, 0.5, 0.02), x)
    assert np.array_equal(dimmed, applied(isa, constant(-4), x))


def test_slightly_rounded_gains_are_clipped() -> None:
    assert constant(8.0005).gains.max() == 8


@settings(derandomize=True, max_examples=60, deadline=None)
@given(
    isa=st.sampled_from(kernels.instruction_sets()),
    color=st.floats(0, 1),
    black=st.floats(0, 0.5),
    seed=st.integers(0, 99),
)
def test_no_channel_leaves_its_range(isa: str, color: float, black: float, seed: int) -> None:
    gains = light(3, 4, 5).gains * F32(1.6)
    x = picture(3, 200, "float32", seed).clip(0, 1)
    y = applied(isa, LightGrid(gains, color, black), x)
    assert y.min() >= 0
    assert y.max() <= 1
