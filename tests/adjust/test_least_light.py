"""What an illumination divides by at least: the definition, its twins, and what is stored."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nightlift.adjust.adjustment import Adjustment
from nightlift.adjust.bilateral_grid import LEAST_LIGHT, BilateralGrid
from nightlift.edit.edit import Edit
from nightlift.errors import AdjustmentError

from .examples import F32, TYPES, constant_grid, grid, guide, picture, tolerance

LEAST = (1e-4, LEAST_LIGHT, 0.3)


def flat(light: float, least: float) -> BilateralGrid:
    """One illumination everywhere."""
    model = np.array([[0, 0, 0, light]] * 3)
    return replace(constant_grid(model, "divide"), least_light=least)


def whole(adjustment: Adjustment, floats: np.ndarray) -> np.ndarray:
    return adjustment.evaluate(floats, 0, len(floats))


@pytest.mark.parametrize("light", [0.0, 1e-3, 0.01, 0.5])
@pytest.mark.parametrize("least", LEAST)
def test_it_bounds_the_published_division(light: float, least: float) -> None:
    floats = picture(9, 11, "float32").clip(0, 1) * F32(0.02)
    found = whole(flat(light, least), floats)
    expected = np.clip(floats / max(light + 1e-4, least), 0, 1)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    if least == 1e-4:  # as published
        np.testing.assert_allclose(found, np.clip(floats / (light + 1e-4), 0, 1), atol=1e-5)


@pytest.mark.parametrize("bins", [8, 20])
@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("least", LEAST)
def test_kernels_know_it(least: float, dtype: str, bins: int) -> None:
    """Bins that fit in a register, and more; illuminations around the bound."""
    example = replace(grid(5, 7, bins, "divide", guide(16, 0.5)), least_light=least)
    example = replace(example, cells=example.cells * F32(0.3))
    pixels = picture(37, 61, dtype)
    most = 1.0 if dtype == "float32" else float(np.iinfo(dtype).max)
    floats = (pixels / most).astype(F32).clip(0, 1)
    expected = whole(example, floats) * most
    found = example.apply(floats if dtype == "float32" else pixels)
    assert np.abs(found.astype(float) - expected).max() <= tolerance(dtype)


def test_pytorchs_twin_knows_it() -> None:
    torch = pytest.importorskip("torch")
    from nightlift.adjust import differentiable

    example = replace(grid(5, 7, 8, "divide"), least_light=0.2)
    floats = picture(13, 17, "float32").clip(0, 1)
    x = torch.from_numpy(floats).permute(2, 0, 1)[None]
    cells = torch.tensor(example.cells.transpose(3, 4, 2, 0, 1)).flatten(0, 1)[None]
    by = differentiable.luma_guide(x)
    found = differentiable.bilateral_slice(x, cells, by, "divide", 0.2)
    expected = torch.from_numpy(whole(example, floats)).permute(2, 0, 1)[None]
    torch.testing.assert_close(found, expected, atol=2e-5, rtol=0)


def test_it_is_stored(tmp_path: Path) -> None:
    example = flat(0.01, 1e-4)
    edit = Edit(example)
    stored = Edit.load(edit.save(tmp_path / "edit.npz"))
    assert stored == edit and isinstance(stored.adjustment, BilateralGrid)
    assert stored.adjustment.least_light == 1e-4
    assert stored != Edit(flat(0.01, LEAST_LIGHT))
    with pytest.raises(AdjustmentError, match="of one kind and settings"):
        Edit.mean([edit, Edit(flat(0.01, LEAST_LIGHT))])


@pytest.mark.parametrize("least", [0.0, -1.0, 1.5, float("nan")])
def test_it_is_a_number_above_nothing(least: float) -> None:
    with pytest.raises(AdjustmentError, match="least light from 1e-06 to 1"):
        flat(0.5, least)
