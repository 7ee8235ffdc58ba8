"""A training run becomes a released model that says where it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nightlift.learned import Method, Recipe
from nightlift.models import ReleasedModel
from nightlift.train.checkpoint import Checkpoint, fill
from nightlift.train.export import Bits, release
from nightlift.train.folder import RunFolder, load_run


def export_run(
    run: Path,
    path: Path,
    *,
    name: str | None = None,
    data: tuple[str, ...] = (),
    data_terms: str = "unknown",
    license: str = "unknown",
    quality: Mapping[str, float] | None = None,
    checkpoint: Path | None = None,
    keep_hue: bool = False,
    bits: Bits = 32,
    overwrite: bool = False,
) -> ReleasedModel:
    """Release the epoch that a run keeps, or another checkpoint; see `release`.

    Args:
        run: Its folder.
        path: The file to be written.
        name: What the model calls itself; None: as its method.
        data: Names of the training data; none: of the run's own data folders.
        data_terms: On which terms it is.
        license: Of the weights.
        quality: Measured figures by name.
        checkpoint: Other weights of the same network, such as an average; None: the kept epoch's.
        keep_hue: Whether each pixel keeps its hue, whatever the network does to the channels.
        bits: Of a stored weight: 32, or 16 for a smaller file.
        overwrite: Whether a file there is replaced.

    Returns:
        The released model.

    Raises:
        UsageError: There is no run, or `bits` is neither.
        ModelError: The exported network differs from the trained one, or its hue is nearly kept
            already (light grids).
        WriteError: The file exists, or cannot be written.
    """
    description, _ = RunFolder(run).read()
    method, recipe, network = load_run(run)
    if checkpoint is not None:
        fill(network, Checkpoint.load(checkpoint).released, str(checkpoint))
    passport = method.passport(recipe, network)._replace(
        method=name or method.name,
        data=data or tuple(Path(spec.partition(":")[2]).name for spec in description.data),
        data_terms=data_terms,
        license=license,
        quality=dict(quality or {}),
        recipe=_told(method, recipe, description.seed),
        date=datetime.now(UTC).date().isoformat(),
    )
    if keep_hue:
        passport = passport._replace(hue="kept")
    return release(network, passport, path, bits=bits, overwrite=overwrite)


def _told(method: Method[Any], recipe: Recipe, seed: int) -> str:
    """The recipe's name, what was set otherwise, and the seed: enough to train it again.

    Files are told by their names: their folders are the trainer's own affair.
    """
    named = method.recipes.get(recipe.name)
    own = asdict(named) if named is not None else {}
    changes = [
        f"{key}={Path(value).name if _is_path(value) else value}"
        for key, value in asdict(recipe).items()
        if own.get(key) != value
    ]
    return ", ".join([f"{method.name} --recipe {recipe.name}", *changes, f"seed {seed}"])


def _is_path(value: object) -> bool:
    return isinstance(value, Path) or (isinstance(value, str) and Path(value).name != value)
