"""Visual information fidelity against a rewriting with masks and loops, and PIQ."""

import math

import numpy as np
import pytest
from scipy.signal import convolve2d

from nightlift.metrics.vif import vif
from tests.metrics.piq_oracle import changed, piq_function, scene


def gray(picture):
    r, g, b = np.moveaxis(picture.astype(float), -1, 0)
    return 0.299 * r + 0.587 * g + 0.114 * b


def plain_vif(output, reference):
    """Scale by scale and pixel by pixel, in the order of the published program."""
    ref, dist = gray(reference), gray(output)
    num = den = 0.0
    for scale in range(1, 5):
        n = 2 ** (5 - scale) + 1
        r = np.arange(n) - n // 2
        window = np.exp(-(r[:, None] ** 2 + r**2) / (2 * (n / 5) ** 2))
        window /= window.sum()
        if scale > 1:
            ref = convolve2d(ref, window, "valid")[::2, ::2]
            dist = convolve2d(dist, window, "valid")[::2, ::2]
        mu1, mu2 = convolve2d(ref, window, "valid"), convolve2d(dist, window, "valid")
        s1 = convolve2d(ref * ref, window, "valid") - mu1 * mu1
        s2 = convolve2d(dist * dist, window, "valid") - mu2 * mu2
        s12 = convolve2d(ref * dist, window, "valid") - mu1 * mu2
        for v1, v2, cov in zip(s1.ravel(), s2.ravel(), s12.ravel(), strict=True):
            v1, v2 = max(v1, 0), max(v2, 0)
            g = cov / (v1 + 1e-10)
            sv = v2 - g * cov
            if v1 < 1e-10:
                g, sv, v1 = 0, v2, 0
            if v2 < 1e-10:
                g, sv = 0, 0
            if g < 0:
                g, sv = 0, v2
            sv = max(sv, 1e-10)
            num += math.log10(1 + g * g * v1 / (sv + 2))
            den += math.log10(1 + v1 / 2)
    return num / den


def test_agrees_with_a_plain_rewriting(small_pictures, kind):
    output, reference = small_pictures[kind]
    expected = plain_vif(output, reference)
    assert vif(output, reference, data_range=255) == pytest.approx(expected, rel=1e-9)


def test_flat_parts_agree_too(small_pictures):
    output, reference = (p.copy() for p in small_pictures["photo"])
    reference[:40], output[20:] = 90, 30
    expected = plain_vif(output, reference)
    # Variances of flat parts are rounding errors beside the published threshold of 1e-10.
    assert vif(output, reference, data_range=255) == pytest.approx(expected, rel=1e-5)
    assert vif(output[:41, :41], reference[:41, :41], data_range=255) >= 0


@pytest.mark.parametrize("size", [(61, 74), (400, 600)])
@pytest.mark.parametrize("how", ["noise", "dark", "blur", "other"])
def test_it_is_what_another_program_says(size, how):
    oracle = piq_function("vif", "vif_p", sigma_n_sq=2.0)
    reference = scene(*size)
    output = changed(reference, how)
    wanted = oracle(output, reference)
    assert vif(output, reference, data_range=255) == pytest.approx(wanted, rel=1e-6)


RECORDED = [
    ((61, 74), "noise", 0.316171),
    ((61, 74), "dark", 0.464093),
    ((61, 74), "blur", 0.593145),
    ((61, 74), "other", 0.018512),
    ((400, 600), "noise", 0.367506),
    ((400, 600), "dark", 0.465724),
    ((400, 600), "blur", 0.626293),
    ((400, 600), "other", 0.014047),
]
"""What PIQ 0.8.0 says, for where it is not installed: it asks for torchvision."""


@pytest.mark.parametrize(("size", "how", "wanted"), RECORDED)
def test_it_is_what_another_program_said(size, how, wanted):
    reference = scene(*size)
    found = vif(changed(reference, how), reference, data_range=255)
    assert found == pytest.approx(wanted, rel=1e-4)


def test_does_not_depend_on_the_unit(small_pictures):
    output, reference = small_pictures["photo"]
    floats = vif(output / 255, reference / 255, data_range=1.0)
    assert floats == pytest.approx(vif(output, reference, data_range=255), rel=1e-9)


def test_more_contrast_is_more_than_one(small_pictures):
    reference = small_pictures["smooth"][1] / 4 + 80
    assert vif((reference - 110) * 1.3 + 110, reference, data_range=255.0) > 1


def test_a_reference_without_information_has_no_score(small_pictures):
    output = small_pictures["photo"][0]
    assert math.isnan(vif(output, np.full_like(output, 7), data_range=255))
