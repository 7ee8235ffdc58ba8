"""ICC profiles, as far as a photo needs them: three primaries and three tone curves.

Layout after ICC.1:2022: header (section 7.2), tag table (7.3), XYZType, curveType and
parametricCurveType (10.31, 10.6, 10.18).
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, Literal, NamedTuple, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

Doubles: TypeAlias = NDArray[np.float64]
Kind: TypeAlias = Literal["matrix", "table", "other", "damaged"]
"""`matrix`: RGB by primaries and tone curves; `table`: RGB by look-up tables;
`other`: gray, CMYK, Lab; `damaged`: cannot be read."""

DAMAGED_PROFILE = "the color profile cannot be read: its colors are taken as sRGB"
SAMPLES = 65536
"""Knots of a sampled tone curve: one for each 16-bit code, and 257 apart for each 8-bit code."""


class Profile(NamedTuple):
    """What a profile says: `space` is its data color space, such as `RGB` or `CMYK`.

    `primaries` (3, 3) takes linear RGB to XYZ at D50; `curves` (3, 65536) are the tone curves,
    code value to linear light in [0, 1]. Both are present for kind `matrix` only.
    """

    kind: Kind
    space: str = ""
    primaries: Doubles | None = None
    curves: Doubles | None = None


Function = TypeVar("Function", bound=Callable[..., Any])

MOST_KEPT = 1 << 20
"""Bytes of a profile up to which it is kept, and what was made of it, for the next photo."""


def remembered(most: int) -> Callable[[Function], Function]:
    """A decorator that keeps the last `most` results of a function of a profile.

    Its memory is bounded: very large profiles, of which there are few, are gone through anew.
    """

    def decorate(function: Function) -> Function:
        kept = lru_cache(maxsize=most)(function)

        @wraps(function)
        def call(icc: bytes | None, *rest: Any, **named: Any) -> Any:
            large = icc is not None and len(icc) > MOST_KEPT
            return (function if large else kept)(icc, *rest, **named)

        return call  # type: ignore[return-value]

    return decorate


@remembered(16)
def parse(icc: bytes) -> Profile:
    """Read a profile; one that cannot be read has the kind `damaged`."""
    try:
        return _parse(icc)
    except (struct.error, ValueError, IndexError, KeyError):
        return Profile("damaged")


def _parse(icc: bytes) -> Profile:
    if len(icc) < 132 or icc[36:40] != b"acsp":
        raise ValueError("not an ICC profile")
    space = icc[16:20].decode("latin-1").strip()
    tags = _tags(icc)
    if space != "RGB":
        return Profile("other", space)
    if b"A2B0" in tags or icc[20:24] != b"XYZ " or b"rXYZ" not in tags:
        return Profile("table" if serves(icc, "RGB") else "damaged", space)
    primaries = np.stack([_xyz(tags[name]) for name in (b"rXYZ", b"gXYZ", b"bXYZ")], axis=1)
    curves = np.stack([_curve(tags[name]) for name in (b"rTRC", b"gTRC", b"bTRC")])
    if abs(np.linalg.det(primaries)) < 1e-6:
        raise ValueError("the primaries lie on a line")
    return Profile("matrix", space, primaries, curves)


def transform(icc: bytes | None, mode: str, *, back: bool) -> Any:
    """LittleCMS's transform between a profile of `mode` (RGB, CMYK or LAB) and sRGB.

    Relative colorimetric with black-point compensation. Without a profile `LAB` is D50 Lab.
    Raises ValueError for a profile that does not fit.
    """
    from PIL import ImageCms

    srgb = ImageCms.createProfile("sRGB")
    try:
        own: Any = ImageCms.ImageCmsProfile(io.BytesIO(icc)) if icc else _lab_profile()
        ends: list[tuple[Any, str]] = [(own, mode), (srgb, "RGB")]
        (source, source_mode), (target, target_mode) = ends[::-1] if back else ends
        return ImageCms.buildTransform(
            source,
            target,
            source_mode,
            target_mode,
            ImageCms.Intent.RELATIVE_COLORIMETRIC,
            ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except (ImageCms.PyCMSError, OSError) as error:
        raise ValueError(f"the color profile does not serve for {mode}: {error}") from error


def _lab_profile() -> Any:
    from PIL import ImageCms

    return ImageCms.createProfile("LAB")


@remembered(16)
def serves(icc: bytes, mode: str) -> bool:
    """Whether LittleCMS can go through a profile of `mode` (RGB, CMYK or LAB), there and back."""
    try:
        for back in (False, True):
            transform(icc, mode, back=back)
    except ValueError:
        return False
    return True


def _tags(icc: bytes) -> dict[bytes, bytes]:
    (count,) = struct.unpack_from(">I", icc, 128)
    if count > 200:
        raise ValueError("too many tags")
    found: dict[bytes, bytes] = {}
    for index in range(count):
        name, offset, length = struct.unpack_from(">4sII", icc, 132 + 12 * index)
        if offset + length > len(icc):
            raise ValueError("a tag lies beyond the end")
        found[name] = icc[offset : offset + length]
    return found


def _fixed(data: bytes, offset: int, count: int) -> Doubles:
    """Numbers of type s15Fixed16."""
    return np.frombuffer(data, ">i4", count, offset).astype(np.float64) / 65536.0


def _xyz(tag: bytes) -> Doubles:
    if tag[:4] != b"XYZ ":
        raise ValueError("a primary that is not XYZ")
    return _fixed(tag, 8, 3)


def _curve(tag: bytes) -> Doubles:
    codes = np.linspace(0.0, 1.0, SAMPLES)
    if tag[:4] == b"para":
        with np.errstate(all="ignore"):  # what is not finite is refused below
            light = _parametric(tag, codes)
    elif tag[:4] == b"curv":
        light = _sampled(tag, codes)
    else:
        raise ValueError("a tone curve of unknown type")
    if not np.isfinite(light).all():
        raise ValueError("a tone curve that is not finite")
    # A curve that falls somewhere has no inverse; real ones only do so by rounding.
    return np.maximum.accumulate(np.clip(light, 0.0, 1.0))


def _sampled(tag: bytes, codes: Doubles) -> Doubles:
    (count,) = struct.unpack_from(">I", tag, 8)
    if count == 0:
        return codes
    if count == 1:
        return np.asarray(codes ** (struct.unpack_from(">H", tag, 12)[0] / 256.0))
    table = np.frombuffer(tag, ">u2", count, 12).astype(np.float64) / 65535.0
    return np.interp(codes, np.linspace(0.0, 1.0, count), table)


_PARAMETERS = {0: 1, 1: 3, 2: 4, 3: 5, 4: 7}


def _parametric(tag: bytes, codes: Doubles) -> Doubles:
    """Table 68 of ICC.1:2022: a power above a breakpoint, a line or a constant below."""
    (function,) = struct.unpack_from(">H", tag, 8)
    values = [float(value) for value in _fixed(tag, 12, _PARAMETERS[function])]
    gamma, a, b, c, d, e, f = values + [0.0] * (7 - len(values))
    if function == 0:
        return np.asarray(codes**gamma)
    if function in (1, 2):
        constant = c if function == 2 else 0.0
        power = np.maximum(a * codes + b, 0.0) ** gamma
        return np.where(codes >= -b / a if a else codes < 0.0, power, 0.0) + constant
    power = np.maximum(a * codes + b, 0.0) ** gamma + e
    return np.where(codes >= d, power, c * codes + f)
