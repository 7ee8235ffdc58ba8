"""CPGA-Net+ and CPGA-Net++, learned from pairs; imported only."""

from __future__ import annotations

from nightlift.learned.cpga.published import LICENSE, PAPER, TITLE, read_cpga
from nightlift.learned.declaration import Method
from nightlift.learned.recipe import Recipe

__all__ = ["CPGA_NET"]

CPGA_NET: Method[Recipe] = Method(
    name="cpga-net",
    title=TITLE,
    supervision="paired",
    sources=(PAPER,),
    read_published=read_cpga,
    published_license=LICENSE,
)
