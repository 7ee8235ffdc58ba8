"""LIME: low-light enhancement by an estimated illumination map.

Guo, Li and Ling, "LIME: Low-light Image Enhancement via Illumination Map Estimation", IEEE
Transactions on Image Processing 26(2), 2017: the sped-up solver with weighting strategy III.
Noise is left to `nightlift.denoise`.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from nightlift.adjust import BilateralGrid, fit
from nightlift.photo import Floats

SMOOTHNESS = 0.15
GAMMA = 0.8
"""α and γ of the paper."""

WINDOW = 5
SIGMA = 2.0
"""Window and width of the Gaussian in the weights."""

LEAST = 1e-3
"""What keeps the weights finite: a step of illumination below this is none."""

DAMPING = 0.7
"""Of the Jacobi steps within the solver."""

TOLERANCE = 3e-4
ROUNDS = 200
"""When the solver stops: at this share of the first residual, or after so many rounds."""

Plane = NDArray[np.float64]


def estimate(small: Floats) -> BilateralGrid:
    """The photo divided by its illumination ^ 0.8, as a bilateral grid in divide mode.

    `small` is (h, w, 3) float32 sRGB in [0, 1]; the illumination is estimated on it.
    """
    light = np.asarray(illumination(small) ** GAMMA, np.float32)
    return fit(small, np.dstack([light, light, light]), mode="divide")


def illumination(small: Floats) -> Floats:
    """The refined illumination map T, (h, w) float32 in [0, 1], without its gamma.

    T minimizes ‖T − T₀‖² + α Σ W |∇T|² / (|∇T₀| + ε), T₀ the largest of R, G and B, W the inverse
    of its local mean gradient: smooth within surfaces, free to step where light does.
    """
    start = small.max(axis=2).astype(np.float64)
    right, down = (SMOOTHNESS * _weights(start, axis) for axis in (1, 0))
    light = _solve(_levels(right, down), start)
    return np.asarray(light.clip(0, 1), np.float32)


def _weights(plane: Plane, axis: int) -> Plane:
    """How strongly each place is held to the next one along an axis; 0 at the far edge."""
    last = plane.take([-1], axis)
    step = np.diff(plane, axis=axis, append=last)
    mean = cv2.GaussianBlur(step, (WINDOW, WINDOW), SIGMA)
    weights = 1 / ((np.abs(mean) + LEAST) * (np.abs(step) + LEAST))
    weights[(-1,) if axis == 0 else (slice(None), -1)] = 0
    return np.asarray(weights)


@dataclass(frozen=True)
class _System:
    """The linear system of one level: `mass` on each place, springs to its neighbors."""

    mass: Plane
    right: Plane
    down: Plane
    diagonal: Plane

    def times(self, x: Plane) -> Plane:
        """The matrix times x."""
        out = self.mass * x
        force = self.right[:, :-1] * (x[:, :-1] - x[:, 1:])
        out[:, :-1] += force
        out[:, 1:] -= force
        force = self.down[:-1] * (x[:-1] - x[1:])
        out[:-1] += force
        out[1:] -= force
        return out


def _system(mass: Plane, right: Plane, down: Plane) -> _System:
    diagonal = mass + right + down
    diagonal[:, 1:] += right[:, :-1]
    diagonal[1:] += down[:-1]
    return _System(mass, right, down, diagonal)


def _levels(right: Plane, down: Plane) -> list[_System]:
    """The system and its coarser versions, two by two places joined into one each time."""
    levels = [_system(np.ones_like(right), right, down)]
    while max(right.shape) > 1:
        last = levels[-1]
        # Springs inside a block vanish; those between two blocks add up.
        right = _even(last.right)[::2, 1::2] + _even(last.right)[1::2, 1::2]
        down = _even(last.down)[1::2, ::2] + _even(last.down)[1::2, 1::2]
        levels.append(_system(_joined(last.mass), right, down))
    return levels


def _even(plane: Plane) -> Plane:
    return np.pad(plane, [(0, side % 2) for side in plane.shape])


def _joined(plane: Plane) -> Plane:
    even = _even(plane)
    return np.asarray(even[::2, ::2] + even[1::2, ::2] + even[::2, 1::2] + even[1::2, 1::2])


def _cycle(levels: list[_System], residual: Plane) -> Plane:
    """Roughly the solution for a residual: one multigrid V-cycle, symmetric."""
    system, *coarser = levels
    x = DAMPING * residual / system.diagonal
    if not coarser:
        return residual / system.diagonal
    coarse = _cycle(coarser, _joined(residual - system.times(x)))
    rows, columns = x.shape
    x += coarse.repeat(2, axis=0).repeat(2, axis=1)[:rows, :columns]
    x += DAMPING * (residual - system.times(x)) / system.diagonal
    return x


def _solve(levels: list[_System], goal: Plane) -> Plane:
    """Solve the first system for `goal`: conjugate gradients, preconditioned by multigrid."""
    x = goal.copy()
    residual = goal - levels[0].times(x)
    direction = step = _cycle(levels, residual)
    energy = float(np.vdot(residual, step))
    enough = TOLERANCE**2 * energy
    for _ in range(ROUNDS):
        if energy <= enough:
            break
        image = levels[0].times(direction)
        along = energy / float(np.vdot(direction, image))
        x += along * direction
        residual -= along * image
        step = _cycle(levels, residual)
        before, energy = energy, float(np.vdot(residual, step))
        direction = step + energy / before * direction
    return x
