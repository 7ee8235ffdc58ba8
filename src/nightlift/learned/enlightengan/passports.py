"""The passport of EnlightenGAN's generator: how it is fed, and what its output means."""

from __future__ import annotations

from nightlift.learned.enlightengan.network import HALO, MULTIPLE, WIDTH, Generator
from nightlift.models import Passport
from nightlift.photo import LongSide, OwnSize

TITLE = "EnlightenGAN: pictures that look well lit, learned from unpaired ones"
PAIRED_TITLE = "EnlightenGAN's generator, learned from pairs: a warm start for the training without"

SOURCE = (
    "Jiang et al., EnlightenGAN: Deep Light Enhancement without Paired Supervision, "
    "IEEE Transactions on Image Processing 30, 2021"
)

LONG_SIDE = 512
"""Pixels of the small copy that a grid is fitted on; exact mode paints the photo itself."""


def enlightengan_passport(network: Generator, paired: bool = False) -> Passport:
    """A generator's passport; where it was trained is for the caller to fill in.

    Exact is the generator at the photo's own size, in tiles: no pooling is global.
    """
    width = network.latent.in_channels
    narrow = "" if width == WIDTH else f" (width {width} of {WIDTH})"
    return Passport(
        method="enlightengan-paired" if paired else "enlightengan",
        title=(PAIRED_TITLE if paired else TITLE) + narrow,
        version="1",
        kind="picture",
        size=LongSide(LONG_SIDE),
        resize="area",
        exact_size=OwnSize(),
        exact_resize="area",
        supervision="paired" if paired else "unpaired",
        parameters=sum(parameter.numel() for parameter in network.parameters()),
        halo=HALO,
        multiple=MULTIPLE,
        sources=(SOURCE,),
    )
