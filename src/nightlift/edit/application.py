"""An edit made ready for one photo: applied to it whole, or strip by strip."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from nightlift.adjust.adjustment import Adjustment
from nightlift.photo import color
from nightlift.photo.channels import gray_of
from nightlift.photo.orientation import turn_back
from nightlift.photo.photo import Photo, Pixels
from nightlift.photo.proxy import LongSide, SmallCopy

if TYPE_CHECKING:
    from nightlift.edit.edit import Edit, Painting
    from nightlift.edit.estimator import Estimator

GAIN_COPY = SmallCopy(LongSide(256))
"""The small copies between which the gain is measured that the denoiser goes by."""


class Application:
    """An edit for one photo, whose pixels come whole or in strips, in stored order."""

    def __init__(self, edit: Edit, photo: Photo, threads: int | None) -> None:
        self.edit = edit
        self._photo = photo
        self._threads = threads
        adjustment, self._strength = edit.pipeline()
        self._adjustment = adjustment and adjustment.oriented(photo.orientation)

    def rows(self, rows: Pixels, top: int) -> Pixels:
        """Rows `top` on of the photo after the edit, bit for bit those of the whole photo.

        For edits that are not painted. The given rows may be overwritten.
        """
        if self._adjustment is not None:
            rows = self._adjusted(self._adjustment, rows, top)
        return neutral(rows) if self._photo.mode == "gray" and not self.edit.neutral else rows

    def whole(self, in_place: bool) -> Photo:
        """The photo after the edit; `in_place` may overwrite its pixels."""
        edit, photo = self.edit, self._photo
        before = GAIN_COPY.of(photo) if self._denoises() else None
        if edit.painting is not None and edit.amount:
            painter = estimator_of(edit.painting, self._threads)
            photo = painter.paint(photo, edit.amount, edit.painting.pooled)
        elif not in_place:
            photo = photo.with_pixels(photo.pixels.copy())
        photo = photo.with_pixels(self.rows(photo.pixels, 0))
        if before is not None:
            from nightlift.restore import denoise_chroma, gain_map

            gain = turn_back(gain_map(before, GAIN_COPY.of(photo)), photo.orientation)
            amount = edit.denoising.amount
            done = denoise_chroma(photo.pixels, gain, amount, threads=self._threads)
            photo = photo.with_pixels(done)
        return replace(photo, notices=(*photo.notices, *edit.notices))

    def _denoises(self) -> bool:
        edit = self.edit
        return edit.denoising.amount > 0 and not edit.neutral and self._photo.mode != "gray"

    def _adjusted(self, adjustment: Adjustment, rows: Pixels, top: int) -> Pixels:
        photo, strength = self._photo, self._strength
        if photo.mode == "rgb" and not color.acts_in_place(photo.icc):
            working = color.to_srgb(rows, photo.icc)
            adjustment.apply_rows(working, working, top, photo.height, strength, self._threads)
            return color.from_srgb(working, photo.icc)
        adjustment.apply_rows(rows, rows, top, photo.height, strength, self._threads)
        return rows


def neutral(pixels: Pixels) -> Pixels:
    """A gray photo's pixels stay gray, whatever a network made of them."""
    return np.repeat(gray_of(pixels)[..., np.newaxis], 3, axis=2)


def estimator_of(painting: Painting, threads: int | None) -> Estimator:
    """The method that an edit was painted by; ModelError where it is not here as it was."""
    if painting.estimator is not None:
        return painting.estimator
    from nightlift.edit.loading import named

    return named(painting, threads)
