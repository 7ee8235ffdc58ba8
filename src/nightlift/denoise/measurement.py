"""The noise of a photo, by brightness and scale, measured on the photo itself.

Windows of 8 × 8 in full-size patches go through the cosine transform. Those of the least coarse
detail among windows of like brightness show noise and little else in their finer coefficients, in
their spread by a quantile (after Ponomarenko et al. 2007 and Lebrun, Colom and Morel, “The Noise
Clinic”, IPOL 2015). A model of two factors, one by brightness and one by scale and frequency, keeps
texture that only some brightnesses have out of it.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from nightlift.denoise.definition import apart, transform
from nightlift.denoise.hidden import hidden, rounding
from nightlift.denoise.noise import BANDS, KNOTS, SCALES, Noise, Values, knots, members, tuples
from nightlift.denoise.patches import PatchSampler
from nightlift.photo import color
from nightlift.photo.photo import Floats, Photo, Pixels

_STEPS = (8, 8, 4, 2)
"""Pixels from window to window at each scale."""

_BINS = 8
_LEAST_WINDOWS = 48
"""Brightnesses measured apart, at most, and windows that one has at least."""

_FLATTEST = 0.25
"""Share of the windows of a brightness that are looked at."""

_REFERENCE = (2, 1)
"""The band by which the noise of luma and chroma is told: the first one has most texture, and the
last one least noise."""

_TEXTURED = 1.6
"""Times the lower quartile over brightnesses beyond which noise is taken for texture."""

_QUANTILE, _NORMAL = 0.88, 1.5548
"""Of magnitudes, and where a normal distribution of deviation 1 has it: JPEG rounds most
coefficients of dark places to 0, so that their median tells nothing."""


def measure(photo: Photo) -> Noise:
    """The noise of a photo, from patches of its pixels and from its quantization tables."""
    sampler = PatchSampler(photo.height, photo.width, photo.pixels.dtype)
    sampler.add(photo.pixels, 0)
    return noise_of(sampler.patches, photo)


def noise_of(patches: Pixels, photo: Photo) -> Noise:
    """The noise that patches of a photo show, in the RGB that adjustments act on.

    Args:
        patches: (n, h, w, 3), as `PatchSampler` collects them.
        photo: Tells all but the pixels, of which the type counts.
    """
    floor = rounding(patches.dtype)
    if photo.mode == "rgb" and not color.acts_in_place(photo.icc):
        tall = patches.reshape(-1, *patches.shape[2:])
        patches = color.to_srgb(tall, photo.icc).reshape(patches.shape)
    bands = _measured(patches)
    levels = bands[0][0]
    luma, luma_spectrum = _two_factors(bands, 0, floor)
    chroma, chroma_spectrum = _two_factors(bands, 1, floor)
    shares = _shares(patches)
    by_level = [np.interp(knots(), levels, values) for values in (luma, chroma)]
    usual = [float(values @ shares) for values in by_level]
    told = (*by_level, luma_spectrum, chroma_spectrum, *hidden(photo, usual), shares)
    return Noise(*(tuples(values) for values in told))


def _to_floats(patches: Pixels) -> Floats:
    if patches.dtype == np.float32:
        return np.asarray(np.clip(np.nan_to_num(patches), 0, 1), np.float32)
    return patches.astype(np.float32) * np.float32(1 / np.iinfo(patches.dtype).max)


Measured: TypeAlias = tuple[Values, Values]
"""Levels (bins), and deviations (2, bins, bands): luma's and chroma's."""


def _measured(patches: Pixels) -> list[Measured]:
    """Levels and deviations at each scale."""
    planes = np.moveaxis(apart(_to_floats(patches)), 0, 1)
    scales = []
    for step in _STEPS:
        if min(planes.shape[-2:]) < 8:
            break
        scales.append(_bands(_coefficients(planes, step)))
        height, width = (side // 2 for side in planes.shape[-2:])
        quads = planes[..., : 2 * height, : 2 * width]
        planes = quads.reshape(*planes.shape[:2], height, 2, width, 2).mean((-3, -1))
    return scales or [(np.zeros(1, np.float32), np.zeros((2, 1, len(BANDS)), np.float32))]


def _coefficients(planes: Floats, step: int) -> Floats:
    """(3, n, 64): transformed windows of patches (patches, 3, h, w)."""
    windows = sliding_window_view(planes, (8, 8), axis=(-2, -1))[..., ::step, ::step, :, :]
    flat = np.moveaxis(windows, 1, 0).reshape(3, -1, 64)
    return np.asarray(flat @ np.kron(transform(), transform()).T, np.float32)


def _bands(coefficients: Floats) -> Measured:
    """Deviations of the flattest windows of each brightness."""
    levels = coefficients[0, :, 0] / 8
    order = np.argsort(levels, kind="stable")
    count = int(np.clip(len(levels) // _LEAST_WINDOWS, 1, _BINS))
    bins = np.array_split(order, count)
    deviations = np.empty((2, count, len(BANDS)), np.float32)
    for number, inside in enumerate(bins):
        for component, planes in enumerate((slice(0, 1), slice(1, 3))):
            deviations[component, number] = _deviations(coefficients[planes, inside])
    return np.array([levels[inside].mean() for inside in bins], np.float32), deviations


def _deviations(coefficients: Floats) -> Values:
    """Of each band, from (planes, windows, 64)."""
    each = members()
    coarse = np.square(coefficients[:, :, each[0]]).sum((0, 2))
    flattest = np.argsort(coarse, kind="stable")[: max(1, int(_FLATTEST * len(coarse)))]
    flat = np.abs(coefficients[:, flattest])
    return np.array([_quantile(flat[..., band]) for band in each]) / _NORMAL


def _quantile(magnitudes: Values) -> float:
    """Without interpolation, which takes longer than the selection."""
    at = int(_QUANTILE * magnitudes.size)
    return float(np.partition(magnitudes, at, axis=None)[at])


def _two_factors(scales: list[Measured], component: int, floor: float) -> Measured:
    """Noise by the levels of the first scale, and (SCALES, bands) by which it is multiplied."""
    reference = _REFERENCE[component]
    levels, deviations = scales[0]
    own = deviations[component, :, reference]
    noisy = own[own > max(floor / 2, 1e-7)]
    usual = float(np.quantile(noisy, 0.25)) if len(noisy) else 0.0
    own = np.maximum(np.minimum(own, _TEXTURED * usual), max(floor, 1e-7))
    spectrum = np.empty((SCALES, len(BANDS)))
    for scale in range(SCALES):
        if scale < len(scales):
            at, found = scales[scale]
            ratios = found[component] / np.interp(at, levels, own)[:, None]
            spectrum[scale] = np.quantile(ratios, 0.3, axis=0)
        else:
            spectrum[scale] = spectrum[scale - 1] / 2
    halvings = 2.0 ** -np.arange(SCALES)[:, None]
    return own, np.maximum(_bounded(spectrum), halvings * floor / own.mean())


_DROP = 0.6
"""Of the noise of one scale that the next one has at most; half of it where noise is white."""


def _bounded(spectrum: Values) -> Values:
    """The spectrum without what only texture explains.

    Windows were chosen by the first band, which is therefore told by the next scale, and by the
    second band.
    """
    bounded = spectrum.copy()
    for scale in range(1, len(bounded)):
        before = max(bounded[scale - 1, 1], 0.8 * bounded[scale - 1, 2])
        bounded[scale, 1:] = np.minimum(bounded[scale, 1:], _DROP * before)
    for scale in range(len(bounded)):
        second = bounded[scale, 1]
        finer = 2 * bounded[scale + 1, 1:3].mean() if scale + 1 < len(bounded) else second
        bounded[scale, 0] = np.clip(finer, second, 1.6 * second)
    return bounded


def _shares(patches: Pixels) -> Values:
    """How much of the patches has the level of each knot."""
    luma = _to_floats(patches[:, ::4, ::4]) @ np.array([0.25, 0.5, 0.25], np.float32)
    middles = (knots()[1:] + knots()[:-1]) / 2
    counts = np.bincount(np.searchsorted(middles, luma.ravel()), minlength=KNOTS)
    return np.asarray(counts / counts.sum(), np.float32)
