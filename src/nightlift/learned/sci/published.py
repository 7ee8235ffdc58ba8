"""Weights of SCI as published: three files of the same network, and any trained by that code.

The calibration network, which only training needs, is left aside, and so are the further names
of the one middle layer.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from nightlift.errors import ModelError
from nightlift.learned.declaration import Published
from nightlift.learned.foreign import TrainingTerms, count, read_foreign, renamed
from nightlift.learned.importing import listed, load_weights
from nightlift.learned.sci.network import SCI
from nightlift.models import Passport
from nightlift.photo import LongSide, OwnSize

PAPER = "Ma et al., Toward Fast, Flexible, and Robust Low-Light Image Enhancement, CVPR 2022"
TITLE = "SCI: three convolutions say the light, and the photo is divided by it"
LICENSE = "MIT (the repository's; it states no other terms for the weights)"

_SAID = "mainly {}, as the authors say without naming the photos"
KNOWN = {
    "b17326a26a93bf187ecbab217f9d3c57467a8b56020d4d9ff600ba257bbffb36": TrainingTerms(
        _SAID.format("MIT-Adobe FiveK (easy.pt)")
    ),
    "4ff1e7e66e8f18114f790e5085ca4c936f0858e329e7ad1cb65b8aa09a9c6916": TrainingTerms(
        _SAID.format("LOL and LSRW (medium.pt)")
    ),
    "657fa1f280cae1035df0d5cbe628e91f2d0f28660df608a3fa3f7e9a71da5a13": TrainingTerms(
        _SAID.format("DarkFace (difficult.pt)")
    ),
}
"""By the SHA-256 of the published files."""

LONG_SIDE = 512
"""Pixels of the small copy, between which and its result a bilateral grid is fitted."""

BYTES_A_PIXEL = 240

PARTS = {
    "enhance.in_conv.0": "first",
    "enhance.conv.0": "middle",
    "enhance.conv.1": "norm",
    "enhance.out_conv.0": "last",
}
_BLOCKS = "enhance.blocks."
_FIRST = "enhance.in_conv.0.weight"


def read_sci(path: Path) -> Published:
    """A published SCI checkpoint.

    ModelError for a file that cannot be read safely, or holds anything else.
    """
    return read_foreign(path, network_of, _passport, KNOWN)


def network_of(weights: Mapping[str, Tensor]) -> SCI:
    """The network that these published weights make; ModelError where they are of another."""
    if _FIRST not in weights or weights[_FIRST].ndim != 4:
        raise ModelError(f"expected the weights of SCI, with {_FIRST}, got {listed(weights)}")
    blocks = {key.split(".")[2] for key in weights if key.startswith(_BLOCKS)}
    _check_shared(weights)
    own = {
        key: value for key, value in weights.items() if not key.startswith((_BLOCKS, "calibrate."))
    }
    network = SCI(len(weights[_FIRST]), max(len(blocks), 1))
    load_weights(network, renamed(own, PARTS, "SCI"), "the checkpoint of SCI")
    return network


def _check_shared(weights: Mapping[str, Tensor]) -> None:
    """Raise ModelError where blocks that should be one layer are not."""
    for key, value in weights.items():
        if key.startswith(_BLOCKS):
            one = "enhance.conv." + key.split(".", 3)[3]
            if one not in weights or not torch.equal(weights[one], value):
                raise ModelError(f"expected {key} to equal {one}: SCI shares one middle layer")


def _passport(network: nn.Module) -> Passport:
    assert isinstance(network, SCI)
    return Passport(
        method="sci",
        title=TITLE,
        version="published",
        kind="picture",
        size=LongSide(LONG_SIDE),
        resize="area",
        exact_size=OwnSize(),
        exact_resize="area",
        supervision="zero-reference",
        parameters=count(network),
        halo=network.reach,
        bytes_a_pixel=BYTES_A_PIXEL,
        sources=(PAPER,),
        license=LICENSE,
    )
