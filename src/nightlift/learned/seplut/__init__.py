"""SepLUT: separable lookup tables, learned from retouched photos; imported only."""

from __future__ import annotations

from nightlift.learned.declaration import Method
from nightlift.learned.recipe import Recipe
from nightlift.learned.seplut.published import LICENSE, PAPER, TITLE, read_seplut

__all__ = ["SEPLUT"]

SEPLUT: Method[Recipe] = Method(
    name="seplut",
    title=TITLE,
    supervision="paired",
    sources=(PAPER,),
    read_published=read_seplut,
    published_license=LICENSE,
)
