"""What a trained network estimates on its way to a result, as pictures of any photo."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from nightlift.data import Bytes, shrunk
from nightlift.errors import UsageError
from nightlift.learned import Method, Objective, Panel, Recipe
from nightlift.train.folder import load_run


def objective_of_run(run: Path) -> Objective:
    """The kept epoch of a run, ready to be looked at.

    Args:
        run: Its folder.

    Returns:
        Its objective, in evaluation mode.

    Raises:
        UsageError: There is no run.
        ModelError: Its checkpoint is missing or another's.
    """
    method, recipe, network = load_run(run)
    return method.objective(network, without_features(recipe)).eval()


def objective_of_file(method: Method[Any], path: Path) -> Objective:
    """A published checkpoint of a method, ready to be looked at.

    Args:
        method: The method.
        path: The checkpoint.

    Returns:
        Its objective, in evaluation mode.

    Raises:
        UsageError: The method reads no published checkpoint.
        ModelError: It is another file.
    """
    if method.read_published is None:
        raise UsageError(f"no published checkpoint of {method.name} can be read: name a run")
    recipe = without_features(next(iter(method.recipes.values())))
    return method.objective(method.read_published(path)[0], recipe).eval()


def without_features(recipe: Recipe) -> Recipe:
    """A recipe without the perceptual term, whose weights only training needs.

    Args:
        recipe: Any.

    Returns:
        The same where it has none.
    """
    if hasattr(recipe, "perceptual_weight"):
        return replace(recipe, perceptual_weight=0.0)  # type: ignore[call-arg]
    if hasattr(recipe, "features"):
        return replace(recipe, features="none")  # type: ignore[call-arg]
    return recipe


@torch.no_grad()
def inspected(objective: Objective, picture: Bytes, side: int) -> Iterator[tuple[str, Bytes]]:
    """What is estimated of a photo, as pictures, and the result last.

    Numbers that are no colors are gray, black at the least and white at the most they can be.

    Args:
        objective: With the network, in evaluation mode.
        picture: (H, W, 3) uint8 sRGB.
        side: Most pixels of the long side that the network sees.

    Yields:
        Names and pictures, (h, w, 3) uint8.
    """
    small = np.ascontiguousarray(shrunk(picture, side).transpose(2, 0, 1))
    photo = torch.from_numpy(small)[None].float() / 255
    for panel in objective.panels(photo):
        yield panel.title.replace(" ", "-").replace(",", ""), _drawn(panel)
    yield "result", _drawn(Panel("result", objective.enhance(photo)[0]))


def _drawn(panel: Panel) -> Bytes:
    values: Tensor = panel.values.float()
    if values.ndim == 2:
        low, high = panel.reach
        values = ((values - low) / (high - low)).expand(3, -1, -1)
    rounded = values.clamp(0, 1).mul(255).add(0.5).floor().byte()
    return rounded.permute(1, 2, 0).contiguous().numpy()
