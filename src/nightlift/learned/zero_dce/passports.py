"""Passports of Zero-DCE's networks: how they are fed, and what their output means."""

from __future__ import annotations

from nightlift.learned.zero_dce.network import REACH, ZeroDCE
from nightlift.learned.zero_dce.recipes import SHRINK
from nightlift.models import Passport
from nightlift.photo import Divisor, LongSide, OwnSize

PAPER = (
    "Guo et al., Zero-Reference Deep Curve Estimation for Low-Light Image Enhancement, CVPR 2020"
)
PLUS = (
    "Li, Guo, Loy, Learning to Enhance Low-Light Image via Zero-Reference Deep Curve Estimation, "
    "TPAMI 2021"
)

LONG_SIDE = 384
"""Pixels of the small copy: each step up costs time and comes nearer to the exact result."""


def zero_dce_passport(
    network: ZeroDCE, long_side: int = LONG_SIDE, power_to: float | None = None
) -> Passport:
    """A Zero-DCE network's passport; where it was trained is for the caller to fill in.

    Exact is the network at the photo's own size: seven layers without pooling, a halo of seven.
    """
    name = "Zero-DCE" if power_to is None else "Zero-DCE behind a power"
    return Passport(
        method="zero-dce",
        title=f"{name}: curves for each pixel, learned without references",
        version="1",
        kind="curve_map",
        size=LongSide(long_side),
        resize="area",
        exact_size=OwnSize(),
        exact_resize="area",
        supervision="zero-reference",
        parameters=_count(network),
        halo=REACH,
        alignment="half-pixel",
        steps=network.steps,
        power_to=power_to,
        sources=(PAPER,),
    )


def zero_dce_plus_passport(
    network: ZeroDCE,
    shrink: int = SHRINK,
    long_side: int = LONG_SIDE,
    power_to: float | None = None,
) -> Passport:
    """A Zero-DCE++ network's passport; where it was trained is for the caller to fill in.

    Its small copy is the published one, so that exact mode changes nothing; trained without
    shrinking, it is used as Zero-DCE is.
    """
    title = "Zero-DCE++: one map of curves for all steps, by separable convolutions"
    if shrink == 1:
        return zero_dce_passport(network, long_side, power_to)._replace(
            method="zero-dce-plus",
            title=title,
            sources=(PLUS,),
        )
    return Passport(
        method="zero-dce-plus",
        title=title,
        version="1",
        kind="curve_map",
        size=Divisor(shrink),
        resize="linear",
        exact_size=Divisor(shrink),
        exact_resize="linear",
        supervision="zero-reference",
        parameters=_count(network),
        alignment="corners",
        steps=network.steps,
        power_to=power_to,
        sources=(PLUS,),
    )


def _count(network: ZeroDCE) -> int:
    return sum(parameter.numel() for parameter in network.parameters())
