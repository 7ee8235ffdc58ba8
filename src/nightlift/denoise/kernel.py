"""The compiled denoiser, and its definition where it is not installed."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from types import ModuleType

import numpy as np

from nightlift.adjust import kernels
from nightlift.adjust.adjustment import from_floats, to_floats
from nightlift.denoise.definition import Plan, denoised
from nightlift.photo.photo import Pixels


def run(
    plan: Plan, rows: Pixels, first: int, out: Pixels, top: int, height: int, threads: int
) -> None:
    """Denoise rows `top` to `top + len(out)` of a photo `height` high into `out`.

    `rows` are those from `first` on, with all that the result depends on. Releases the GIL.
    """
    module = _module()
    instructions = kernels.active()
    if module is None or instructions == "numpy":
        whole = to_floats(rows)
        if len(rows) != height:
            whole = _padded(whole, first, height)
        result = from_floats(denoised(whole, plan)[top : top + len(out)], out.dtype)
        out[...] = result
        return
    module.apply(
        instructions,
        rows,
        first,
        out,
        top,
        height,
        plan.noise,
        plan.weights,
        plan.softness,
        plan.reach,
        plan.amount,
        threads,
    )


def _padded(rows: Pixels, first: int, height: int) -> Pixels:
    """The rows at their place in a photo that is black elsewhere."""
    whole = np.zeros((height, *rows.shape[1:]), np.float32)
    whole[first : first + len(rows)] = rows
    return whole


@cache
def _module() -> ModuleType | None:
    try:
        return import_module("nightlift.denoise._denoise")
    except ImportError:
        return None
