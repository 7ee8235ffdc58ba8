"""A camera, from the light on its sensor to a file: mosaic, noise, colors, tones, 8 bits, JPEG.

Parameters are drawn first; then a photo is a pure function of light, camera and generator.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from nightlift.data.srgb import as_type, bent, encode, through_jpeg
from nightlift.photo import Floats

ISO = (100.0, 400.0, 1600.0, 6400.0, 25600.0)
SHOT = (3.2e-6, 9.6e-6, 3.6e-5, 1.3e-4, 3.2e-4)
READ = (3e-9, 1.5e-8, 9.7e-8, 4.7e-7, 1.3e-6)
"""Variance a x + b of raw values x in [0, 1]: medians of 433 measured cameras by sensitivity."""

SPREAD = 1.0
"""Deviation of log a between cameras: 5th and 95th percentile lie a factor of 5 from the median."""

PHONE_SHARE, PHONE = 0.25, (5.0, 30.0)
"""Small sensors, and how much more their variance is: an a of up to 1e-2 (Brooks et al. 2019)."""

PEDESTAL, WHITE = 2048.0, 60000.0
"""Codes of black and of full light in 16 bits, so that noise below black is kept."""


@dataclass(frozen=True)
class Camera:
    """What a camera does to light.

    Noise has variance `shot` x + `read` for raw values x in [0, 1]. `red` and `blue` are the
    white balance's gains, `red_error` and `blue_error` factors by which they miss. `mixing` is
    the share of each channel that the color matrix takes wrongly from the others. `smoothing` is
    the strength of its own denoising in 8-bit levels (0: none), `contrast` bends its tones (see
    `srgb.bent`), `jpeg` is the quality of its file, None without.
    """

    shot: float
    read: float
    red: float
    blue: float
    red_error: float = 1.0
    blue_error: float = 1.0
    mixing: float = 0.0
    smoothing: float = 0.0
    contrast: float = 0.0
    jpeg: int | None = None


def noise_of(iso: float) -> tuple[float, float]:
    """Shot and read of the median camera at a sensitivity, in log-log between those measured."""
    at = np.log(iso)
    shot, read = (np.exp(np.interp(at, np.log(ISO), np.log(values))) for values in (SHOT, READ))
    return float(shot), float(read)


def draw_camera(rng: np.random.Generator, *, clean: bool = False, grain: float = 1.0) -> Camera:
    """A camera at ISO 100-25600; `clean` ones are at ISO 100-400, softly toned, never smoothed.

    The noise's deviation is multiplied by `grain`: a small copy of a photo has less of it.
    """
    iso = float(np.exp(rng.uniform(np.log(ISO[0]), np.log(ISO[1 if clean else -1]))))
    shot, read = noise_of(iso)
    scale = float(np.exp(rng.normal(0.0, SPREAD))) * grain**2
    phone, smoothed, filed = rng.random(3) < (PHONE_SHARE, 0.4, 0.75)
    small_sensor = float(rng.uniform(*PHONE))
    if phone and not clean:
        scale *= small_sensor
    red_error, blue_error = np.exp(rng.normal(0.0, 0.01 if clean else 0.03, 2))
    smoothing, quality = float(rng.uniform(2.0, 12.0)), int(rng.integers(70, 99))
    contrast = rng.uniform(-0.1, 0.1) if clean else rng.uniform(-0.4, 0.7)
    return Camera(
        shot=shot * scale,
        read=read * scale,
        red=float(rng.uniform(1.8, 2.6)),
        blue=float(rng.uniform(1.5, 2.3)),
        red_error=float(red_error),
        blue_error=float(blue_error),
        mixing=float(rng.uniform(-0.03, 0.03)),
        smoothing=smoothing if smoothed and not clean else 0.0,
        contrast=float(contrast),
        jpeg=quality if filed and grain else None,
    )


def photograph(rng: np.random.Generator, light: Floats, camera: Camera) -> NDArray[np.uint8]:
    """The camera's file of linear light, (H, W, 3) float32 sRGB whose 1 saturates green.

    (H, W, 3) uint8 out. `rng` gives the noise.
    """
    gains = np.array((camera.red, 1.0, camera.blue), np.float32)
    raw = np.clip(_mosaic(light / gains), 0.0, 1.0)
    variance = np.float32(camera.shot) * raw + np.float32(camera.read)
    raw += np.sqrt(variance) * rng.standard_normal(raw.shape, np.float32)
    errors = np.array((camera.red_error, 1.0, camera.blue_error), np.float32)
    # Full green with less than full red and blue would be magenta: all end at the same white.
    balanced = np.clip(_demosaiced(raw) * gains * errors, 0.0, 1.0)
    colors = np.clip(balanced @ _matrix(camera.mixing), 0.0, 1.0)
    pixels = as_type(bent(encode(colors), camera.contrast), np.dtype(np.uint8))
    made = _smoothed(np.asarray(pixels, np.uint8), camera.smoothing)
    return made if camera.jpeg is None else through_jpeg(made, camera.jpeg)


def _mosaic(light: Floats) -> Floats:
    """What a Bayer pattern R G / G B sees of (H, W, 3) light, (H, W)."""
    seen: Floats = light[..., 1].copy()
    seen[::2, ::2] = light[::2, ::2, 0]
    seen[1::2, 1::2] = light[1::2, 1::2, 2]
    return seen


def _demosaiced(raw: Floats) -> Floats:
    """(H, W) raw values as (H, W, 3), edge-aware; values below black stay below."""
    codes = np.clip(raw * np.float32(WHITE) + np.float32(PEDESTAL), 0, 65535).astype(np.uint16)
    # OpenCV names a pattern by the second row's second and third pixel: R G / G B is BG.
    padded = cv2.copyMakeBorder(codes, 2, 2, 2, 2, cv2.BORDER_REFLECT_101)
    colors = cv2.cvtColor(padded, cv2.COLOR_BayerBG2RGB_EA)[2:-2, 2:-2]
    light: Floats = (colors.astype(np.float32) - np.float32(PEDESTAL)) * np.float32(1 / WHITE)
    return light


def _matrix(mixing: float) -> Floats:
    """Color matrix whose rows sum to 1: gray stays gray."""
    matrix = np.full((3, 3), mixing, np.float32)
    np.fill_diagonal(matrix, 1 - 2 * mixing)
    return matrix


def _smoothed(picture: NDArray[np.uint8], levels: float) -> NDArray[np.uint8]:
    if levels == 0:
        return picture
    return np.asarray(cv2.bilateralFilter(picture, 5, levels, 1.5), np.uint8)
