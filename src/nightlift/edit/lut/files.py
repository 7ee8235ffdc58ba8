"""Look-up tables as files: .cube, Hald CLUT, and what darktable and RawTherapee read with them."""

from __future__ import annotations

import base64
import struct
import zlib
from xml.sax.saxutils import escape

import numpy as np

from nightlift.edit.lut.table import Curves, Lattice, Table
from nightlift.photo import Photo, from_floats

LUT3D = struct.Struct("<512s3i12288s128s")
"""What darktable's module lut3d, version 3, keeps: file, color space (0: sRGB), interpolation
(0: tetrahedral), and what other kinds of tables need."""


def cube(table: Table, title: str) -> bytes:
    """A .cube file (Adobe, Cube LUT Specification 1.0, 2013), which has red the fastest."""
    if isinstance(table, Curves):
        kind, values = f"LUT_1D_SIZE {len(table.values)}", table.values
    else:
        kind = f"LUT_3D_SIZE {table.size}"
        values = table.values.transpose(2, 1, 0, 3).reshape(-1, 3)
    head = [f'TITLE "{title}"', kind, "DOMAIN_MIN 0.0 0.0 0.0", "DOMAIN_MAX 1.0 1.0 1.0"]
    rows = [f"{r:.6f} {g:.6f} {b:.6f}" for r, g, b in values.tolist()]
    return "\n".join([*head, *rows, ""]).encode("ascii")


def hald(table: Lattice) -> bytes:
    """A Hald CLUT, a PNG of 16 bits with red the fastest (E. Oleg, Quelsolaar.com, 2002).

    The lattice's size is the square of the Hald's level.
    """
    level = round(table.size**0.5)
    side = level**3
    colors = table.values.transpose(2, 1, 0, 3).reshape(side, side, 3)
    return Photo(from_floats(colors, np.dtype(np.uint16))).to_bytes("png")


def darktable_style(name: str, cube_name: str) -> bytes:
    """A style of darktable whose module "LUT 3D" applies a .cube file in sRGB."""
    parameters = LUT3D.pack(cube_name.encode(), 0, 0, 0, b"", b"")
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<darktable_style version="1.0"><info><name>{escape(name)}</name>'
        "<description>exported by nightlift</description></info><style><plugin>"
        "<num>0</num><module>3</module><operation>lut3d</operation>"
        f"<op_params>{_packed(parameters)}</op_params><enabled>1</enabled>"
        "<multi_priority>0</multi_priority><multi_name></multi_name>"
        "</plugin></style></darktable_style>\n"
    ).encode()


def _packed(data: bytes) -> str:
    """Parameters as darktable writes long ones: gz, how many times smaller, and base64."""
    small = zlib.compress(data)
    factor = min(len(data) // len(small) + 1, 99)
    return f"gz{factor:02d}{base64.b64encode(small).decode()}"


def rawtherapee_profile(hald_path: str) -> bytes:
    """A processing profile of RawTherapee whose film simulation is a Hald CLUT."""
    lines = ["[Version]", "AppVersion=5.9", "Version=349", "", "[Film Simulation]"]
    lines += ["Enabled=true", f"ClutFilename={hald_path}", "Strength=100", ""]
    return "\n".join(lines).encode()
