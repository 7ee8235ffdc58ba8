"""Information weighted structural similarity against PIQ, an independent program."""

import math

import numpy as np
import pytest

from nightlift.errors import UsageError
from nightlift.metrics.iw_ssim import iw_ssim
from tests.metrics.piq_oracle import changed, piq_function, scene


@pytest.fixture(scope="module")
def oracle():
    return piq_function("iw_ssim", "information_weighted_ssim")


@pytest.mark.parametrize("size", [(161, 161), (162, 201), (180, 223), (400, 600)])
@pytest.mark.parametrize("how", ["noise", "dark", "blur", "other"])
def test_it_is_what_another_program_says(oracle, size, how) -> None:
    reference = scene(*size)
    output = changed(reference, how)
    wanted = oracle(output, reference)
    assert iw_ssim(output, reference, data_range=255) == pytest.approx(wanted, rel=1e-9)
    assert wanted < 0.995


RECORDED = [
    ((161, 200), "noise", 0.923438),
    ((161, 200), "dark", 0.701657),
    ((161, 200), "blur", 0.989554),
    ((161, 200), "other", 0.165897),
    ((193, 161), "noise", 0.924076),
    ((193, 161), "dark", 0.703426),
    ((193, 161), "blur", 0.989468),
    ((193, 161), "other", 0.184829),
    ((400, 600), "noise", 0.923300),
    ((400, 600), "dark", 0.700934),
    ((400, 600), "blur", 0.989502),
    ((400, 600), "other", 0.139820),
]
"""What PIQ 0.8.0 says, for where it is not installed: it asks for torchvision."""


@pytest.mark.parametrize(("size", "how", "wanted"), RECORDED)
def test_it_is_what_another_program_said(size, how, wanted) -> None:
    reference = scene(*size)
    found = iw_ssim(changed(reference, how), reference, data_range=255)
    assert found == pytest.approx(wanted, rel=1e-5)


def test_equal_pictures_are_one_and_flat_ones_hold_no_information() -> None:
    picture = scene(170, 180)
    assert iw_ssim(picture, picture, data_range=255) == pytest.approx(1, abs=1e-12)
    flat = np.full_like(picture, 9)
    assert math.isnan(iw_ssim(flat, flat, data_range=255))
    assert not math.isnan(iw_ssim(flat, picture, data_range=255))


def test_the_range_of_values_does_not_matter() -> None:
    one, other = scene(170, 180), changed(scene(170, 180), "noise")
    wanted = iw_ssim(one, other, data_range=255)
    found = iw_ssim(one / 255, other / 255, data_range=1)
    assert found == pytest.approx(wanted, rel=1e-9)


def test_small_pictures_are_refused() -> None:
    picture = scene(160, 200)
    with pytest.raises(UsageError, match="161"):
        iw_ssim(picture, picture, data_range=255)
