"""Tiny data sets, and methods to train on them: each of the table, and two stand-ins."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from torch import Tensor, nn

from nightlift.learned.declaration import Batch, Method, Objective, OptimizerGroup
from nightlift.learned.recipe import Recipe
from nightlift.learned.table import METHODS
from nightlift.models.passport import Passport
from tests.reference import synth

SIDE = 64
COUNT = 10


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def write(folder: Path, seeds: range, gain: float = 1.0) -> Path:
    folder.mkdir(parents=True)
    for seed in seeds:
        picture = np.clip(synth.image(SIDE, SIDE, seed) * gain * 255, 0, 255).astype(np.uint8)
        cv2.imwrite(str(folder / f"{seed}.png"), picture[..., ::-1])
    return folder


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """A spec for each kind of supervision."""
    root = tmp_path_factory.mktemp("data")
    write(root / "folder", range(COUNT))
    write(root / "pairs" / "low", range(COUNT), 0.5)
    write(root / "pairs" / "high", range(COUNT))
    write(root / "unpaired" / "train_A" / "car", range(COUNT // 2), 0.5)
    write(root / "unpaired" / "train_A" / "dog", range(COUNT // 2, COUNT), 0.5)
    write(root / "unpaired" / "train_B" / "car", range(20, 23), 2.0)
    write(root / "unpaired" / "train_B" / "dog", range(30, 33), 2.0)
    return {
        "zero-reference": f"folder:{root / 'folder'}",
        "paired": f"lol:{root / 'pairs'}",
        "unpaired": f"unpaired:{root / 'unpaired'}",
    }


OWN: dict[str, dict[str, Any]] = {
    # Features of pictures need a file of weights that no test may ask for.
    "smnet": {"features": "none"},
    "smnet-fivek": {"features": "none"},
    "enlightengan": {"perceptual_weight": 0.0, "resized": (48, 64), "critic_width": 4},
}
"""What else a method needs in order to be tiny."""


def tiny(method: Method[Any], **changes: Any) -> Any:
    """A method's first recipe, at a size that trains in a moment."""
    recipe = next(iter(method.recipes.values()))
    small = {"epochs": 2, "batch": 4, "size": 32, "pictures_every": 0, "log_every": 1}
    narrow = {"width": 4} if hasattr(recipe, "width") else {}
    return replace(recipe, **{**small, **narrow, **OWN.get(method.name, {}), **changes})


class Scale(nn.Module):
    """A network of three numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.ones(3, 1, 1))

    def forward(self, photo: Tensor) -> Tensor:
        return photo * self.gain


class Ratio(Objective):
    """A paired objective."""

    def terms(self, batch: Batch, group: str) -> Mapping[str, Tensor]:
        assert batch.target is not None
        return {"distance": (self.enhance(batch.photo) - batch.target).abs().mean()}

    def enhance(self, photo: Tensor) -> Tensor:
        gained: Tensor = self.network(photo).float()
        return gained


class Duel(Objective):
    """A least-squares GAN of a scale and a critic, with noise from PyTorch's generator."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__(network)
        self.critic = nn.Sequential(nn.Conv2d(3, 4, 4, 4), nn.BatchNorm2d(4), nn.Conv2d(4, 1, 4))

    @property
    def optimizer_groups(self) -> tuple[OptimizerGroup, ...]:
        return (
            OptimizerGroup("generator", self.network.parameters),
            OptimizerGroup("critic", self.critic.parameters),
        )

    def terms(self, batch: Batch, group: str) -> Mapping[str, Tensor]:
        assert batch.target is not None
        result = self.enhance(batch.photo)
        if group == "generator":
            return {"adversarial": (self.critic(result) - 1).square().mean()}
        noise = 0.01 * torch.randn_like(batch.target)
        real = (self.critic(batch.target + noise) - 1).square().mean()
        return {"real": real, "fake": self.critic(result.detach()).square().mean()}

    def enhance(self, photo: Tensor) -> Tensor:
        gained: Tensor = self.network(photo).float()
        return gained


@dataclass(frozen=True)
class Fragile(Recipe):
    poison: float = 1.0


class Poisoned(Ratio):
    """Its second term is not a number once the gain has moved too far from one."""

    def __init__(self, network: nn.Module, poison: float) -> None:
        super().__init__(network)
        self.poison = poison

    def terms(self, batch: Batch, group: str) -> Mapping[str, Tensor]:
        moved = (self.network.gain - 1).abs().max()  # type: ignore[operator]
        return {**super().terms(batch, group), "poison": (self.poison - 400 * moved).sqrt()}

    def validation_loss(self, batch: Batch) -> Tensor:
        return super().terms(batch, "network")["distance"]


def _scale(recipe: Recipe) -> nn.Module:
    return Scale()


def _ratio(network: nn.Module, recipe: Recipe) -> Objective:
    return Ratio(network)


def _duel(network: nn.Module, recipe: Recipe) -> Objective:
    return Duel(network)


def _poisoned(network: nn.Module, recipe: Fragile) -> Objective:
    return Poisoned(network, recipe.poison)


def _passport(recipe: Recipe, network: nn.Module) -> Passport:
    raise NotImplementedError


RATIO = Method("ratio", "", "paired", (), {"own": Recipe()}, _scale, _ratio, _passport)
DUEL = Method("duel", "", "unpaired", (), {"own": Recipe()}, _scale, _duel, _passport)
POISONED = Method("poisoned", "", "paired", (), {"own": Fragile()}, _scale, _poisoned, _passport)

STAND_INS: tuple[Method[Any], ...] = (RATIO, DUEL, POISONED)
EVERY: tuple[Method[Any], ...] = (*METHODS.values(), RATIO, DUEL)


@pytest.fixture(autouse=True)
def _stand_ins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs name their method: the stand-ins have to be found by name too."""
    for method in STAND_INS:
        monkeypatch.setitem(METHODS, method.name, method)
