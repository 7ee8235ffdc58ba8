"""What looks at a photo and says what is to be done to it: the common side of all methods."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from nightlift.adjust.adjustment import Adjustment
from nightlift.edit.painting import blend, in_working_space
from nightlift.photo.orientation import turn, turn_back
from nightlift.photo.photo import Floats, Photo, Pixels
from nightlift.photo.proxy import SmallCopy

if TYPE_CHECKING:
    from nightlift.classical import Classical


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

    def small_copy(self) -> SmallCopy:
        """The small copy that `predict` takes."""

    def exact_copy(self) -> SmallCopy | None:
        """The same for the published result; None where that is painted at the photo's size."""

    def paints(self, height: int, width: int, exact: bool) -> bool:
        """Whether it paints a photo of this size itself, rather than say an adjustment."""

    def predict(self, small: Floats) -> Adjustment:
        """What is to be done to the photo whose small copy, (h, w, 3) in [0, 1], this is."""

    @property
    def options(self) -> dict[str, int]:
        """What a method that paints was asked for beside its name, to be asked for again."""

    def pooled(self, photo: Photo) -> Floats | None:
        """What it gathers from all of a photo that it paints in tiles; None: it needs nothing."""

    def paint(self, photo: Photo, strength: float, pooled: Floats | None) -> Photo:
        """The photo painted at its own size, blended with itself at `strength`."""

    def required_memory(self, height: int, width: int, exact: bool) -> int:
        """Bytes that it takes for a photo of this size, beyond some copies of its pixels."""


@dataclass(frozen=True)
class ClassicalEstimator:
    """A classical method: it estimates on a small copy, or paints the picture whole."""

    classical: Classical
    threads: int | None = None

    @property
    def name(self) -> str:
        """The classical method's name."""
        return self.classical.name

    @property
    def version(self) -> str:
        """Classical methods do not change between releases."""
        return ""

    @property
    def holds_black(self) -> bool:
        """No."""
        return False

    def small_copy(self) -> SmallCopy:
        """The method's small copy."""
        return SmallCopy(self.classical.size)

    def exact_copy(self) -> SmallCopy | None:
        """The same: there is no other published result."""
        return None if self.classical.render else self.small_copy()

    def paints(self, height: int, width: int, exact: bool) -> bool:
        """Whether it is one that paints."""
        return self.classical.render is not None

    def predict(self, small: Floats) -> Adjustment:
        """The method's adjustment, or its nearest one where it paints."""
        return self.classical.estimate(small)

    @property
    def options(self) -> dict[str, int]:
        """There are none."""
        return {}

    def pooled(self, photo: Photo) -> Floats | None:
        """Nothing: it paints photos whole."""
        return None

    def paint(self, photo: Photo, strength: float, pooled: Floats | None) -> Photo:
        """The photo painted whole."""
        render = self.classical.render
        assert render is not None

        def act(pixels: Pixels) -> Pixels:
            painted = render(turn(pixels, photo.orientation), self.threads)
            return blend(pixels, turn_back(painted, photo.orientation), strength)

        return in_working_space(photo, act)

    def required_memory(self, height: int, width: int, exact: bool) -> int:
        """Nothing worth mentioning."""
        return 0
