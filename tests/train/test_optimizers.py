"""Optimizers by name: each is PyTorch's, and a resumed run goes on with its state."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
import torch

from nightlift.errors import UsageError
from nightlift.learned.recipe import Recipe
from nightlift.learned.table import METHODS
from nightlift.train.optimizers import optimizer_of
from nightlift.train.run import resume, train
from tests.train.conftest import RATIO, tiny
from tests.train.run_state import Kill, Stop, assert_same_run, same, state

NAMES = ("adam", "adamw", "sgd", "rmsprop")


@pytest.mark.parametrize(
    ("name", "kind", "settings"),
    [
        ("adam", torch.optim.Adam, {"betas": (0.5, 0.99), "weight_decay": 0.1}),
        ("adamw", torch.optim.AdamW, {"betas": (0.5, 0.99), "weight_decay": 0.1}),
        ("sgd", torch.optim.SGD, {"momentum": 0.5, "nesterov": True, "weight_decay": 0.1}),
        ("rmsprop", torch.optim.RMSprop, {"alpha": 0.99, "momentum": 0, "weight_decay": 0.1}),
    ],
)
def test_it_is_the_one_of_the_name(
    name: str, kind: type[torch.optim.Optimizer], settings: Mapping[str, object]
) -> None:
    weights = [torch.nn.Parameter(torch.ones(2))]
    recipe = Recipe(optimizer=name, learning_rate=0.2, betas=(0.5, 0.99), weight_decay=0.1)  # type: ignore[arg-type]
    found = optimizer_of(recipe, weights)
    assert type(found) is kind
    (group,) = found.param_groups
    assert group["lr"] == 0.2 and {key: group[key] for key in settings} == settings


def test_momentum_may_be_none() -> None:
    recipe = Recipe(optimizer="sgd", betas=(0.0, 0.9))
    (group,) = optimizer_of(recipe, [torch.nn.Parameter(torch.ones(2))]).param_groups
    assert group["momentum"] == 0 and not group["nesterov"]


@pytest.mark.parametrize("name", NAMES)
def test_resumed_equals_uninterrupted(name: str, data: Mapping[str, str], tmp_path: Path) -> None:
    recipe = tiny(RATIO, epochs=3, optimizer=name, learning_rate=0.02)
    train(RATIO, recipe, data["paired"], tmp_path / "whole", workers=0)
    with pytest.raises(Stop):
        train(RATIO, recipe, data["paired"], tmp_path / "cut", workers=0, report=Kill(3, 1))
    resume(tmp_path / "cut", workers=0)
    assert_same_run(tmp_path / "whole", tmp_path / "cut")


def test_each_comes_to_something_else(data: Mapping[str, str], tmp_path: Path) -> None:
    found = []
    for name in NAMES:
        recipe = tiny(RATIO, optimizer=name, learning_rate=0.02, weight_decay=0.1)
        train(RATIO, recipe, data["paired"], tmp_path / name, workers=0)
        found.append(state(tmp_path / name)["objective"])
    assert not any(same(one, other) for one in found for other in found if one is not other)


def test_an_unknown_one_is_refused() -> None:
    from nightlift.train.overrides import override

    with pytest.raises(UsageError, match="optimizer to be one of adam, adamw, sgd, rmsprop"):
        override(next(iter(METHODS["smnet"].recipes.values())), ["optimizer=lion"])
