"""IAT: the illumination-adaptive transformer, learned from pairs; imported only."""

from __future__ import annotations

from nightlift.learned.declaration import Method
from nightlift.learned.iat.published import LICENSE, PAPER, TITLE, read_iat, read_iat_centered
from nightlift.learned.recipe import Recipe

__all__ = ["IAT", "IAT_CENTERED"]

IAT: Method[Recipe] = Method(
    name="iat",
    title=TITLE,
    supervision="paired",
    sources=(PAPER,),
    read_published=read_iat,
    published_license=LICENSE,
)

IAT_CENTERED: Method[Recipe] = Method(
    name="iat-centered",
    title="IAT fed with values from -1 to 1, as its checkpoint for LOL v2 was trained",
    supervision="paired",
    sources=(PAPER,),
    read_published=read_iat_centered,
    published_license=LICENSE,
)
