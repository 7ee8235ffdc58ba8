"""SCI: self-calibrated illumination, learned without references; imported only."""

from __future__ import annotations

from nightlift.learned.foreign import Foreign
from nightlift.learned.sci.published import LICENSE, PAPER, TITLE, read_sci

__all__ = ["SCI"]

SCI = Foreign(
    name="sci",
    title=TITLE,
    supervision="zero-reference",
    sources=(PAPER,),
    read_published=read_sci,
    published_license=LICENSE,
)
