"""One table of adjustments of every kind, and pictures to try them on."""

from collections.abc import Callable

import numpy as np

from nightlift.adjust.adjustment import Adjustment
from nightlift.adjust.bilateral_grid import BilateralGrid, GridMode, PointwiseGuide
from nightlift.adjust.chain import Chain
from nightlift.adjust.curve_map import CurveMap
from nightlift.adjust.develop import Develop
from nightlift.adjust.hue import HueKept
from nightlift.adjust.light_grid import LightGrid
from nightlift.adjust.lut3d import Lut3D
from nightlift.adjust.resample import Alignment
from nightlift.adjust.scaled import Scaled
from nightlift.adjust.tone_table import ToneTable

F32 = np.float32


def floats(seed: int, low: float, high: float, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).uniform(low, high, shape).astype(F32)


def tone(seed: int) -> ToneTable:
    """Three bent curves, a little beyond 0 and 1 at the ends."""
    knots = np.linspace(0, 1, 256)[:, None] ** np.array([0.4, 0.6, 1.7])
    return ToneTable((knots * 1.1 - 0.03).astype(F32) + floats(seed, 0, 0.004, 256, 3))


def curves(count: int, steps: int, h: int, w: int, alignment: Alignment) -> CurveMap:
    return CurveMap(floats(h + w, -1, 0.2, count, h, w, 3), steps, alignment)


def guide(hidden: int, gain: float, b2: float = 0.1) -> PointwiseGuide:
    w1, w2 = floats(hidden, -1, 1, hidden, 3), floats(7, -gain, gain, hidden)
    return PointwiseGuide(w1, floats(3, -0.3, 0.3, hidden), w2, b2)


def grid(
    gh: int, gw: int, bins: int, mode: GridMode = "affine", by: PointwiseGuide | None = None
) -> BilateralGrid:
    low, high = (-0.3, 0.9) if mode == "affine" else (0.0, 0.5)
    return BilateralGrid(floats(gh * gw + bins, low, high, gh, gw, bins, 3, 4), mode, by)


def develop(saturation: float = 1.4) -> Develop:
    """A warm, lifted curve."""
    curve = np.linspace(0, 1, 256) ** 0.6 * 0.97 + 0.02
    return Develop(curve.astype(F32), np.array([1.1, 1.0, 0.8], F32), saturation)


def light(gh: int, gw: int, bins: int, color: float = 0.6, black: float = 0.0) -> LightGrid:
    return LightGrid(floats(gh + gw + bins, -2, 5, gh, gw, bins), color, black)


def cube(points: int, knots: int = 0) -> Lut3D:
    """Colors shuffled among the channels, a little beyond 0 and 1, behind bent curves if any."""
    colors = floats(points, -0.05, 1.05, points, points, points, 3)
    bent = np.linspace(0, 1, knots)[:, None] ** np.array([0.5, 0.8, 1.6]) if knots else None
    return Lut3D(colors, None if bent is None else (bent * 1.06 - 0.03).astype(F32))


