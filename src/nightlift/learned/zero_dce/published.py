"""Weights of Zero-DCE as others published them, in the three dialects there are.

| dialect | keys | order of the concatenated inputs of layers 5, 6, 7 |
|---|---|---|
| paper | `e_conv1..7.{weight,bias}` | earlier layer first, as in our network |
| reimplementation | `conv1..7.{weight,bias}`, under `model` | later layer first |
| plus | `e_conv1..7.{depth_conv,point_conv}.{weight,bias}` | earlier layer first |
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from nightlift.errors import ModelError
from nightlift.learned.importing import listed, load_weights, read_checkpoint, state_dict
from nightlift.learned.zero_dce.network import ZeroDCE
from nightlift.learned.zero_dce.passports import zero_dce_passport, zero_dce_plus_passport
from nightlift.models import Passport

WRAPPERS = ("model", "state_dict")
LICENSE = "CC BY-NC 4.0: research, non-commercial"
REIMPLEMENTATION_LICENSE = "unknown: published without a license file"
DATA = "SICE part 1"
DATA_TERMS = "research, non-commercial"
REIMPLEMENTATION_STEPS = 4
"""The reimplementation publishes the result after step 4 of its 8."""

_LAYERS = range(1, 8)
_JOINED = (5, 6, 7)


@dataclass(frozen=True)
class Dialect:
    """How a published code names a layer's parts: its pattern per part of our layer."""

    name: str
    parts: Mapping[str, str]
    separable: bool = False
    later_first: bool = False

    def names(self) -> dict[str, str]:
        """Their name of each weight → ours."""
        return {
            f"{theirs.format(layer)}.{leaf}": f"layers.{layer - 1}{ours}.{leaf}"
            for layer in _LAYERS
            for ours, theirs in self.parts.items()
            for leaf in ("weight", "bias")
        }


DIALECTS = (
    Dialect("paper", {"": "e_conv{}"}),
    Dialect("reimplementation", {"": "conv{}"}, later_first=True),
    Dialect(
        "plus",
        {".depth": "e_conv{}.depth_conv", ".point": "e_conv{}.point_conv"},
        separable=True,
    ),
)


def read_zero_dce(path: str | Path) -> tuple[ZeroDCE, Passport]:
    """A published Zero-DCE checkpoint: the authors' or the reimplementation's.

    ModelError for a file that cannot be read safely, or holds anything else.
    """
    network, dialect = _read(path)
    if dialect.separable:
        raise ModelError(f"{path} holds Zero-DCE++: import it as zero-dce-plus")
    passport = zero_dce_passport(network)
    if dialect.name == "reimplementation":
        passport = passport._replace(
            title="Zero-DCE with the reimplementation's losses, after step 4 of 8",
            steps=min(REIMPLEMENTATION_STEPS, network.steps),
        )
    else:
        passport = passport._replace(title="Zero-DCE as published (CVPR 2020)")
    return network, _provenance(passport, dialect)


def read_zero_dce_plus(path: str | Path) -> tuple[ZeroDCE, Passport]:
    """The published Zero-DCE++ checkpoint.

    ModelError for a file that cannot be read safely, or holds anything else.
    """
    network, dialect = _read(path)
    if not dialect.separable:
        raise ModelError(f"{path} holds Zero-DCE: import it as zero-dce")
    passport = zero_dce_plus_passport(network)._replace(
        title="Zero-DCE++ as published (TPAMI 2021)"
    )
    return network, _provenance(passport, dialect)


def network_of(weights: Mapping[str, Tensor]) -> tuple[ZeroDCE, Dialect]:
    """The network that these published weights make, and the dialect they were written in.

    ModelError where the names are of no dialect, or a shape does not fit.
    """
    dialect = _recognize(weights)
    ours = {dialect.names()[name]: value.float() for name, value in weights.items()}
    last = ".point.bias" if dialect.separable else ".bias"
    width, channels = ours["layers.0" + last].numel(), ours["layers.6" + last].numel()
    if width == 0 or channels == 0 or channels % 3:
        raise ModelError(
            f"expected 3 channels a step from the last layer, got {channels} (width {width})"
        )
    # One map alone serves all of the published eight steps.
    shared = channels == 3
    network = ZeroDCE(
        width,
        steps=8 if shared else channels // 3,
        separable=dialect.separable,
        shared=shared,
    )
    load_weights(network, ours, f"the checkpoint (dialect {dialect.name})")
    if dialect.later_first:
        _swap_halves(network)
    return network, dialect


def _read(path: str | Path) -> tuple[ZeroDCE, Dialect]:
    try:
        return network_of(state_dict(read_checkpoint(path), WRAPPERS))
    except ModelError as error:
        raise error if str(path) in str(error) else ModelError(f"{path}: {error}") from error


def _recognize(weights: Mapping[str, Tensor]) -> Dialect:
    for dialect in DIALECTS:
        if set(weights) == set(dialect.names()):
            return dialect
    known = "; ".join(f"{listed(dialect.names(), 2)} ({dialect.name})" for dialect in DIALECTS)
    raise ModelError(
        f"expected the weights of a published Zero-DCE, named {known}, got {listed(weights)}"
    )


def _swap_halves(network: ZeroDCE) -> None:
    """Put the two halves of the joined inputs into our order, once and for all."""
    for layer in _JOINED:
        weight = network.get_parameter(f"layers.{layer - 1}.weight")
        with torch.no_grad():
            weight.copy_(torch.cat(weight.chunk(2, dim=1)[::-1], dim=1))


def _provenance(passport: Passport, dialect: Dialect) -> Passport:
    return passport._replace(
        version="published",
        data=(DATA,),
        data_terms=DATA_TERMS,
        license=REIMPLEMENTATION_LICENSE if dialect.name == "reimplementation" else LICENSE,
        recipe=dialect.name,
    )
