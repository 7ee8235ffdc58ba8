"""Pixel centers and grids, against plain loops and PyTorch's own resampling."""

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from nightlift.adjust import differentiable, kernels
from nightlift.adjust.bilateral_grid import BilateralGrid
from nightlift.adjust.curve_map import CurveMap
from nightlift.adjust.resample import Alignment, axis
from tests.adjust.examples import F32, curves, floats, grid, guide, picture

each_set = pytest.mark.parametrize("isa", kernels.instruction_sets())


def between(low: int, count: int) -> tuple[int, int]:
    return min(low, count - 1), min(low + 1, count - 1)


def sliced_by_loops(g: BilateralGrid, x: np.ndarray) -> np.ndarray:
    """The definition of the slice, in double precision, a pixel and a corner at a time."""
    height, width = x.shape[:2]
    gh, gw, bins = g.cells.shape[:3]
    out = np.empty(x.shape)
    for row in range(height):
        for column in range(width):
            rgb = [float(v) for v in x[row, column]]
            if g.guide is None:
                light = 2 * (0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2]) - 1
            else:
                total = g.guide.b2
                for w1, b1, w2 in zip(g.guide.w1, g.guide.b1, g.guide.w2, strict=True):
                    total += w2 * max(
                        sum(float(w) * v for w, v in zip(w1, rgb, strict=True)) + b1, 0
                    )
                light = math.tanh(total)
            places = (
                (row * (gh - 1) / (height - 1) if height > 1 else 0.0, gh),
                (column * (gw - 1) / (width - 1) if width > 1 else 0.0, gw),
                (min(max((light + 1) / 2, 0), 1) * (bins - 1), bins),
            )
            model = np.zeros((3, 4))
            for corner in range(8):
                weight, cell = 1.0, []
                for bit, (at, count) in enumerate(places):
                    upper = corner >> bit & 1
                    part = at - math.floor(at)
                    weight *= part if upper else 1 - part
                    cell.append(between(math.floor(at), count)[upper])
                model += weight * g.cells[tuple(cell)]
            value = model @ [*rgb, 1.0]
            if g.mode == "divide":
                value = np.array(rgb) / np.maximum(value + 1e-4, 1 / 64)
            out[row, column] = value.clip(0, 1)
    return out


@each_set
@pytest.mark.parametrize(
    "example",
    [
        grid(3, 4, 8),
        grid(2, 5, 3, "divide"),
        grid(4, 1, 20, "affine", guide(4, 1.0)),
        grid(1, 3, 8, "divide", guide(6, 3.0)),
    ],
    ids=["luma", "divide", "20 bins", "steep guide"],
)
def test_slice_against_plain_loops(isa: str, example: BilateralGrid) -> None:
    for size in ((1, 1), (1, 9), (11, 1), (7, 10), (4, 37)):
        x = picture(*size, "float32").clip(0, 1)
        with kernels.using(isa):
            assert np.abs(example.apply(x) - sliced_by_loops(example, x)).max() <= 2e-5, size


def test_slice_against_grid_sample() -> None:
    g = grid(5, 6, 8)
    x = picture(23, 31, "float32").clip(0, 1)
    light = 2 * torch.tensor(x @ np.array([0.299, 0.587, 0.114], F32)) - 1
    down, across = torch.linspace(-1, 1, 23), torch.linspace(-1, 1, 31)
    y, z = torch.meshgrid(down, across, indexing="ij")
    places = torch.stack([z, y, light], -1)[None, None]
    cells = torch.tensor(g.cells).flatten(3).permute(3, 2, 0, 1)[None]
    models = F.grid_sample(cells, places, align_corners=True)[0, :, 0].permute(1, 2, 0)
    models = models.reshape(23, 31, 3, 4).numpy()
    wanted = (models @ np.concatenate([x, np.ones_like(x[..., :1])], -1)[..., None])[..., 0]
    assert np.abs(g.evaluate(x, 0, 23) - wanted.clip(0, 1)).max() <= 2e-5


def test_corner_pixels_see_corner_cells() -> None:
    cells = np.zeros((4, 5, 8, 3, 4), F32)
    cells[-1, 0, -1, :, 3] = 1
    x = np.ones((9, 14, 3), F32)
    out = BilateralGrid(cells).apply(x)
    assert out[-1, 0, 0] == 1
    assert out[0, 0, 0] == out[0, -1, 0] == out[-1, -1, 0] == 0


