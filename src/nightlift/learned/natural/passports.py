"""The passport of a network of `natural`."""

from __future__ import annotations

from nightlift.learned.natural.network import Natural
from nightlift.models import Passport
from nightlift.photo import FixedSize

TITLE = "Natural: local light on a grid, colors kept, learned from scenes in a camera's darkness"

HDRNET = "Gharbi et al., Deep Bilateral Learning for Real-Time Image Enhancement, SIGGRAPH 2017"
FUSION = "Mertens et al., Exposure Fusion, Pacific Graphics 2007"
SOURCES = (HDRNET, FUSION)


def natural_passport(network: Natural) -> Passport:
    """A network's passport; where it was trained is for the caller to fill in."""
    size = FixedSize(network.side, network.side)
    return Passport(
        method="natural",
        title=TITLE,
        version="3",
        kind="light_grid",
        size=size,
        resize="area",
        exact_size=size,
        exact_resize="area",
        supervision="paired",
        parameters=sum(parameter.numel() for parameter in network.parameters()),
        sources=SOURCES,
    )
