"""The compiled kernels: which instruction sets there are, and the one way into them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from types import ModuleType
from typing import Any, TypeAlias

from nightlift import imports
from nightlift.errors import UsageError
from nightlift.photo import Floats, Pixels
from nightlift.processor import cores as cores

Size: TypeAlias = tuple[int, int]
"""Height and width of a photo, in stored order."""

Stage: TypeAlias = tuple[Any, ...]
"""A kind of adjustment and its arguments, as binding.cpp reads them."""

Planes: TypeAlias = tuple[Pixels, Pixels, Pixels]
"""Luma and two planes of chroma, each with its pixels side by side."""

STRIP_ROWS = 256
"""Rows copied at a time where pixels do not lie beside each other."""

_MODULE = imports.part("nightlift.adjust._kernels")
_forced: str | None = None


def compiled() -> bool:
    """Whether the compiled kernels are installed; without them NumPy does the same, slowly."""
    return _module() is not None


@cache
def instruction_sets() -> tuple[str, ...]:
    """What this machine can use, slowest first: `numpy`, and with the kernels `baseline`, …."""
    module = _module()
    return ("numpy",) if module is None else ("numpy", *module.instruction_sets())


def active() -> str:
    """The instruction set in use: the fastest one, or the one named by `using`."""
    return _forced or instruction_sets()[-1]


@contextmanager
def using(name: str) -> Iterator[None]:
    """Use one of `instruction_sets()` inside the block, in all threads; raises UsageError."""
    global _forced
    if name not in instruction_sets():
        raise UsageError(f"expected one of {', '.join(instruction_sets())}, got {name!r}")
    before, _forced = _forced, name
    try:
        yield
    finally:
        _forced = before


def run(
    stages: list[Stage], rows: Pixels, out: Pixels, strength: float, threads: int | None
) -> None:
    """Put (h, W, 3) `rows` through the stages into `out`, which may be the same array.

    Releases the GIL; `threads` None takes every core this process may use.
    """
    module = _module()
    if module is None:
        raise UsageError("the compiled kernels are not installed: reinstall with a C++ compiler")
    apply = module.apply
    count = cores() if threads is None else threads
    if _packed(rows) and _packed(out):
        apply(active(), stages, rows, out, 0, float(strength), count)
        return
    for top in range(0, len(rows), STRIP_ROWS):
        strip = rows[top : top + STRIP_ROWS].copy()
        apply(active(), stages, strip, strip, top, float(strength), count)
        out[top : top + STRIP_ROWS] = strip


def run_each(stages: list[Stage], pictures: Pixels, out: Pixels, strength: float) -> None:
    """Put each of (n, h, w, 3) `pictures` through the stages into `out`, in this thread."""
    module = _module()
    if module is None:
        raise UsageError("the compiled kernels are not installed: reinstall with a C++ compiler")
    apply, instructions = module.apply, active()
    for picture, result in zip(pictures, out, strict=True):
        apply(instructions, stages, picture, result, 0, float(strength), 1)


def run_frame(
    stages: list[Stage],
    planes: Planes,
    out: Planes,
    conversions: tuple[Floats, Floats],
    bits: int,
    strength: float,
) -> None:
    """Put Y'CbCr 4:2:0 `planes` of `bits` through the stages into `out`, in this thread.

    Luma is (H, W), both chroma planes half of it, rounded up, uint8 or above 8 bits uint16.
    `conversions` are (3, 4): codes and 1 to RGB from 0 to 1, and RGB and 1 to codes. Blocks of two
    by two pixels share their chroma and their place. Grids act on the darkest and the brightest
    of a block, and its other pixels lie on the chord between; the other kinds act on each pixel.
    Codes beyond black and white end there; light grids alone leave them as they are.
    """
    module = _module()
    if module is None:
        raise UsageError("the compiled kernels are not installed: reinstall with a C++ compiler")
    fine = not any(_slices(stage) for stage in stages)
    most = (1 << bits) - 1
    module.apply_frame(active(), stages, planes, out, *conversions, most, float(strength), fine)


def _slices(stage: Stage) -> bool:
    """Whether it is a grid, or holds one."""
    if stage[0] in ("hue_kept", "scaled"):
        return any(_slices(inner) for inner in stage[1])
    return stage[0] in ("bilateral_grid", "light_grid")


def _packed(pixels: Pixels) -> bool:
    return pixels.strides[1:] == (3 * pixels.itemsize, pixels.itemsize)


def _module() -> ModuleType | None:
    return _MODULE
