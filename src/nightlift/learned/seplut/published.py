"""Weights of SepLUT as published; how many points and knots there are follows from them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from torch import Tensor, nn

from nightlift.errors import ModelError
from nightlift.learned.declaration import Published
from nightlift.learned.foreign import TrainingTerms, count, read_foreign, renamed
from nightlift.learned.importing import listed, load_weights
from nightlift.learned.seplut.network import LAYERS, SIDE, SepLUT
from nightlift.models import Passport
from nightlift.photo import FixedSize

PAPER = "Yang et al., SepLUT: Separable Image-adaptive Lookup Tables, ECCV 2022"
TITLE = "SepLUT: a curve for each channel, then a small 3D table, both for each photo"
LICENSE = "Apache-2.0 (the repository's; it states no other terms for the weights)"

_FIVEK = TrainingTerms("MIT-Adobe FiveK, sRGB, expert C")
KNOWN = {
    "5f1651501c60abb8f61813dffeee2a12d7473553e9f6625b162cabea7f301ef8": _FIVEK,
    "f0388be5c37b03305d646188bb0fe3dbce9886a6fc895b22a21f5b820701dd28": _FIVEK,
}
"""By the SHA-256 of the published files."""

_BANK = "lut3d_generator.basis_luts_bank"
_CURVES = "lut1d_generator.lut1d_generator"
PARTS = {
    "lut3d_generator.weights_generator": "weights",
    _BANK: "bank",
    _CURVES: "curves",
    **{f"backbone.{place}.0": f"layers.{place}" for place in range(LAYERS)},
    **{f"backbone.{place}.2": f"norms.{place}" for place in range(LAYERS - 1)},
}


def read_seplut(path: Path) -> Published:
    """A published SepLUT checkpoint.

    ModelError for a file that cannot be read safely, or holds anything else.
    """
    return read_foreign(path, network_of, _passport, KNOWN)


def network_of(weights: Mapping[str, Tensor]) -> SepLUT:
    """The network that these published weights make; ModelError where they are of another."""
    named = ("backbone.0.0.weight", f"{_BANK}.weight", f"{_CURVES}.bias")
    if any(name not in weights or not weights[name].ndim for name in named):
        raise ModelError(f"expected the weights of SepLUT, with {named[1]}, got {listed(weights)}")
    width, bank, knots = (weights[name] for name in named)
    points = round((len(bank) / 3) ** (1 / 3))
    network = SepLUT(len(width), len(knots) // 3, points, bank.shape[-1])
    load_weights(network, renamed(weights, PARTS, "SepLUT"), "the checkpoint of SepLUT")
    return network


def _passport(network: nn.Module) -> Passport:
    size = FixedSize(SIDE, SIDE)
    return Passport(
        method="seplut",
        title=TITLE,
        version="published",
        kind="lut3d",
        size=size,
        resize="area",
        exact_size=size,
        exact_resize="linear",
        supervision="paired",
        parameters=count(network),
        table=True,
        sources=(PAPER,),
        license=LICENSE,
    )
