"""PSNR and SSIM of light as the eye tells it apart, for references that are brighter than white.

Luminance is encoded so that steps are equally visible from the darkest to the brightest: PU21
(Mantiuk and Azimi, "PU21: A novel perceptually uniform encoding for adapting existing quality
metrics for HDR", PCS 2021), with its parameters for banding and glare.
"""

from __future__ import annotations

import numpy as np

from nightlift.metrics.picture import Values, checked_pair
from nightlift.metrics.signal_to_noise import decibels
from nightlift.metrics.structural_similarity import SIDE, similarity_maps
from nightlift.photo import Pixels, srgb_decode

WHITE = 100.0
"""Luminance in cd/m² of what stands for white: that of an SDR screen."""

DARKEST, BRIGHTEST = 0.005, 10_000.0
"""Luminance in cd/m² that is encoded; what lies beyond counts as these."""

RANGE = 256.0
"""What 100 cd/m² are encoded as, and the range that the publication's metrics are given."""

PARAMETERS = (
    0.353487901, 0.3734658629, 8.277049286e-05, 0.9062562627, 0.09150303166, 0.9099517204,
    596.3148142,
)  # fmt: skip

LUMINANCE = np.array((0.212656, 0.715158, 0.072186))
"""Weights of linear red, green and blue (ITU-R BT.709)."""


def pu_psnr(output: Pixels, reference: Pixels, *, data_range: float) -> float:
    """PSNR of PU21 values over all pixels and channels; higher is better.

    Values are sRGB's code values, which go on above white by the same curve; white is 100 cd/m².

    Args:
        output: (H, W, 3), from 0 up, `data_range` is white.
        reference: The same shape.
        data_range: What stands for white: 255, 65535 or 1.

    Returns:
        dB; infinite where the pictures are equal.

    Raises:
        UsageError: The pictures are refused by `checked_pair`.
    """
    pair = checked_pair(output, reference, data_range, bounded=False)
    seen, wanted = (pu21(_luminance(picture, data_range)) for picture in pair)
    return decibels(seen, wanted, RANGE)


def pu_ssim(output: Pixels, reference: Pixels, *, data_range: float) -> float:
    """Mean structural similarity of the luminance's PU21 values; higher is better.

    The index is that of `ssim`, the pictures are those of `pu_psnr`.

    Args:
        output: (H, W, 3), at least 11x11, from 0 up, `data_range` is white.
        reference: The same shape.
        data_range: What stands for white: 255, 65535 or 1.

    Returns:
        -1 to 1; 1 where equal.

    Raises:
        UsageError: The pictures are refused by `checked_pair`.
    """
    pair = checked_pair(output, reference, data_range, SIDE, bounded=False)
    seen, wanted = (pu21(_luminance(picture, data_range) @ LUMINANCE) for picture in pair)
    return float(similarity_maps(seen, wanted, RANGE)[0].mean())


def pu21(luminance: Values) -> Values:
    """PU21 values of luminance in cd/m², of any shape: 0 for the darkest, 256 for 100."""
    a, b, c, d, e, f, g = PARAMETERS
    power = np.clip(luminance, DARKEST, BRIGHTEST) ** d
    encoded: Values = g * (((a + b * power) / (1 + c * power)) ** e - f)
    return np.maximum(encoded, 0)


def _luminance(picture: Values, data_range: float) -> Values:
    """What a screen that shows white with 100 cd/m² emits, in each channel."""
    return WHITE * srgb_decode(picture / data_range)
