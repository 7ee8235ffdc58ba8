"""The denoiser of one lifted photo: its noise, carried through the lift, is what is taken away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from nightlift.arguments import number
from nightlift.denoise import kernel
from nightlift.denoise.definition import LEVELS, NOTHING, KernelPlan
from nightlift.denoise.noise import BANDS, SCALES, Noise, Table, knots
from nightlift.denoise.slope_map import SlopeMap
from nightlift.denoise.slope_map import levels as slope_levels
from nightlift.errors import UsageError
from nightlift.photo import Floats, Pixels, check_pixels
from nightlift.processor import cores


class Thresholds(NamedTuple):
    """From where on a coefficient is taken for what it is, in deviations of its noise."""

    luma: tuple[float, float, float, float]
    """By scale, the finest first. Its coarse scales hold form, and noise there is hardly seen."""
    chroma: tuple[float, float, float, float]
    """By scale; its coarse scales hold blotches."""
    reach: float
    """How far a pixel is moved at most."""


GENTLE = Thresholds((1.6, 0.85, 0.4, 0.0), (3.2, 2.1, 1.6, 1.3), 2.5)
"""Where nothing follows: with `THOROUGH` matched SSIM of LOL is 0.03 better, but raters liked
pictures without any denoising better where wood, cloth and roses became smooth and pale, and small
things in the dark lost color to what is around them (docs/default.md)."""

THOROUGH = Thresholds((2.1, 1.1, 0.5, 0.0), (5.0, 3.5, 3.0, 3.0), 4.0)
"""Where the network of `FineDenoiser` brings detail back."""

SOFTNESS = 0.6
"""A coefficient of t thresholds keeps clip(`SOFTNESS` · (t² - 1), 0, 1) of itself."""

GRAIN = 0.2
"""Share of luma's noise that stays, so that wood, cloth and walls look like what they are. Where
noise is white, as LOL's, this is liked better than 0.4, and as well as 0 (docs/default.md)."""

TEXTURE = 0.9
"""Share that stays of what has the spectrum of texture: leaves, brick and grass fill a small photo
so that no window shows noise alone."""

_TEXTURED = (1.15, 1.5)
"""Luma's second band over its third from which it may be texture, and from which it is: white noise
has 1, LOL's photos 1.0 to 1.3, those of leaves and brick 1.25 to 2.2."""

_LIFTED = (1.02, 1.27)
"""Growth of noise from which something is taken away, and from which all of it is."""

VISIBLE = 1.2 / 255
"""Deviation of luma, after the lift, from which noise is seen."""

_SEEN_SHARE = 0.01
"""Share of a photo that must show it."""


class Denoiser:
    """Takes the noise from a lifted photo, whole or in strips, with the same result bit for bit.

    Where the lift made no noise larger, pixels stay what they are, bit for bit; gray stays gray.

    Args:
        noise: Of the photo before the lift.
        slopes: Of the lift, in the order of the pixels.
        amount: How much of what was found is taken away, from 0 to 1.
        grain: How much of luma's noise stays nevertheless, from 0 to 1; see `grain`.
        thresholds: What is taken for noise.
    """

    halo = kernel.HALO
    """Rows above and below a strip that its result depends on, at most."""

    def __init__(
        self,
        noise: Noise,
        slopes: SlopeMap,
        amount: float = 1.0,
        grain: float = 0.0,
        thresholds: Thresholds = GENTLE,
    ) -> None:
        amount = number(amount, "a denoise amount", 0, 1)
        kept = number(grain, "grain", 0, 1)
        self.plan = KernelPlan(
            noise=carried(noise, slopes),
            weights=_weights(noise, thresholds),
            softness=SOFTNESS,
            reach=thresholds.reach,
            amounts=(amount * (1 - kept), amount),
        )

    @property
    def active(self) -> bool:
        """Whether anything is changed anywhere."""
        return self.plan.amounts[1] > 0 and bool(self.plan.noise.any())

    def apply(self, pixels: Pixels, *, threads: int | None = None) -> Pixels:
        """The lifted photo without its noise.

        Args:
            pixels: (H, W, 3), the whole photo after the lift.
            threads: Processor threads; None: all.

        Returns:
            New pixels of the same shape and type.
        """
        return self.apply_rows([pixels], 0, 0, len(pixels), len(pixels), threads=threads)

    def apply_rows(
        self,
        strips: Sequence[Pixels],
        first: int,
        top: int,
        bottom: int,
        height: int,
        *,
        threads: int | None = None,
    ) -> Pixels:
        """Rows `top` to `bottom` of the denoised photo.

        Args:
            strips: Lifted rows (h, W, 3) from `first` on, one array below the other, among them
                those from `top - halo` to `bottom + halo` as far as there are any.
            first: Which row of the photo is the first one of `strips`.
            top: The first row that is wanted.
            bottom: The row after the last one.
            height: Rows of the photo.
            threads: Processor threads; all that there are by default.

        Returns:
            (bottom - top, W, 3) new pixels of the same type.

        Raises:
            UsageError: The rows are no pixels, or rows around those wanted are missing.
        """
        for strip in strips:
            check_pixels(strip)
        end = first + sum(map(len, strips))
        need = max(0, top - self.halo), min(height, bottom + self.halo)
        if not (0 <= top < bottom <= height and first <= need[0] and end >= need[1]):
            raise UsageError(
                f"expected rows {need[0]} to {need[1]} of {height}, got {first} to {end}"
            )
        if not self.active:
            return np.concatenate(strips)[top - first : bottom - first]
        out: Pixels = np.empty((bottom - top, *strips[0].shape[1:]), strips[0].dtype)
        kernel.run(self.plan, strips, first, out, top, height, threads or cores())
        return out


