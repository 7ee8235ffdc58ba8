"""Checkpoints: all that a training needs to go on, in a file that PyTorch loads safely."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import torch
from torch import Tensor, nn

from nightlift.errors import ModelError
from nightlift.learned import read_checkpoint
from nightlift.photo import write_bytes
from nightlift.train.schedules import Watch

if TYPE_CHECKING:
    from nightlift.train.module import Training

Weights = Mapping[str, Tensor]

NETWORK = "network."
"""How the names of the released network's weights begin among an objective's."""


@dataclass(frozen=True)
class Checkpoint:
    """The state after `epoch` epochs and `steps` steps, trained for `seconds`.

    `objective` holds the weights of every group, `average` those of the averaged network, and
    `optimizers` the state of each group's optimizer by parameter number. `losses` are the training
    pictures' last ones where these are drawn by them.
    """

    epoch: int
    steps: int
    seconds: float
    objective: Weights
    average: Weights | None
    optimizers: list[Mapping[int, Any]]
    watch: Mapping[str, Any]
    losses: Tensor | None = None

    @classmethod
    def take(cls, module: Training) -> Self:
        """The state of a training at the end of an epoch.

        Args:
            module: The training.

        Returns:
            The state; its tensors are the training's own.
        """
        return cls(
            module.epoch,
            module.steps,
            module.seconds,
            module.objective.state_dict(),
            None if module.average is None else module.average.network.state_dict(),
            [optimizer.state_dict()["state"] for optimizer in module.optimizers],
            asdict(module.watch),
            None if module.losses is None else torch.from_numpy(module.losses.copy()),
        )

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` wrote.

        Args:
            path: The file.

        Returns:
            The state, tensors on the CPU.

        Raises:
            ModelError: It is anything else.
        """
        content = read_checkpoint(path)
        if not cls.matches(content):
            raise ModelError(
                f"expected a checkpoint of a nightlift training, but {path} is something else"
            )
        return cls(**content)

    @classmethod
    def matches(cls, content: Mapping[str, Any]) -> bool:
        """Whether some content is that of a training's checkpoint.

        Args:
            content: What `read_checkpoint` gave.

        Returns:
            True where its names are those.
        """
        known = {field.name for field in fields(cls)}
        return known - {"losses"} <= set(content) <= known  # those of earlier versions have none

    def save(self, path: Path) -> None:
        """Write the state, whole or not at all, in place of an older one.

        Args:
            path: The file.
        """
        buffer = io.BytesIO()
        torch.save({field.name: getattr(self, field.name) for field in fields(self)}, buffer)
        write_bytes(path, buffer.getvalue(), overwrite=True)

    def restore(self, module: Training) -> None:
        """Put a training into this state.

        Args:
            module: Of the same recipe, its optimizers already made.
        """
        module.objective.load_state_dict(self.objective)
        if module.average is not None:
            average = self.released if self.average is None else self.average
            module.average.network.load_state_dict(average)
        for optimizer, state in zip(module.optimizers, self.optimizers, strict=True):
            groups = optimizer.state_dict()["param_groups"]  # the recipe's, not the file's
            optimizer.load_state_dict({"state": state, "param_groups": groups})
        module.watch = Watch(**self.watch)
        if module.losses is not None and self.losses is not None:
            module.losses[:] = self.losses.numpy()
        module.epoch, module.steps, module.seconds = self.epoch, self.steps, self.seconds

    @property
    def released(self) -> Weights:
        """The weights of the network to release: averaged, if the training averages."""
        if self.average is not None:
            return self.average
        return {
            name.removeprefix(NETWORK): value
            for name, value in self.objective.items()
            if name.startswith(NETWORK)
        }


def fill(network: nn.Module, weights: Weights, source: str) -> None:
    """Put weights into a network.

    Args:
        network: The network.
        weights: A state dict.
        source: Where they come from, for the sentence.

    Raises:
        ModelError: They are another network's.
    """
    try:
        network.load_state_dict(weights)
    except RuntimeError as error:
        reason = str(error).splitlines()[-1].strip()
        raise ModelError(
            f"{source}: expected the weights of this recipe's network, got others: {reason}"
        ) from error
