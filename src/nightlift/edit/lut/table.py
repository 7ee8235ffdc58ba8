"""Look-up tables of colors: sampled from what an edit does to each color."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from nightlift.photo import Floats

Act: TypeAlias = Callable[[Floats], Floats]
"""What is done to colors, (n, 3) float32 in [0, 1], wherever they are in the picture."""

KNOTS = 4 * 255 + 1
"""Of a curve: every fourth one lies on an 8-bit value, as those of a tone table do."""

TRIED = 20_000
"""Colors between the points that tell how far a table is from what it was sampled from."""


@dataclass(frozen=True, eq=False)
class Curves:
    """A curve for each channel: `values` (n, 3), evenly spaced from 0 to 1, linear between."""

    values: Floats

    def __call__(self, colors: Floats) -> Floats:
        """The colors (n, 3) after the curves."""
        knots = np.linspace(0, 1, len(self.values))
        each = [np.interp(colors[:, c], knots, self.values[:, c]) for c in range(3)]
        return np.stack(each, axis=-1).astype(np.float32)


@dataclass(frozen=True, eq=False)
class Lattice:
    """A result for each color of a lattice: `values` (n, n, n, 3) by R, G, B, linear between."""

    values: Floats

    @property
    def size(self) -> int:
        """Points along each side."""
        return len(self.values)

    def __call__(self, colors: Floats) -> Floats:
        """The colors (n, 3) after the table."""
        index, weights = corners(colors, self.size)
        flat = self.values.reshape(-1, 3)
        result = np.zeros_like(colors)
        for corner, weight in zip(index.T, weights.T, strict=True):
            result += weight[:, None] * flat[corner]
        return result


Table: TypeAlias = Curves | Lattice


def corners(colors: Floats, size: int) -> tuple[NDArray[np.int64], Floats]:
    """The eight points of a lattice around each color, and their weights: (n, 8) each."""
    at = colors * np.float32(size - 1)
    low = np.clip(at.astype(np.int64), 0, size - 2)
    part = at - low
    index, weights = [], []
    for corner in np.ndindex(2, 2, 2):
        index.append((low + corner) @ np.array([size * size, size, 1]))
        weights.append(np.where(corner, part, 1 - part).prod(axis=1))
    return np.stack(index, axis=1), np.stack(weights, axis=1).astype(np.float32)


def points(size: int) -> Floats:
    """The colors of a lattice, (size³, 3), blue the fastest."""
    steps = np.linspace(0, 1, size, dtype=np.float32)
    return np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(-1, 3)


def lattice(act: Act, size: int) -> Lattice:
    """What is done to each color of a lattice."""
    return Lattice(act(points(size)).reshape(size, size, size, 3))


def curves(act: Act) -> Curves | None:
    """What is done to each channel; None where a channel's result depends on the others."""
    ramp = np.linspace(0, 1, KNOTS, dtype=np.float32)
    made = Curves(act(np.repeat(ramp[:, None], 3, axis=1)))
    return made if missed(made, act).max() < 1e-4 else None


def missed(table: Table, act: Act) -> Floats:
    """How far a table is from what it stands for, in the channel where that is most, by color.

    The colors are random, half of them dark, where curves are steep.
    """
    colors = np.random.default_rng(0).random((TRIED, 3), np.float32)
    colors[::2] **= 3
    return np.asarray(np.abs(table(colors) - act(colors)).max(axis=1), np.float32)
