"""An estimate from strips: the small copies that it needs, gathered as rows come in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from nightlift.photo.photo import Floats, Photo, Pixels
from nightlift.photo.proxy import Sample, SmallCopy

if TYPE_CHECKING:
    from nightlift.edit.edit import Edit


class Gathering:
    """What an edit is estimated from, of a photo that is never in memory as a whole."""

    def __init__(
        self, photo: Photo, copies: Sequence[SmallCopy], decide: Callable[[list[Floats]], Edit]
    ) -> None:
        self._samples = [Sample(photo, copy.size) for copy in copies]
        self._decide = decide

    def add(self, rows: Pixels, top: int) -> None:
        """Take rows `top` on, in stored order; they may come in any order and from threads."""
        for sample in self._samples:
            sample.add(rows, top)

    def edit(self) -> Edit:
        """The edit, once all rows were added: the one that the whole photo gives."""
        return self._decide([sample.small() for sample in self._samples])
