"""Image-adaptive 3D lookup tables, learned from retouched photos; imported only."""

from __future__ import annotations

from nightlift.learned.foreign import Foreign
from nightlift.learned.lut3d.published import LICENSE, PAPER, TITLE, read_lut3d

__all__ = ["ADAPTIVE_LUT3D"]

ADAPTIVE_LUT3D = Foreign(
    name="adaptive-lut3d",
    title=TITLE,
    supervision="paired",
    sources=(PAPER,),
    read_published=read_lut3d,
    published_license=LICENSE,
)
