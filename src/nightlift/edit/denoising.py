"""Denoising as a part of an edit: how it is asked for, and the noise of the photo it is for."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, Self, TypeAlias, get_args

import numpy as np

from nightlift.arguments import number
from nightlift.errors import UsageError
from nightlift.photo import Photo, Pixels

if TYPE_CHECKING:
    from nightlift.denoise import Noise

Mode: TypeAlias = Literal["off", "auto", "fast", "fine"]
"""`fast` wherever the lift makes noise larger; `auto` where that would be seen, and some grain and
what may be texture stays; `fine`: more is taken, and a small network brings detail back."""


@dataclass(frozen=True)
class Denoising:
    """How noise is taken away: by which `mode`, and how much of it, `amount` from 0 to 1."""

    mode: Mode = "off"
    amount: float = 1.0

    def __post_init__(self) -> None:
        if self.mode not in get_args(Mode):
            known = ", ".join(get_args(Mode))
            raise UsageError(f"expected a way to denoise among {known}, got {self.mode!r}")
        object.__setattr__(self, "amount", number(self.amount, "a denoise amount", 0, 1))

    @property
    def on(self) -> bool:
        """Whether anything may be taken away."""
        return self.mode != "off" and self.amount > 0


class MeasuredNoise(NamedTuple):
    """The noise of one photo, and how to tell that photo from others (None: not by its pixels)."""

    noise: Noise
    photo: int | None = None

    @classmethod
    def of(cls, photo: Photo) -> Self:
        """The noise of a photo that is in memory.

        Args:
            photo: At full size.

        Returns:
            Its noise, which belongs to these pixels.
        """
        from nightlift.denoise import measure

        return cls(measure(photo), fingerprint(photo.pixels))

    def smaller(self, factor: float) -> Self:
        """The noise of a smaller copy.

        Args:
            factor: How many times the copy is smaller along each side, from 1 up.

        Returns:
            Noise that stands for any pixels.
        """
        return self._replace(noise=self.noise.scaled(factor), photo=None)

    def belongs_to(self, pixels: Pixels) -> bool:
        """Whether it was measured on some pixels, or on something that stands for them.

        Args:
            pixels: (H, W, 3) in stored order.

        Returns:
            False where other pixels were measured.
        """
        return self.photo is None or self.photo == fingerprint(pixels)


def fingerprint(pixels: Pixels) -> int:
    """A number that tells photos apart, from some hundred of their pixels."""
    height, width = pixels.shape[:2]
    some = pixels[:: max(1, height // 24), :: max(1, width // 24)]
    told = repr((pixels.shape, pixels.dtype)).encode()
    return zlib.crc32(told + np.ascontiguousarray(some).tobytes())
