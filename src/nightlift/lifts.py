"""The ways a photo is lifted: by a classical method, a released model, or a given adjustment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from nightlift.adjust.adjustment import Adjustment
from nightlift.photo import color
from nightlift.photo.orientation import turn, turn_back
from nightlift.photo.photo import Floats, Photo, Pixels
from nightlift.photo.proxy import FixedSize, Resize, SizeRule, small_copy

if TYPE_CHECKING:
    from nightlift.classical import Classical


@dataclass(frozen=True)
class Rendered:
    """A result, and the adjustment that made it where one did."""

    photo: Photo
    adjustment: Adjustment | None


@dataclass(frozen=True)
class Look:
    """The small copy that a method asks for."""

    size: SizeRule
    resize: Resize = "area"


class Lift(Protocol):
    """A method, ready to be used on photos."""

    @property
    def name(self) -> str:
        """As in `nightlift methods`."""

    def look(self, height: int, width: int, exact: bool) -> Look | None:
        """What it looks at to say an adjustment; None where it paints a photo of this size."""

    def say(self, small: Floats) -> Adjustment:
        """What is to be done to the photo whose small copy this is."""

    def estimate(self, photo: Photo) -> Adjustment:
        """What is to be done to the photo."""

    def render(self, photo: Photo, strength: float, exact: bool, in_place: bool) -> Rendered:
        """The photo, done; `in_place` may overwrite its pixels."""

    def needed(self, height: int, width: int, exact: bool) -> int:
        """Bytes that it takes for a photo of this size, beyond some copies of its pixels."""


def adjusted(
    photo: Photo, adjustment: Adjustment, strength: float, in_place: bool, threads: int | None
) -> Rendered:
    """The photo after one adjustment."""
    if not in_place:
        return Rendered(adjustment.apply(photo, strength, threads=threads), adjustment)
    adjustment.apply_in_place(photo, strength, threads=threads)
    return Rendered(photo, adjustment)


def adjusted_rows(
    photo: Photo,
    oriented: Adjustment,
    rows: Pixels,
    top: int,
    strength: float,
    threads: int | None,
) -> Pixels:
    """Rows `top` on of a photo after an adjustment in its stored order; may overwrite them.

    They are those of the whole photo, adjusted, bit for bit.
    """
    profile = photo.icc if photo.mode == "rgb" and strength else None
    own = oriented if profile is None else oriented.in_profile(profile)
    if own is None:
        working = color.to_srgb(rows, profile)
        oriented.apply_rows(working, working, top, photo.height, strength, threads)
        return color.from_srgb(working, profile)
    own.apply_rows(rows, rows, top, photo.height, strength, threads)
    return rows


@dataclass(frozen=True)
class GivenLift:
    """An adjustment that was estimated before, for any photo."""

    adjustment: Adjustment
    threads: int | None = None
    name: str = "adjustment"

    def look(self, height: int, width: int, exact: bool) -> Look | None:
        """Anything: nothing is asked of it."""
        return Look(FixedSize(1, 1))

    def say(self, small: Floats) -> Adjustment:
        """The given adjustment."""
        return self.adjustment

    def estimate(self, photo: Photo) -> Adjustment:
        """The given adjustment."""
        return self.adjustment

    def render(self, photo: Photo, strength: float, exact: bool, in_place: bool) -> Rendered:
        """The photo after the given adjustment."""
        return adjusted(photo, self.adjustment, strength, in_place, self.threads)

    def needed(self, height: int, width: int, exact: bool) -> int:
        """Nothing worth mentioning."""
        return 0


@dataclass(frozen=True)
class ClassicalLift:
    """A classical method: it estimates on a small copy, or paints the picture whole."""

    classical: Classical
    threads: int | None = None

    @property
    def name(self) -> str:
        """The classical method's name."""
        return self.classical.name

    def look(self, height: int, width: int, exact: bool) -> Look | None:
        """The method's small copy; None where it paints."""
        return None if self.classical.render else Look(self.classical.size)

    def say(self, small: Floats) -> Adjustment:
        """The method's adjustment, or its nearest one where it paints."""
        return self.classical.estimate(small)

    def estimate(self, photo: Photo) -> Adjustment:
        """The method's adjustment, or its nearest one where it paints."""
        return self.say(small_copy(photo, self.classical.size))

    def render(self, photo: Photo, strength: float, exact: bool, in_place: bool) -> Rendered:
        """The photo, adjusted or painted whole."""
        render = self.classical.render
        if render is None:
            return adjusted(photo, self.estimate(photo), strength, in_place, self.threads)

        def act(pixels: Pixels) -> Pixels:
            painted = render(turn(pixels, photo.orientation), self.threads)
            return blend(pixels, turn_back(painted, photo.orientation), strength)

        return Rendered(in_working_space(photo, act), None)

    def needed(self, height: int, width: int, exact: bool) -> int:
        """Nothing worth mentioning."""
        return 0


def in_working_space(photo: Photo, act: Callable[[Pixels], Pixels]) -> Photo:
    """The photo after `act` on its own RGB, or by way of sRGB where its tone curve is another."""
    if photo.mode != "rgb" or color.acts_in_place(photo.icc):
        return photo.with_pixels(act(photo.pixels))
    done = act(color.to_srgb(photo.pixels, photo.icc))
    return photo.with_pixels(color.from_srgb(done, photo.icc))


def blend(pixels: Pixels, painted: Pixels, strength: float) -> Pixels:
    """`clip(x + s · (f(x) - x))` in the pixels' own code values."""
    if strength == 1.0:
        return painted
    import cv2

    blended: Pixels = cv2.addWeighted(painted, strength, pixels, 1.0 - strength, 0.0)
    return blended.clip(0, 1) if blended.dtype == np.float32 else blended
