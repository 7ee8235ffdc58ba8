"""What looks at a photo and says what is to be done to it: the common side of all methods."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from nightlift.adjust.adjustment import Adjustment
from nightlift.photo import Floats, Photo, SmallCopy


class Estimator(ABC):
    """A method, ready to be used on photos, from several threads."""

    name: str
    """As in `nightlift methods`."""
    version: str = ""
    """What tells its results from those of another release."""
    holds_black: bool = False
    """Whether its adjustments ask for the level below which a photo holds noise only."""
    options: Mapping[str, Any] = MappingProxyType({})
    """What was asked for beside its name, to be asked for again."""

    @abstractmethod
    def small_copy(self) -> SmallCopy:
        """The small copy that `predict` takes.

        Returns:
            How it is made of a photo.
        """

    @abstractmethod
    def exact_copy(self) -> SmallCopy | None:
        """The same for the published result.

        Returns:
            How it is made of a photo; None where the result is painted at the photo's size.
        """

    @abstractmethod
    def predict(self, small: Floats) -> Adjustment:
        """What is to be done to a photo; what comes near it where the method paints.

        Args:
            small: The photo's small copy, (h, w, 3) float32 sRGB in [0, 1], upright.

        Returns:
            An adjustment of the upright photo.
        """

    @abstractmethod
    def paints(self, height: int, width: int, exact: bool) -> bool:
        """Whether a photo is painted at its own size, rather than adjusted.

        Args:
            height: Of the upright photo, in pixels.
            width: Likewise.
            exact: Whether the published result is asked for.

        Returns:
            True where `paint` is to be called.
        """

    @abstractmethod
    def paint(
        self, photo: Photo, strength: float, pooled: Floats | None, threads: int | None
    ) -> Photo:
        """The photo painted at its own size, blended with itself.

        Args:
            photo: The photo before.
            strength: 0 to 1.5.
            pooled: What `pooled` gave for it.
            threads: Processor threads; None: all.

        Returns:
            The photo with other pixels.
        """

    def pooled(self, photo: Photo) -> Floats | None:
        """What is gathered from all of a photo that is painted in tiles.

        Args:
            photo: The photo before.

        Returns:
            Numbers; None: nothing is needed.
        """
        return None

    def required_memory(self, height: int, width: int, exact: bool) -> int:
        """Memory that an estimate takes, beyond some copies of the photo's pixels.

        Args:
            height: Of the upright photo, in pixels.
            width: Likewise.
            exact: Whether the published result is asked for.

        Returns:
            Bytes, from above.
        """
        return 0

    def in_float32(self) -> Estimator:
        """The same method, computed in float32 whatever is installed.

        Returns:
            Itself where no engine is asked.
        """
        return self
