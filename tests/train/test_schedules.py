"""Learning rates: written-out values, and PyTorch's own plateau as the oracle."""

import math

import numpy as np
import pytest
import torch

from nightlift.learned.recipe import Recipe
from nightlift.train.schedules import Watch, factor


def test_constant_and_plateau_leave_the_rate_alone() -> None:
    for schedule in ("constant", "plateau"):
        assert factor(Recipe(schedule=schedule), 50) == 1.0  # type: ignore[arg-type]


def test_steps_hold_from_their_epoch_on() -> None:
    recipe = Recipe(schedule="steps", learning_rates=((9, 0.05), (1, 0.5), (2, 0.1)))
    assert [factor(recipe, epoch) for epoch in (0, 1, 2, 8, 9, 99)] == [
        1.0, 0.5, 0.1, 0.1, 0.05, 0.05,
    ]  # fmt: skip


def test_linear_decay_is_constant_then_falls_to_zero() -> None:
    recipe = Recipe(schedule="linear-decay", epochs=200, hold=100)
    assert [factor(recipe, epoch) for epoch in (0, 100, 150, 199)] == [
        1.0, 1.0, 0.5, pytest.approx(0.01),
    ]  # fmt: skip


def test_cosine_is_pytorchs() -> None:
    recipe = Recipe(schedule="cosine", epochs=20)
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    oracle = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=20)
    for epoch in range(20):
        assert factor(recipe, epoch) == pytest.approx(optimizer.param_groups[0]["lr"], abs=1e-9)
        optimizer.step()
        oracle.step()


@pytest.mark.parametrize("seed", range(5))
def test_plateau_is_pytorchs(seed: int) -> None:
    rng = np.random.default_rng(seed)
    losses = 2 + np.exp(-np.arange(120) / 10) + 0.02 * rng.standard_normal(120)
    losses[60:] = 1.9 * (1 - 2e-5) ** np.arange(60)  # improvements too small to count
    recipe = Recipe(schedule="plateau", factor=0.5, patience=3)
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    oracle = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=3, eps=0)
    watch = Watch()
    for epoch, loss in enumerate(losses):
        watch.update(float(loss), float(loss), epoch, recipe)
        oracle.step(float(loss))
        assert watch.scale == optimizer.param_groups[0]["lr"], epoch
    assert watch.scale < 0.1
    assert watch.best == min(losses) and watch.best_epoch == int(np.argmin(losses))


def test_stopping_early_counts_epochs_without_improvement() -> None:
    recipe, watch = Recipe(stop_after=2), Watch()
    over = []
    for epoch, loss in enumerate((3.0, 2.0, 2.5, 1.0, 1.0, 1.5)):
        watch.update(loss, loss, epoch, recipe)
        over.append(watch.over(recipe))
    assert over == [False, False, False, False, False, True]
    assert (watch.best, watch.best_epoch) == (1.0, 3)
    assert not Watch(stale=10**6).over(Recipe()) and math.isinf(Watch().best)


def test_the_best_epoch_is_chosen_by_its_score_where_there_is_one() -> None:
    """Stopping and the plateau follow the loss all the same."""
    recipe, watch = Recipe(keep_by="psnr"), Watch()
    scored = [(3.0, None), (2.0, -20.0), (1.0, None), (0.5, -19.0), (0.7, -21.0)]
    assert [watch.update(loss, score, n, recipe) for n, (loss, score) in enumerate(scored)] == [
        False,
        True,
        False,
        False,
        True,
    ]
    assert (watch.best, watch.best_epoch, watch.level) == (-21.0, 4, 0.5)
