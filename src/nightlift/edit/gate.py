"""The exposure gate: how much of an enhancement a photo needs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nightlift.adjust import Adjustment
from nightlift.errors import UsageError
from nightlift.photo import LUMA, Floats, quantiles

LEAST = 0.01
"""Added to what is looked at before its logarithm is taken: black is finite."""


class Logit(NamedTuple):
    """The logit of being underexposed: an offset, and a weight for each number of `appearance`.

    `sure` is the logit from which a photo may be changed by more.
    """

    offset: float
    weights: tuple[float, ...]
    sure: float


FITTED_WITH = "natural"
"""The method whose opinion of a photo counts: others brighten what is dark on purpose as well."""

WITH_OPINION = Logit(-1.0288, (-0.6952, -1.5071, -1.9120, 2.8038, -1.1829), 0.32)
BY_LOOKS = Logit(0.1121, (-0.4836, -1.6664, -2.0422), 0.35)
"""Fitted to photos for any use, to views of panoramas, and to both in the dark
(`benchmarks/gate.py`); `sure` is settled on half `a` of other good photos and their parts."""

SAFE = 7.9
"""Mean CIEDE2000 by which any photo may be changed."""

STEEP = 6.0
"""By how much faster than the logit the logarithm of the bound grows from there."""

MOST = 100.0
"""CIEDE2000 that no photo is changed by: so large a bound is none."""

SEEN = 2
"""Every so many-th row and column of the small copy tell what it would become."""

GRAY, BRIGHT = 0.42, 0.55
"""Mean luma from which the enhancement fades, and from which there is none: no photo whose places
are lit is underexposed, even one without highlights, such as of fog."""

Said: TypeAlias = Callable[[], Adjustment]
"""What a method would do, asked only where a photo is not bright."""


HELD = 0.95
"""A factor below which a photo is said to be held back; nobody sees what is missing above."""

HARDLY = 0.02
"""A factor below which a photo is said to be left alone."""


def gated(small: Floats, said: Said, method: str) -> tuple[float, tuple[str, ...]]:
    """How much of an enhancement a photo needs, and what the user is to be told about it.

    See `gate`; sentences are parts of a photo's line.
    """
    factor = gate(small, said, method)
    brightness = luma(small)
    bright = float(brightness.mean(dtype=np.float64)) > GRAY
    if factor < HARDLY:
        why = "it is bright enough" if bright else "it looks well exposed, or dark on purpose"
        return factor, (f"left alone: {why} (auto=False lifts it all the same)",)
    if factor < HELD:
        why = "it is bright already" if bright else "it looks dark on purpose"
        told = f"held back to {100 * factor:.0f} %: {why} (auto=False lifts it wholly)"
        return factor, (told,)
    return factor, ()


def told_of_clip(gates: Sequence[float]) -> tuple[str, ...]:
    """What the user is to be told of a video whose estimates have these factors.

    Args:
        gates: The gate's factor of each estimate, 0 to 1; none where it was not asked.

    Returns:
        A sentence, or none where nobody sees that anything is missing.
    """
    mean = sum(gates) / len(gates) if gates else 1.0
    if mean >= HELD:
        return ()
    if max(gates) < HARDLY:
        why = "it is bright enough, or dark on purpose"
        return (f"left alone: {why} (auto=False lifts it all the same)",)
    low, high = (f"{100 * factor:.0f}" for factor in (min(gates), max(gates)))
    spread = "" if low == high else f" in the mean, {low} to {high} %"
    why = "it is bright already, or looks dark on purpose"
    return (f"held back to {100 * mean:.0f} %{spread}: {why} (auto=False lifts it wholly)",)


def gate(small: Floats, said: Said, method: str = FITTED_WITH) -> float:
    """How much of the enhancement a photo needs, 0 to 1.

    `small` is the small copy, (h, w, 3) float32 sRGB in [0, 1]. Every photo may be changed by
    `SAFE`, and by more, the surer it is that it is underexposed, which a logistic model says of
    five numbers (`appearance`), or of the first three where `method` is another than the model was
    fitted with. A photo that is bright on the whole is left alone in any case.
    Raises UsageError unless `small` is (h, w, 3).
    """
    if small.ndim != 3 or small.shape[2] != 3 or 0 in small.shape:
        raise UsageError(f"expected a small copy of shape (h, w, 3), got {small.shape}")
    dim = 1 - _step(float(luma(small).mean(dtype=np.float64)), GRAY, BRIGHT)
    if dim == 0:
        return dim
    seen = np.ascontiguousarray(small[::SEEN, ::SEEN])
    lifted = np.asarray(said().apply(seen, threads=1), np.float32)
    offset, weights, sure = WITH_OPINION if method == FITTED_WITH else BY_LOOKS
    logit = offset + float(appearance(small, lifted)[: len(weights)] @ np.array(weights))
    bound = SAFE * float(np.exp(np.clip(STEEP * (logit - sure), 0, np.log(MOST / SAFE))))
    return dim if bound >= MOST else min(dim, _share_within(bound, seen, lifted))


def _share_within(bound: float, before: Floats, lifted: Floats) -> float:
    """The share of the change from `before` to `lifted` that is as large as `bound`, at most 1.

    Differences grow nearly as the share does: two proportional steps come near enough.
    """
    from nightlift.metrics import delta_e_2000

    change = lifted - before
    share = 1.0
    for _ in range(2):
        after = np.clip(before + np.float32(share) * change, 0.0, 1.0)
        found = delta_e_2000(after, before, data_range=1)
        share *= bound / max(found, share * bound)
    return share


def _step(value: float, low: float, high: float) -> float:
    """0 up to `low`, 1 from `high`, smooth between."""
    place = min(max((value - low) / (high - low), 0.0), 1.0)
    return place * place * (3.0 - 2.0 * place)


def appearance(small: Floats, lifted: Floats) -> NDArray[np.float64]:
    """Five numbers by which the gate knows how dark a photo looks.

    The logarithm of luma that a quarter of the places do not exceed, luma that 99 % of them do not,
    and the logarithm of the brightest channel of all; of what would become of it, luma that a
    quarter and that 5 % of the places do not exceed. An underexposed photo lacks lights, or has
    most of itself in the dark, and a method that learned from such photos finds much in it.

    Args:
        small: A small copy, (h, w, 3) float32 in [0, 1].
        lifted: What a method makes of the copy or of a smaller one, as well.

    Returns:
        (5,) float64.
    """
    dark, light = quantiles(luma(small), (0.25, 0.99))
    found = quantiles(luma(lifted), (0.25, 0.05))
    return np.array([np.log(dark + LEAST), light, np.log(float(small.max()) + LEAST), *found])


def luma(small: Floats) -> Floats:
    """(h, w): luma of each place."""
    return np.asarray(small @ np.array(LUMA, np.float32))
