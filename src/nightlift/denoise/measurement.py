"""The noise of a photo, by brightness and scale, measured on the photo itself.

Windows of 8 × 8 in full-size patches go through the cosine transform. Those of the least energy
among windows of like brightness show noise and little else (after Ponomarenko et al. 2007 and
Lebrun, Colom and Morel, “The Noise Clinic”, IPOL 2015). A
model of two factors, one by brightness and one by scale and frequency, keeps texture that only some
brightnesses have out of it.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from nightlift.adjust import to_floats
from nightlift.denoise import kernel
from nightlift.denoise.definition import luma_and_chroma
from nightlift.denoise.noise import BANDS, KNOTS, SCALES, Noise, Values, knots, members, tuples
from nightlift.denoise.patches import PatchSampler
from nightlift.denoise.quantization import hidden, middle_step, restored, rounding
from nightlift.photo import Floats, Photo, Pixels, color, quantiles

_STEPS = (8, 8, 4, 2)
"""Pixels from window to window at each scale."""

_BINS = 8
_LEAST_WINDOWS = 48
"""Brightnesses measured apart, at most, and windows that one has at least."""

_FLATTEST = 0.12
"""Share of the windows of a brightness that are looked at: those of the least energy in the two
middle bands. The rest may be texture."""

_LEAST = {1: 0.777, 2: 0.842}
"""What the deviation of those bands is among the flattest windows of white noise, over that among
all, in one plane and in two together: from the lower tail of chi squared of 28 and of 56."""

_REFERENCE = (2, 1)
"""The band by which the noise of luma and chroma is told: the first one has most texture, and the
last one least noise."""

_LOWER = 0.3
"""Of the brightnesses, those that tell a scale's noise: more of the others show texture."""

_NEXT = {"noise": 0.6, "texture": 1.5}
"""Deviation of luma's middle bands at the second scale over that at the first: white noise has 0.5
and what cameras leave of it up to 0.8, grass, leaves and cloth 1.3 to 2."""

_ROUNDED_AWAY = 0.3
"""Of a JPEG's step, what its windows at the first scale may lack."""

_TEXTURED = 1.6
"""Times the lower quartile over brightnesses beyond which noise is taken for texture."""


def measure(photo: Photo) -> Noise:
    """The noise of a photo, from patches of its pixels and from its quantization tables.

    Args:
        photo: At full size.

    Returns:
        The noise, with sRGB's tone curve.
    """
    sampler = PatchSampler(photo.height, photo.width, photo.pixels.dtype)
    sampler.add(photo.pixels, 0)
    return noise_of(sampler.patches, photo)


def noise_of(patches: Pixels, photo: Photo) -> Noise:
    """The noise that patches of a photo show, with sRGB's tone curve.

    Args:
        patches: (n, h, w, 3), as `PatchSampler` collects them.
        photo: Tells all but the pixels, of which the type counts.

    Returns:
        The noise.
    """
    floor = rounding(patches.dtype)
    if photo.mode == "rgb" and photo.icc is not None and not color.has_srgb_tone(photo.icc):
        tall = patches.reshape(-1, *patches.shape[2:])
        patches = color.to_srgb_tone(tall, photo.icc).reshape(patches.shape)
    bands = _measured(patches)
    shares = _shares(patches)
    by_level, spectra = [], []
    for component in (0, 1):
        deviations, spectrum = _two_factors(bands, component, floor, middle_step(photo))
        deviations = restored(deviations, photo, component)
        by_level.append(np.interp(knots(), bands[0][0], deviations))
        spectra.append(spectrum)
    usual = [float(deviations @ shares) for deviations in by_level]
    told = [tuples(values) for values in (*by_level, *spectra, *hidden(photo, usual), shares)]
    halved_chroma = photo.format == "jpeg" and photo.subsampling == "420"
    noise = Noise(*told)
    return noise._replace(halved_chroma=halved_chroma)


Measured: TypeAlias = tuple[Values, Values]
"""Levels (bins), and deviations (2, bins, bands): luma's and chroma's."""


def _measured(patches: Pixels) -> list[Measured]:
    """Levels and deviations at each scale."""
    found = kernel.flattest(patches, _STEPS, _BINS, _LEAST_WINDOWS, _FLATTEST)
    return [_deviations(*scale) for scale in found] or [
        (np.zeros(1, np.float32), np.zeros((2, 1, len(BANDS)), np.float32))
    ]


