"""PSNR against plain loops and scikit-image."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.extra.numpy import arrays
from skimage.metrics import peak_signal_noise_ratio

from nightlift.metrics.signal_to_noise import psnr, psnr_mean_matched

tiny = arrays(np.uint8, (3, 2, 3))


def test_agrees_with_scikit_image(small_pictures, kind):
    output, reference = small_pictures[kind]
    expected = peak_signal_noise_ratio(reference, output, data_range=255)
    assert psnr(output, reference, data_range=255) == pytest.approx(expected, rel=1e-12)


@settings(derandomize=True, max_examples=40, deadline=None)
@given(tiny, tiny)
def test_agrees_with_plain_loops_and_is_symmetric(a, b):
    squares = [(int(x) - int(y)) ** 2 for x, y in zip(a.ravel(), b.ravel(), strict=True)]
    mean = sum(squares) / len(squares)
    expected = math.inf if mean == 0 else 20 * math.log10(255 / math.sqrt(mean))
    assert psnr(a, b, data_range=255) == pytest.approx(expected, rel=1e-12)
    assert psnr(b, a, data_range=255) == psnr(a, b, data_range=255)


def test_eight_bits_do_not_wrap_around():
    black, white = np.zeros((4, 4, 3), np.uint8), np.full((4, 4, 3), 255, np.uint8)
    assert psnr(black, white, data_range=255) == 0
    assert psnr(black, black + 1, data_range=255) == pytest.approx(20 * math.log10(255))


def test_does_not_depend_on_the_unit(small_pictures):
    output, reference = small_pictures["photo"]
    floats = psnr(output / 255, reference / 255, data_range=1.0)
    assert floats == pytest.approx(psnr(output, reference, data_range=255), rel=1e-12)


def mean_matched_by_hand(output, reference):
    means = []
    for picture in (output, reference):
        values = picture.astype(float)
        means.append(
            np.mean(0.299 * values[..., 0] + 0.587 * values[..., 1] + 0.114 * values[..., 2])
        )
    scaled = np.minimum(output * (means[1] / means[0]), 255)
    return 10 * np.log10(255**2 / np.mean((scaled - reference) ** 2))


def test_mean_matched_agrees_with_its_definition(small_pictures, kind):
    output, reference = small_pictures[kind]
    for seen in (output, output // 4):
        expected = mean_matched_by_hand(seen, reference)
        assert psnr_mean_matched(seen, reference, data_range=255) == pytest.approx(expected)


def test_mean_matched_weighs_red_green_and_blue_in_that_order():
    output = np.full((4, 4, 3), 100, np.uint8)
    reference = np.full((4, 4, 3), (200, 100, 50), np.uint8)
    gain = (0.299 * 200 + 0.587 * 100 + 0.114 * 50) / 100
    error = np.mean((100 * gain - np.array([200, 100, 50])) ** 2)
    expected = 10 * math.log10(255**2 / error)
    assert psnr_mean_matched(output, reference, data_range=255) == pytest.approx(expected)


def test_mean_matched_clips_and_does_not_round():
    output = np.full((2, 2, 3), 10, np.uint8)
    output[0, 0] = 200
    reference = np.full((2, 2, 3), 151, np.uint8)
    gain = 151 / 57.5
    assert 200 * gain > 255
    error = ((255 - 151) ** 2 + 3 * (10 * gain - 151) ** 2) / 4
    expected = 10 * math.log10(255**2 / error)
    assert psnr_mean_matched(output, reference, data_range=255) == pytest.approx(expected)


def test_only_the_mean_matched_one_forgives_a_dark_output(small_pictures):
    reference = small_pictures["photo"][1]
    half = reference / 510
    assert psnr(half, reference / 255, data_range=1.0) < 20
    assert psnr_mean_matched(half, reference / 255, data_range=1.0) > 100


def test_a_black_output_stays_black(small_pictures):
    reference = small_pictures["photo"][1]
    black = np.zeros_like(reference)
    plain = psnr(black, reference, data_range=255)
    assert psnr_mean_matched(black, reference, data_range=255) == plain
