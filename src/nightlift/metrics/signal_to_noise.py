"""Peak signal-to-noise ratio, plain and with the brightness matched first."""

from __future__ import annotations

import math

from nightlift.metrics.picture import Values, checked_pair, mean_matched
from nightlift.photo import Pixels


def psnr(output: Pixels, reference: Pixels, *, data_range: float) -> float:
    """10 log10(range² / mean squared error over all pixels and channels); higher is better.

    Args:
        output: (H, W, 3), in [0, data_range].
        reference: The same shape.
        data_range: What stands for white: 255, 65535 or 1.

    Returns:
        dB; infinite where the pictures are equal.

    Raises:
        UsageError: The pictures are refused by `checked_pair`.
    """
    return decibels(*checked_pair(output, reference, data_range), data_range)


def psnr_mean_matched(output: Pixels, reference: Pixels, *, data_range: float) -> float:
    """PSNR after the output is multiplied to the reference's mean luma; higher is better.

    The gain is mean(luma(reference)) / mean(luma(output)), with unrounded BT.601 luma of RGB; the
    product is clipped to [0, data_range] and not rounded. It uses the answer, so it is never
    comparable with plain PSNR; papers call it "GT-mean", in several incompatible ways. An output
    that is black everywhere stays black.

    Args:
        output: (H, W, 3), in [0, data_range].
        reference: The same shape.
        data_range: What stands for white: 255, 65535 or 1.

    Returns:
        dB; infinite where the pictures are equal.

    Raises:
        UsageError: The pictures are refused by `checked_pair`.
    """
    return decibels(*mean_matched(output, reference, data_range), data_range)


def decibels(seen: Values, wanted: Values, data_range: float) -> float:
    """PSNR of values of one shape in dB; infinite where they are equal."""
    difference = (seen - wanted).ravel()
    error = float(difference @ difference) / difference.size
    return math.inf if error == 0 else 10 * math.log10(data_range**2 / error)
