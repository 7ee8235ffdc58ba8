"""Chains: adjustments one after the other, unrounded in between."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Self

from nightlift.adjust import kernels
from nightlift.adjust.adjustment import Adjustment, Arrays, Rebuilt, Settings
from nightlift.errors import AdjustmentError
from nightlift.photo import Floats


@dataclass(frozen=True, eq=False)
class Chain(Adjustment):
    """Adjustments in the order in which they act; a chain within a chain is opened out."""

    adjustments: Sequence[Adjustment]
    kind: ClassVar[str] = "chain"

    def __post_init__(self) -> None:
        links: list[Adjustment] = []
        for link in self.adjustments:
            if not isinstance(link, Adjustment):
                raise AdjustmentError(f"expected adjustments in a chain, got {type(link).__name__}")
            links.extend(link.adjustments if isinstance(link, Chain) else [link])
        if not links:
            raise AdjustmentError("expected at least one adjustment in a chain, got none")
        object.__setattr__(self, "adjustments", tuple(links))

    def evaluate(self, rows: Floats, top: int, height: int) -> Floats:
        """The adjusted rows, unrounded; see `Adjustment.evaluate`."""
        for link in self.adjustments:
            rows = link.evaluate(rows, top, height)
        return rows

    @property
    def unbounded(self) -> bool:
        """Whether all links are."""
        return all(link.unbounded for link in self.adjustments)

    def unclipped(self, rows: Floats, top: int, height: int) -> Floats:
        """Pixels beyond 0 and 1, adjusted by each link's own way; see `Adjustment.unclipped`."""
        for link in self.adjustments:
            rows = link.unclipped(rows, top, height)
        return rows

    def oriented(self, orientation: int) -> Self:
        """Each link turned as the photo is stored."""
        return replace(self, adjustments=[link.oriented(orientation) for link in self.adjustments])

    def parameters(self) -> Mapping[str, Floats]:
        """The parameters of all links, each name behind its link's number: `0.values`."""
        return {
            f"{number}.{name}": values
            for number, link in enumerate(self.adjustments)
            for name, values in link.parameters().items()
        }

    def settings(self) -> Settings:
        """`links`: kind and settings of each."""
        links = [{"kind": link.kind, "settings": link.settings()} for link in self.adjustments]
        return {"links": links}

    @classmethod
    def stored(cls, settings: Settings, arrays: Arrays, rebuilt: Rebuilt) -> Self:
        """From what a file holds of it; see `Adjustment.stored`."""
        links = enumerate(settings["links"])
        return cls([rebuilt(link, _of_link(arrays, number)) for number, link in links])

    def stages(self, size: kernels.Size, top: int, rows: int) -> list[kernels.Stage]:
        """The stages of all links, in order."""
        return [stage for link in self.adjustments for stage in link.stages(size, top, rows)]


def _of_link(arrays: Arrays, number: int) -> Arrays:
    start = f"{number}."
    return {name[len(start) :]: a for name, a in arrays.items() if name.startswith(start)}
