"""Colors told by code points or numbers instead of a profile, as PNG, AVIF and HEIC may.

They are made a profile.

Code points, primaries and transfer functions after ITU-T H.273 (tables 2 and 3); the profile
after ICC.1:2001-04 (version 2.4), which every reader knows.
"""

from __future__ import annotations

import struct

import numpy as np

from nightlift.photo.icc import DAMAGED_PROFILE, Doubles

_PRIMARIES = {
    1: ((0.640, 0.330), (0.300, 0.600), (0.150, 0.060)),
    9: ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046)),
    12: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
}
"""BT.709 and sRGB; BT.2020; Display P3. All with the white point D65."""
_NAMES = {1: "sRGB primaries", 9: "BT.2020", 12: "Display P3"}
_D65, _D50 = (0.3127, 0.3290), (0.9642, 1.0, 0.8249)
_BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)
_SRGB = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
_BT709 = (1 / 0.45, 1 / 1.099, 0.099 / 1.099, 1 / 4.5, 0.081)
_TONES = {1: _BT709, 6: _BT709, 13: _SRGB, 14: _BT709, 15: _BT709}
_GAMMAS = {4: 2.2, 5: 2.8, 8: 1.0}
_KNOTS = 1024


def profile(primaries: int, transfer: int) -> tuple[bytes | None, tuple[str, ...]]:
    """An ICC profile for these code points, None where they mean sRGB; and notices.

    PQ and HLG (16, 18) and unknown ones have no profile here, which the notice says.
    """
    if primaries in (1, 2) and transfer in (1, 2, 6, 13):
        return None, ()
    codes = np.linspace(0.0, 1.0, _KNOTS)
    if primaries not in _PRIMARIES or transfer not in (*_TONES, *_GAMMAS):
        sentence = f"the file's colors (CICP {primaries}/{transfer}) are not known: taken as sRGB"
        return None, (sentence,)
    known = transfer in _TONES
    light = _toned(codes, _TONES[transfer]) if known else codes ** _GAMMAS[transfer]
    return _build(_NAMES[primaries], _to_d50(_PRIMARIES[primaries]), light), ()


def of_gamma(
    gamma: float | None, places: tuple[tuple[float, float], ...] | None
) -> tuple[bytes | None, tuple[str, ...]]:
    """An ICC profile of what a PNG's gAMA and cHRM chunks say, None for sRGB; and notices.

    `gamma` is the exponent from code to light, taken as sRGB's tone curve where it is missing or
    2.2; `places` are the chromaticities of red, green, blue and white.
    """
    *primaries, white = places or (*_PRIMARIES[1], _D65)
    srgb_tone = gamma is None or abs(gamma - 2.2) < 0.05
    near = np.abs(np.array([*primaries, white]) - np.array([*_PRIMARIES[1], _D65])) < 0.002
    if srgb_tone and near.all():
        return None, ()
    codes = np.linspace(0.0, 1.0, _KNOTS)
    light = _toned(codes, _SRGB) if gamma is None or srgb_tone else codes**gamma
    try:
        return _build("PNG", _to_d50(tuple(primaries), white), light), ()
    except (np.linalg.LinAlgError, ZeroDivisionError, OverflowError, struct.error, ValueError):
        return None, (DAMAGED_PROFILE,)  # no colors that could be seen


def _toned(codes: Doubles, tone: tuple[float, ...]) -> Doubles:
    gamma, a, b, c, d = tone
    return np.where(codes >= d, (a * codes + b) ** gamma, c * codes)


def in_boxes(data: bytes) -> tuple[int, int]:
    """Primaries and transfer of an AVIF or HEIC file's first `nclx` box, (2, 2) without one."""
    at = data.find(b"colrnclx", 0, 1 << 16)
    if at < 0 or at + 12 > len(data):
        return 2, 2
    found: tuple[int, int] = struct.unpack_from(">HH", data, at + 8)
    return found


def _xyz(x: float, y: float) -> Doubles:
    return np.array([x / y, 1.0, (1 - x - y) / y])


def _to_d50(
    primaries: tuple[tuple[float, float], ...], place: tuple[float, float] = _D65
) -> Doubles:
    """Linear RGB to XYZ, adapted from its white to D50 by Bradford's matrix (ICC.1:2022, E)."""
    columns = np.stack([_xyz(x, y) for x, y in primaries], axis=1)
    white = _xyz(*place)
    matrix = columns * np.linalg.solve(columns, white)
    gains = (_BRADFORD @ np.array(_D50)) / (_BRADFORD @ white)
    adapted: Doubles = np.linalg.inv(_BRADFORD) @ np.diag(gains) @ _BRADFORD @ matrix
    return adapted


def _build(name: str, primaries: Doubles, light: Doubles) -> bytes:
    curve = np.round(light * 65535).astype(">u2").tobytes()
    text = name.encode()
    tags = {
        b"desc": b"desc" + bytes(4) + struct.pack(">I", len(text) + 1) + text + bytes(79),
        b"cprt": b"text" + bytes(4) + b"No copyright\0",
        b"wtpt": _xyz_tag(np.array(_D50)),
    }
    for column, channel in enumerate((b"r", b"g", b"b")):
        tags[channel + b"XYZ"] = _xyz_tag(primaries[:, column])
        tags[channel + b"TRC"] = b"curv" + bytes(4) + struct.pack(">I", len(light)) + curve
    table, bodies, places = struct.pack(">I", len(tags)), b"", dict[bytes, int]()
    start = 132 + 12 * len(tags)
    for signature, body in tags.items():
        if body not in places:  # the three curves are one
            places[body] = start + len(bodies)
            bodies += body + bytes(-len(body) % 4)
        table += struct.pack(">4sII", signature, places[body], len(body))
    head = struct.pack(
        ">I4sI4s4s4s", start + len(bodies), b"", 0x02400000, b"mntr", b"RGB ", b"XYZ "
    )
    head += bytes(12) + b"acsp" + bytes(28) + _xyz_tag(np.array(_D50))[8:]
    return head.ljust(128, b"\0") + table + bodies


def _xyz_tag(xyz: Doubles) -> bytes:
    return b"XYZ " + bytes(4) + struct.pack(">3i", *(round(float(value) * 65536) for value in xyz))
