"""The explicit list of classical methods."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from nightlift.adjust.adjustment import Adjustment
from nightlift.classical import clahe, lime, tones
from nightlift.photo.photo import Floats, Pixels
from nightlift.photo.proxy import LongSide, SizeRule


@dataclass(frozen=True)
class Classical:
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
