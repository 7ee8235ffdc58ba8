"""The noise of a photo, by brightness and scale, measured on the photo itself.

Windows of 8 × 8 in full-size patches go through the cosine transform. Those of the least coarse
detail among windows of like brightness show noise and little else in their finer coefficients,
whose median absolute deviation does not mind the rest (after Ponomarenko et al. 2007 and Lebrun,
Colom and Morel, “The Noise Clinic”, IPOL 2015). A model of two factors, one by brightness and one
by scale and frequency, keeps texture that only some brightnesses have out of it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from nightlift.denoise.definition import _transform, apart
from nightlift.denoise.patches import PatchSampler
from nightlift.photo.photo import Floats, Photo, Pixels

SCALES = 4
"""Scales that noise is known for: the photo's own, and means over 2 × 2, 4 × 4, 8 × 8 pixels."""

BANDS = (1.5, 3.2, 5.0, 7.5)
"""Frequencies, as distances from the constant one in a transformed window, that noise is told for."""

_EDGES = (0.5, 2.3, 4.1, 6.1, 10.0)
_STEPS = (8, 4, 2, 2)
"""Pixels from window to window at each scale."""

KNOTS = 16
"""Levels that noise is told for, denser in the dark: squares of even steps from 0 to 1."""

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

ROUNDING = 1 / np.sqrt(12)
"""Standard deviation of rounding, in steps."""

_MAD = 0.6744897501960817
"""Median absolute deviation of a normal distribution of deviation 1."""

Table = tuple[tuple[float, ...], ...]
"""By scale and band."""


