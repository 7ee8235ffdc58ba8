"""Adjustments as plain data (a description and arrays), and their average."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from nightlift.adjust.adjustment import Adjustment, Arrays, Settings
from nightlift.adjust.bilateral_grid import BilateralGrid
from nightlift.adjust.chain import Chain
from nightlift.adjust.curve_map import CurveMap
from nightlift.adjust.develop import Develop
from nightlift.adjust.hue import HueKept
from nightlift.adjust.light_grid import LightGrid
from nightlift.adjust.lut3d import Lut3D
from nightlift.adjust.scaled import Scaled
from nightlift.adjust.tone_table import ToneTable
from nightlift.errors import AdjustmentError

_KINDS: dict[str, type[Adjustment]] = {
    kind.kind: kind
    for kind in (
        ToneTable,
        CurveMap,
        BilateralGrid,
        LightGrid,
        Lut3D,
        Develop,
        HueKept,
        Scaled,
        Chain,
    )
}
"""Every kind by its name: what a file holds is read by the class itself."""


def described(adjustment: Adjustment) -> dict[str, Any]:
    """The kind and the settings of an adjustment: with its parameters, all that it is.

    Args:
        adjustment: Any adjustment that files keep.

    Returns:
        `kind` and `settings`, which fit in JSON.
    """
    return {"kind": adjustment.kind, "settings": dict(adjustment.settings())}


def average(
    adjustments: Sequence[Adjustment], weights: Sequence[float] | None = None
) -> Adjustment:
    """The weighted mean of the parameters of adjustments; chains link by link.

    Args:
        adjustments: At least one, of one kind, shape and settings.
        weights: One each, of which only the proportions count; None: all alike.

    Returns:
        An adjustment of that kind.

    Raises:
        AdjustmentError: They do not match, or weights are negative, not finite or all zero.
    """
    if not adjustments:
        raise AdjustmentError("expected at least one adjustment to average, got none")
    first = adjustments[0]
    parts = shares(weights, len(adjustments))
    for other in adjustments[1:]:
        _check_alike(first, other)
    return rebuilt(described(first), _means(adjustments, parts))


def _means(adjustments: Sequence[Adjustment], shares: Sequence[float]) -> Arrays:
    """The weighted means of all arrays, as running means: of equals they are bit for bit equal."""
    given = [one.parameters() for one in adjustments]
    means = dict(given[0])
    for name in means:
        if _of_guide(name):
            continue
        mean = means[name].copy()
        total = shares[0]
        for arrays, share in zip(given[1:], shares[1:], strict=True):
            total += share
            if share:
                mean += (arrays[name] - mean) * np.float32(share / total)
        means[name] = mean
    return means


def _of_guide(name: str) -> bool:
    return name.rpartition(".")[2] in ("w1", "b1", "w2")


def shares(weights: Sequence[float] | None, count: int) -> list[float]:
    """Weights that add up to 1.

    Args:
        weights: Not negative, not all zero; None: even ones.
        count: How many there have to be.

    Returns:
        One share each.

    Raises:
        AdjustmentError: There are too many or too few weights, or they cannot be divided.
    """
    if weights is None:
        return [1 / count] * count
    usable = all(math.isfinite(weight) and weight >= 0 for weight in weights)
    total = math.fsum(weights) if usable else 0.0
    if len(weights) != count or total <= 0 or not math.isfinite(total):
        raise AdjustmentError(
            f"expected {count} weights that are not negative and not all zero, got {list(weights)}"
        )
    return [weight / total for weight in weights]


def _check_alike(first: Adjustment, other: Adjustment) -> None:
    mine, its = described(first), described(other)
    if mine != its:
        raise AdjustmentError(
            f"expected adjustments of one kind and settings to average, got {_told(mine)} and "
            f"{_told(its)}"
        )
    shapes = [{n: a.shape for n, a in each.parameters().items()} for each in (first, other)]
    if shapes[0] != shapes[1]:
        raise AdjustmentError(
            f"expected adjustments of one shape to average, got {shapes[0]} and {shapes[1]}"
        )
    for name in first.parameters():
        if _of_guide(name) and not np.array_equal(
            first.parameters()[name], other.parameters()[name]
        ):
            raise AdjustmentError("expected grids with the same guide to average, got two guides")


def _told(description: Settings) -> str:
    """The kind of an adjustment and its settings, in a few words."""
    settings = description["settings"]
    links = [_told(link) for link in settings.get("links", ())]
    own = [f"{name} {value}" for name, value in settings.items() if name != "links"]
    inner = ", ".join(links or own)
    return f"{description['kind']} ({inner})" if inner else str(description["kind"])


def rebuilt(description: Settings, arrays: Arrays) -> Adjustment:
    """The adjustment of a description and its parameters.

    Besides, KeyError, TypeError and ValueError tell what is missing or of another type.

    Args:
        description: What `described` gave.
        arrays: What `parameters` gave.

    Returns:
        The adjustment.

    Raises:
        AdjustmentError: The kind is not known, or the parameters do not fit it.
    """
    kind = _KINDS.get(description["kind"])
    if kind is None:
        raise AdjustmentError(
            f"expected an adjustment of kind {', '.join(_KINDS)}, got {description['kind']!r}"
        )
    return kind.stored(description["settings"], arrays, rebuilt)
