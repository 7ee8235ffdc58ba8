"""The controls of an editor: what a photographer asks for beyond what a method estimates."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from nightlift.adjust import CURVE_KNOTS, Develop
from nightlift.arguments import number
from nightlift.photo import LUMA, Floats

Doubles: TypeAlias = NDArray[np.float64]

MOST_EXPOSURE = 5.0
MOST = 100.0
"""Ends of the scales: stops of exposure, and of everything else."""

WHITE_BALANCE = 0.25
"""By how much, as a share, a channel changes at the end of the scales of warmth and tint."""

TONES = 0.2
"""How far the middle of the shadows or of the highlights moves at the end of its scale."""

POINT = 0.1
"""How far the black point moves at the end of its scale."""

SHOULDER = 4.0
"""How late a lifted curve bends so that white stays white: the exponent of a p-norm."""


@dataclass(frozen=True)
class Controls:
    """Settings on the scales of an editor, 0 for no change.

    `exposure` is in stops (EV), -5 to 5; all others go from -100 to 100. `highlights` and `shadows`
    make the bright and the dark tones brighter or darker, `black` moves the darkest ones; `warmth`
    goes from blue to yellow, `tint` from green to magenta; `saturation` -100 is gray. Raises
    UsageError for settings outside their scales.
    """

    exposure: float = 0.0
    highlights: float = 0.0
    shadows: float = 0.0
    black: float = 0.0
    warmth: float = 0.0
    tint: float = 0.0
    saturation: float = 0.0

    def __post_init__(self) -> None:
        for name in NAMES:
            most = MOST_EXPOSURE if name == "exposure" else MOST
            object.__setattr__(self, name, number(getattr(self, name), name, -most, most))

    @property
    def neutral(self) -> bool:
        """Whether nothing is to be changed."""
        return self == Controls()

    def told(self) -> str:
        """The settings that are not neutral, in a line.

        Returns:
            Such as "exposure +0.5, warmth -10"; empty where all are neutral.
        """
        return ", ".join(f"{name} {value:+g}" for name, value in asdict(self).items() if value)

    def adjustment(self) -> Develop:
        """What the settings come to.

        Returns:
            A curve, a balance of colors and a saturation.
        """
        saturation = 1 + self.saturation / MOST
        return Develop(self._curve(), self._balance(), saturation)

    def _curve(self) -> Floats:
        """The curve of brightness, (256,): exposure in linear light, then tones, then black."""
        x = np.linspace(0, 1, CURVE_KNOTS)
        y = _encoded(_exposed(_linear(x), 2.0**self.exposure))
        y = _toned(y, self.shadows / MOST)
        y = 1 - _toned(1 - y, -self.highlights / MOST)
        y = _moved_black(y, POINT * self.black / MOST)
        return np.asarray(np.clip(np.maximum.accumulate(y), 0, 1), np.float32)

    def _balance(self) -> Floats:
        """The factors of R, G, B; a gray keeps its luma."""
        warmth, tint = (WHITE_BALANCE * each / MOST for each in (self.warmth, self.tint))
        factors = np.array([1 + warmth + tint / 2, 1 - tint / 2, 1 - warmth + tint / 2])
        return np.asarray(factors / (factors @ np.array(LUMA)), np.float32)


NAMES = tuple(field.name for field in fields(Controls))
"""The controls in the order in which editors have them."""


def _exposed(light: Doubles, gain: float) -> Doubles:
    """Linear light times `gain`; where that lifts, white stays white and what is near it bends."""
    if gain <= 1:
        return light * gain
    bent = 1 + (gain**SHOULDER - 1) * light**SHOULDER
    return np.asarray(gain * light / bent ** (1 / SHOULDER))


def _toned(x: Doubles, amount: float) -> Doubles:
    """Dark tones made brighter, or by the inverse of that darker; 0 and 1 stay."""
    bump = x * (1 - x) ** 3 / (0.25 * 0.75**3)
    if amount >= 0:
        return x + TONES * amount * bump
    grid = np.linspace(0, 1, 4 * CURVE_KNOTS)
    lifted = _toned(grid, -amount)
    return np.asarray(np.interp(x, lifted, grid))


def _moved_black(x: Doubles, by: float) -> Doubles:
    """Black lifted to `by`, or everything below -`by` made black; white stays."""
    return np.maximum(x + by * (1 - x) if by >= 0 else (x + by) / (1 + by), 0)


def _linear(x: Doubles) -> Doubles:
    return np.where(x <= 0.04045, x / 12.92, ((x + 0.055) / 1.055) ** 2.4)


def _encoded(light: Doubles) -> Doubles:
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
