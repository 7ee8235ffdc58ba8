"""Time the full-size kernels beside a plain copy: kinds by pixel types by instruction sets.

python benchmarks/kernels.py [--size 6000x4000] [--threads 2] [--repeats 7] [--numpy]

Runs alternate, and the best of each is shown, so that other work on the machine weighs less.
"""

import argparse
import os
import time
from collections.abc import Callable

import numpy as np

from nightlift.adjust import (
    Adjustment,
    BilateralGrid,
    Chain,
    CurveMap,
    HueKept,
    InSrgb,
    LightGrid,
    PointwiseGuide,
    ToneTable,
    kernels,
)
from nightlift.photo import KNOTS, Recoding, RgbSpace

F32 = np.float32
P3 = np.array([[1.225, -0.225, 0], [-0.042, 1.042, 0], [-0.020, -0.078, 1.098]], F32)
ADOBE = np.array([[1.398, -0.398, 0], [0, 1, 0], [0, -0.043, 1.043]], F32)
"""Linear RGB to linear sRGB."""

RANDOM = np.random.default_rng(0)


def floats(low: float, high: float, *shape: int) -> np.ndarray:
    return RANDOM.uniform(low, high, shape).astype(F32)


def recodings(primaries: np.ndarray, gamma: float | None) -> tuple[Recoding, Recoding]:
    """To sRGB and back; without a gamma the tone curve is sRGB's, and the quick way serves."""
    knots = np.linspace(0, 1, KNOTS)
    decode = encode = None
    if gamma is not None:
        decode, encode = (np.tile(knots**power, (3, 1)).astype(F32) for power in (gamma, 2 / gamma))
    quick = gamma is None
    back = np.linalg.inv(primaries).astype(F32)
    return Recoding(decode, primaries, None, quick), Recoding(None, back, encode, quick)


def kinds() -> dict[str, Adjustment]:
    table = ToneTable((np.linspace(0, 1, 256)[:, None] ** [0.5, 0.6, 0.7]).astype(F32))
    guide = PointwiseGuide(floats(-1, 1, 16, 3), floats(-1, 1, 16), floats(-0.3, 0.3, 16), 0.1)
    curves = CurveMap(floats(-1, 0, 8, 171, 256, 3), 8)
    light = LightGrid(floats(-1, 4, 16, 16, 8), 0.5)
    return {
        "tone table": table,
        "curves, 8 maps of 256 x 171": curves,
        "curves, 8 maps of 512 x 341": CurveMap(floats(-1, 0, 8, 341, 512, 3), 8),
        "curves, 1 map of 500 x 333": CurveMap(floats(-1, 0, 1, 333, 500, 3), 8, "corners"),
        "grid 16 x 16 x 8, guide of 16": BilateralGrid(
            floats(0.2, 1, 16, 16, 8, 3, 4), "divide", guide
        ),
        "grid 32 x 24 x 8, luma": BilateralGrid(floats(0, 0.5, 24, 32, 8, 3, 4)),
        "light 16 x 16 x 8": light,
        "light 16 x 16 x 8, noise": LightGrid(floats(-1, 4, 16, 16, 8), 0.5, 0.02),
        "light, Display P3": InSrgb(light, RgbSpace(*recodings(P3, None))),
        "light, Adobe RGB": InSrgb(light, RgbSpace(*recodings(ADOBE, 2.2))),
        "tone table, Display P3": InSrgb(table, RgbSpace(*recodings(P3, None)).exact),
        "tone table, Adobe RGB": InSrgb(table, RgbSpace(*recodings(ADOBE, 2.2))),
        "tone table, hue kept": HueKept(table),
        "curves of 256 x 171, hue kept": HueKept(curves),
        "chain of table and curves": Chain([table, curves]),
    }


def photo(width: int, height: int, dtype: str) -> np.ndarray:
    """Smooth shades with noise: neither constant nor more random than a photo."""
    y, x = np.mgrid[0:height, 0:width].astype(F32)
    shade = 0.4 + 0.3 * np.sin(x / 700) * np.cos(y / 500)
    values = shade[..., None] + RANDOM.normal(0, 0.02, 3).astype(F32)
    values += RANDOM.random((height, width, 1), F32) * 0.05
    if dtype == "float32":
        return values.clip(0, 1)
    return (values.clip(0, 1) * np.iinfo(dtype).max).astype(dtype)


def run(adjustment: Adjustment, isa: str, x: np.ndarray, out: np.ndarray, threads: int) -> None:
    with kernels.using(isa):
        adjustment.apply_rows(x, out, 0, len(x), 1.0, threads)


def best_times(runs: dict[str, Callable[[], None]], repeats: int) -> dict[str, float]:
    best = dict.fromkeys(runs, float("inf"))
    for _ in range(repeats):
        for name, one in runs.items():
            start = time.perf_counter()
            one()
            best[name] = min(best[name], time.perf_counter() - start)
    return best


def table(
    dtype: str, width: int, height: int, threads: int, repeats: int, sets: tuple[str, ...]
) -> None:
    x = photo(width, height, dtype)
    out = np.zeros_like(x)
    runs: dict[str, Callable[[], None]] = {"copy": lambda: np.copyto(out, x)}
    for name, adjustment in kinds().items():
        for isa in sets:
            runs[f"{name}\t{isa}"] = lambda a=adjustment, i=isa: run(a, i, x, out, threads)
    best = best_times(runs, repeats)
    for name, seconds in best.items():
        kind, _, isa = name.partition("\t")
        ratio = seconds / best["copy"]
        print(f"{dtype:8} {kind:31} {isa:9} {seconds * 1e3:8.1f} ms {ratio:7.1f} x copy")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", default="6000x4000")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--types", default="uint8,uint16,float32")
    parser.add_argument("--numpy", action="store_true", help="also time the slow definition")
    chosen = parser.parse_args()
    width, height = (int(side) for side in chosen.size.split("x"))
    first = 0 if chosen.numpy else 1
    print(f"{width} x {height}, {chosen.threads} threads, best of {chosen.repeats}")
    for dtype in chosen.types.split(","):
        sets = kernels.instruction_sets()[first:]
        table(dtype, width, height, chosen.threads, chosen.repeats, sets)


if __name__ == "__main__":
    main()
