"""Peak signal-to-noise ratio, plain and with the brightness matched first."""

from __future__ import annotations

import math

from nightlift.metrics.picture import Values, checked_pair, mean_matched
from nightlift.photo import Pixels


def psnr(output: Pixels, reference: Pixels, *, data_range: float) -> float:
    """10 log10(range² / mean squared error over all pixels and channels), in dB.

    Pictures are (H, W, 3); infinite where they are equal, higher is better. Raises UsageError
    for pictures that `checked_pair` refuses.
    """
    return _decibels(*checked_pair(output, reference, data_range), data_range)


def psnr_mean_matched(output: Pixels, reference: Pixels, *, data_range: float) -> float:
    """PSNR after the output is multiplied to the reference's mean luma, in dB.

    The gain is mean(luma(reference)) / mean(luma(output)), with unrounded BT.601 luma of RGB; the
    product is clipped to [0, data_range] and not rounded. It uses the answer, so it is never
    comparable with plain PSNR; papers call it "GT-mean", in several incompatible ways. An output
    that is black everywhere stays black. Shapes, range and errors as `psnr`.
    """
    return _decibels(*mean_matched(output, reference, data_range), data_range)


def _decibels(seen: Values, wanted: Values, data_range: float) -> float:
    difference = (seen - wanted).ravel()
    error = float(difference @ difference) / difference.size
    return math.inf if error == 0 else 10 * math.log10(data_range**2 / error)
