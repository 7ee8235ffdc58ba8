"""How an estimate becomes an edit: by what the method says, the gate sees, and the noise is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from nightlift.adjust import Adjustment, Estimator, LightGrid
from nightlift.edit.background import Background
from nightlift.edit.denoising import Denoising, MeasuredNoise, Mode
from nightlift.edit.edit import Edit, Painting
from nightlift.photo import Floats, LongSide, Photo, SmallCopy, upright_sides

GATE_COPY = SmallCopy(LongSide(256))
"""The small copy that the exposure gate looks at."""


def asked_denoising(
    mode: Mode | None, amount: float, edit: Edit | None, unnamed: bool
) -> Denoising | None:
    """The denoising that a caller asks for; None: as in the given edit.

    Where no method is named noise is taken away, whether or not the exposure gate is asked: what
    it would have held back is lifted the most, and its noise with it.
    """
    if mode is not None:
        return Denoising(mode, amount)
    if edit is None:
        return Denoising("auto" if unnamed else "off", amount)
    return None if amount == 1 else Denoising(edit.denoising.mode, amount)


def copy_of(method: Estimator, exact: bool) -> SmallCopy:
    """The small copy that a method sees; a published result may have one of its own."""
    return (method.exact_copy() if exact else None) or method.small_copy()


def noise_beside(photo: Photo, threads: int | None) -> Callable[[], MeasuredNoise]:
    """Tells the noise of a photo, which is measured while the caller goes on."""
    measure = partial(MeasuredNoise.of, photo)
    return measure if threads == 1 else Background(measure).result


def painting_by(
    method: Estimator, file: str | None, photo: Photo, exact: bool, paint: bool | None
) -> Painting | None:
    """How the photo is painted; None: it is adjusted."""
    if paint is False or not method.paints(*upright_sides(photo), exact or bool(paint)):
        return None
    options, pooled = dict(method.options), method.pooled(photo)
    return Painting(method.name, method.version, options, file or "", pooled, method)


def decided(
    method: Estimator,
    photo: Photo,
    found: Painting | Floats,
    seen: Floats | None,
    noise: MeasuredNoise | None,
) -> Edit:
    """The edit, from a painting or the method's small copy, and from what the gate sees."""
    painting = found if isinstance(found, Painting) else None
    adjustment = None if isinstance(found, Painting) else method.predict(found)
    if isinstance(adjustment, LightGrid) and noise is not None:
        adjustment = replace(adjustment, black=noise.noise.black_level())
    gate: float | None = None
    notices: tuple[str, ...] = ()
    if seen is not None:
        from nightlift.edit.gate import gated

        def predicted() -> Adjustment:
            return adjustment or method.predict(method.small_copy().of(photo))

        gate, notices = gated(seen, predicted, method.name)
    small = found if seen is None and not isinstance(found, Painting) else seen
    if small is not None and not notices:
        from nightlift.edit import darkness

        measured = noise.noise if noise is not None and photo.pixels.dtype == np.uint8 else None
        notices = darkness.notices(small, adjustment, measured)
    return Edit(
        adjustment,
        painting,
        gate=gate,
        method=method.name,
        version=method.version,
        notices=notices,
        noise=noise,
    )
