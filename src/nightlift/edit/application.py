"""An edit made ready for one photo: applied to it whole, or strip by strip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from nightlift.adjust import Adjustment, Estimator
from nightlift.edit.denoising import MeasuredNoise
from nightlift.errors import UsageError
from nightlift.photo import LongSide, Photo, Pixels, SmallCopy, color, gray_of

if TYPE_CHECKING:
    from nightlift.denoise import Denoiser, FineDenoiser
    from nightlift.edit.edit import Edit, Painting

SLOPE_COPY = SmallCopy(LongSide(256))
"""The small copies between which the slope of what was painted is fitted."""


class Application:
    """An edit for one photo, whose pixels come whole or in strips, in stored order.

    In strips it takes two steps: each strip is lifted by itself, then freed of noise with
    `halo` lifted rows above and below it.

    Args:
        edit: What is to be done.
        photo: Tells all but the pixels of strips, of which the shape and type count.
        threads: Processor threads; None: all.
    """

    def __init__(self, edit: Edit, photo: Photo, threads: int | None) -> None:
        self.edit = edit
        self._photo = photo
        self._threads = threads
        adjustment, self._strength = edit.pipeline()
        self._adjustment = adjustment and adjustment.oriented(photo.orientation)

    @property
    def halo(self) -> int:
        """Rows above and below a strip that its result depends on."""
        return 0 if self._denoiser is None else self._denoiser.halo

    def lifted(self, rows: Pixels, top: int) -> Pixels:
        """Rows of the photo, lifted, before denoising.

        Args:
            rows: (h, W, 3) of the photo's pixels, which may be overwritten.
            top: Which row of the photo is the first of them.

        Returns:
            Rows of the same shape and type.
        """
        if self._adjustment is not None:
            rows = self._adjusted(self._adjustment, rows, top)
        return neutral(rows) if self._photo.mode == "gray" and not self.edit.neutral else rows

    def denoised(self, lifted: Sequence[Pixels], first: int, top: int, bottom: int) -> Pixels:
        """Rows `top` to `bottom` of the result.

        Args:
            lifted: Lifted rows from `first` on, one array below the other, with `halo` rows around
                those that are wanted as far as the photo has them.
            first: Which row of the photo is the first one of `lifted`.
            top: The first row that is wanted.
            bottom: The row after the last one.

        Returns:
            (bottom - top, W, 3) of the same type.
        """
        if self._denoiser is None:
            return _joined(lifted)[top - first : bottom - first]
        profile = self._photo.icc if self._photo.mode == "rgb" else None
        if profile is None or color.has_srgb_tone(profile):
            done = self._without_noise(lifted, first, top, bottom)
            return neutral(done) if self._photo.mode == "gray" else done
        # Noise was measured with sRGB's tone curve, and what is no noise stays bit for bit.
        rows = _joined(lifted)
        noisy = color.to_srgb_tone(rows, profile)
        done = self._without_noise([noisy], first, top, bottom)
        wanted = slice(top - first, bottom - first)
        own = color.from_srgb_tone(done, profile, rows.dtype)
        return np.where(done == noisy[wanted], rows[wanted], own)

    def _without_noise(self, lifted: Sequence[Pixels], first: int, top: int, bottom: int) -> Pixels:
        assert self._denoiser is not None
        return self._denoiser.apply_rows(
            lifted,
            first=first,
            top=top,
            bottom=bottom,
            height=self._photo.height,
            threads=self._threads,
        )

    def whole(self, in_place: bool) -> Photo:
        """The photo after the edit.

        Args:
            in_place: Whether the photo's pixels may be overwritten.

        Returns:
            The photo with new pixels, and with the edit's notices.
        """
        edit, photo = self.edit, self._photo
        if edit.painting is not None and edit.amount:
            photo = self._painted(edit.painting)
        else:
            _ = self._denoiser  # noise is measured before the pixels change
            pixels = photo.pixels if in_place else photo.pixels.copy()
            photo = photo.with_pixels(self.lifted(pixels, 0))
        if self._denoiser is not None:
            photo = photo.with_pixels(self.denoised([photo.pixels], 0, 0, photo.height))
        return replace(photo, notices=(*photo.notices, *edit.notices))

    def _painted(self, painting: Painting) -> Photo:
        """The photo painted and developed; what was painted has a slope only afterwards."""
        edit, photo = self.edit, self._photo
        before = SLOPE_COPY.of(photo) if edit.denoising.on else None
        noise = self._noise() if edit.denoising.on else None
        painter = estimator_of(painting, self._threads)
        painted = painter.paint(photo, edit.amount, painting.pooled, self._threads)
        result = painted.with_pixels(self.lifted(painted.pixels, 0))
        if before is not None and noise is not None:
            from nightlift.adjust import fit

            like = fit(before, SLOPE_COPY.of(result)).oriented(photo.orientation)
            self.__dict__["_denoiser"] = self._made(noise, like, 1.0)
        else:
            self.__dict__["_denoiser"] = None
        return result

    @cached_property
    def _denoiser(self) -> Denoiser | FineDenoiser | None:
        """What takes the noise away; None where nothing is to be taken."""
        edit = self.edit
        if not edit.denoising.on or self._adjustment is None:
            return None
        return self._made(self._noise(), self._adjustment, self._strength)

    def _made(
        self, measured: MeasuredNoise, adjustment: Adjustment, strength: float
    ) -> Denoiser | FineDenoiser | None:
        from nightlift.denoise import Denoiser, grain, slopes, visible

        steep = slopes(adjustment, strength)
        if self.edit.denoising.mode == "auto" and not visible(measured.noise, steep):
            return None
        amount = self.edit.denoising.amount
        if self.edit.denoising.mode == "fine":
            from nightlift.denoise import THOROUGH, FineDenoiser

            thorough = Denoiser(measured.noise, steep, thresholds=THOROUGH)
            fine = FineDenoiser(thorough, amount)
            return fine if fine.active else None
        kept = grain(measured.noise) if self.edit.denoising.mode == "auto" else 0.0
        fast = Denoiser(measured.noise, steep, amount, kept)
        return fast if fast.active else None

    def _noise(self) -> MeasuredNoise:
        """The edit's own, if that is this photo's, else measured here."""
        own, pixels = self.edit.noise, self._photo.pixels
        if own is not None and own.belongs_to(pixels):
            return own
        if not any(pixels.strides):  # an outline, which has no pixels of its own
            raise UsageError("expected an edit that was estimated from this photo's strips")
        return MeasuredNoise.of(self._photo)

    @cached_property
    def _own(self) -> Adjustment | None:
        """The adjustment for the photo's own RGB, found once; None: strips are to be converted."""
        profile = self._photo.icc if self._photo.mode == "rgb" else None
        if self._adjustment is None or profile is None:
            return self._adjustment
        return self._adjustment.in_profile(profile)

    def _adjusted(self, adjustment: Adjustment, rows: Pixels, top: int) -> Pixels:
        photo, strength = self._photo, self._strength
        own = self._own
        if own is None:
            working = color.to_srgb(rows, photo.icc)
            adjustment.apply_rows(working, working, top, photo.height, strength, self._threads)
            return color.from_srgb(working, photo.icc)
        own.apply_rows(rows, rows, top, photo.height, strength, self._threads)
        return rows


def _joined(strips: Sequence[Pixels]) -> Pixels:
    return strips[0] if len(strips) == 1 else np.concatenate(strips)


def neutral(pixels: Pixels) -> Pixels:
    """A gray photo's pixels stay gray, whatever a network made of them."""
    return np.repeat(gray_of(pixels)[..., np.newaxis], 3, axis=2)


def estimator_of(painting: Painting, threads: int | None) -> Estimator:
    """The method that an edit was painted by; ModelError where it is not here as it was."""
    if painting.estimator is not None:
        return painting.estimator
    from nightlift.edit.loading import painter

    return painter(painting, threads)
