"""What every adjustment can do: be applied, turned, saved, loaded and averaged."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar, Self

from nightlift.photo.photo import Floats


class Adjustment(ABC):
    """What is to be done to each pixel, without the photo's resolution in it.

    Coordinates are those of the upright photo. The NumPy `evaluate` of each kind is its
    definition; the compiled kernels are its fast twins.
    """

    kind: ClassVar[str]

    @abstractmethod
    def evaluate(self, rows: Floats, top: int, height: int) -> Floats:
        """The adjusted rows, unrounded: the definition, in plain NumPy.

        `rows` is (h, W, 3) float32 in [0, 1], rows `top` to `top + h` of a photo `height` high.
        Returns float32 of the same shape in [0, 1].
        """

    @abstractmethod
    def oriented(self, orientation: int) -> Self:
        """The same adjustment for a photo stored with this EXIF orientation (1–8)."""

    @abstractmethod
    def parameters(self) -> Mapping[str, Floats]:
        """The arrays that make this adjustment, by name: what is averaged and saved."""
