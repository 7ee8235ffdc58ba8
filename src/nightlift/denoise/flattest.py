"""The flattest windows of patches, by brightness and scale: the definition in plain NumPy.

Windows of 8 × 8 go through the cosine transform. Those of the least energy in the middle bands,
among windows of like brightness, show noise and little else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import cv2
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from nightlift.adjust import to_floats
from nightlift.denoise.definition import SIDE, halved, luma_and_chroma, transform
from nightlift.denoise.noise import BANDS, members
from nightlift.photo import Floats, Pixels

Flattest: TypeAlias = tuple[Floats, Floats]
"""Mean levels of brightnesses (bins), and sums of squared coefficients by component, luma's and
chroma's, and band: (2, bins, bands), of a window in the mean."""


def flattest(
    patches: Pixels, steps: Sequence[int], most_bins: int, least_windows: int, share: float
) -> list[Flattest]:
    """The flattest windows at each scale, as far as patches of that scale hold a window.

    Args:
        patches: (n, h, w, 3).
        steps: Pixels from window to window, by scale.
        most_bins: Brightnesses told apart, of equally many windows, at most.
        least_windows: That one of them has.
        share: Of the windows of a brightness, those that are taken.
    """
    planes = np.moveaxis(luma_and_chroma(to_floats(patches)), 0, 1)
    scales = []
    for step in steps:
        if min(planes.shape[-2:]) < SIDE:
            break
        windows = _windows(planes, step)
        bins = int(np.clip(windows.shape[1] // least_windows, 1, most_bins))
        scales.append(_by_brightness(windows, bins, share))
        planes = halved(planes[..., : planes.shape[-2] & ~1, : planes.shape[-1] & ~1])
    return scales


def _windows(planes: Floats, step: int) -> Floats:
    """(3, n, 64): windows of patches (patches, 3, h, w)."""
    windows = sliding_window_view(planes, (SIDE, SIDE), axis=(-2, -1))[..., ::step, ::step, :, :]
    return np.moveaxis(windows, 1, 0).reshape(3, -1, SIDE * SIDE)


def _by_brightness(windows: Floats, count: int, share: float) -> Flattest:
    # Sums of so few floats are exact in double precision, in whatever order.
    levels = (windows[0].sum(1, dtype=np.float64) / SIDE**2).astype(np.float32)
    squares = np.square(_transformed(windows))
    both = np.stack([squares[0], squares[1] + squares[2]])
    energies = np.stack([both[..., band].sum(-1) for band in members()], axis=-1)
    bins = np.array_split(np.argsort(levels, kind="stable"), count)
    means = np.array([levels[inside].mean(dtype=np.float64) for inside in bins], np.float32)
    sums = [[_least(component[inside], share) for inside in bins] for component in energies]
    return means, np.asarray(sums, np.float32)


def _transformed(windows: Floats) -> Floats:
    matrix = np.ascontiguousarray(np.kron(transform(), transform()).T)
    # NumPy's product wakes threads that wait for more work by spinning: three times as long in all.
    found = cv2.gemm(windows.reshape(-1, SIDE * SIDE), matrix, 1, np.empty(0), 0)
    return np.asarray(found.reshape(windows.shape), np.float32)


def _least(energies: Floats, share: float) -> NDArray[np.float64]:
    """The mean, by band, of those windows (n, bands) that have least in the middle bands."""
    count = max(1, int(share * len(energies)))
    middle = energies[:, 1 : len(BANDS) - 1].sum(1)
    chosen = np.argpartition(middle, count - 1)[:count]
    return np.asarray(energies[chosen].mean(0, dtype=np.float64))
