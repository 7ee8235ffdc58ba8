"""Structural similarity, at one scale and at five."""

from __future__ import annotations

import cv2
import numpy as np

from nightlift.metrics.picture import Values, checked_pair, luma, mean_matched
from nightlift.metrics.window import filter_inside, gaussian, uniform
from nightlift.photo import Pixels

SIDE = 11
SIGMA = 1.5
K1 = 0.01
K2 = 0.03
UNIFORM_SIDE = 7
SCALE_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
"""Exponents of the five scales, finest first (Wang, Simoncelli and Bovik 2003)."""


def ssim(output: Pixels, reference: Pixels, *, data_range: float) -> float:
    """Mean structural similarity of the red, green and blue planes; higher is better.

    Eq. 13 of Wang, Bovik, Sheikh and Simoncelli 2004: Gaussian window 11x11 of sigma 1.5,
    population covariance, K1 0.01, K2 0.03, no padding (only windows that fit whole), no
    downsampling first.

    Args:
        output: (H, W, 3), at least 11x11, in [0, data_range].
        reference: The same shape.
        data_range: What stands for white: 255, 65535 or 1.

    Returns:
        -1 to 1; 1 where equal.

    Raises:
        UsageError: The pictures are refused by `checked_pair`.
    """
    return _of_planes(*checked_pair(output, reference, data_range, SIDE), data_range)


def ssim_mean_matched(output: Pixels, reference: Pixels, *, data_range: float) -> float:
    """`ssim` after the output is multiplied to the reference's mean luma, see `mean_matched`.

    It uses the answer, as `psnr_mean_matched`: it tells noise and structure, not exposure.

    Args:
        output: (H, W, 3), at least 11x11, in [0, data_range].
        reference: The same shape.
        data_range: What stands for white: 255, 65535 or 1.

    Returns:
        -1 to 1; 1 where equal but for a gain.

    Raises:
        UsageError: The pictures are refused by `checked_pair`.
    """
    return _of_planes(*mean_matched(output, reference, data_range, SIDE), data_range)


def _of_planes(seen: Values, wanted: Values, data_range: float) -> float:
    planes = [_similarity(seen[..., c], wanted[..., c], data_range)[0] for c in range(3)]
    return float(np.mean(planes))


def ssim_gray(output: Pixels, reference: Pixels, *, data_range: float) -> float:
    """`ssim` of unrounded BT.601 luma: usually higher than over RGB, never to be mixed with it."""
    seen, wanted = checked_pair(output, reference, data_range, SIDE)
    return _similarity(luma(seen), luma(wanted), data_range)[0]


def ssim_uniform(output: Pixels, reference: Pixels, *, data_range: float) -> float:
    """Structural similarity as scikit-image computes it unless told otherwise; 1 where equal.

    The published figures of DeepUPE's and GLeNet's repositories are this one: a window of 7x7 equal
    weights, sample variances and covariances (divided by 48, not 49), K1 0.01, K2 0.03, only
    where the window fits whole, the mean over red, green and blue. It differs from `ssim`, the
    paper's, by some thousandths, and must not be compared with it. Pictures are (H, W, 3), at
    least 7x7; in [-1, 1], higher is better. Raises UsageError as `ssim`.
    """
    seen, wanted = checked_pair(output, reference, data_range, UNIFORM_SIDE)
    taps, count = uniform(UNIFORM_SIDE), UNIFORM_SIDE**2
    planes = [
        _similarity(seen[..., c], wanted[..., c], data_range, taps, count / (count - 1))[0]
        for c in range(3)
    ]
    return float(np.mean(planes))


def ms_ssim(output: Pixels, reference: Pixels, *, data_range: float) -> float:
    """Structural similarity over five scales; 1 where equal.

    Eq. 7 of Wang, Simoncelli and Bovik 2003: contrast and structure at every scale, luminance at
    the coarsest, each a mean over RGB, negative means taken as 0; between scales the mean of 2x2
    blocks, an odd last row or column left out. Pictures are (H, W, 3), at least 176x176; in
    [0, 1], higher is better. Raises UsageError for pictures that `checked_pair` refuses.
    """
    side = SIDE * 2 ** (len(SCALE_WEIGHTS) - 1)
    seen, wanted = checked_pair(output, reference, data_range, side)
    product = 1.0
    for scale, weight in enumerate(SCALE_WEIGHTS):
        if scale:
            seen, wanted = _halved(seen), _halved(wanted)
        planes = [_similarity(seen[..., c], wanted[..., c], data_range) for c in range(3)]
        whole, contrast = np.mean(planes, axis=0)
        term = whole if scale == len(SCALE_WEIGHTS) - 1 else contrast
        product *= max(float(term), 0.0) ** weight
    return product


def _similarity(
    seen: Values,
    wanted: Values,
    data_range: float,
    taps: Values | None = None,
    correction: float = 1.0,
) -> tuple[float, float]:
    """The means of `similarity_maps`."""
    whole, contrast = similarity_maps(seen, wanted, data_range, taps, correction)
    return float(whole.mean()), float(contrast.mean())


def similarity_maps(
    seen: Values,
    wanted: Values,
    data_range: float,
    taps: Values | None = None,
    correction: float = 1.0,
) -> tuple[Values, Values]:
    """The whole index and its contrast-structure factor wherever the window fits whole.

    Args:
        seen: A plane of the output, (h, w).
        wanted: The reference's.
        data_range: Its largest value.
        taps: The window's, None for the Gaussian.
        correction: What variances are multiplied by.
    """
    taps = gaussian(SIDE, SIGMA) if taps is None else taps
    c1, c2 = (K1 * data_range) ** 2, (K2 * data_range) ** 2
    mean_a, mean_b = filter_inside(seen, taps), filter_inside(wanted, taps)
    product = mean_a * mean_b
    squares = mean_a * mean_a + mean_b * mean_b
    # The index needs only the sum of the two variances, which one filtering gives.
    variances = correction * (filter_inside(seen * seen + wanted * wanted, taps) - squares)
    covariance = correction * (filter_inside(seen * wanted, taps) - product)
    contrast = (2 * covariance + c2) / (variances + c2)
    return contrast * ((2 * product + c1) / (squares + c1)), contrast


def _halved(picture: Values) -> Values:
    height, width = picture.shape[0] // 2, picture.shape[1] // 2
    even = picture[: 2 * height, : 2 * width]
    half = cv2.resize(even, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(half, np.float64)
