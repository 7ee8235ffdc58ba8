"""Weights of IAT as published, for low light and for exposure; their names are ours but for a few.

| ours | published |
|---|---|
| `local_net.{mul,add}_end` | `local_net.{mul,add}_end.0` |
| `global_net.{near,near_norm,far,far_norm}` | `global_net.conv_large.proj.{0,1,3,4}` |
| `global_net.{pos_embed,norm1,attn,norm2,mlp}` | `global_net.generator.…` |
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from torch import Tensor, nn

from nightlift.errors import ModelError
from nightlift.learned.declaration import Published
from nightlift.learned.foreign import TrainingTerms, count, in_float32, read_foreign
from nightlift.learned.iat.network import IAT
from nightlift.learned.importing import listed, load_weights
from nightlift.models import Passport
from nightlift.photo import LongSide, OwnSize

PAPER = (
    "Cui et al., You Only Need 90K Parameters to Adapt Light: A Light Weight Transformer for Image "
    "Enhancement and Exposure Correction, BMVC 2022"
)
TITLE = "IAT: a factor and a summand for each pixel, a gamma and a color matrix for all"
LICENSE = "Apache-2.0 (the repository's; it states no other terms for the weights)"

KNOWN = {
    "6fb32236152283d3f3633ea1b79601c7e819efbf9d87d6b4767e1db0f1f3435b": TrainingTerms("LOL v1"),
    "9564b7e10882e688ac817ae6fd164544d05b9f74232de56c33ed7f9dabf7bdc4": TrainingTerms(
        "LOL v2, real"
    ),
    "15a9494582f028bef996d4af7145860eaa5d67799d2b0625ed93ff8c546ea3ee": TrainingTerms(
        "Exposure-Errors, rendered from MIT-Adobe FiveK"
    ),
}
"""By the SHA-256 of the published files."""

LONG_SIDE = 512
"""Pixels of the small copy, between which and its result a bilateral grid is fitted."""

BYTES_A_PIXEL = 1300

_FIRST = "local_net.conv1.weight"
_PLACES = {
    "local_net.mul_end.0.": "local_net.mul_end.",
    "local_net.add_end.0.": "local_net.add_end.",
    "global_net.conv_large.proj.0.": "global_net.near.",
    "global_net.conv_large.proj.1.": "global_net.near_norm.",
    "global_net.conv_large.proj.3.": "global_net.far.",
    "global_net.conv_large.proj.4.": "global_net.far_norm.",
    "global_net.generator.": "global_net.",
}


def read_iat(path: Path) -> Published:
    """A published IAT checkpoint, fed as the published demo feeds it: values from 0 to 1.

    ModelError for a file that cannot be read safely, or holds anything else.
    """
    return read_foreign(path, network_of, _passport, KNOWN)


def read_iat_centered(path: Path) -> Published:
    """The same, fed with values from -1 to 1, as the authors train the checkpoint for LOL v2."""
    return read_foreign(path, partial(network_of, centered=True), _passport, KNOWN)


def network_of(weights: Mapping[str, Tensor], centered: bool = False) -> IAT:
    """The network that these published weights make; ModelError where they are of another."""
    ours = {_our_name(key): value for key, value in weights.items()}
    shape = _shape(ours, weights)
    network = IAT(*shape, centered=centered)
    floats = {key: in_float32(value) for key, value in ours.items()}
    load_weights(network, floats, "the checkpoint of IAT")
    return network


def _our_name(key: str) -> str:
    for theirs, our in _PLACES.items():
        if key.startswith(theirs):
            return our + key.removeprefix(theirs)
    return key


def _shape(
    ours: Mapping[str, Tensor], weights: Mapping[str, Tensor]
) -> tuple[int, int, int, tuple[int, int]]:
    """Width and blocks of the local branch, width of the global one, and both inner widths."""
    named = (
        _FIRST,
        "local_net.mul_blocks.0.mlp.fc1.weight",
        "global_net.far.weight",
        "global_net.mlp.fc1.weight",
    )
    if any(name not in ours or ours[name].ndim < 2 for name in named):
        raise ModelError(
            f"expected the weights of IAT, with {_FIRST} and a global branch, got {listed(weights)}"
        )
    width, inner, wide, hidden = (len(ours[name]) for name in named)
    blocks = {key.split(".")[2] for key in ours if key.startswith("local_net.mul_blocks.")}
    return width, len(blocks), wide, (inner, hidden)


def _passport(network: nn.Module) -> Passport:
    assert isinstance(network, IAT)
    centered = network.centered
    return Passport(
        method="iat-centered" if centered else "iat",
        title=TITLE + (", fed from -1 to 1" if centered else ""),
        version="published",
        kind="picture",
        size=LongSide(LONG_SIDE),
        resize="area",
        exact_size=OwnSize(),
        exact_resize="area",
        supervision="paired",
        parameters=count(network),
        halo=network.reach,
        pooled=network.pooled,
        bytes_a_pixel=BYTES_A_PIXEL,
        sources=(PAPER,),
        license=LICENSE,
    )
