"""Passports of SMNet's networks: how they are fed, and what their output means."""

from __future__ import annotations

from nightlift.learned.smnet.network import (
    BYTES_A_PIXEL,
    BYTES_OF_ANY_WIDTH,
    MULTIPLE,
    REACH,
    SMNet,
    Variant,
)
from nightlift.models import Passport
from nightlift.photo import LongSide, OwnSize

PAPER = (
    "Lin et al., SMNet: Synchronous Multi-Scale Low Light Enhancement Network With Local and "
    "Global Concern, TMM 2022"
)

WIDTH = 64
"""Of the published networks: a model of another width says so in its title."""

LONG_SIDE = 512
"""Pixels of the small copy, between which and its picture a bilateral grid is fitted."""

TITLES: dict[Variant, str] = {
    "lol": "SMNet: three scales at once, learned from pairs of dark and bright photos",
    "fivek": "SMNet for retouching: a picture after each of its three blocks",
}


def smnet_passport(network: SMNet) -> Passport:
    """An SMNet's passport; where it was trained is for the caller to fill in.

    Exact is the network at the photo's own size: whole, since it pools over all of it three
    times, or in tiles with what a small copy was pooled to.
    """
    width = "" if network.width == WIDTH else f" (width {network.width} of {WIDTH})"
    return Passport(
        method="smnet" if network.variant == "lol" else "smnet-fivek",
        title=TITLES[network.variant] + width,
        version="1",
        kind="picture",
        size=LongSide(LONG_SIDE),
        resize="area",
        exact_size=OwnSize(),
        exact_resize="area",
        supervision="paired",
        parameters=sum(parameter.numel() for parameter in network.parameters()),
        halo=REACH,
        multiple=MULTIPLE,
        pooled=network.pooled,
        bytes_a_pixel=BYTES_A_PIXEL * network.width + BYTES_OF_ANY_WIDTH,
        sources=(PAPER,),
    )
