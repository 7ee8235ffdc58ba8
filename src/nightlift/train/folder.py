"""A run folder: what a training was given, and what came of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from torch import nn

from nightlift.data import Split, sidecar
from nightlift.errors import DataError, UsageError
from nightlift.learned import Method, Recipe
from nightlift.learned import method as find_method
from nightlift.photo import write_bytes
from nightlift.train.checkpoint import Checkpoint, fill
from nightlift.train.overrides import from_json


@dataclass(frozen=True)
class RunFolder:
    """The files of a run."""

    root: Path

    @property
    def description(self) -> Path:
        """Method, recipe, data, seed, versions and command."""
        return self.root / "run.json"

    @property
    def split(self) -> Path:
        """Ids of training and validation photos."""
        return self.root / "split.json"

    @property
    def metrics(self) -> Path:
        """Terms and losses."""
        return self.root / "metrics.csv"

    @property
    def pace(self) -> Path:
        """Speed and memory of each epoch."""
        return self.root / "pace.csv"

    @property
    def board(self) -> Path:
        """TensorBoard's events."""
        return self.root / "tensorboard"

    @property
    def pictures(self) -> Path:
        """Sheets of pictures and histograms."""
        return self.root / "pictures"

    @property
    def last(self) -> Path:
        """The checkpoint of the last epoch."""
        return self.root / "checkpoints" / "last.ckpt"

    def snapshot(self, epoch: int, score: str) -> Path:
        """The name of a checkpoint that is kept beside the best and the last.

        Args:
            epoch: Finished epochs.
            score: What the epoch came to, as in psnr-21.37.

        Returns:
            The path.
        """
        return self.root / "checkpoints" / f"epoch-{epoch:04d}-{score}.ckpt"

    @property
    def snapshots(self) -> list[Path]:
        """All of these, the earliest first."""
        return sorted((self.root / "checkpoints").glob("epoch-*.ckpt"))

    @property
    def best(self) -> Path:
        """The checkpoint of the epoch with the best score."""
        return self.root / "checkpoints" / "best.ckpt"

    def kept(self, recipe: Recipe) -> Path:
        """The checkpoint that a recipe wants released.

        Args:
            recipe: The run's.

        Returns:
            The path of the best or the last.
        """
        return self.last if recipe.keep == "last" else self.best

    def create(self, description: RunDescription, chosen: Split) -> None:
        """Make the folder and describe the run.

        Args:
            description: Of the run.
            chosen: The split of its data.

        Raises:
            UsageError: The folder holds something already.
        """
        if self.root.exists() and (not self.root.is_dir() or any(self.root.iterdir())):
            what = "a run" if self.description.is_file() else "something"
            raise UsageError(
                f"{self.root} holds {what} already; add --resume to go on with it, "
                "or name a new folder"
            )
        for folder in (self.pictures, self.last.parent):
            folder.mkdir(parents=True, exist_ok=True)
        write_bytes(self.split, (json.dumps(asdict(chosen), indent=1) + "\n").encode())
        self.describe(description)

    def describe(self, description: RunDescription) -> None:
        """Write run.json, whole or not at all.

        Args:
            description: Of the run.
        """
        content = {**asdict(description), "split": self.split.name}
        write_bytes(
            self.description, (json.dumps(content, indent=1) + "\n").encode(), overwrite=True
        )

    def read(self) -> tuple[RunDescription, Split]:
        """What `create` wrote.

        Returns:
            The description, with the data where it lies now, and the split.

        Raises:
            UsageError: There is no run.
            DataError: It is damaged.
        """
        if not self.description.is_file():
            raise UsageError(f"{self.root} holds no run (no run.json in it)")
        try:
            content = json.loads(self.description.read_text(encoding="utf-8"))
            content.pop("split")
            content["data"], chosen = sidecar.run_data(self.root)
            return RunDescription(**content), chosen
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise DataError(
                f"{self.description}: expected the description of a run, got something else "
                f"({error})"
            ) from error


@dataclass(frozen=True)
class RunDescription:
    """What run.json says of a run; `data` are LAYOUT:PATH with absolute paths."""

    method: str
    recipe: Mapping[str, Any]
    data: tuple[str, ...]
    data_hash: str
    seed: int
    init: str | None
    command: str
    versions: Mapping[str, str]

    def parsed(self) -> tuple[Method[Any], Recipe]:
        """The method and its recipe, every value checked against its type."""
        found = find_method(self.method)
        kind = type(next(iter(found.recipes.values())))
        return found, from_json(kind, self.recipe)


def stored_recipe(path: Path) -> tuple[Method[Any], Recipe]:
    """The method and the recipe that a run.json holds, wherever it lies.

    Args:
        path: The file.

    Returns:
        The method and its recipe.

    Raises:
        DataError: It is none.
    """
    content = sidecar.read_json(path)
    if not isinstance(content, dict) or not isinstance(content.get("recipe"), dict):
        raise DataError(f"{path}: expected the run.json of a run, with a method and a recipe")
    found = find_method(str(content.get("method")))
    return found, from_json(type(next(iter(found.recipes.values()))), content["recipe"])


def load_kept(run: Path) -> Checkpoint:
    """The checkpoint of a run's kept epoch; raises as `load_run`."""
    folder = RunFolder(run)
    return Checkpoint.load(folder.kept(folder.read()[0].parsed()[1]))


def load_run(run: Path) -> tuple[Method[Any], Recipe, nn.Module]:
    """Method, recipe and trained network of a run: the kept epoch's, in evaluation mode.

    Raises UsageError when there is no run, and ModelError when it has no checkpoint yet.
    """
    folder = RunFolder(run)
    method, recipe = folder.read()[0].parsed()
    network = method.network(recipe)
    kept = folder.kept(recipe)
    fill(network, Checkpoint.load(kept).released, str(kept))
    return method, recipe, network.eval()
