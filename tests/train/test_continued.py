"""Going on from published checkpoints: weights, and from one format the training, too."""

from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from nightlift.errors import ModelError, UsageError
from nightlift.learned.zero_dce import ZERO_DCE, ZERO_DCE_PLUS
from nightlift.learned.zero_dce.recipes import REIMPLEMENTATION, ZeroDCERecipe
from nightlift.train.checkpoint import Checkpoint
from nightlift.train.overrides import override
from nightlift.train.run import RunFolder, train
from tests.published_networks import weights

RECIPE: ZeroDCERecipe = override(
    REIMPLEMENTATION, ["epochs=8", "size=32", "batch=4", "pictures_every=0", "log_every=1"]
)


class PublishedNet(nn.Module):
    """The reimplementation's network: its names, and the later layer first in each junction."""

    def __init__(self) -> None:
        super().__init__()
        inputs, outputs = (3, 32, 32, 32, 64, 64, 64), (32,) * 6 + (24,)
        for i, (into, out) in enumerate(zip(inputs, outputs, strict=True), 1):
            setattr(self, f"conv{i}", nn.Conv2d(into, out, 3, padding=1))

    def forward(self, x: Tensor) -> Tensor:
        layer = [getattr(self, f"conv{i}") for i in range(1, 8)]
        f1 = torch.relu(layer[0](x))
        f2 = torch.relu(layer[1](f1))
        f3 = torch.relu(layer[2](f2))
        f4 = torch.relu(layer[3](f3))
        f5 = torch.relu(layer[4](torch.cat((f4, f3), 1)))
        f6 = torch.relu(layer[5](torch.cat((f5, f2), 1)))
        return torch.tanh(layer[6](torch.cat((f6, f1), 1)))


def published_training(path: Path, steps: int) -> tuple[PublishedNet, torch.optim.Adam]:
    """Train the reimplementation's network a little, and save it as its code does."""
    network = PublishedNet()
    network.load_state_dict(weights("zero_dce_seed"))
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-4)
    for step in range(steps):
        published_step(network, optimizer, step)
    optimizer.param_groups[0]["lr"] = 9e-5
    state = optimizer.state_dict()
    addresses = {number: 140597778611440 + 72 * number for number in range(14)}
    old = {
        "state": {
            addresses[number]: {**one, "step": int(one["step"])}
            for number, one in state["state"].items()
        },
        "param_groups": [{**state["param_groups"][0], "params": list(addresses.values())}],
    }
    content = {
        "epoch": 5,
        "model": OrderedDict(network.state_dict()),
        "optimizer": old,
        "HyperParam": {"lr": 1e-4},
        "val_loss": np.float64(0.5),
        "loss_history": [np.zeros(5)],
        "train_src": "import os",
    }
    torch.save(content, path)
    return network, optimizer


def published_step(network: nn.Module, optimizer: torch.optim.Adam, step: int) -> None:
    photo = torch.rand(1, 3, 16, 16, generator=torch.Generator().manual_seed(step))
    optimizer.zero_grad()
    network(photo).square().mean().backward()
    optimizer.step()


def test_the_reimplementations_training_goes_on_as_in_its_own_code(tmp_path: Path) -> None:
    """The oracle: the next steps of its network and Adam, and ours, side by side."""
    theirs, their_adam = published_training(tmp_path / "published.pth", steps=3)
    assert ZERO_DCE.read_start is not None
    start = ZERO_DCE.read_start(tmp_path / "published.pth")
    assert start.epoch == 5 and start.optimizer is not None
    ours = ZERO_DCE.network(RECIPE)
    ours.load_state_dict(start.weights)
    our_adam = torch.optim.Adam(ours.parameters())
    our_adam.load_state_dict(dict(start.optimizer))
    for step in (3, 4, 5):
        published_step(theirs, their_adam, step)
        published_step(ours, our_adam, step)
    photo = torch.rand(1, 3, 20, 24)
    torch.testing.assert_close(ours(photo), theirs(photo), rtol=1e-5, atol=1e-6)


def test_a_run_goes_on_from_the_seeds_checkpoint(data: Mapping[str, str], tmp_path: Path) -> None:
    published_training(tmp_path / "published.pth", steps=2)
    spec = data["zero-reference"]
    train(ZERO_DCE, RECIPE, spec, tmp_path / "run", init=tmp_path / "published.pth", workers=0)
    reached = Checkpoint.load(RunFolder(tmp_path / "run").last)
    assert (reached.epoch, reached.steps) == (8, 9)
    assert reached.watch["scale"] == pytest.approx(0.9)
    assert int(reached.optimizers[0][0]["step"]) == 2 + 9
    lines = RunFolder(tmp_path / "run").metrics.read_text().splitlines()
    assert lines[1].startswith("6,1,")


def test_an_ended_training_asks_for_more_epochs(data: Mapping[str, str], tmp_path: Path) -> None:
    published_training(tmp_path / "published.pth", steps=1)
    recipe = override(RECIPE, ["epochs=5"])
    with pytest.raises(UsageError, match="5 epochs behind it, and the recipe ends after 5"):
        train(
            ZERO_DCE,
            recipe,
            data["zero-reference"],
            tmp_path / "run",
            init=tmp_path / "published.pth",
            workers=0,
        )


def test_bare_weights_begin_at_the_first_epoch(tmp_path: Path) -> None:
    for method, folder in ((ZERO_DCE, "zero_dce_paper"), (ZERO_DCE_PLUS, "zero_dce_plus")):
        torch.save(weights(folder), tmp_path / "Epoch99.pth")
        assert method.read_start is not None
        start = method.read_start(tmp_path / "Epoch99.pth")
        assert (start.epoch, start.optimizer) == (0, None)
        method.network(ZeroDCERecipe()).load_state_dict(start.weights)


@pytest.mark.parametrize("broken", ["state", "param_groups", "epoch"])
def test_a_damaged_training_state_is_refused(tmp_path: Path, broken: str) -> None:
    published_training(tmp_path / "published.pth", steps=1)
    assert ZERO_DCE.read_start is not None
    with torch.serialization.safe_globals([]):
        content: dict[str, Any] = torch.load(tmp_path / "published.pth", weights_only=False)
    holder = content if broken == "epoch" else content["optimizer"]
    del holder[broken]
    torch.save(content, tmp_path / "broken.pth")
    with pytest.raises(ModelError, match="expected the state of an Adam optimizer and an epoch"):
        ZERO_DCE.read_start(tmp_path / "broken.pth")


@pytest.mark.shared
def test_the_seeds_own_checkpoint_is_understood(shared: Path) -> None:
    assert ZERO_DCE.read_start is not None
    path = shared / "published" / "zero_dce_seed" / "8LE-color-loss2_best_model.pth"
    start = ZERO_DCE.read_start(path)
    assert start.epoch == 151 and start.optimizer is not None
    assert start.optimizer["param_groups"][0]["lr"] == pytest.approx(9.12673e-05)
    assert len(start.optimizer["state"]) == 14
