"""SCI: self-calibrated illumination, learned without references; imported only."""

from __future__ import annotations

from nightlift.learned.declaration import Method
from nightlift.learned.recipe import Recipe
from nightlift.learned.sci.published import LICENSE, PAPER, TITLE, read_sci

__all__ = ["SCI"]

SCI: Method[Recipe] = Method(
    name="sci",
    title=TITLE,
    supervision="zero-reference",
    sources=(PAPER,),
    read_published=read_sci,
    published_license=LICENSE,
)
