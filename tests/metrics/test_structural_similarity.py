"""SSIM and MS-SSIM against scikit-image, PIQ and a two-dimensional rewriting."""

import numpy as np
import pytest
from scipy import ndimage
from skimage.metrics import structural_similarity

from nightlift.metrics.structural_similarity import (
    ms_ssim,
    ssim,
    ssim_gray,
    ssim_mean_matched,
    ssim_uniform,
)
from tests.metrics.piq_oracle import changed, piq_function, scene

WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)


def gray(picture):
    r, g, b = np.moveaxis(picture.astype(float), -1, 0)
    return 0.299 * r + 0.587 * g + 0.114 * b


def by_scikit_image(output, reference, channel_axis):
    return structural_similarity(
        reference,
        output,
        data_range=255,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
        channel_axis=channel_axis,
    )


def factors(a, b):
    """Luminance and contrast-structure maps over a whole 11x11 window, where it fits."""
    y, x = np.mgrid[-5:6, -5:6]
    window = np.exp(-(x * x + y * y) / (2 * 1.5**2))
    window /= window.sum()

    def mean(plane):
        return ndimage.correlate(plane, window)[5:-5, 5:-5]

    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    ma, mb = mean(a), mean(b)
    va, vb, cov = mean(a * a) - ma**2, mean(b * b) - mb**2, mean(a * b) - ma * mb
    return (2 * ma * mb + c1) / (ma**2 + mb**2 + c1), (2 * cov + c2) / (va + vb + c2)


def plain_ms_ssim(output, reference):
    a, b = output.astype(float), reference.astype(float)
    result = 1.0
    for scale, weight in enumerate(WEIGHTS):
        pairs = [factors(a[..., c], b[..., c]) for c in range(3)]
        last = scale == 4
        means = [np.mean(light * contrast if last else contrast) for light, contrast in pairs]
        result *= max(np.mean(means), 0) ** weight
        h, w = a.shape[0] // 2 * 2, a.shape[1] // 2 * 2
        a, b = (
            (p[0:h:2, 0:w:2] + p[1:h:2, 0:w:2] + p[0:h:2, 1:w:2] + p[1:h:2, 1:w:2]) / 4
            for p in (a, b)
        )
    return result


def test_ssim_agrees_with_scikit_image(small_pictures, kind):
    output, reference = small_pictures[kind]
    expected = by_scikit_image(output, reference, 2)
    assert ssim(output, reference, data_range=255) == pytest.approx(expected, abs=1e-10)
    # Gray levels, not the sum of the color planes, are what the gray variant measures.
    expected = by_scikit_image(gray(output), gray(reference), None)
    assert ssim_gray(output, reference, data_range=255) == pytest.approx(expected, abs=1e-10)


def test_the_uniform_window_is_scikit_images_default(small_pictures, kind):
    """As the published repositories call it, whatever the size."""
    output, reference = small_pictures[kind]
    for height, width in (output.shape[:2], (7, 7), (7, 20), (23, 11)):
        pair = output[:height, :width], reference[:height, :width]
        expected = structural_similarity(*pair, channel_axis=2, data_range=255)
        assert ssim_uniform(*pair, data_range=255) == pytest.approx(expected, abs=1e-10)


def test_the_uniform_window_is_another_measure(large_pictures):
    output, reference = large_pictures["photo"]
    ours = ssim(output, reference, data_range=255)
    assert abs(ssim_uniform(output, reference, data_range=255) - ours) > 1e-3


def test_ssim_is_the_mean_of_both_factors_at_the_smallest_size(small_pictures):
    output, reference = (p[:11, :11].astype(float) for p in small_pictures["photo"])
    planes = [factors(output[..., c], reference[..., c]) for c in range(3)]
    assert planes[0][0].shape == (1, 1)
    expected = np.mean([light * contrast for light, contrast in planes])
    assert ssim(output, reference, data_range=255.0) == pytest.approx(expected, abs=1e-10)


def test_ms_ssim_agrees_with_a_plain_rewriting(large_pictures, kind):
    output, reference = large_pictures[kind]
    expected = plain_ms_ssim(output, reference)
    assert 0.0 <= expected < 0.999
    assert ms_ssim(output, reference, data_range=255) == pytest.approx(expected, abs=1e-10)


def test_ms_ssim_of_a_negative_is_not_complex(large_pictures):
    reference = large_pictures["photo"][1]
    assert ms_ssim(255 - reference, reference, data_range=255) == 0


def of_gray(output, reference):
    """`ms_ssim` of luma, where no channels are to be averaged."""
    pair = (np.repeat(gray(p)[..., None], 3, axis=2) for p in (output, reference))
    return ms_ssim(*pair, data_range=255)


@pytest.mark.parametrize("size", [(176, 208), (400, 608)])
@pytest.mark.parametrize("how", ["noise", "dark", "blur", "other"])
def test_ms_ssim_is_what_another_program_says(size, how):
    oracle = piq_function("ms_ssim", "multi_scale_ssim")
    reference = scene(*size)
    output = changed(reference, how)
    assert of_gray(output, reference) == pytest.approx(oracle(output, reference), rel=1e-9)


RECORDED = [
    ((176, 208), "noise", 0.949635),
    ((176, 208), "dark", 0.711120),
    ((176, 208), "blur", 0.990721),
    ((176, 208), "other", 0.087129),
    ((400, 608), "noise", 0.949949),
    ((400, 608), "dark", 0.712624),
    ((400, 608), "blur", 0.990801),
    ((400, 608), "other", 0.089772),
]
"""What PIQ 0.8.0 says, for where it is not installed: it asks for torchvision."""


@pytest.mark.parametrize(("size", "how", "wanted"), RECORDED)
def test_ms_ssim_is_what_another_program_said(size, how, wanted):
    reference = scene(*size)
    assert of_gray(changed(reference, how), reference) == pytest.approx(wanted, rel=1e-5)


@pytest.mark.parametrize("metric", [ssim, ssim_gray, ssim_uniform, ms_ssim])
def test_does_not_depend_on_the_unit_or_the_order(large_pictures, metric):
    output, reference = large_pictures["photo"]
    expected = metric(output, reference, data_range=255)
    floats = metric(output / 255, reference / 255, data_range=1.0)
    assert floats == pytest.approx(expected, abs=1e-10)
    assert metric(reference, output, data_range=255) == pytest.approx(expected, abs=1e-12)


def test_with_means_matched_only_structure_counts(small_pictures):
    reference = small_pictures["photo"][1].astype(float)
    dark = reference * 0.25
    assert ssim(dark, reference, data_range=255) < 0.8
    matched = ssim_mean_matched(dark, reference, data_range=255)
    assert matched == pytest.approx(1.0)
    noisy = np.clip(dark + np.random.default_rng(0).normal(0, 8, dark.shape), 0, 255)
    assert ssim_mean_matched(noisy, reference, data_range=255) < 0.9
