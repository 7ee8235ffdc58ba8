"""From a file's own RGB to sRGB and back, by its ICC profile.

Adjustments of matrix profiles go there and back pixel by pixel (`matrix_rgb`). This is for all
else. Three kinds of profile, three ways. A matrix profile whose tone curve is like sRGB's (a gamma
of 1.8–2.4: sRGB, Display P3, Adobe RGB, ProPhoto) is painted on as it is. A matrix profile with
another tone curve (linear light) has its tone curve exchanged for sRGB's and keeps its primaries,
so that no color is clipped. A profile of look-up tables goes through LittleCMS at 8 bits. Gray,
CMYK and Lab profiles, damaged ones and none at all change nothing here: gray is taken as it is,
and CMYK and Lab pixels are sRGB since they were read.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nightlift.photo import icc as profiles
from nightlift.photo.channels import from_floats
from nightlift.photo.icc import remembered
from nightlift.photo.photo import Floats, Pixels

SRGB_TO_XYZ = np.array(
    [
        [0.4360747, 0.3850649, 0.1430804],
        [0.2225045, 0.7168786, 0.0606169],
        [0.0139322, 0.0971045, 0.7141733],
    ]
)
"""Linear sRGB to XYZ at D50: IEC 61966-2-1 primaries, adapted by Bradford's matrix."""

_STRIP = 1 << 18
_CODES = np.linspace(0.0, 1.0, profiles.SAMPLES)


