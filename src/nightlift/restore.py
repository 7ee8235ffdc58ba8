"""Chroma denoise by gain: the one step that is not an adjustment.

Brightening a dark photo multiplies its noise, and colored blotches are what the eye minds most.
A color difference smaller than what the noise has become under the local gain is taken for noise
and moved to what the surroundings say; a larger one is taken for color and left alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import cv2
import numpy as np

from nightlift.errors import UsageError
from nightlift.photo.photo import Floats, Pixels, check_pixels

NOISE = 1.5
"""Noise of a dark photo, in steps of 1/255, before its gain: sensor, JPEG and rounding together."""

REACH = 1.5
OWN_REACH = 4.0
"""How many times the noise a color difference may be: its mean over 3 × 3 places, and its own."""

COARSE_SIDE = 1024
"""Long side, at most, of the copy on which surroundings are averaged: it bounds the memory."""

COARSE_RADIUS = 6
"""Surroundings of a place of that copy, to each side."""

FINE_PIXELS = 4_000_000
"""Above this size colors are corrected for two by two pixels, the way JPEG stores them."""

STRIP_ROWS = 64

_LUMA, _RED, _BLUE = range(3)
"""Planes of OpenCV's YCrCb (ITU-R BT.601, full range)."""


def gain_map(before: Floats, after: Floats) -> Floats:
    """How much an enhancement brightened each place: (h, w) float32, 1 where it did nothing.

    `before` and `after` are one small copy, (h, w, 3) float32 in [0, 1], without and with the
    enhancement; their luma is averaged over 3 × 3 places, so that noise in the copy itself counts
    for little. Raises UsageError when the shapes differ.
    """
    if before.shape != after.shape:
        raise UsageError(f"expected two copies of one size, got {before.shape} and {after.shape}")
    step = np.float32(1 / 255)
    old, new = (cv2.blur(_ycc(copy)[..., _LUMA], (3, 3)) for copy in (before, after))
    return np.asarray((new + step) / (old + step), np.float32)


def denoise_chroma(
    pixels: Pixels, gain: Floats | float, amount: float = 1.0, *, threads: int | None = None
) -> Pixels:
    """The enhanced photo with its color noise smoothed where it was brightened.

    `pixels` is (H, W, 3) uint8, uint16 or float32 RGB; `gain` one number, or a `gain_map` of any
    size in the order of `pixels` (stored, not upright); `amount` 0..1. Returns new pixels of the
    same luma; an amount of 0, or a gain of 1, returns them bit for bit. Memory beside the result
    does not grow with the photo. The surroundings are a guided filter's (He, Sun and Tang 2013,
    reduced as in He and Sun 2015), the weight is Tukey's biweight. `threads` strips are worked on
    at once. Raises UsageError for an amount outside 0..1.
    """
    check_pixels(pixels)
    if not 0.0 <= amount <= 1.0:
        raise UsageError(f"expected a denoise amount from 0 to 1, got {amount}")
    gains = np.atleast_2d(np.ascontiguousarray(gain, np.float32))
    if amount == 0 or gains.max() <= 1:
        return pixels.copy()
    pixels = np.ascontiguousarray(pixels)
    step, ratio = _reductions(*pixels.shape[:2])
    expected = _expected_chroma(pixels, gains, step * ratio)
    out = np.empty_like(pixels)
    work = partial(_denoise_strip, pixels, out, expected, step, ratio, amount)
    with ThreadPoolExecutor(threads or cv2.getNumThreads()) as pool:
        for _ in pool.map(work, _strips(len(pixels))):
            pass
    return out


def _reductions(height: int, width: int) -> tuple[int, int]:
    """How many pixels a corrected place has along each side, and how many places a coarse one."""
    short, long = sorted((height, width))
    step = 2 if height * width > FINE_PIXELS and short > 1 else 1
    ratio = -(-long // (COARSE_SIDE * step))
    return step, min(ratio, short // step)


def _strips(height: int) -> Iterator[tuple[int, int]]:
    for top in range(0, height, STRIP_ROWS):
        yield top, min(top + STRIP_ROWS, height)


def _ycc(rgb: Floats) -> Floats:
    return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2YCrCb), np.float32)


def _maximum(pixels: Pixels) -> float:
    return 1.0 if pixels.dtype == np.float32 else float(np.iinfo(pixels.dtype).max)


def _reduced(pixels: Pixels, factor: int) -> Floats:
    """YCrCb in steps of 1/255, means over `factor` × `factor` pixels; a remainder is dropped."""
    height, width = (side // factor for side in pixels.shape[:2])
    whole = pixels[: height * factor, : width * factor]
    if factor > 1:
        whole = cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA)
    return _ycc(np.multiply(whole, 255 / _maximum(pixels), dtype=np.float32))