EXAMPLES: dict[str, Callable[[], Adjustment]] = {
    "tone table": lambda: tone(1),
    "curves": lambda: curves(8, 8, 9, 12, "half-pixel"),
    "curves, corners": lambda: curves(8, 8, 5, 7, "corners"),
    "curves, shared": lambda: curves(1, 8, 6, 4, "corners"),
    "curves, one cell": lambda: curves(3, 3, 1, 1, "half-pixel"),
    "curves, 16 steps": lambda: curves(16, 16, 3, 8, "half-pixel"),
    "curves, larger maps": lambda: curves(2, 2, 90, 400, "half-pixel"),
    "grid": lambda: grid(5, 7, 8),
    "grid, divide": lambda: grid(4, 4, 8, "divide"),
    "grid, learned guide": lambda: grid(16, 16, 8, "divide", guide(16, 0.4)),
    "grid, small guide": lambda: grid(3, 2, 5, "affine", guide(3, 1.0)),
    "3D table": lambda: cube(17),
    "3D table, two points": lambda: cube(2),
    "3D table, curves": lambda: cube(9, 9),
    "3D table, fine curves": lambda: cube(5, 1000),
    "chain, 3D table": lambda: Chain([tone(2), cube(7), light(4, 3, 8)]),
    "hue kept, 3D table": lambda: HueKept(cube(9, 17)),
    "develop": develop,
    "develop, grayer": lambda: develop(0.3),
    "scaled": lambda: Scaled(tone(1), 0.6),
    "scaled, developed": lambda: Chain([Scaled(grid(4, 4, 8), 1.3), develop()]),
    "grid, one cell": lambda: grid(1, 1, 2),
    "grid, 12 bins": lambda: grid(3, 4, 12),
    "grid, 20 bins": lambda: grid(3, 4, 20, "divide", guide(5, 0.5)),
    "grid, narrow cells": lambda: grid(2, 100, 8),
    "grid, guide at -1": lambda: grid(3, 3, 8, "affine", guide(4, 0.1, -40.0)),
    "grid, guide at 1": lambda: grid(3, 3, 8, "affine", guide(4, 0.1, 1000.0)),
    "grid, flat guide": lambda: grid(3, 3, 8, "affine", guide(4, 0.0, 0.0)),
    "light grid": lambda: light(16, 16, 8),
    "light grid, noise": lambda: light(5, 7, 8, 0.8, 0.06),
    "light grid, one cell": lambda: light(1, 1, 2, 1.0),
    "light grid, 20 bins": lambda: light(3, 4, 20, 0.0, 0.02),
    "light grid, narrow cells": lambda: light(2, 100, 8),
    "light grid, steep": lambda: LightGrid(floats(1, -8, 8, 4, 4, 8), 0.3),
    "hue kept, table": lambda: HueKept(tone(1)),
    "hue kept, curves": lambda: HueKept(curves(8, 8, 9, 12, "half-pixel")),
    "hue kept, grid": lambda: HueKept(grid(5, 7, 8)),
    "hue kept, 20 bins": lambda: HueKept(grid(3, 4, 20, "divide", guide(5, 0.5))),
    "hue kept, chain": lambda: HueKept(Chain([tone(2), grid(4, 3, 8), HueKept(tone(3)), tone(1)])),
    "chain": lambda: Chain([tone(2), grid(4, 3, 8), curves(8, 8, 4, 4, "half-pixel")]),
    "chain, light": lambda: Chain([tone(5), light(4, 3, 8), grid(3, 3, 8)]),
    "chain, hue kept": lambda: Chain([tone(2), HueKept(grid(4, 3, 8)), tone(1)]),
    "chain, developed": lambda: Chain([tone(2), Scaled(light(4, 3, 8), 1.3), develop(0.3)]),
    "chain, lights developed": lambda: Chain([light(4, 3, 8), develop()]),
    "chain of tables": lambda: Chain([tone(3), tone(4)]),
}

IDENTITIES: dict[str, Callable[[], Adjustment]] = {
    "tone table": lambda: ToneTable(np.linspace(0, 1, 256, dtype=F32)[:, None].repeat(3, 1)),
    "curves": lambda: CurveMap(np.zeros((8, 3, 4, 3), F32), 8),
    "grid": lambda: constant_grid(np.eye(3, 4), "affine"),
    "grid, divide": lambda: constant_grid(np.array([[0, 0, 0, 1 - 1e-4]] * 3), "divide"),
    "light grid": lambda: LightGrid(np.zeros((3, 4, 8), F32), 0.3, 0.1),
    "hue kept": lambda: HueKept(constant_grid(np.eye(3, 4), "affine")),
}
IDENTITIES["3D table"] = lambda: Lut3D(
    np.stack(np.meshgrid(*[np.linspace(0, 1, 9, dtype=F32)] * 3, indexing="ij")[::-1], axis=-1)
)
IDENTITIES["chain"] = lambda: Chain(
    [make() for name, make in IDENTITIES.items() if name != "chain"]
)

TYPES = ("uint8", "uint16", "float32")
SIZES = ((1, 1), (1, 37), (53, 1), (2, 2), (17, 23), (9, 301))


def constant_grid(model: np.ndarray, mode: GridMode) -> BilateralGrid:
    return BilateralGrid(np.tile(model.astype(F32), (3, 4, 8, 1, 1)), mode)


def picture(height: int, width: int, dtype: str, seed: int = 0) -> np.ndarray:
    """Noise, with black, white and saturated pixels among it; floats go beyond 0 and 1."""
    values = np.random.default_rng(seed).uniform(-0.1, 1.1, (height, width, 3))
    if dtype == "float32":
        return values.astype(F32)
    most = np.iinfo(dtype).max
    return np.round(values.clip(0, 1) * most).astype(dtype)


def tolerance(dtype: str) -> float:
    """One level of 8 or 16 bits, or 2e-5."""
    return 2e-5 if dtype == "float32" else 1


def difference(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.abs(one.astype(np.float64) - other.astype(np.float64)).max())