def _deviations(levels: Floats, squares: Floats) -> Measured:
    """Of coefficients in each band, from sums over one window of the flattest ones."""
    planes = np.array([1, 2])[:, None, None]
    deviations = np.sqrt(squares / (planes * members().sum(1)))
    deviations[..., 1:3] /= np.array([_LEAST[1], _LEAST[2]])[:, None, None]
    return levels, deviations


def _two_factors(
    scales: list[Measured], component: int, floor: float, step: float = 0.0
) -> Measured:
    """Noise by the levels of the first scale, and (SCALES, bands) by which it is multiplied.

    `step` is what a JPEG rounds luma's middle bands to.
    """
    reference = _REFERENCE[component]
    levels, deviations = scales[0]
    if component == 0 and len(scales) > 1:
        told = np.hypot(deviations[0, :, reference], _ROUNDED_AWAY * step)
        share = _share_of_noise(levels, told, *scales[1])
        deviations = deviations * share[:, None]
    own = deviations[component, :, reference]
    noisy = own[own > max(floor / 2, 1e-7)]
    usual = quantiles(noisy, (0.25,))[0] if len(noisy) else 0.0
    own = np.maximum(np.minimum(own, _TEXTURED * usual), max(floor, 1e-7))
    spectrum = np.empty((SCALES, len(BANDS)))
    for scale in range(SCALES):
        if scale < len(scales):
            at, found = scales[scale] if scale else (levels, deviations)
            ratios = found[component] / np.interp(at, levels, own)[:, None]
            spectrum[scale] = _lower(ratios)
        else:
            spectrum[scale] = spectrum[scale - 1] / 2
    halvings = 2.0 ** -np.arange(SCALES)[:, None]
    return own, np.maximum(_bounded(spectrum, _DROP[component]), halvings * floor / own.mean())


def _share_of_noise(levels: Values, own: Values, coarser: Values, found: Values) -> Values:
    """How much of luma's deviations at the first scale is noise, by what they are at the second.

    Both are sums of squares, of noise and of texture, which grow differently from scale to scale.
    """
    noise, texture = _NEXT["noise"] ** 2, _NEXT["texture"] ** 2
    next_ones = np.interp(levels, coarser, found[0, :, _REFERENCE[0]])
    ratio = np.square(next_ones / np.maximum(own, 1e-7))
    return np.asarray(np.sqrt(np.clip((texture - ratio) / (texture - noise), 0, 1)))


def _lower(values: Values) -> Values:
    """What three tenths of each column do not exceed, linear between two of them."""
    ordered = np.sort(values, axis=0)
    at = _LOWER * (len(values) - 1)
    below, above = ordered[int(at)], ordered[min(int(at) + 1, len(values) - 1)]
    return np.asarray(below + (above - below) * (at - int(at)))


_DROP = (0.6, 0.75)
"""Of the noise of one scale that the next one has at most: half of it where noise is white, more
of chroma's, which demosaicing and JPEG leave at coarser scales."""


def _bounded(spectrum: Values, drop: float) -> Values:
    """The spectrum without what only texture explains.

    The first band has most texture: it is told by the next scale, and by the second band.
    """
    bounded = spectrum.copy()
    for scale in range(1, len(bounded)):
        before = max(bounded[scale - 1, 1], 0.8 * bounded[scale - 1, 2])
        bounded[scale, 1:] = np.minimum(bounded[scale, 1:], drop * before)
    for scale in range(len(bounded)):
        second = bounded[scale, 1]
        finer = 2 * bounded[scale + 1, 1:3].mean() if scale + 1 < len(bounded) else second
        bounded[scale, 0] = np.clip(finer, second, 2 * second)
    return bounded


def _shares(patches: Pixels) -> Values:
    """How much of the patches has the level of each knot."""
    luma = luma_and_chroma(to_floats(patches[:, ::4, ::4]))[0]
    # Luma l is nearest to knot k², in steps of the last one, where (k ± ½)² + ¼ are around l.
    place = np.sqrt(np.maximum(luma.ravel() * np.float32((KNOTS - 1) ** 2) - 0.25, 0)) + 0.5
    counts = np.bincount(place.astype(np.intp), minlength=KNOTS)
    return np.asarray(counts / counts.sum(), np.float32)
