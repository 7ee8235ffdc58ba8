"""The difference of colors as people see it: CIEDE2000."""

from __future__ import annotations

import math

import numpy as np

from nightlift.metrics.picture import Values, checked_pair
from nightlift.photo import Pixels

TO_XYZ = (
    (0.412453, 0.357580, 0.180423),
    (0.212671, 0.715160, 0.072169),
    (0.019334, 0.119193, 0.950227),
)
"""Linear sRGB to CIE XYZ (ITU-R BT.709 primaries, D65)."""

WHITE = (0.95047, 1.0, 1.08883)
"""D65 of the 2° observer."""

STRIP = 16384
"""Pixels computed at a time, so that the many intermediate planes stay in the cache."""


def delta_e_2000(output: Pixels, reference: Pixels, *, data_range: float) -> float:
    """The mean of `delta_e_2000_map`; lower is better.

    Args:
        output: (H, W, 3) sRGB, in [0, data_range].
        reference: The same shape.
        data_range: What stands for white: 255, 65535 or 1.

    Returns:
        0 where equal; about 1 is just visible.

    Raises:
        UsageError: The pictures are refused by `checked_pair`.
    """
    return float(delta_e_2000_map(output, reference, data_range=data_range).mean())


def delta_e_2000_map(output: Pixels, reference: Pixels, *, data_range: float) -> Values:
    """The CIEDE2000 difference of every pixel, for D65 and the 2° observer.

    Args:
        output: (H, W, 3) sRGB, in [0, data_range].
        reference: The same shape.
        data_range: What stands for white: 255, 65535 or 1.

    Returns:
        (H, W) float64.

    Raises:
        UsageError: The pictures are refused by `checked_pair`.
    """
    seen, wanted = checked_pair(output, reference, data_range)
    shape = seen.shape[:2]
    seen, wanted = seen.reshape(-1, 3), wanted.reshape(-1, 3)
    differences = np.empty(len(seen))
    for start in range(0, len(seen), STRIP):
        strip = slice(start, start + STRIP)
        pair = lab(seen[strip] / data_range), lab(wanted[strip] / data_range)
        differences[strip] = ciede2000(*pair)
    return differences.reshape(shape)


def lab(rgb: Values) -> Values:
    """CIE L*a*b* (D65, 2°) of sRGB in [0, 1], along the last axis (IEC 61966-2-1, CIE 15)."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    xyz = linear @ (np.array(TO_XYZ) / np.array(WHITE)[:, None]).T
    edge = 6 / 29
    root = np.where(xyz > edge**3, np.cbrt(xyz), xyz / (3 * edge**2) + 4 / 29)
    x, y, z = root[..., 0], root[..., 1], root[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def ciede2000(first: Values, second: Values) -> Values:
    """CIEDE2000 between colors in L*a*b* along the last axis, with kL = kC = kH = 1.

    Eqs. 2–22 of Sharma, Wu and Dalal 2005; symmetric, 0 where equal.
    """
    l1, a1, b1 = np.moveaxis(first, -1, 0)
    l2, a2, b2 = np.moveaxis(second, -1, 0)
    stretch = 1 + _half_blue((np.hypot(a1, b1) + np.hypot(a2, b2)) / 2)
    a1, a2 = a1 * stretch, a2 * stretch
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    turn, hue = _hues(np.arctan2(b1, a1), np.arctan2(b2, a2))
    chroma = (c1 + c2) / 2
    from_middle = ((l1 + l2) / 2 - 50) ** 2
    lightness = (l2 - l1) / (1 + 0.015 * from_middle / np.sqrt(20 + from_middle))
    saturation = (c2 - c1) / (1 + 0.045 * chroma)
    turned = 2 * np.sqrt(c1 * c2) * np.sin(turn / 2) / (1 + 0.015 * chroma * _hue_weight(hue))
    mixed = _rotation(chroma, hue) * saturation * turned
    squares = lightness**2 + saturation**2 + turned**2 + mixed
    difference: Values = np.sqrt(squares)
    return difference


def _half_blue(chroma: Values) -> Values:
    """G of Eq. 4: half of one minus the root of C⁷ / (C⁷ + 25⁷)."""
    return 0.5 - 0.5 * _seventh(chroma)


def _seventh(chroma: Values) -> Values:
    cube = chroma * chroma * chroma
    power = cube * cube * chroma
    root: Values = np.sqrt(power / (power + 25.0**7))
    return root


def _hues(h1: Values, h2: Values) -> tuple[Values, Values]:
    """Difference (Eq. 10) and mean (Eq. 14) of two hues, in radians.

    The exceptions for gray are left out: the product of chromas is 0 there, and with it every use.
    """
    h1, h2 = np.where(h1 < 0, h1 + math.tau, h1), np.where(h2 < 0, h2 + math.tau, h2)
    turn, total = h2 - h1, h1 + h2
    far = np.abs(turn) > math.pi
    mean = np.where(far, np.where(total < math.tau, total + math.tau, total - math.tau), total) / 2
    return np.where(far, turn - np.copysign(math.tau, turn), turn), mean


def _hue_weight(hue: Values) -> Values:
    """T of Eq. 15."""
    weight: Values = (
        1
        - 0.17 * np.cos(hue - math.radians(30))
        + 0.24 * np.cos(2 * hue)
        + 0.32 * np.cos(3 * hue + math.radians(6))
        - 0.20 * np.cos(4 * hue - math.radians(63))
    )
    return weight


def _rotation(chroma: Values, hue: Values) -> Values:
    """R_T of Eqs. 16, 17 and 21: the turn that blue needs."""
    angle = math.radians(30) * np.exp(-(((hue - math.radians(275)) / math.radians(25)) ** 2))
    rotation: Values = -2 * _seventh(chroma) * np.sin(2 * angle)
    return rotation