def grain(noise: Noise) -> float:
    """How much of luma's noise is to stay, so that a photo does not look painted.

    More of it where its spectrum is that of texture, less where a JPEG's blocks are as large.

    Args:
        noise: Of the photo before the lift.

    Returns:
        0 to 1.
    """
    _, second, third, _ = noise.luma_spectrum[0]
    low, high = _TEXTURED
    texture = min(max((second / max(third, 1e-6) - low) / (high - low), 0.0), 1.0)
    return (GRAIN + (TEXTURE - GRAIN) * texture) * _true_share(noise)


def visible(noise: Noise, slopes: SlopeMap) -> bool:
    """Whether a photo's noise would be seen after a lift: worth the time to take it away.

    Args:
        noise: Of the photo before.
        slopes: Of the lift.

    Returns:
        False where the photo may stay as it is.
    """
    deviation = noise.pixel_deviation()[0]
    after = _after(deviation, slopes)
    at = np.searchsorted(slope_levels(), knots()).clip(0, after.shape[-1] - 1)
    seen = (after[..., at] >= VISIBLE).mean((0, 1))
    return bool(seen @ np.asarray(noise.shares) >= _SEEN_SHARE)


def carried(noise: Noise, slopes: SlopeMap) -> Floats:
    """(2, h, w, LEVELS): noise of luma and chroma after the lift, by place and by lifted luma."""
    luma = _at_levels(noise.luma)
    chroma = _at_levels(noise.chroma)
    after = (
        _after(luma, slopes),
        np.asarray(_fade(slopes.chroma) * chroma * slopes.chroma, np.float32),
    )
    return np.stack([_by_result(values, slopes.curve) for values in after])


def _at_levels(deviations: tuple[float, ...]) -> Floats:
    return np.asarray(np.interp(slope_levels(), knots(), deviations), np.float32)


def _after(deviations: Floats, slopes: SlopeMap) -> Floats:
    """Noise of luma after the lift; 0 where it has not become larger."""
    if len(deviations) != len(slope_levels()):
        deviations = np.asarray(np.interp(slope_levels(), knots(), deviations), np.float32)
    after = slopes.spread(deviations)
    gain = np.asarray(after / np.maximum(deviations, 1e-9), np.float32)
    return np.asarray(after * _fade(gain), np.float32)


def _fade(gain: Floats) -> Floats:
    return np.asarray(np.clip((gain - _LIFTED[0]) / (_LIFTED[1] - _LIFTED[0]), 0, 1), np.float32)


def _by_result(values: Floats, curve: Floats) -> Floats:
    """Values by level as values by what the level became, at each place."""
    rising = np.maximum.accumulate(curve.reshape(-1, curve.shape[-1]), axis=-1)
    at = np.linspace(0, 1, LEVELS).clip(rising[:, :1], rising[:, -1:])
    # All places in one go: beside each other, far enough that none looks into the next one.
    apart = 2.0 * np.arange(len(rising))[:, None]
    found = np.interp((at + apart).ravel(), (rising + apart).ravel(), values.ravel())
    return np.asarray(found.reshape(*curve.shape[:2], LEVELS), np.float32)


def _weights(noise: Noise, thresholds: Thresholds) -> Floats:
    """(SCALES, 2, 8, 8): softness over the squared thresholds, in squares of the noise."""
    kinds = (
        (noise.luma, noise.luma_spectrum, noise.luma_hidden, thresholds.luma),
        (noise.chroma, noise.chroma_spectrum, noise.chroma_hidden, thresholds.chroma),
    )
    weights = np.empty((SCALES, 2, 8, 8), np.float32)
    for component, (levels, spectrum, hidden, least) in enumerate(kinds):
        usual = float(np.asarray(levels) @ np.asarray(noise.shares))
        bands, losses = _by_frequency(spectrum), _by_frequency(hidden)
        for scale in range(SCALES):
            own = least[scale] * bands[scale]
            lost = losses[scale] / max(usual, 1e-6)
            weights[scale, component] = SOFTNESS / np.maximum(np.maximum(own, lost) ** 2, 1e-6)
            if least[scale] == 0:
                weights[scale, component] = NOTHING
    if noise.halved_chroma:
        weights[0, 1] = NOTHING  # enlarged chroma has nothing that its own scale does not show
    return weights


def _true_share(noise: Noise) -> float:
    """How much of what is taken from luma's finest scale is noise, and not what rounding hides."""
    usual = float(np.asarray(noise.luma) @ np.asarray(noise.shares))
    lost = float(np.mean(noise.luma_hidden[0]))
    return usual**2 / max(usual**2 + lost**2, 1e-12)


_RADIUS = np.hypot(*np.mgrid[0:8, 0:8])
"""How far each frequency of a window is from the mean."""


def _by_frequency(table: Table) -> Floats:
    """(SCALES, 8, 8): values by band, between bands in proportion."""
    return np.asarray([np.interp(_RADIUS, BANDS, row) for row in table], np.float32)
