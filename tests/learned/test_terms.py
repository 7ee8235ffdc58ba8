"""Loss terms that several methods share, by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

import numpy as np
import pytest
import torch
from torch import Tensor

from nightlift.learned.terms import LEAST_ERROR, Distance, distances, perceptual
from tests.reference import synth

KINDS: tuple[Distance, ...] = get_args(Distance)


class Edges:
    """Features of two layers that can be computed by hand."""

    def __call__(self, picture: Tensor, /) -> Mapping[str, Tensor]:
        return {"steps": picture.diff(dim=3), "mean": 2 * picture.mean(1, keepdim=True)}


def pictures(*seeds: int) -> Tensor:
    planes = [synth.image(20, 24, seed).transpose(2, 0, 1) for seed in seeds]
    return torch.from_numpy(np.stack(planes)).float()


def test_perception_adds_the_layers_mean_differences() -> None:
    result, target = pictures(1, 2), pictures(3, 4)
    difference = (result - target).double().numpy()
    found = perceptual(Edges(), result.requires_grad_(), Edges()(target))
    steps = np.abs(np.diff(difference, axis=3)).mean()
    means = 2 * np.abs(difference.mean(1)).mean()
    assert found.item() == pytest.approx(float(steps + means), rel=1e-5)
    found.backward()
    assert result.grad is not None and bool(result.grad.any())


def test_distances_are_each_pictures_own() -> None:
    result, target = pictures(1, 2), pictures(3, 4)
    absolute, squared, logarithm = (distances(result, target, kind) for kind in KINDS)
    for picture in range(2):
        difference = (result[picture] - target[picture]).double().numpy()
        assert absolute[picture].item() == pytest.approx(np.abs(difference).mean(), rel=1e-5)
        assert squared[picture].item() == pytest.approx((difference**2).mean(), rel=1e-5)
        expected = np.log((difference**2).mean() + LEAST_ERROR)
        assert logarithm[picture].item() == pytest.approx(expected, rel=1e-5)


def test_the_logarithm_has_a_slope_where_nothing_is_wrong() -> None:
    result = pictures(1).requires_grad_()
    distances(result, result.detach().clone(), "logarithm").sum().backward()
    assert result.grad is not None and bool(result.grad.isfinite().all())
