"""PU21 against its authors' own program, and what it says of light above white."""

import math

import numpy as np
import pytest
from skimage.metrics import structural_similarity

from nightlift.errors import UsageError
from nightlift.metrics.perceptually_uniform import LUMINANCE, pu21, pu_psnr, pu_ssim
from nightlift.metrics.signal_to_noise import psnr
from tests.metrics.piq_oracle import changed, scene

ENCODED = {
    0.001: 0.0,
    0.005: 0.0,
    0.1: 5.717074,
    1: 36.543911,
    10: 123.647484,
    100: 256.383897,
    203: 303.800226,
    1000: 420.096921,
    10000: 595.393920,
    20000: 595.393920,
}
"""What ColorVideoVDP 0.5.7 (`pycvvdp.utils.PU`) makes of luminance in cd/m²."""


def test_values_are_those_of_the_authors_program() -> None:
    for luminance, wanted in ENCODED.items():
        assert float(pu21(np.float64(luminance))) == pytest.approx(wanted, abs=1e-5)


RECORDED = [
    ("noise", 1.0, 24.188593, 0.563518),
    ("noise", 2.5, 8.325831, 0.467111),
    ("dark", 1.0, 11.043020, 0.352071),
    ("dark", 2.5, 3.674396, 0.151419),
    ("blur", 1.0, 31.127819, 0.882400),
    ("blur", 2.5, 8.433790, 0.599558),
]
"""Of that program's values: PSNR by its definition, SSIM by scikit-image, of a range of 256."""


@pytest.mark.parametrize(("how", "gain", "decibels", "similarity"), RECORDED)
def test_both_are_what_other_programs_said(
    how: str, gain: float, decibels: float, similarity: float
) -> None:
    reference, output = gain * scene(60, 80) / 255, changed(scene(60, 80), how) / 255
    assert pu_psnr(output, reference, data_range=1) == pytest.approx(decibels, rel=1e-5)
    assert pu_ssim(output, reference, data_range=1) == pytest.approx(similarity, rel=1e-5)


def test_similarity_is_that_of_luminance() -> None:
    reference, output = scene(30, 40), changed(scene(30, 40), "noise")
    light = [np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4) @ LUMINANCE
             for v in (reference / 255, output / 255)]  # fmt: skip
    wanted = structural_similarity(
        *(pu21(100 * one) for one in light),
        data_range=256,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
    )
    assert pu_ssim(output, reference, data_range=255) == pytest.approx(wanted, abs=1e-10)


def test_up_to_white_it_is_near_the_plain_one() -> None:
    reference, output = scene(60, 80), changed(scene(60, 80), "noise")
    plain = psnr(output, reference, data_range=255)
    assert pu_psnr(output, reference, data_range=255) == pytest.approx(plain, abs=3)


def test_light_above_white_counts() -> None:
    white, lamp = np.ones((20, 20, 3)), np.ones((20, 20, 3))
    lamp[5:9, 5:9] = 3
    assert pu_psnr(white, lamp, data_range=1) < 40
    assert pu_psnr(lamp, lamp, data_range=1) == math.inf
    brighter = np.where(lamp > 1, 4, lamp)
    assert pu_psnr(white, brighter, data_range=1) < pu_psnr(white, lamp, data_range=1)
    assert pu_ssim(white, brighter, data_range=1) < pu_ssim(white, lamp, data_range=1)


def test_what_is_no_light_is_refused() -> None:
    white = np.ones((20, 20, 3))
    for value in (-0.1, math.inf, math.nan):
        wrong = white.copy()
        wrong[3, 3, 1] = value
        with pytest.raises(UsageError, match="expected values in"):
            pu_psnr(white, wrong, data_range=1)