@pytest.mark.parametrize("alignment", ["half-pixel", "corners"])
@pytest.mark.parametrize("cells", [1, 2, 7, 40])
@pytest.mark.parametrize("pixels", [1, 2, 13, 100])
def test_maps_are_enlarged_as_pytorch_does(alignment: Alignment, cells: int, pixels: int) -> None:
    values = floats(1, -1, 1, cells)
    index, fraction = axis(pixels, cells, alignment)
    after = values[np.minimum(index + 1, cells - 1)]
    got = values[index] + fraction * (after - values[index])
    options = {"align_corners": True} if alignment == "corners" else {"align_corners": False}
    wanted = F.interpolate(torch.tensor(values)[None, None], pixels, mode="linear", **options)
    assert np.abs(got - wanted[0, 0].numpy()).max() <= 1e-5
    part = axis(pixels, cells, alignment, pixels // 3, pixels - pixels // 3)
    assert np.array_equal(part[0], index[pixels // 3 :])
    assert np.array_equal(part[1], fraction[pixels // 3 :])


@each_set
def test_steps_of_a_constant_map(isa: str) -> None:
    x = picture(3, 5, "float32").clip(0, 1)
    a = np.array([-0.7, 0.3, -1.0])
    wanted = x.astype(np.float64)
    for _ in range(5):
        wanted = wanted + a * (wanted * wanted - wanted)
    maps = np.broadcast_to(a.astype(F32), (5, 4, 6, 3)).copy()
    with kernels.using(isa):
        assert np.abs(CurveMap(maps, 5).apply(x) - wanted).max() <= 1e-6
        assert np.abs(CurveMap(maps[:1], 5).apply(x) - wanted).max() <= 1e-6


def test_with_steps() -> None:
    x = picture(6, 9, "float32").clip(0, 1)
    eight = curves(8, 8, 3, 4, "half-pixel")
    assert np.array_equal(
        eight.with_steps(3).apply(x), CurveMap(eight.maps[:3], 3, "half-pixel").apply(x)
    )
    shared = curves(1, 8, 3, 4, "corners")
    assert shared.with_steps(12).steps == 12


def test_gradients_flow() -> None:
    x = torch.rand(2, 3, 4, 5, dtype=torch.float64, requires_grad=True)
    x = (0.1 + 0.8 * x).detach().requires_grad_()
    table = torch.linspace(0.1, 0.8, 256, dtype=torch.float64).sqrt().view(1, 256, 1)
    table = table.repeat(2, 1, 3).requires_grad_()
    maps = (-0.5 * torch.rand(2, 6, 3, 2, dtype=torch.float64)).requires_grad_()
    # Small cells keep the results away from the clipping at 0 and 1.
    cells = (0.2 + 0.05 * torch.rand(2, 12, 3, 2, 2, dtype=torch.float64)).requires_grad_()
    w1 = torch.rand(4, 3, dtype=torch.float64, requires_grad=True)
    b1 = torch.rand(4, dtype=torch.float64, requires_grad=True)
    w2 = (0.2 * torch.rand(4, dtype=torch.float64)).requires_grad_()
    b2 = torch.tensor(-0.3, dtype=torch.float64, requires_grad=True)

    def sliced(*all_of: torch.Tensor) -> torch.Tensor:
        x, cells, *weights = all_of
        guide = differentiable.pointwise_guide(x, *weights)
        return differentiable.bilateral_slice(x, cells, guide, "affine")

    def curved(x: torch.Tensor, maps: torch.Tensor) -> torch.Tensor:
        return differentiable.curve_map(x, maps, 2, "half-pixel")

    def check(function: Callable[..., torch.Tensor], inputs: tuple[torch.Tensor, ...]) -> bool:
        return torch.autograd.gradcheck(function, inputs, fast_mode=True)

    assert check(lambda t: differentiable.tone_table(x.detach(), t), (table,))
    assert check(curved, (x, maps))
    assert check(sliced, (x, cells, w1, b1, w2, b2))
    divided = differentiable.divided(x, 1 + x.detach())
    assert torch.autograd.grad(divided.sum(), x)[0].abs().min() > 0


def test_gradients_flow_through_light() -> None:
    generator = torch.Generator().manual_seed(1)

    def random(low: float, high: float, *shape: int) -> torch.Tensor:
        values = torch.rand(*shape, dtype=torch.float64, generator=generator)
        return (low + (high - low) * values).requires_grad_()

    # Away from where the gain changes sign, where only one-sided slopes exist.
    x, color = random(0.05, 0.95, 2, 3, 4, 5), random(0.2, 0.8, 2)
    lifts, falls = random(0.5, 4, 2, 3, 2, 2), random(-4, -0.5, 2, 3, 2, 2)
    black = random(0.02, 0.1, 2)
    for gains in (lifts, falls):
        for inputs in ((x, gains, color), (x, gains, color, black)):
            assert torch.autograd.gradcheck(differentiable.light_grid, inputs, fast_mode=True)


def test_gradients_of_black_and_white_are_finite() -> None:
    x = torch.tensor([0.0, 1.0]).view(1, 1, 1, 2).repeat(1, 3, 1, 1).requires_grad_()
    gains, color = torch.full((1, 2, 1, 1), 3.0), torch.tensor([0.5])
    for black in (None, torch.tensor([0.0])):
        out = differentiable.light_grid(x, gains, color, black)
        assert torch.autograd.grad(out.sum(), x)[0].isfinite().all()


def test_shared_parameters_serve_a_whole_batch() -> None:
    x = torch.rand(3, 3, 6, 7)
    table = torch.linspace(0, 1, 256).sqrt().view(1, 256, 1).expand(1, 256, 3)
    cells = torch.rand(1, 12, 4, 2, 2)
    guide = differentiable.luma_guide(x)
    for whole, one in (
        (differentiable.tone_table(x, table), differentiable.tone_table(x[1:2], table)),
        (
            differentiable.bilateral_slice(x, cells, guide, "divide"),
            differentiable.bilateral_slice(x[1:2], cells, guide[1:2], "divide"),
        ),
    ):
        assert torch.allclose(whole[1:2], one, atol=1e-6)
