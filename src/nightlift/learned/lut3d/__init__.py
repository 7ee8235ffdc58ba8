"""Image-adaptive 3D lookup tables, learned from retouched photos; imported only."""

from __future__ import annotations

from nightlift.learned.declaration import Method
from nightlift.learned.lut3d.published import LICENSE, PAPER, TITLE, read_lut3d
from nightlift.learned.recipe import Recipe

__all__ = ["ADAPTIVE_LUT3D"]

ADAPTIVE_LUT3D: Method[Recipe] = Method(
    name="adaptive-lut3d",
    title=TITLE,
    supervision="paired",
    sources=(PAPER,),
    read_published=read_lut3d,
    published_license=LICENSE,
)
