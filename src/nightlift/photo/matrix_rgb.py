"""The RGB of a matrix profile and sRGB, there and back without clipping a color."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from nightlift.photo import icc as profiles
from nightlift.photo.color import SRGB_TO_XYZ, srgb_decode, srgb_encode
from nightlift.photo.icc import Doubles
from nightlift.photo.photo import Floats

KNOTS = 4096
"""Of a sampled tone curve."""

SAME_TONE = 0.3 / 255
SAME_PRIMARIES = 1e-3
"""A curve or a matrix that is as near to sRGB's counts as that."""

ROUNDED = 0.02
"""White that a profile's numbers miss by less than that is white."""

NEAR_PRIMARIES = 0.3
"""The furthest from the identity that a matrix to linear sRGB may be to be called near: it is 0.22
for Display P3, 0.40 for Adobe RGB, 0.66 for Rec. 2020 and 1.03 for ProPhoto."""

SAME_WHITE = 1e-6

TOE = 0.08
"""Of the curve v² + TOE v, which is nearly sRGB's up to a factor and has a simple inverse."""

END = 1.75
END_LIGHT = float(srgb_decode(np.array(END)))
"""The largest code of sRGB, and its light, which is more than any color of a real RGB has."""


@dataclass(frozen=True, eq=False)
class Recoding:
    """From the codes of one RGB to those of another.

    `decode` (3, KNOTS) are curves from codes to linear light, `matrix` (3, 3) mixes it, and
    `encode` (3, KNOTS) are curves from its root to codes: the root spreads the knots as the eye
    does. Both are clipped to [0, 1]. None is sRGB's curve, with its sign, up to END. `quick`
    mixes v² + TOE v of a code v instead of its light, in a quarter of the time: between primaries
    that are near each other, light depends little on it. Saturated colors do: a channel that is 0
    in sRGB may come to 0.1.
    """

    decode: Floats | None
    matrix: Floats
    encode: Floats | None
    quick: bool = False

    def of(self, rows: Floats) -> Floats:
        """Codes of one RGB space as codes of another.

        Args:
            rows: (h, W, 3) float32 codes.

        Returns:
            (h, W, 3) float32 codes, not clipped.
        """
        light = self._light(rows)
        mixed = light * self.mixing.diagonal()
        for channel, column in enumerate(self.mixing.T):
            mixed += column * (light[..., channel : channel + 1] - light)
        return self._codes(mixed)

    @cached_property
    def mixing(self) -> Floats:
        """`matrix` for each channel and what the others differ from it by: gray stays exactly gray.

        The diagonal is what white becomes: 1 where a space has the same white, up to rounding.
        """
        white = self.matrix.sum(axis=1, dtype=np.float64)
        mixing = self.matrix.copy()
        np.fill_diagonal(mixing, np.where(np.abs(white - 1) < SAME_WHITE, 1, white))
        return mixing

    def _light(self, codes: Floats) -> Floats:
        if self.quick:
            light: Floats = (codes * (np.abs(codes) + np.float32(TOE))).astype(np.float32)
            return light
        if self.decode is not None:
            return _on(self.decode, codes)
        return _signed(srgb_decode, codes, END)

    def _codes(self, light: Floats) -> Floats:
        if self.quick:
            root = np.sqrt(np.abs(light) + np.float32(TOE**2 / 4)) - np.float32(TOE / 2)
            return np.copysign(root, light).astype(np.float32)
        if self.encode is not None:
            return _on(self.encode, np.sqrt(np.maximum(light, np.float32(0))))
        return _signed(srgb_encode, light, END_LIGHT)


@dataclass(frozen=True, eq=False)
class RgbSpace:
    """An RGB that is not sRGB, and the ways there and back.

    Colors outside sRGB have codes below 0 and above 1 in it: nothing is clipped.
    """

    to_srgb: Recoding
    from_srgb: Recoding

    @property
    def exact(self) -> RgbSpace:
        """The same by sRGB's own curve, never the quick way."""
        return RgbSpace(replace(self.to_srgb, quick=False), replace(self.from_srgb, quick=False))


@profiles.remembered(8)
def rgb_space(icc: bytes) -> RgbSpace | None:
    """The space of an RGB matrix profile.

    Args:
        icc: The profile.

    Returns:
        The way to sRGB and back; None for any other profile, and for sRGB itself.
    """
    profile = profiles.parse(icc)
    if profile.primaries is None or profile.curves is None:
        return None
    matrix = np.linalg.solve(SRGB_TO_XYZ, profile.primaries)
    white = matrix.sum(axis=1, keepdims=True)
    if float(np.abs(white - 1).max()) < ROUNDED:
        matrix /= white
    decode, encode = _curves(profile.curves)
    furthest = float(np.abs(matrix - np.eye(3)).max())
    if decode is None and furthest < SAME_PRIMARIES:
        return None
    quick = decode is None and furthest < NEAR_PRIMARIES
    there, back = _floats(matrix), _floats(np.linalg.inv(matrix))
    return RgbSpace(Recoding(decode, there, None, quick), Recoding(None, back, encode, quick))


def _curves(curves: Doubles) -> tuple[Floats, Floats] | tuple[None, None]:
    """Tone curves (3, 65536) as they are sampled for both ways; None where they are sRGB's."""
    codes = np.linspace(0.0, 1.0, profiles.SAMPLES)
    if float(np.abs(srgb_encode(curves) - codes).max()) < SAME_TONE:
        return None, None
    knots = np.linspace(0.0, 1.0, KNOTS)
    decode, encode = [], []
    for curve in curves:
        rising, first = np.unique(curve, return_index=True)
        decode.append(np.interp(knots, codes, curve))
        encode.append(np.interp(knots**2, rising, codes[first]))
    return _floats(np.stack(decode)), _floats(np.stack(encode))


def _floats(values: Doubles) -> Floats:
    return np.ascontiguousarray(values, dtype=np.float32)


def _signed(curve: Callable[[Doubles], Doubles], values: Floats, end: float) -> Floats:
    """Values through a curve of sRGB, with their signs, up to `end`."""
    sizes = np.minimum(np.abs(values).astype(np.float64), end)
    return np.copysign(curve(sizes), values).astype(np.float32)


def _on(curves: Floats, values: Floats) -> Floats:
    """(h, W, 3) values, each channel on its curve."""
    at = np.clip(values, 0, 1) * np.float32(KNOTS - 1)
    index = np.minimum(at.astype(np.int32), KNOTS - 2)
    part = at - index.astype(np.float32)
    out = np.empty_like(values)
    for channel, curve in enumerate(curves):
        below = index[..., channel]
        low = curve[below]
        out[..., channel] = low + part[..., channel] * (curve[below + 1] - low)
    return out
