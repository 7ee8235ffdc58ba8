"""The explicit list of classical methods."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from nightlift.adjust import Adjustment, Estimator, blend, in_working_space
from nightlift.classical import clahe, lime, tones
from nightlift.photo import Floats, LongSide, Photo, Pixels, SizeRule, SmallCopy, turn, turn_back


@dataclass(frozen=True)
class Classical(Estimator):
    """A method without weights.

    `estimate` turns the small copy, (h, w, 3) float32 upright sRGB in [0, 1], into an adjustment;
    `size` is how small. Where there is a `render` it is the method itself and `estimate` its
    approximation: it takes upright sRGB pixels, (H, W, 3) uint8, uint16 or float32, and a number
    of threads (None: OpenCV's), and returns new pixels of the same shape and type. `sources` are
    citations; `kind` is the adjustment it says, or `picture`.
    """

    name: str
    title: str
    kind: Literal["tone_table", "bilateral_grid", "picture"]
    sources: tuple[str, ...]
    size: SizeRule
    estimate: Callable[[Floats], Adjustment]
    render: Callable[[Pixels, int | None], Pixels] | None = None

    def small_copy(self) -> SmallCopy:
        """The size that the method is estimated on."""
        return SmallCopy(self.size)

    def exact_copy(self) -> SmallCopy | None:
        """The same, for there is no other published result; None where it paints."""
        return None if self.render else self.small_copy()

    def predict(self, small: Floats) -> Adjustment:
        """The method's adjustment, or its nearest one where it paints."""
        return self.estimate(small)

    def paints(self, height: int, width: int, exact: bool) -> bool:
        """Whether the method paints, whatever the photo."""
        return self.render is not None

    def paint(
        self, photo: Photo, strength: float, pooled: Floats | None, threads: int | None
    ) -> Photo:
        """The photo painted whole, blended with itself at `strength`."""
        render = self.render
        assert render is not None

        def act(pixels: Pixels) -> Pixels:
            painted = render(turn(pixels, photo.orientation), threads)
            return blend(pixels, turn_back(painted, photo.orientation), strength)

        return in_working_space(photo, act)


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
