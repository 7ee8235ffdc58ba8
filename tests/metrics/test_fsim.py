"""Feature similarity against PIQ, an independent program."""

import math

import numpy as np
import pytest

from nightlift.errors import UsageError
from nightlift.metrics.fsim import fsim
from tests.metrics.piq_oracle import changed, piq_function, scene


@pytest.fixture(scope="module")
def oracle():
    return piq_function("fsim", "fsim", chromatic=False)


@pytest.mark.parametrize("size", [(64, 80), (65, 81), (64, 81), (65, 80), (400, 600), (777, 801)])
@pytest.mark.parametrize("how", ["noise", "dark", "blur", "other"])
def test_it_is_what_another_program_says(oracle, size, how) -> None:
    reference = scene(*size)
    output = changed(reference, how)
    wanted = oracle(output, reference)
    assert fsim(output, reference, data_range=255) == pytest.approx(wanted, rel=1e-4)
    assert wanted < 0.999


RECORDED = [
    ((65, 81), "noise", 0.825312),
    ((65, 81), "dark", 0.898799),
    ((65, 81), "blur", 0.966520),
    ((65, 81), "other", 0.898231),
    ((400, 600), "noise", 0.961861),
    ((400, 600), "dark", 0.865974),
    ((400, 600), "blur", 0.995958),
    ((400, 600), "other", 0.879047),
]
"""What PIQ 0.8.0 says, for where it is not installed: it asks for torchvision."""


@pytest.mark.parametrize(("size", "how", "wanted"), RECORDED)
def test_it_is_what_another_program_said(size, how, wanted) -> None:
    reference = scene(*size)
    found = fsim(changed(reference, how), reference, data_range=255)
    assert found == pytest.approx(wanted, rel=1e-4)


def test_equal_pictures_are_one_and_flat_ones_have_no_feature() -> None:
    picture = scene(40, 60)
    assert fsim(picture, picture, data_range=255) == pytest.approx(1, abs=1e-12)
    flat = np.full_like(picture, 9)
    assert math.isnan(fsim(flat, flat, data_range=255))


def test_the_range_of_values_does_not_matter() -> None:
    one, other = scene(40, 60), changed(scene(40, 60), "noise")
    wide = [each / 255 for each in (one, other)]
    wanted = fsim(one, other, data_range=255)
    assert fsim(*wide, data_range=1) == pytest.approx(wanted, rel=1e-9)


def test_small_pictures_are_refused() -> None:
    picture = scene(15, 60)
    with pytest.raises(UsageError, match="16"):
        fsim(picture, picture, data_range=255)
