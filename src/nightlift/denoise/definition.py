"""The denoiser's definition in plain NumPy: what the compiled kernel is the fast twin of.

A picture is taken apart into luma and chroma, and into scales, each a mean over 2 × 2 pixels of the
finer one. From the coarsest on, what a scale takes away is enlarged and taken from the next one
first (after Lebrun, Colom and Morel, “The Noise Clinic”, IPOL 2015). At each scale overlapping
windows of 8 × 8 go through the cosine transform, their coefficients are shrunk by what the noise
of that place, brightness and frequency explains, and the windows are averaged again, those of few
remaining coefficients with more weight (Yaroslavsky 1996; Guleryuz 2007).
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from nightlift.photo import Floats

SIDE = 8
LUMA_STEP = 2
CHROMA_STEP = 4
"""Rows from window to window; along rows they are `LUMA_STEP` apart."""

LEVELS = 32
"""Levels of luma, evenly spaced from 0 to 1, that noise is told for."""

PATCH = 32
"""Pixels along a row that share one place in the grid of noise."""

LEAST_NOISE = 1e-6

NOTHING = 1e30
"""The weight of a scale that is left as it is."""


class KernelPlan(NamedTuple):
    """What the kernel is told.

    `noise` is (2, h, w, LEVELS): standard deviations of luma and chroma over the photo (first and
    last pixel on first and last cell), 0 where nothing is to be done; `weights` (scales, 2, 8, 8):
    `softness` over squared thresholds, in squares of the noise. No pixel moves by more than
    `reach` deviations, of its own luma's or, where it becomes brighter, of that half way to what it
    becomes; `amounts` from 0 to 1 scale the change of luma and of chroma.
    """

    noise: Floats
    weights: Floats
    softness: float
    reach: float
    amounts: tuple[float, float]


ALIGNMENT = 32
"""Rows at whose multiples strips begin, so that the windows of all scales lie where they would."""


class Place(NamedTuple):
    """Where rows at a scale lie: their first one, and the size of the whole photo."""

    first: int
    size: tuple[int, int]
    scale: int = 0


def denoised(pixels: Floats, plan: KernelPlan, first: int = 0, height: int | None = None) -> Floats:
    """A picture, or a strip of one, without its noise: (h, W, 3) float32 in [0, 1], unrounded.

    Args:
        pixels: Rows from `first` on, a multiple of `ALIGNMENT`. What a strip lacks is reflected at
            its edges, as at those of the photo.
        plan: Noise and what to do about it.
        first: Of the rows.
        height: Of the whole photo.
    """
    size = height or len(pixels), pixels.shape[1]
    pyramid = [luma_and_chroma(pixels)]
    for _ in plan.weights[1:]:
        pyramid.append(halved(pyramid[-1]))
    change: Floats | None = None
    for scale in reversed(range(len(pyramid))):
        change = _taken(pyramid[scale], change, Place(first >> scale, size, scale), plan)
    assert change is not None
    # A black speck has no noise of its own, but is that of what is around it.
    toward = pyramid[0][0] + np.maximum(change[0], 0) * np.float32(0.5)
    bound = plan.reach * pixel_noise(toward, plan, Place(first, size))
    luma, chroma = plan.amounts
    amounts = np.array([luma, chroma, chroma], np.float32)[:, None, None]
    bounded = np.asarray(np.clip(change, -bound, bound) * amounts, np.float32)
    return np.asarray(np.clip(pixels + _together(bounded), 0, 1), np.float32)


def luma_and_chroma(pixels: Floats) -> Floats:
    """Luma and two planes of chroma, exactly 0 for gray.

    Args:
        pixels: (…, 3) float32.

    Returns:
        (3, …) float32.
    """
    red, green, blue = np.moveaxis(pixels, -1, 0)
    both, twice = red + blue, 2 * green
    return np.stack([(twice + both) * 0.25, (twice - both) * 0.25, (red - blue) * 0.5])


def _together(planes: Floats) -> Floats:
    luma, green, orange = planes
    rest = luma - green
    return np.stack([rest + orange, luma + green, rest - orange], axis=-1)


def halved(planes: Floats) -> Floats:
    """Means over 2 × 2 of planes (…, h, w), the last row and column twice where they are odd."""
    height, width = planes.shape[-2:]
    if height % 2 or width % 2:
        edges = [(0, 0)] * (planes.ndim - 2) + [(0, height % 2), (0, width % 2)]
        planes = np.pad(planes, edges, mode="edge")
    upper, lower = planes[..., ::2, :], planes[..., 1::2, :]
    columns = upper + lower
    return np.asarray((columns[..., ::2] + columns[..., 1::2]) * np.float32(0.25), np.float32)


def _enlarged(planes: Floats, height: int, width: int) -> Floats:
    """Twice the size, bilinear, the border continued."""
    size = (2 * planes.shape[2], 2 * planes.shape[1])
    large = [cv2.resize(plane, size, interpolation=cv2.INTER_LINEAR) for plane in planes]
    return np.asarray(large, np.float32)[:, :height, :width]


def _taken(planes: Floats, coarse: Floats | None, place: Place, plan: KernelPlan) -> Floats:
    """What denoising changes at this scale and the coarser ones: (3, h, w)."""
    own = planes
    if coarse is not None:
        planes = planes + _enlarged(coarse, *planes.shape[1:])
    luma, chroma = planes[:1], planes[1:]
    changes = [
        _shrunk(part, luma[0], component, step, place, plan)
        for component, (part, step) in enumerate(((luma, LUMA_STEP), (chroma, CHROMA_STEP)))
    ]
    return (planes + np.concatenate(changes)) - own


def _shrunk(
    planes: Floats,
    luma: Floats,
    component: int,
    step: int,
    place: Place,
    plan: KernelPlan,
) -> Floats:
    """The change that shrinking the windows of one plane, or of two together, makes."""
    if plan.weights[place.scale, component, 0, 1] == np.float32(NOTHING):
        return np.zeros_like(planes)
    noise = _window_noise(luma, component, step, place, plan)[..., None, None]
    matrix = transform()
    coefficients = matrix @ _windows(planes, step) @ matrix.T
    ratio = (
        (coefficients**2).sum(0)
        * plan.weights[place.scale, component]
        / np.maximum(noise, LEAST_NOISE) ** 2
    )
    kept = np.where(noise > 0, np.clip(ratio - plan.softness, 0, 1), 1)
    kept[..., 0, 0] = 1
    share = 1 / (kept**2).sum((-1, -2))
    change = matrix.T @ (coefficients * (kept - 1)) @ matrix
    return _averaged(change, share, step, planes.shape)


def _windows(planes: Floats, step: int) -> Floats:
    """(planes, rows, columns, 8, 8): windows from 8 pixels before the first one on, reflected."""
    padded = np.pad(planes, ((0, 0), (SIDE, SIDE), (SIDE, SIDE)), mode="symmetric")
    return sliding_window_view(padded, (SIDE, SIDE), axis=(1, 2))[:, ::step, ::LUMA_STEP]


def _averaged(change: Floats, weight: Floats, step: int, shape: tuple[int, ...]) -> Floats:
    count, height, width = shape
    total = np.zeros((count, height + 2 * SIDE, width + 2 * SIDE))
    weights = np.full(total.shape[1:], 1e-30)
    rows, columns = weight.shape
    for y in range(SIDE):
        down = slice(y, y + rows * step, step)
        for x in range(SIDE):
            across = slice(x, x + columns * LUMA_STEP, LUMA_STEP)
            total[:, down, across] += weight * change[..., y, x]
            weights[down, across] += weight
    inside = (..., slice(SIDE, -SIDE), slice(SIDE, -SIDE))
    return np.asarray(total[inside] / weights[inside], np.float32)


def transform() -> Floats:
    """The orthonormal cosine transform (DCT-II) of eight values."""
    k, x = np.mgrid[0:SIDE, 0:SIDE]
    rows = np.cos(np.pi * (x + 0.5) * k / SIDE) / 2
    rows[0] /= np.sqrt(2)
    return np.asarray(rows, np.float32)


def _window_noise(
    luma: Floats, component: int, step: int, place: Place, plan: KernelPlan
) -> Floats:
    """(rows, columns): the noise of each window by its place and its mean luma."""
    means = _windows(luma[None], step)[0].mean((-1, -2))
    rows, columns = means.shape
    down = place.first - SIDE + step * np.arange(rows) + 3
    first = -SIDE + LUMA_STEP * np.arange(columns)
    middle = first - (first + SIDE) % PATCH + PATCH // 2 + 3
    return noise_at(down, middle, means, component, place, plan)


def pixel_noise(luma: Floats, plan: KernelPlan, place: Place) -> Floats:
    """The noise of each pixel by its place and luma.

    Args:
        luma: (H, W) float32 in [0, 1], of the lifted rows.
        plan: The tables of the denoiser.
        place: Where in the photo the rows lie.

    Returns:
        (3, H, W) float32 deviations: luma's, and chroma's twice.
    """
    height, width = luma.shape
    columns = np.arange(width)
    middle = columns - columns % PATCH + PATCH // 2
    rows = place.first + np.arange(height)
    both = [noise_at(rows, middle, luma, component, place, plan) for component in (0, 1)]
    return np.stack([both[0], both[1], both[1]])


def noise_at(
    down: NDArray[np.int_],
    across: NDArray[np.int_],
    luma: Floats,
    component: int,
    at: Place,
    plan: KernelPlan,
) -> Floats:
    """Noise at rows `down` and columns `across` of a scale, for luma (rows, columns)."""
    cells = plan.noise[component]
    y, fy = _place(down, at.scale, at.size[0], cells.shape[0])
    x, fx = _place(across, at.scale, at.size[1], cells.shape[1])
    z = np.clip(luma, 0, 1) * (LEVELS - 1)
    level = np.minimum(z.astype(int), LEVELS - 2)
    fz = z - level
    out = np.zeros(luma.shape, np.float32)
    for row, share_y in ((y, 1 - fy), (np.minimum(y + 1, cells.shape[0] - 1), fy)):
        for column, share_x in ((x, 1 - fx), (np.minimum(x + 1, cells.shape[1] - 1), fx)):
            cell = (row[:, None], column[None])
            value = cells[(*cell, level)] * (1 - fz) + cells[(*cell, level + 1)] * fz
            out += (share_y[:, None] * share_x[None] * value).astype(np.float32)
    return out


def _place(
    at: NDArray[np.int_], scale: int, side: int, cells: int
) -> tuple[NDArray[np.int_], Floats]:
    pixels = (at + 0.5) * 2**scale - 0.5
    cell = np.clip(pixels * ((cells - 1) / max(side - 1, 1)), 0, cells - 1)
    index = cell.astype(int)
    return index, (cell - index).astype(np.float32)
