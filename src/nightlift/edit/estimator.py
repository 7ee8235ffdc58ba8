"""What looks at a photo and says what is to be done to it: the common side of all methods."""

from __future__ import annotations

from typing import Any, Protocol

from nightlift.adjust import Adjustment
from nightlift.photo import Floats, Photo, SmallCopy


class Estimator(Protocol):
    """A method, ready to be used on photos, from several threads."""

    @property
    def name(self) -> str:
        """As in `nightlift methods`."""

    @property
    def version(self) -> str:
        """What tells its results from those of another release."""

    @property
    def holds_black(self) -> bool:
        """Whether its adjustments ask for the level below which a photo holds noise only."""

    def in_float32(self) -> Estimator:
        """The same method, computed in float32 whatever is installed."""

    def small_copy(self) -> SmallCopy:
        """The small copy that `predict` takes."""

    def exact_copy(self) -> SmallCopy | None:
        """The same for the published result; None where that is painted at the photo's size."""

    def paints(self, height: int, width: int, exact: bool) -> bool:
        """Whether it paints a photo of this size itself, rather than say an adjustment."""

    def predict(self, small: Floats) -> Adjustment:
        """What is to be done to the photo whose small copy, (h, w, 3) in [0, 1], this is."""

    @property
    def options(self) -> dict[str, Any]:
        """What a method that paints was asked for beside its name, to be asked for again."""

    def pooled(self, photo: Photo) -> Floats | None:
        """What it gathers from all of a photo that it paints in tiles; None: it needs nothing."""

    def paint(
        self, photo: Photo, strength: float, pooled: Floats | None, threads: int | None
    ) -> Photo:
        """The photo painted at its own size, blended with itself at `strength`."""

    def required_memory(self, height: int, width: int, exact: bool) -> int:
        """Bytes that it takes for a photo of this size, beyond some copies of its pixels."""
