"""Passports of GLeNet's networks: how they are fed, and what their output means."""

from __future__ import annotations

from torch import nn

from nightlift.learned.glenet.network import BYTES_A_PIXEL, GEN, MULTIPLE, REACH, GLeNet
from nightlift.models import Passport
from nightlift.photo import FixedSize, LongSide, OwnSize

PAPER = (
    "Kim, Koh, Kim, Global and Local Enhancement Networks for Paired and Unpaired Image "
    "Enhancement, ECCV 2020"
)

LONG_SIDE = 512
"""Pixels of the copy that GEN and LEN paint in fast mode: the length they are trained for."""


def table_passport(gen: GEN, method: str, title: str, supervision: str) -> Passport:
    """The passport of a GEN alone; where it was trained is for the caller to fill in.

    Exact is the published resize: bilinear in floats, without antialiasing.
    """
    size = FixedSize(gen.side, gen.side)
    return Passport(
        method=method,
        title=title,
        version="1",
        kind="tone_table",
        size=size,
        resize="area",
        exact_size=size,
        exact_resize="linear",
        supervision=supervision,
        parameters=_count(gen),
        sources=(PAPER,),
    )


def picture_passport(network: GLeNet, method: str, title: str, supervision: str) -> Passport:
    """The passport of a network that ends with a LEN; the caller fills in where it was trained.

    Exact is the network at the photo's own size: whole, since it pools over all of it, or in
    tiles with what a small copy was pooled to.
    """
    return Passport(
        method=method,
        title=title,
        version="1",
        kind="picture",
        size=LongSide(LONG_SIDE),
        resize="area",
        exact_size=OwnSize(),
        exact_resize="area",
        supervision=supervision,
        parameters=_count(network),
        halo=REACH,
        multiple=MULTIPLE,
        pooled=network.pooled,
        table=network.gen is not None,
        bytes_a_pixel=BYTES_A_PIXEL * network.local.last.in_channels // 2,
        sources=(PAPER,),
    )


def _count(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())
