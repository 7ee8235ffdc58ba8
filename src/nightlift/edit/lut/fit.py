"""The look-up table that comes nearest to what was done to a picture from place to place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nightlift.edit.lut.table import Lattice, corners
from nightlift.photo import Floats

Indices: TypeAlias = NDArray[np.int64]
Values: TypeAlias = NDArray[np.floating[Any]]

SMOOTH = 3e-4
"""How much differences between neighboring points count, as a share of the picture's colors."""

STEPS = 60
"""Of conjugate gradients; more change nothing that could be seen."""


def nearest(before: Floats, after: Floats, start: Lattice) -> Lattice:
    """The table that is least squares from `before` to `after`, both (n, 3) in [0, 1].

    It is `start` and a smooth correction, which is 0 where the picture has no such colors.
    """
    size = start.size
    index, weights = corners(before, size)
    strength = SMOOTH * len(before)

    def normal(correction: Values) -> Values:
        seen = np.einsum("nk,nkc->nc", weights, correction.reshape(-1, 3)[index])
        return _spread(seen, index, weights, size) + strength * _roughness(correction)

    wanted = _spread(after - start(before), index, weights, size)
    values = start.values + _solved(normal, wanted)
    return Lattice(np.clip(values, 0, 1).astype(np.float32))


def _spread(colors: Values, index: Indices, weights: Floats, size: int) -> Values:
    """Colors (n, 3) added to the points around them."""
    flat = index.ravel()
    each = [np.bincount(flat, (weights * colors[:, c, None]).ravel(), size**3) for c in range(3)]
    return np.stack(each, axis=-1, dtype=np.float64).reshape(size, size, size, 3)


def _roughness(correction: Values) -> Values:
    """The gradient of half the sum of squared differences between neighbors, and a little more."""
    result = 1e-3 * correction
    for axis in range(3):
        steps = np.diff(correction, axis=axis)
        edges = [(0, 0)] * 4
        edges[axis] = (1, 1)
        result = result - np.diff(np.pad(steps, edges), axis=axis)
    return result


def _solved(normal: Callable[[Values], Values], wanted: Values) -> Values:
    """Conjugate gradients (Hestenes and Stiefel 1952) from 0."""
    found = np.zeros_like(wanted)
    rest = wanted.copy()
    direction, power = rest, float((rest * rest).sum())
    for _ in range(STEPS):
        if power < 1e-12:
            break
        turned = normal(direction)
        length = power / float((direction * turned).sum())
        found = found + length * direction
        rest = rest - length * turned
        power, before = float((rest * rest).sum()), power
        direction = rest + (power / before) * direction
    return found
