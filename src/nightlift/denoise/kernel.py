"""The compiled denoiser and measurement, and their definitions where they are not installed."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np

from nightlift import imports
from nightlift.adjust import kernels, to_floats
from nightlift.denoise.definition import ALIGNMENT, KernelPlan, denoised
from nightlift.denoise.noise import members
from nightlift.photo import Pixels, from_floats

if TYPE_CHECKING:
    from nightlift.denoise.flattest import Flattest

_MODULE = imports.part("nightlift.denoise._denoise")

HALO = 128
"""Rows above and below that a result depends on, at most."""

STRIP_ROWS = 64
"""Rows that the definition is asked for at a time: it takes some 1,500 bytes a pixel."""


def run(
    plan: KernelPlan,
    strips: Sequence[Pixels],
    first: int,
    out: Pixels,
    top: int,
    height: int,
    threads: int,
) -> None:
    """Denoise rows `top` to `top + len(out)` of a photo `height` high into `out`.

    `strips` are rows from `first` on, one array below the other, with all that the result depends
    on. Releases the GIL.
    """
    module = _module()
    instructions = kernels.active()
    if module is None or instructions == "numpy":
        _define(plan, np.concatenate(strips), first, out, top, height)
        return
    module.apply(
        instructions,
        [np.ascontiguousarray(strip) for strip in strips],
        first,
        out,
        top,
        height,
        plan.noise,
        plan.weights,
        plan.softness,
        plan.reach,
        *plan.amounts,
        threads,
    )


def flattest(
    patches: Pixels, steps: Sequence[int], most_bins: int, least_windows: int, share: float
) -> list[Flattest]:
    """The flattest windows of patches; see `nightlift.denoise.flattest`. Releases the GIL."""
    module = _module()
    instructions = kernels.active()
    if module is None or instructions == "numpy":
        from nightlift.denoise import flattest as definition

        return definition.flattest(patches, steps, most_bins, least_windows, share)
    found: list[Flattest] = module.flattest(
        instructions,
        np.ascontiguousarray(patches),
        tuple(steps),
        members(),
        most_bins,
        least_windows,
        share,
    )
    return found


def _define(plan: KernelPlan, rows: Pixels, first: int, out: Pixels, top: int, height: int) -> None:
    """The same by the definition, some rows at a time."""
    for start in range(top, top + len(out), STRIP_ROWS):
        stop = min(start + STRIP_ROWS, top + len(out))
        begin = max(0, start - HALO) // ALIGNMENT * ALIGNMENT
        strip = to_floats(rows[max(0, begin - first) : min(height, stop + HALO) - first])
        missing = max(0, first - begin)  # rows that only align
        if missing:
            strip = np.pad(strip, ((missing, 0), (0, 0), (0, 0)), mode="edge")
        result = denoised(strip, plan, begin, height)[start - begin : stop - begin]
        out[start - top : stop - top] = from_floats(result, out.dtype)


def _module() -> ModuleType | None:
    return _MODULE