def srgb_decode(codes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Code values of sRGB to linear light (IEC 61966-2-1).

    Args:
        codes: float64 from 0 up, of any shape; 1 is white.

    Returns:
        float64 from 0 up, 1 for white.
    """
    return np.where(codes <= 0.04045, codes / 12.92, ((codes + 0.055) / 1.055) ** 2.4)


def srgb_encode(light: NDArray[np.float64]) -> NDArray[np.float64]:
    """Linear light to code values of sRGB (IEC 61966-2-1).

    Args:
        light: float64 in [0, 1], of any shape.

    Returns:
        float64 in [0, 1].
    """
    power = 1.055 * np.maximum(light, 0.0031308) ** (1 / 2.4) - 0.055
    return np.where(light <= 0.0031308, light * 12.92, power)


def acts_in_place(icc: bytes | None) -> bool:
    """Whether what expects sRGB may act on the pixels as they are.

    True without a profile, for RGB matrix profiles whose tone curve is like sRGB's or like a
    gamma of 1.8–2.4, for gray, CMYK and Lab profiles (see `Photo`: those pixels are gray values
    or sRGB already) and for damaged ones; False for linear and look-up table profiles.
    """
    if icc is None:
        return True
    profile = profiles.parse(icc)
    if profile.curves is not None:
        return _like_srgb(profile.curves)
    return profile.kind != "table"


def to_srgb(pixels: Pixels, icc: bytes | None) -> Pixels:
    """Pixels as what expects sRGB may have them.

    Matrix profiles whose tone curve is not like sRGB's get sRGB's tone curve and keep their own
    primaries, so that `from_srgb` brings every color back. Matrix profiles that act in place are
    converted with their primaries, colors outside sRGB clipped. Look-up tables go through LittleCMS
    at 8 bits, relative colorimetric with black-point compensation.

    Args:
        pixels: (H, W, 3) uint8, uint16 or float32 in the profile's RGB.
        icc: The profile; None: sRGB.

    Returns:
        A new array of the same shape and type.
    """
    if icc is None or _is_srgb(icc):
        return pixels.copy()
    profile = profiles.parse(icc)
    if profile.kind == "table":
        return _through_tables(pixels, icc, back=False)
    if profile.kind != "matrix":
        return pixels.copy()
    if not acts_in_place(icc):
        return _by_rows(pixels, _exchange(_tone_tables(icc)[0], pixels.dtype))
    return _by_rows(pixels, _mix(icc, pixels.dtype, back=False))


def from_srgb(pixels: Pixels, icc: bytes | None) -> Pixels:
    """The inverse of `to_srgb`, up to rounding and to what it clipped: a new array."""
    if icc is None or _is_srgb(icc):
        return pixels.copy()
    profile = profiles.parse(icc)
    if profile.kind == "table":
        return _through_tables(pixels, icc, back=True)
    if profile.kind != "matrix":
        return pixels.copy()
    if not acts_in_place(icc):
        return _by_rows(pixels, _exchange(_tone_tables(icc)[1], pixels.dtype))
    return _by_rows(pixels, _mix(icc, pixels.dtype, back=True))


def has_srgb_tone(icc: bytes | None) -> bool:
    """Whether RGB pixels of this profile have sRGB's tone curve, within a step of 8 bits.

    True where `acts_in_place` is for want of a curve.
    """
    return icc is None or _has_srgb_tone(icc)


def to_srgb_tone(pixels: Pixels, icc: bytes) -> Pixels:
    """(H, W, 3) pixels with sRGB's tone curve: a new array, of 16 bits where they had 8.

    Matrix profiles keep their primaries; look-up tables go through LittleCMS as in `to_srgb`.
    """
    if profiles.parse(icc).curves is None:
        return to_srgb(pixels, icc)
    dtype = np.dtype(np.uint16) if pixels.dtype == np.uint8 else pixels.dtype
    return _by_rows(pixels, _exchange(_tone_tables(icc)[0], dtype), dtype)


def from_srgb_tone(pixels: Pixels, icc: bytes, dtype: np.dtype[Any]) -> Pixels:
    """The inverse of `to_srgb_tone`, as pixels of `dtype`."""
    if profiles.parse(icc).curves is None:
        return from_srgb(pixels, icc)
    return _by_rows(pixels, _exchange(_tone_tables(icc)[1], dtype), dtype)


def small_to_srgb(small: Floats, icc: bytes | None) -> Floats:
    """A small copy (h, w, 3) float32 in [0, 1] in true sRGB, colors outside clipped.

    Unlike `to_srgb` the primaries are always converted. Returns `small` itself where there is
    nothing to convert.
    """
    if icc is None or _is_srgb(icc):
        return small
    profile = profiles.parse(icc)
    if profile.kind == "table":
        return _through_tables(small, icc, back=False)
    if profile.kind != "matrix":
        return small
    return _by_rows(small, _mix(icc, small.dtype, back=False))


def _like_srgb(curves: profiles.Doubles) -> bool:
    """Whether the curves' local exponents lie between 1.8 and 2.4, L* (2.53 at most) included."""
    at = np.array([0.25, 0.5, 0.75])
    light = curves[:, np.round(at * (profiles.SAMPLES - 1)).astype(int)]
    ends = bool((curves[:, 0] <= 0.02).all() and (curves[:, -1] >= 0.98).all())
    exponents = np.log(np.maximum(light, 1e-9)) / np.log(at)
    return ends and bool(((exponents >= 1.75) & (exponents <= 2.55)).all())


@remembered(16)
def _is_srgb(icc: bytes) -> bool:
    """Whether the profile is sRGB within a third of an 8-bit step, so that nothing is to do."""
    profile = profiles.parse(icc)
    if profile.primaries is None or profile.curves is None:
        return False
    codes = srgb_encode(profile.curves)
    same_tone = float(np.abs(codes - _CODES).max()) < 0.3 / 255
    return same_tone and float(np.abs(profile.primaries - SRGB_TO_XYZ).max()) < 1e-3


@remembered(16)
def _has_srgb_tone(icc: bytes) -> bool:
    profile = profiles.parse(icc)
    if profile.curves is None:
        return profile.kind != "table"
    return float(np.abs(srgb_encode(profile.curves) - _CODES).max()) < 1 / 255


# ---------------------------------------------------------------- rows of a photo at a time


def _by_rows(
    pixels: Pixels, act: Callable[[Pixels], Pixels], dtype: np.dtype[Any] | None = None
) -> Pixels:
    """Apply `act` to strips of rows, so that no full float copy ever exists."""
    out = np.empty(pixels.shape, dtype or pixels.dtype)
    rows = max(1, _STRIP // max(1, pixels.shape[1]))
    for top in range(0, pixels.shape[0], rows):
        out[top : top + rows] = act(pixels[top : top + rows])
    return out


def _interpolate(table: Floats, at: Floats) -> Floats:
    """Values between the knots of a (65536,) table, `at` in [0, 1]."""
    place = np.clip(at, 0.0, 1.0) * np.float32(profiles.SAMPLES - 1)
    below = np.minimum(place.astype(np.int32), profiles.SAMPLES - 2)
    low = table[below]
    between: Floats = low + (table[below + 1] - low) * (place - below.astype(np.float32))
    return between


def _look_up(tables: Floats, rows: Pixels) -> Floats:
    """(h, W, 3) pixels through one table a channel, as float32."""
    out = np.empty(rows.shape, np.float32)
    for channel in range(3):
        codes = rows[..., channel]
        if codes.dtype == np.uint8:
            out[..., channel] = tables[channel, ::257][codes]
        elif codes.dtype == np.uint16:
            out[..., channel] = tables[channel][codes]
        else:
            out[..., channel] = _interpolate(tables[channel], codes)
    return out


def _exchange(tables: Floats, dtype: np.dtype[Any]) -> Callable[[Pixels], Pixels]:
    """One tone curve for another: code value to code value, channel by channel."""
    return lambda rows: from_floats(_look_up(tables, rows), dtype)


def _mix(icc: bytes, dtype: np.dtype[Any], back: bool) -> Callable[[Pixels], Pixels]:
    """Tone curve, 3x3 matrix, the other tone curve: the whole way between a profile and sRGB."""
    import cv2

    decode, matrix, encode = _mix_tables(icc, back)

    def act(rows: Pixels) -> Pixels:
        light: Any = cv2.transform(_look_up(decode, rows), matrix)
        root = np.sqrt(np.clip(light, 0.0, 1.0))
        return from_floats(_look_up(encode, root), dtype)

    return act


@remembered(8)
def _tone_tables(icc: bytes) -> tuple[Floats, Floats]:
    """Code to code, (3, 65536) each: the profile's curve to sRGB's, and sRGB's to the profile's."""
    curves = profiles.parse(icc).curves
    assert curves is not None
    there = srgb_encode(curves)
    light = srgb_decode(_CODES)
    back = np.stack([_inverse(curve, light) for curve in curves])
    return there.astype(np.float32), back.astype(np.float32)


@remembered(8)
def _mix_tables(icc: bytes, back: bool) -> tuple[Floats, Floats, Floats]:
    """Decoding tables, matrix and encoding tables over the square root of light.

    The root spreads the knots as the eye and every gamma do, so that dark tones keep 16 bits.
    """
    profile = profiles.parse(icc)
    assert profile.curves is not None and profile.primaries is not None
    light = _CODES**2
    srgb = np.stack([srgb_decode(_CODES)] * 3), np.stack([srgb_encode(light)] * 3)
    own = profile.curves, np.stack([_inverse(curve, light) for curve in profile.curves])
    to_srgb_light: Any = np.linalg.inv(SRGB_TO_XYZ) @ profile.primaries
    matrix = np.linalg.inv(to_srgb_light) if back else to_srgb_light
    decode, encode = (srgb[0], own[1]) if back else (own[0], srgb[1])
    return decode.astype(np.float32), matrix.astype(np.float32), encode.astype(np.float32)


def _inverse(curve: profiles.Doubles, light: profiles.Doubles) -> profiles.Doubles:
    """Code values at which a rising tone curve gives `light`."""
    rising, first = np.unique(curve, return_index=True)
    return np.interp(light, rising, _CODES[first])


# ---------------------------------------------------------------- look-up table profiles


def _through_tables(pixels: Pixels, icc: bytes, back: bool) -> Pixels:
    """An RGB look-up table profile to sRGB or back, by LittleCMS at 8 bits."""
    from PIL import Image

    convert = transform(icc, "RGB", back=back)

    def act(rows: Pixels) -> Pixels:
        image = Image.fromarray(_to_bytes(rows))
        result: Pixels = np.asarray(convert(image))
        if rows.dtype == np.float32:
            return np.multiply(result, np.float32(1 / 255), dtype=np.float32)
        return result if rows.dtype == np.uint8 else result.astype(np.uint16) * 257

    return _by_rows(pixels, act)


def _to_bytes(rows: Pixels) -> NDArray[np.uint8]:
    if rows.dtype == np.uint8:
        return np.ascontiguousarray(rows)
    if rows.dtype == np.uint16:
        return ((rows.astype(np.uint32) * 255 + 32895) >> 16).astype(np.uint8)
    return from_floats(np.clip(rows, 0.0, 1.0), np.dtype(np.uint8))


@remembered(8)
def transform(icc: bytes | None, mode: str, *, back: bool) -> Callable[[Any], Any]:
    """A function of Pillow images between a profile of `mode` and sRGB: see `icc.transform`."""
    from PIL import ImageCms

    built = profiles.transform(icc, mode, back=back)
    return lambda image: ImageCms.applyTransform(image, built)
