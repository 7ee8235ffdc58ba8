"""What every adjustment can do: be applied, turned, saved, loaded and averaged."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Self, overload

import numpy as np

from nightlift.adjust import kernels
from nightlift.arguments import number, whole
from nightlift.errors import AdjustmentError, UsageError
from nightlift.photo import Floats, Photo, Pixels, check_pixels, from_floats

STRIP_ROWS = 64
"""Rows that the NumPy definition holds as floats at a time."""

LARGEST = 1e6
"""Parameters beyond this would overflow float32 somewhere inside."""

MOST_BINS = 64
"""Cells of a grid along its guide."""

Settings = Mapping[str, Any]
"""What an adjustment is besides its arrays; every value fits in JSON."""

Arrays = Mapping[str, Floats]
"""The arrays that make an adjustment, by name."""

Rebuilt = Callable[[Mapping[str, Any], Arrays], "Adjustment"]
"""An adjustment from its kind and settings, and its arrays."""


def finite_floats(values: Floats, what: str, shape: tuple[int | None, ...]) -> Floats:
    """`values` as read-only, C-contiguous float32 of `shape` (None: any length from 1 up).

    Raises AdjustmentError for another shape or type, and for values that are not finite.
    """
    if not isinstance(values, np.ndarray) or values.dtype != np.float32:
        came = values.dtype if isinstance(values, np.ndarray) else type(values).__name__
        raise AdjustmentError(
            f"expected {what} as a float32 array of shape {_told(shape)}, got {came}"
        )
    fits = len(shape) == values.ndim and all(
        have >= 1 if want is None else have == want
        for want, have in zip(shape, values.shape, strict=True)
    )
    if not fits:
        raise AdjustmentError(f"expected {what} of shape {_told(shape)}, got {values.shape}")
    if not bool(np.all(np.abs(values) <= LARGEST)):
        raise AdjustmentError(
            f"expected finite {what} of magnitude at most {LARGEST:g}, got "
            f"{int(np.sum(~(np.abs(values) <= LARGEST)))} other values"
        )
    kept = np.ascontiguousarray(values).view()
    kept.flags.writeable = False
    return kept


def _told(shape: tuple[int | None, ...]) -> str:
    return "(" + ", ".join("any" if n is None else str(n) for n in shape) + ")"


def check_strength(strength: float) -> float:
    """The strength as a plain number.

    Args:
        strength: What was given as one.

    Returns:
        A float from 0 to 1.5.

    Raises:
        UsageError: It is no number from 0 to 1.5.
    """
    return number(strength, "a strength", 0.0, 1.5)


class Adjustment(ABC):
    """What is to be done to each pixel, without the photo's resolution in it.

    Coordinates are those of the upright photo. The NumPy `evaluate` of each kind is its
    definition; the compiled kernels are its fast twins. Strength s blends in code values, those of
    sRGB whatever the photo's RGB: out = clip(x + s (f(x) - x)), f unrounded inside, rounded once; 0
    returns the photo bit for bit. Float photos are clipped to [0, 1] first, and NaN counts as 0.
    """

    kind: ClassVar[str]

    @abstractmethod
    def evaluate(self, rows: Floats, top: int, height: int) -> Floats:
        """The adjusted rows, unrounded: the definition, in plain NumPy.

        Args:
            rows: (h, W, 3) float32 in [0, 1].
            top: Which row of the photo is the first of them.
            height: Rows of the whole photo.

        Returns:
            (h, W, 3) float32 in [0, 1].
        """

    @property
    def unbounded(self) -> bool:
        """Whether `unclipped` has a formula of its own, for all colors alike."""
        return False

    def unclipped(self, rows: Floats, top: int, height: int) -> Floats:
        """What becomes of pixels with codes beyond 0 and 1, which colors outside sRGB have.

        What a pixel is to the nearest color within [0, 1] stays: the adjustment acts on that one,
        and the difference is added.

        Args:
            rows: (h, W, 3) float32, which may go below 0 and beyond 1.
            top: Which row of the photo is the first of them.
            height: Rows of the whole photo.

        Returns:
            (h, W, 3) float32, which may do so as well; `evaluate`'s for pixels within.
        """
        inside = np.clip(rows, 0, 1)
        out: Floats = self.evaluate(inside, top, height) + (rows - inside)
        return out

    @abstractmethod
    def oriented(self, orientation: int) -> Self:
        """The same adjustment for a photo that is stored turned.

        Args:
            orientation: The EXIF orientation, 1 to 8.

        Returns:
            What it is in the stored order of pixels.
        """

    def in_profile(self, icc: bytes) -> Adjustment | None:
        """The same adjustment for pixels of another profile.

        Args:
            icc: The ICC profile's bytes.

        Returns:
            What acts on such pixels, of a profile of primaries and tone curves in sRGB; None: they
            are to be converted to sRGB.
        """
        from nightlift.adjust.in_srgb import InSrgb
        from nightlift.photo import color, rgb_space

        space = rgb_space(icc)
        if space is not None:
            return InSrgb(self, space if self.unbounded else space.exact)
        return self if color.acts_in_place(icc) else None

    @abstractmethod
    def parameters(self) -> Mapping[str, Floats]:
        """The arrays that make this adjustment: what is averaged and saved.

        Returns:
            Finite arrays by name.
        """

    @abstractmethod
    def settings(self) -> Settings:
        """What this adjustment is besides its arrays.

        Returns:
            Values by name, all of which fit in JSON.
        """

    @classmethod
    def stored(cls, settings: Settings, arrays: Arrays, rebuilt: Rebuilt) -> Self:
        """The adjustment that a file holds.

        Args:
            settings: What `settings` gave.
            arrays: What `parameters` gave.
            rebuilt: Reads an adjustment within this one.

        Returns:
            The adjustment whose `settings` and `parameters` are these.

        Raises:
            AdjustmentError: They do not fit each other, or this kind is not to be saved; KeyError,
                TypeError or ValueError where something is missing or of another type.
        """
        raise AdjustmentError(f"adjustments of kind {cls.kind} are not kept in files")

    @abstractmethod
    def stages(self, size: kernels.Size, top: int, rows: int) -> list[kernels.Stage]:
        """What the compiled kernels are told.

        Args:
            size: Height and width of the whole photo.
            top: The first row that will be adjusted.
            rows: How many will be.

        Returns:
            The stages in the order in which they act.
        """

    @overload
    def apply(
        self, photo: Photo, strength: float = 1.0, *, threads: int | None = None
    ) -> Photo: ...

    @overload
    def apply(
        self, photo: Pixels, strength: float = 1.0, *, threads: int | None = None
    ) -> Pixels: ...

    def apply(
        self, photo: Photo | Pixels, strength: float = 1.0, *, threads: int | None = None
    ) -> Photo | Pixels:
        """A new photo or array, adjusted.

        A photo is adjusted in its stored order and in sRGB, whatever the RGB of its profile. Alpha
        is untouched.

        Args:
            photo: A photo, or its pixels alone: (H, W, 3) uint8, uint16 or float32 sRGB in stored
                order.
            strength: 0 to 1.5, blends on pixels.
            threads: Processor threads; None: all.

        Returns:
            The same kind of thing, with pixels of the same shape and type.
        """
        if isinstance(photo, Photo):
            return photo.with_pixels(self._adjusted(photo, strength, threads))
        check_pixels(photo)
        out: Pixels = np.empty(photo.shape, photo.dtype)
        self.apply_rows(photo, out, 0, photo.shape[0], strength, threads)
        return out

    def apply_each(self, pictures: Pixels, strength: float = 1.0) -> Pixels:
        """Many small pictures adjusted, each as by `apply`, in this thread.

        Args:
            pictures: (n, h, w, 3) uint8, uint16 or float32.
            strength: 0 to 1.5.

        Returns:
            New pictures of the same shape and type.
        """
        check_strength(strength)
        out = np.empty_like(pictures)
        if strength == 0 or kernels.active() == "numpy":
            for picture, result in zip(pictures, out, strict=True):
                self.apply_rows(picture, result, 0, len(picture), strength)
        else:
            height, width = pictures.shape[1:3]
            stages = self.stages((height, width), 0, height)
            kernels.run_each(stages, pictures, out, strength)
        return out

    def apply_rows(
        self,
        rows: Pixels,
        out: Pixels,
        top: int,
        height: int,
        strength: float = 1.0,
        threads: int | None = None,
    ) -> None:
        """Adjust one strip of a photo; bit for bit what the whole would be.

        Args:
            rows: (h, W, 3) pixels in stored order.
            out: Where the result goes, of the same shape and type; may be `rows` itself.
            top: Which row of the photo is the first of them.
            height: Rows of the whole photo.
            strength: 0 to 1.5.
            threads: Processor threads; None: all.

        Raises:
            UsageError: The arrays do not fit each other, or the rows do not lie in the photo.
        """
        check_strength(strength)
        check_pixels(rows)
        _check_out(rows, out)
        if threads is not None:
            whole(threads, "threads", 1)
        if not 0 <= top <= top + len(rows) <= height:
            raise UsageError(
                f"expected rows within a photo {height} high, got {top} to {top + len(rows)}"
            )
        same = rows.ctypes.data == out.ctypes.data and rows.strides == out.strides
        if not same and np.may_share_memory(rows, out):
            rows = rows.copy()
        if strength == 0:
            np.copyto(out, rows)
        elif kernels.active() == "numpy":
            self._evaluate_rows(rows, out, top, height, strength)
        else:
            stages = self.stages((height, rows.shape[1]), top, len(rows))
            kernels.run(stages, rows, out, strength, threads)

    def _evaluate_rows(
        self, rows: Pixels, out: Pixels, top: int, height: int, strength: float
    ) -> None:
        for start in range(0, len(rows), STRIP_ROWS):
            strip = slice(start, min(start + STRIP_ROWS, len(rows)))
            x = to_floats(rows[strip])
            y = self.evaluate(x, top + start, height)
            if strength != 1:
                y = np.clip(x + np.float32(strength) * (y - x), 0.0, 1.0)
            out[strip] = from_floats(y, out.dtype)

    def _own(self, photo: Photo) -> Adjustment | None:
        """The same for the photo's pixels as they are stored; None: they are to be converted."""
        oriented = self.oriented(photo.orientation)
        if photo.icc is None or photo.mode != "rgb":
            return oriented
        return oriented.in_profile(photo.icc)

    def _adjusted(self, photo: Photo, strength: float, threads: int | None) -> Pixels:
        check_strength(strength)
        if strength == 0:
            return photo.pixels.copy()
        own = self._own(photo)
        if own is not None:
            return own.apply(photo.pixels, strength, threads=threads)
        from nightlift.photo import color

        oriented = self.oriented(photo.orientation)
        pixels = color.to_srgb(photo.pixels, photo.icc)
        return color.from_srgb(oriented.apply(pixels, strength, threads=threads), photo.icc)


def to_floats(pixels: Pixels) -> Floats:
    """Pixels as numbers; NaN becomes 0.

    Args:
        pixels: uint8, uint16 or float32, of any shape.

    Returns:
        float32 in [0, 1].
    """
    if pixels.dtype == np.float32:
        with np.errstate(invalid="ignore"):
            kept: Floats = np.minimum(np.fmax(pixels, np.float32(0)), np.float32(1))
        return kept
    return pixels.astype(np.float32) * np.float32(1 / np.iinfo(pixels.dtype).max)


def _check_out(rows: Pixels, out: Pixels) -> None:
    if out.shape != rows.shape or out.dtype != rows.dtype:
        raise UsageError(
            f"expected room for {rows.shape} {rows.dtype}, got {out.shape} {out.dtype}"
        )
    if not out.flags.writeable:
        raise UsageError("expected pixels that may be written to, got a read-only array")
