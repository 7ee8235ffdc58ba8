"""The explicit list of classical methods."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from nightlift.adjust import Adjustment, blend, in_working_space
from nightlift.classical import clahe, lime, tones
from nightlift.photo import Floats, LongSide, Photo, Pixels, SizeRule, SmallCopy, turn, turn_back


@dataclass(frozen=True)
class Classical:
    """A method without weights.

    `estimate` turns the small copy, (h, w, 3) float32 upright sRGB in [0, 1], into an adjustment;
    `size` is how small. Where there is a `render` it is the method itself and `estimate` its
    approximation: it takes upright sRGB pixels, (H, W, 3) uint8, uint16 or float32, and a number
    of threads (None: OpenCV's), and returns new pixels of the same shape and type. `sources` are
    citations; `kind` is the adjustment it says, or `picture`. It is an `edit.estimator.Estimator`:
    classical methods have neither versions nor options, and say no light grids.
    """

    name: str
    title: str
    kind: Literal["tone_table", "bilateral_grid", "picture"]
    sources: tuple[str, ...]
    size: SizeRule
    estimate: Callable[[Floats], Adjustment]
    render: Callable[[Pixels, int | None], Pixels] | None = None
    version: str = ""
    holds_black: bool = False
    options: dict[str, Any] = field(default_factory=dict)

    def in_float32(self) -> Classical:
        """The estimator in full precision: this one, for no engine is asked.

        Returns:
            Itself.
        """
        return self

    def small_copy(self) -> SmallCopy:
        """The small copy that it estimates on.

        Returns:
            How it is made of a photo.
        """
        return SmallCopy(self.size)

    def exact_copy(self) -> SmallCopy | None:
        """The same, for there is no other published result.

        Returns:
            How it is made of a photo; None where the method paints.
        """
        return None if self.render else self.small_copy()

    def paints(self, height: int, width: int, exact: bool) -> bool:
        """Whether the method paints pictures, whatever the photo.

        Args:
            height: Of the upright photo.
            width: Likewise.
            exact: Whether the published result is asked for.

        Returns:
            True for methods that render.
        """
        return self.render is not None

    def predict(self, small: Floats) -> Adjustment:
        """The method's adjustment, or its nearest one where it paints.

        Args:
            small: (h, w, 3) float32 sRGB in [0, 1], upright.

        Returns:
            The adjustment of an upright photo.
        """
        return self.estimate(small)

    def pooled(self, photo: Photo) -> Floats | None:
        """What a painting would need of the whole photo: nothing, for photos are painted whole.

        Args:
            photo: Any photo.

        Returns:
            None.
        """
        return None

    def paint(
        self, photo: Photo, strength: float, pooled: Floats | None, threads: int | None
    ) -> Photo:
        """The photo painted whole, blended with itself.

        Args:
            photo: The photo before.
            strength: 0 to 1.5.
            pooled: What `pooled` gave.
            threads: Processor threads; None: all.

        Returns:
            The photo with other pixels.
        """
        render = self.render
        assert render is not None

        def act(pixels: Pixels) -> Pixels:
            painted = render(turn(pixels, photo.orientation), threads)
            return blend(pixels, turn_back(painted, photo.orientation), strength)

        return in_working_space(photo, act)

    def required_memory(self, height: int, width: int, exact: bool) -> int:
        """Memory that the method takes: none worth mentioning.

        Args:
            height: Of the upright photo.
            width: Likewise.
            exact: Whether the published result is asked for.

        Returns:
            0 bytes.
        """
        return 0


def _gamma(small: Floats) -> Adjustment:
    return tones.gamma()


_METHODS = (
    Classical(
        name="gamma",
        title="Gamma 0.4",
        kind="tone_table",
        sources=("Poynton, Digital Video and HDTV, 2003",),
        size=LongSide(256),
        estimate=_gamma,
    ),
    Classical(
        name="adaptive-gamma",
        title="Gamma to a mean luma of 0.4",
        kind="tone_table",
        sources=("Poynton, Digital Video and HDTV, 2003",),
        size=LongSide(256),
        estimate=tones.adaptive_gamma,
    ),
    Classical(
        name="equalize",
        title="Histogram equalization of luma",
        kind="tone_table",
        sources=("Gonzalez and Woods, Digital Image Processing, 2002",),
        size=LongSide(512),
        estimate=tones.equalize,
    ),
    Classical(
        name="clahe",
        title="CLAHE of lightness",
        kind="picture",
        sources=(
            "Zuiderveld, Contrast Limited Adaptive Histogram Equalization, Graphics Gems IV, 1994",
        ),
        size=LongSide(512),
        estimate=clahe.estimate,
        render=clahe.render,
    ),
    Classical(
        name="lime",
        title="LIME",
        kind="bilateral_grid",
        sources=(
            "Guo, Li and Ling, LIME: Low-light Image Enhancement via Illumination Map "
            "Estimation, IEEE TIP 26(2), 2017",
        ),
        size=LongSide(256),
        estimate=lime.estimate,
    ),
)

CLASSICAL: Mapping[str, Classical] = MappingProxyType({entry.name: entry for entry in _METHODS})
"""The classical methods by name, in the order in which they are listed."""