def _expected_chroma(pixels: Pixels, gains: Floats, factor: int) -> Floats:
    """(h, w, 3): how far off noise may be, and the two chroma values expected of a place."""
    small = _reduced(pixels, factor)
    height, width = small.shape[:2]
    lifted = cv2.resize(gains, (width, height), interpolation=cv2.INTER_LINEAR) - np.float32(1)
    noise = np.asarray(NOISE * np.maximum(lifted, 0), np.float32)
    small[..., 1:] = _guided(small[..., _LUMA], small[..., 1:], noise)
    small[..., 0] = REACH * noise
    return small


def _guided(guide: Floats, values: Floats, noise: Floats) -> Floats:
    """Guided filter of two planes by one; luma differences within the noise do not guide."""
    side = 2 * COARSE_RADIUS + 1
    mean = partial(cv2.blur, ksize=(side, side))
    center = mean(guide)
    spread = np.maximum(mean(guide * guide) - center * center, 0) + noise * noise + 1
    planes = []
    for plane in cv2.split(values):
        level = mean(plane)
        slope = (mean(plane * guide) - level * center) / spread
        planes.append(mean(slope) * guide + mean(level - slope * center))
    return np.dstack(planes)


def _noise_part(fine: Floats, expected: Floats) -> Floats:
    """YCrCb to be taken away: a chroma difference whose mean is small, nothing beyond the reach.

    Both are (h, w, 3), `expected` as `_expected_chroma` gives it. Luma is 0, chroma 0.5 for none.
    """
    reach, *guesses = cv2.split(expected)
    differences = [plane - guess for plane, guess in zip(cv2.split(fine)[1:], guesses, strict=True)]
    own = sum(difference * difference for difference in differences)
    means = (cv2.blur(difference, (3, 3)) for difference in differences)
    around = sum(mean * mean for mean in means)
    far = around + own * np.float32((REACH / OWN_REACH) ** 2)
    weight = 1 - far / np.maximum(reach * reach, np.float32(1e-9))
    np.maximum(weight, 0, out=weight)
    weight *= weight
    taken = [difference * weight + np.float32(0.5) for difference in differences]
    return np.asarray(cv2.merge([np.zeros_like(weight), *taken]), np.float32)


def _enlarged(planes: Floats, factor: int, top: int, bottom: int, width: int) -> Floats:
    """Rows `top` to `bottom` of the planes enlarged bilinearly, the last places continued."""
    end = planes.shape[0] * factor
    first = max(min(top, end - 1) // factor - 1, 0)
    last = min((bottom - 1) // factor + 2, planes.shape[0])
    places: Pixels = planes[first:last]
    if factor > 1:
        size = (places.shape[1] * factor, places.shape[0] * factor)
        places = cv2.resize(places, size, interpolation=cv2.INTER_LINEAR)
    rows: Pixels = places[min(top, end - 1) - first * factor : bottom - first * factor]
    missing = (bottom - top - rows.shape[0], width - rows.shape[1])
    if any(missing):
        rows = cv2.copyMakeBorder(rows, 0, missing[0], 0, missing[1], cv2.BORDER_REPLICATE)
    return np.asarray(rows, np.float32)


def _denoise_strip(
    pixels: Pixels,
    out: Pixels,
    expected: Floats,
    step: int,
    ratio: int,
    amount: float,
    rows: tuple[int, int],
) -> None:
    """Write rows `rows` of the result; strips do not depend on each other."""
    top, bottom = rows
    # Two places more above and below: one for the 3 × 3 mean, one for the enlargement.
    first = max(top // step - 2, 0)
    last = min((bottom - 1) // step + 3, pixels.shape[0] // step)
    fine = _reduced(pixels[first * step : last * step], step)
    noise = _noise_part(fine, _enlarged(expected, ratio, first, last, fine.shape[1]))
    scale = np.float32(-amount * _maximum(pixels) / 255)
    change = np.asarray(cv2.cvtColor(noise, cv2.COLOR_YCrCb2RGB) * scale, np.float32)
    start = first * step
    result = np.ascontiguousarray(
        _enlarged(change, step, top - start, bottom - start, pixels.shape[1])
    )
    cv2.accumulate(pixels[top:bottom], result)
    if pixels.dtype != np.float32:
        result += np.float32(0.5)
    out[top:bottom] = np.clip(result, 0, _maximum(pixels), out=result)
