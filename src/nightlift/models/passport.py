"""The passport of a released model: all that the inference side needs to know of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple, TypeAlias

from nightlift.photo import Resize, SizeRule

Kind: TypeAlias = Literal[
    "tone_table", "curve_map", "bilateral_grid", "light_grid", "lut3d", "picture"
]
Alignment: TypeAlias = Literal["half-pixel", "corners"]
GridMode: TypeAlias = Literal["affine", "divide"]
HueRule: TypeAlias = Literal["kept"]


class Guide(NamedTuple):
    """A pointwise guide network: tanh(w2 · relu(w1 · rgb + b1) + b2), of n hidden values."""

    w1: tuple[tuple[float, float, float], ...]
    b1: tuple[float, ...]
    w2: tuple[float, ...]
    b2: float


class Passport(NamedTuple):
    """What a released model is, what it says of a photo, and on which terms it may be used.

    `kind` names the adjustment that its output holds, or `picture`. `size` and `resize` say how
    the small copy is made; `exact_size` and `exact_resize` how it is made for the published
    result (`OwnSize`: the network at the photo's own size, in tiles that overlap by `halo`
    pixels; `halo` None: it pools over the whole picture and cannot be cut into tiles).
    `multiple` is what both sides of the network's input must be divisible by.

    A network that paints may have further ports. `pooled` counts the numbers that it gathers
    from the whole picture: the output `pooled` (1, n), and an input `given` whose numbers, where
    they are not NaN, take their place; with all of them given, tiles equal a single run.
    `table`: it paints on top of a tone table, the output of this name (1, 256, 3); or its 3D table
    comes after curves, the output of this name (1, k, 3).
    `power_to`: a photo whose mean luma is less is first brought to it by a power; a network of
    curve maps sees that, and its curves count the less the less was lifted (`adjust.power`).
    `least_light`: what the illumination of a grid that divides divides by at least (None: 1/64).
    `hue` kept: what it does to the channels keeps the hue of each pixel (`adjust.hue`).
    `bytes_a_pixel` is the memory that a run takes for each pixel, nearly or from above.
    """

    method: str
    title: str
    version: str
    kind: Kind
    size: SizeRule
    resize: Resize
    exact_size: SizeRule
    exact_resize: Resize
    supervision: str
    parameters: int
    halo: int | None = None
    multiple: int = 1
    pooled: int = 0
    table: bool = False
    bytes_a_pixel: int = 2048
    alignment: Alignment = "half-pixel"
    steps: int | None = None
    power_to: float | None = None
    hue: HueRule | None = None
    grid_mode: GridMode | None = None
    least_light: float | None = None
    guide: Guide | None = None
    sources: tuple[str, ...] = ()
    data: tuple[str, ...] = ()
    data_terms: str = "unknown"
    license: str = "unknown"
    quality: Mapping[str, float] = {}
    recipe: str = ""
    date: str = ""

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of what its graph takes, in order."""
        return ("photo", "given") if self.pooled else ("photo",)

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of what its graph says, in order."""
        further = {"table": self.table, "pooled": self.pooled > 0}
        return ("parameters", *(name for name, there in further.items() if there))
