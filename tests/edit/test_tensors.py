"""PyTorch tensors are taken, and come back as what they were, with their gradients."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

import nightlift
from nightlift.adjust.bilateral_grid import BilateralGrid, PointwiseGuide
from nightlift.adjust.chain import Chain
from nightlift.adjust.curve_map import CurveMap
from nightlift.adjust.hue import HueKept
from nightlift.adjust.light_grid import LightGrid
from nightlift.adjust.scaled import Scaled
from nightlift.edit.controls import Controls
from nightlift.edit.edit import Denoising, Edit
from nightlift.errors import UsageError
from tests.edit.held import EDIT, GRAY_EDIT, RNG, table

torch = pytest.importorskip("torch")


def adjustments() -> list[Any]:
    maps = RNG.uniform(-0.6, 0.3, (4, 3, 5, 3)).astype(np.float32)
    cells = np.zeros((3, 4, 5, 3, 4), np.float32)
    cells[..., :3] = np.eye(3)
    cells += RNG.normal(0, 0.1, cells.shape).astype(np.float32)
    w1, b1, w2 = (RNG.normal(0, 1, shape).astype("f4") for shape in ((4, 3), (4,), (4,)))
    controls = Controls(exposure=1, warmth=30, saturation=20, shadows=40).adjustment()
    kinds = [
        table(),
        CurveMap(maps, 4),
        CurveMap(maps[:1], 8, "corners"),
        BilateralGrid(cells),
        BilateralGrid(np.abs(cells), "divide", PointwiseGuide(w1, b1, w2, 0.1)),
        controls,
    ]
    gains = RNG.uniform(-1, 3, (3, 4, 5)).astype(np.float32)
    chains = [Chain((kinds[1], kinds[5])), Chain((Scaled(kinds[0], 0.6), kinds[3]))]
    return [*kinds, *chains, LightGrid(gains, 0.7, 0.02), HueKept(kinds[0])]


@pytest.mark.parametrize("number", range(10))
@pytest.mark.parametrize("strength", [1.0, 0.4, 1.5])
def test_tensors_get_what_arrays_get(number: int, strength: float) -> None:
    edit = Edit(adjustments()[number], strength=strength)
    array = RNG.random((2, 31, 23, 3), np.float32)
    tensor = torch.from_numpy(array).permute(0, 3, 1, 2)
    expected = edit.apply(array)
    plain = edit.apply(tensor)
    assert torch.equal(plain.permute(0, 2, 3, 1), torch.from_numpy(expected))
    wanted = tensor.clone().requires_grad_()
    through = edit.apply(wanted)
    assert through.shape == tensor.shape
    difference = (through.permute(0, 2, 3, 1) - torch.from_numpy(expected)).abs().max()
    assert difference < 2e-5
    through.sum().backward()
    assert wanted.grad is not None
    assert torch.isfinite(wanted.grad).all()
    assert (wanted.grad != 0).any()


def test_gradients_are_those_of_the_curve() -> None:
    """At x between two knots the slope of x ^ 0.5's table is the chord's."""
    x = torch.full((3, 4, 4), 100.5 / 255, dtype=torch.float64, requires_grad=True)
    GRAY_EDIT.apply(x).sum().backward()
    chord = ((101 / 255) ** 0.5 - (100 / 255) ** 0.5) * 255
    assert x.grad is not None
    assert torch.allclose(x.grad, torch.full_like(x.grad, chord), rtol=1e-4)


@pytest.mark.parametrize("dtype", ["uint8", "float32", "float64", "float16", "bfloat16"])
@pytest.mark.parametrize("shape", [(3, 6, 5), (1, 6, 5), (4, 6, 5), (2, 3, 6, 5), (2, 1, 6, 5)])
def test_tensors_keep_type_shape_and_alpha(dtype: str, shape: tuple[int, ...]) -> None:
    kind = getattr(torch, dtype)
    tensor = torch.rand(shape) * 0.5
    tensor = (tensor * 255).to(kind) if dtype == "uint8" else tensor.to(kind)
    result = GRAY_EDIT.apply(tensor)
    module = GRAY_EDIT.module()(tensor)
    for one in (result, module):
        assert (one.dtype, one.shape) == (kind, shape)
        if shape[-3] == 4:
            assert torch.equal(one[3:], tensor[3:])
    top = 255 if dtype == "uint8" else 1
    expected = (tensor.double() / top) ** 0.5
    colors = (slice(0, 3),) if shape[-3] == 4 else ()
    assert (result.double() / top - expected)[colors].abs().max() < 0.12
    assert (result.double() - module.double())[colors].abs().max() <= top * 5e-3


def test_each_tensor_of_a_batch_by_its_own_edit() -> None:
    lift = nightlift.Enhancer("glenet-global-open")
    batch = torch.rand(2, 3, 20, 30) * torch.tensor([0.1, 0.4]).view(2, 1, 1, 1)
    plain = lift(batch)
    wanted = lift(batch.clone().requires_grad_())
    assert wanted.requires_grad
    assert (plain - wanted).abs().max() < 1e-5
    assert torch.equal(plain[1], lift(batch[1]))


def test_tensors_that_cannot_be() -> None:
    with pytest.raises(UsageError, match=r"channels come last: tensor.movedim\(-1, -3\)"):
        EDIT.apply(torch.zeros(20, 30, 3))
    with pytest.raises(UsageError, match=r"tensor\[None\]"):
        EDIT.apply(torch.zeros(20, 30))
    with pytest.raises(UsageError, match="int64"):
        EDIT.apply(torch.zeros(3, 4, 4, dtype=torch.int64))
    with pytest.raises(UsageError, match=r"got a sparse one: tensor.to_dense\(\)"):
        EDIT.apply(torch.zeros(3, 4, 4).to_sparse())
    with pytest.raises(UsageError, match="device meta"):
        EDIT.apply(torch.zeros(3, 4, 4, device="meta"))
    with pytest.raises(UsageError, match="empty"):
        EDIT.apply(torch.zeros(0, 3, 4, 4))
    for value in (200.0, -1.0, float("nan")):
        for gradient in (False, True):
            wrong = torch.full((3, 4, 4), value, requires_grad=gradient)
            with pytest.raises(UsageError, match=r"expected (finite )?numbers"):
                EDIT.apply(wrong)
    with pytest.raises(UsageError, match="gradients"):
        Edit(table(), denoising=Denoising("fast")).apply(torch.rand(3, 8, 8, requires_grad=True))
    with pytest.raises(UsageError, match="no part of a PyTorch module"):
        Edit(table(), denoising=Denoising("fast")).module()


def test_modules_have_buffers_and_no_parameters() -> None:
    module = Edit(adjustments()[7], strength=0.5).module()
    assert not list(module.parameters())
    assert module.state_dict()
    other = pickle.loads(pickle.dumps(module))
    x = torch.rand(1, 3, 9, 8)
    assert torch.equal(module(x), other(x))
