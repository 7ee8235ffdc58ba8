"""Edits and pictures that tell channels, places and types apart."""

from pathlib import Path

import numpy as np

from nightlift.adjust.tone_table import ToneTable
from nightlift.edit.edit import Edit

ROOT = Path(__file__).resolve().parents[2]
DARK = ROOT / "examples" / "dark"
RNG = np.random.default_rng(5)


def table(power: float = 0.5) -> ToneTable:
    """Channels of different curves, so that exchanged ones are seen."""
    x = np.linspace(0, 1, 256)[:, None]
    return ToneTable((x ** np.array([power, 0.8 * power, 0.6 * power])).astype(np.float32))


EDIT = Edit(table())
GRAY_EDIT = Edit(ToneTable(np.repeat(np.linspace(0, 1, 256)[:, None] ** 0.5, 3, 1).astype("f4")))


def rgb(shape: tuple[int, ...] = (7, 9, 3)) -> np.ndarray:
    return RNG.integers(0, 90, shape, np.uint8)
