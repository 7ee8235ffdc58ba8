"""A training run becomes a released model that says where it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nightlift.learned import Method, Recipe
from nightlift.models import ReleasedModel
from nightlift.train.export import release
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
    overwrite: bool = False,
) -> ReleasedModel:
    """Release the epoch that a run keeps, parity checked; see `nightlift.train.export.release`.

    `name` is what the model calls itself (None: its method's name); `data`, `data_terms` and
    `license` go into the passport as they are, `quality` holds measured figures by name. Without
    `data` the passport names the run's own data folders.
    """
    description, _ = RunFolder(run).read()
    method, recipe, network = load_run(run)
    passport = replace(
        method.passport(recipe, network),
        method=name or method.name,
        data=data or tuple(Path(spec.partition(":")[2]).name for spec in description.data),
        data_terms=data_terms,
        license=license,
        quality=dict(quality or {}),
        recipe=_told(method, recipe, description.seed),
        date=datetime.now(UTC).date().isoformat(),
    )
    return release(network, passport, path, overwrite=overwrite)


def _told(method: Method[Any], recipe: Recipe, seed: int) -> str:
    """The recipe's name, what was set otherwise, and the seed: enough to train it again."""
    named = method.recipes.get(recipe.name)
    own = asdict(named) if named is not None else {}
    changes = [f"{key}={value}" for key, value in asdict(recipe).items() if own.get(key) != value]
    return ", ".join([f"{method.name} --recipe {recipe.name}", *changes, f"seed {seed}"])