@dataclass(frozen=True)
class Noise:
    """Standard deviations of a photo's noise, in encoded values from 0 to 1.

    `luma` and `chroma` are those at `KNOTS` levels of brightness (`knots()`); `luma_spectrum` and
    `chroma_spectrum` what they are multiplied by at each scale in each of `BANDS`: deviations of
    the coefficients of an orthonormal transform. `luma_hidden` and `chroma_hidden` are what
    rounding, to the file's depth and by JPEG, may have hidden of a coefficient. `shares` tells how
    much of the photo has each level.
    """

    luma: tuple[float, ...]
    chroma: tuple[float, ...]
    luma_spectrum: Table
    chroma_spectrum: Table
    luma_hidden: Table
    chroma_hidden: Table
    shares: tuple[float, ...]

    def to_json(self) -> dict[str, Any]:
        """Numbers and lists, from which `from_json` makes it again."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """The noise that `to_json` told."""
        return cls(**{name: _tuples(value) for name, value in values.items()})

    def scaled(self, factor: float) -> Self:
        """The noise of a copy that is `factor` (from 1 up) times smaller along each side."""
        octaves = float(np.log2(max(factor, 1.0)))
        spectra = (
            _shifted(table, octaves)
            for table in (
                self.luma_spectrum,
                self.chroma_spectrum,
                self.luma_hidden,
                self.chroma_hidden,
            )
        )
        return type(self)(self.luma, self.chroma, *spectra, self.shares)

    def pixel_deviation(self) -> tuple[Floats, Floats]:
        """Luma's and chroma's deviation of single pixels at each of the levels."""
        counts = np.array([np.count_nonzero(members) for members in _members()])
        deviations = []
        for levels, table in ((self.luma, self.luma_spectrum), (self.chroma, self.chroma_spectrum)):
            power = counts @ np.square(table[0]) / counts.sum()
            deviations.append(np.asarray(levels, np.float32) * np.float32(np.sqrt(power)))
        return deviations[0], deviations[1]

    def black_level(self) -> float:
        """The level, from 0 to 1, below which the photo holds noise only.

        It is where the brightest of three channels is `BLACK` deviations of luma's noise; 0 where
        noise is no more than rounding.
        """
        levels = knots()
        noise = BLACK * self.pixel_deviation()[0]
        above = np.flatnonzero(levels >= noise)
        if not len(above):
            return float(levels[-1])
        first = int(above[0])
        if first == 0:
            return 0.0
        low, high = first - 1, first
        gap = noise[low] - levels[low], levels[high] - noise[high]
        return float(levels[low] + (levels[high] - levels[low]) * gap[0] / (gap[0] + gap[1]))


BLACK = 2.5
"""Deviations of luma below which a level is black."""


def knots() -> Floats:
    """The levels, from 0 to 1, that noise is told for."""
    return np.asarray(np.linspace(0, 1, KNOTS) ** 2, np.float32)


def measure(photo: Photo) -> Noise:
    """The noise of a photo, from patches of its pixels and from its quantization tables."""
    sampler = PatchSampler(photo.height, photo.width, photo.pixels.dtype)
    sampler.add(photo.pixels, 0)
    return noise_of(sampler.patches, photo)


def noise_of(patches: Pixels, photo: Photo) -> Noise:
    """The noise that patches of a photo show.

    Args:
        patches: (n, h, w, 3), as `PatchSampler` collects them.
        photo: Tells all but the pixels, of which the type counts.
    """
    floor = _floor(patches.dtype)
    bands = _measured(patches)
    levels = bands[0][0]
    luma, luma_spectrum = _two_factors(bands, 0, floor)
    chroma, chroma_spectrum = _two_factors(bands, 1, floor)
    shares = _shares(patches)
    by_level = [np.interp(knots(), levels, values) for values in (luma, chroma)]
    hidden = _hidden(photo, [float(values @ shares) for values in by_level])
    spectra = luma_spectrum, chroma_spectrum
    return Noise(*map(_tuples, (*by_level, *spectra, *hidden, shares)))


def _floor(dtype: np.dtype[Any]) -> float:
    """Rounding to the depth of the file."""
    return 0.0 if dtype == np.float32 else float(ROUNDING / np.iinfo(dtype).max)


def _to_floats(patches: Pixels) -> Floats:
    if patches.dtype == np.float32:
        return np.clip(np.nan_to_num(patches), 0, 1)
    return patches.astype(np.float32) * np.float32(1 / np.iinfo(patches.dtype).max)


Measured = tuple[Floats, Floats]
"""Levels (bins), and deviations (2, bins, bands): luma's and chroma's."""


def _measured(patches: Pixels) -> list[Measured]:
    """Levels and deviations at each scale."""
    planes = np.stack([apart(patch) for patch in _to_floats(patches)])
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
    return np.asarray(flat @ np.kron(_transform(), _transform()).T, np.float32)


def _bands(coefficients: Floats) -> Measured:
    """Deviations of the flattest windows of each brightness."""
    levels = coefficients[0, :, 0] / 8
    order = np.argsort(levels, kind="stable")
    count = int(np.clip(len(levels) // _LEAST_WINDOWS, 1, _BINS))
    bins = np.array_split(order, count)
    deviations = np.empty((2, count, len(BANDS)), np.float32)
    for number, members in enumerate(bins):
        for component, planes in enumerate((slice(0, 1), slice(1, 3))):
            deviations[component, number] = _deviations(coefficients[planes, members])
    return np.array([levels[members].mean() for members in bins], np.float32), deviations


def _deviations(coefficients: Floats) -> Floats:
    """Of each band, from (planes, windows, 64)."""
    members = _members()
    coarse = np.square(coefficients[:, :, members[0]]).sum((0, 2))
    flattest = np.argsort(coarse, kind="stable")[: max(1, int(_FLATTEST * len(coarse)))]
    flat = np.abs(coefficients[:, flattest])
    return np.array([np.median(flat[..., band]) for band in members], np.float32) / _MAD


def _members() -> NDArray[np.bool_]:
    """(bands, 64): which coefficients are in each band."""
    y, x = np.mgrid[0:8, 0:8]
    radius = np.hypot(y, x).ravel()
    return np.array(
        [(radius > low) & (radius <= high) for low, high in zip(_EDGES, _EDGES[1:], strict=False)]
    )


def _two_factors(scales: list[Measured], component: int, floor: float) -> tuple[Floats, Floats]:
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


def _bounded(spectrum: Floats) -> Floats:
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


def _shares(patches: Pixels) -> Floats:
    """How much of the patches has the level of each knot."""
    luma = _to_floats(patches[:, ::4, ::4]) @ np.array([0.25, 0.5, 0.25], np.float32)
    middles = (knots()[1:] + knots()[:-1]) / 2
    counts = np.bincount(np.searchsorted(middles, luma.ravel()), minlength=KNOTS)
    return np.asarray(counts / counts.sum(), np.float32)


_ROUNDED = ((0.7, 0.8, 0.8, 0.0), (1.5, 3.0, 3.5, 3.5))
"""What rounding pixels may hide of a coefficient of luma and of chroma at each scale, in steps: a
smooth shade without noise becomes contours one step apart, whose largest coefficient is 3.6."""


_DITHERED = (0.3, 0.6)
"""Noise in steps from which rounding shows less, and from which it does not show at all."""


def _hidden(photo: Photo, usual: list[float]) -> list[Floats]:
    """By scale and band, what rounding to the file's depth and to JPEG may hide of a coefficient.

    `usual` is the noise of luma and chroma. Of JPEG it is half a step; its chroma, Cb and Cr,
    becomes errors of about the same size in ours.
    """
    step = _floor(photo.pixels.dtype) / ROUNDING
    hidden = []
    for noise, rounded in zip(usual, _ROUNDED, strict=True):
        least, most = (step * edge for edge in _DITHERED)
        shown = np.clip((most - noise) / (most - least), 0, 1) if step else 0.0
        hidden.append(np.outer(rounded, np.full(len(BANDS), step * shown)))
    if photo.quantization:
        tables = photo.quantization[0], photo.quantization[min(1, len(photo.quantization) - 1)]
        halved = 0 if photo.subsampling in ("444", None) else 1
        steps = _steps(tables[0], 0), _steps(tables[1], halved)
        hidden = [np.maximum(*both) for both in zip(hidden, steps, strict=True)]
    return hidden


def _steps(table: tuple[int, ...], halved: int) -> Floats:
    """Half the steps of a table whose component is stored `halved` times at half the size."""
    steps = np.reshape(table, (8, 8)) / 255 / 2
    out = np.empty((SCALES, len(BANDS)))
    for scale in range(SCALES):
        octaves = scale - halved
        at = np.asarray(BANDS) / np.sqrt(2) / 2.0**octaves
        inside = at <= 7.5
        values = np.array([_bilinear(steps, min(place, 7.0)) for place in at])
        out[scale] = np.where(inside, values * 2.0**-octaves, 0)
    return out


def _bilinear(steps: Floats, at: float) -> float:
    """The step at frequency `at` both ways."""
    low = min(int(at), 6)
    part = at - low
    row = steps[low] * (1 - part) + steps[low + 1] * part
    return float(row[low] * (1 - part) + row[low + 1] * part)


def _shifted(table: Table, octaves: float) -> Table:
    """By scale and band for a copy that is so many octaves smaller; beyond the last, half a scale."""
    values = np.asarray(table)
    more = np.concatenate([values, values[-1] / 2.0 ** np.arange(1, 9)[:, None]])
    at = np.arange(len(values)) + octaves
    low = np.minimum(at.astype(int), len(more) - 2)
    part = np.clip(at - low, 0, 1)[:, None]
    return _tuples(more[low] * (1 - part) + more[low + 1] * part)


def _tuples(values: Any) -> Any:
    """Lists and arrays as tuples of plain numbers."""
    if isinstance(values, (list, tuple, np.ndarray)):
        return tuple(_tuples(value) for value in values)
    return float(values)
