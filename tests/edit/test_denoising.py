"""What each way to denoise takes."""

from __future__ import annotations

import numpy as np

from nightlift.edit import Denoising, Edit
from nightlift.edit.denoising import Mode
from tests.denoise.pictures import power


def left(mode: Mode) -> float:
    """The deviation of a lifted, flat, noisy photo of white noise."""
    random = np.random.default_rng(4)
    photo = np.clip(random.normal(14, 2, (160, 224, 3)) + 0.5, 0, 255).astype(np.uint8)
    return float(Edit(power(0.45), denoising=Denoising(mode)).apply(photo).std())


def test_auto_leaves_grain_fast_takes_it_and_fine_no_less() -> None:
    off, auto, fast, fine = (left(mode) for mode in ("off", "auto", "fast", "fine"))
    assert 0.1 * off < auto < 0.4 * off
    assert fast < 0.8 * auto
    assert fine < 1.05 * fast
