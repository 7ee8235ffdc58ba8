"""Wider networks begin as the same function, and copies of a channel are not trained alike."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from nightlift.errors import ModelError
from nightlift.learned import METHODS, Method
from nightlift.learned.smnet import SMNET
from nightlift.train.checkpoint import Checkpoint
from nightlift.train.warm_start import warm_start
from nightlift.train.widening import widened
from tests.train.conftest import tiny

WIDTH = 16
WITH_WIDTH = [name for name, method in METHODS.items() if hasattr(tiny(method), "width")]


def network(method: Method[Any], width: int, seed: int = 3) -> nn.Module:
    torch.manual_seed(seed)
    made: nn.Module = method.network(replace(tiny(method), width=width)).eval()
    return made


def away_from_the_start(one: nn.Module) -> None:
    """Statistics and slopes that all differ, as they do in trained networks."""
    generator = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for value in one.state_dict().values():
            if value.is_floating_point() and value.dim() == 1:
                value.mul_(1 + 0.2 * torch.rand(value.shape, generator=generator))


def answered(one: nn.Module, photo: Tensor) -> Tensor:
    found: Any = one(photo)
    while not isinstance(found, Tensor):
        found = found[0]
    return found


@pytest.mark.parametrize("times", [2, 3])
@pytest.mark.parametrize("name", WITH_WIDTH)
def test_at_first_it_is_the_same(name: str, times: int) -> None:
    narrow, wide = (network(METHODS[name], width) for width in (WIDTH, WIDTH * times))
    away_from_the_start(narrow)
    found = widened(narrow.state_dict(), wide)
    assert found is not None
    weights, factor = found
    wide.load_state_dict(weights)
    photo = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(1)) / 3
    assert factor == times
    assert torch.allclose(answered(narrow, photo), answered(wide, photo), atol=2e-6)


def test_copies_are_read_in_unequal_shares_that_sum_to_one() -> None:
    narrow, wide = (network(SMNET, width) for width in (WIDTH, 2 * WIDTH))
    found = widened(narrow.state_dict(), wide)
    assert found is not None
    shares = found[0]["block.mix.wide.weight"] / narrow.state_dict()[
        "block.mix.wide.weight"
    ].repeat_interleave(2, 0).repeat_interleave(2, 1)
    left, right = shares[:, 0::2], shares[:, 1::2]
    assert torch.allclose(left + right, torch.ones(()), atol=1e-5)
    assert (left - right).abs().mean() > 0.2


def test_it_is_the_same_each_time() -> None:
    narrow, wide = (network(SMNET, width) for width in (WIDTH, 2 * WIDTH))
    first, again = (widened(narrow.state_dict(), wide) for _ in range(2))
    assert first is not None and again is not None
    assert all(torch.equal(first[0][name], again[0][name]) for name in first[0])


@pytest.mark.parametrize(
    ("narrow", "wide"),
    [
        (nn.Conv2d(3, 8, 3), nn.Conv2d(3, 8, 3)),
        (nn.Conv2d(3, 8, 3), nn.Conv2d(3, 12, 3)),
        (nn.Conv2d(3, 16, 3), nn.Conv2d(3, 8, 3)),
        (nn.Conv2d(3, 8, 3), nn.Conv2d(3, 16, 5)),
        (nn.Conv2d(3 + 8, 8, 3), nn.Conv2d(3 + 16, 16, 3)),
        (nn.Conv2d(3, 8, 3), nn.Conv2d(3, 16, 3, bias=False)),
        (nn.Embedding(4, 8), nn.Embedding(4, 16)),
    ],
    ids=(
        "as wide",
        "half as wide again",
        "narrower",
        "larger kernels",
        "partly wider",
        "no bias",
        "unknown layer",
    ),
)
def test_what_is_not_wider_by_a_whole_number_is_left_alone(
    narrow: nn.Module, wide: nn.Module
) -> None:
    assert widened(narrow.state_dict(), wide) is None


def test_a_training_begins_with_a_narrower_run(tmp_path: Path) -> None:
    narrow = SMNET.objective(network(SMNET, WIDTH), replace(tiny(SMNET), width=WIDTH))
    checkpoint = Checkpoint(1, 1, 1.0, narrow.state_dict(), None, [], {})
    checkpoint.save(tmp_path / "narrow.ckpt")
    told: list[str] = []
    recipe = replace(tiny(SMNET), width=2 * WIDTH)
    wide = SMNET.objective(network(SMNET, 2 * WIDTH), recipe)
    warm_start(SMNET, recipe, wide, tmp_path / "narrow.ckpt", told.append)
    photo = torch.rand(1, 3, 16, 16)
    assert torch.allclose(narrow.enhance(photo), wide.enhance(photo), atol=2e-6)
    assert told == [f"2 times as wide as {tmp_path / 'narrow.ckpt'}, and at first the same"]


def test_a_wider_run_does_not_fit(tmp_path: Path) -> None:
    wide = SMNET.objective(network(SMNET, 2 * WIDTH), replace(tiny(SMNET), width=2 * WIDTH))
    checkpoint = Checkpoint(1, 1, 1.0, wide.state_dict(), None, [], {})
    checkpoint.save(tmp_path / "wide.ckpt")
    recipe = replace(tiny(SMNET), width=WIDTH)
    narrow = SMNET.objective(network(SMNET, WIDTH), recipe)
    with pytest.raises(ModelError, match="expected the weights of this recipe's network"):
        warm_start(SMNET, recipe, narrow, tmp_path / "wide.ckpt", print)
